//! Decides whether a statement may run on a locked connection, and as what text.
//!
//! SQL of a user in, admitted SQL or a reason out. Allowed folders are writable for DuckDB, so what could write a file must
//! never pass. A SELECT is what DuckDB's own parser says it is: its tree is searched for the parts that write (a CTE may
//! hold a COPY). For every other statement the rule errs on the safe side: an allowed first word, and certain words nowhere
//! in the text, not even in quotes, so that the rule holds however the text is read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use duckdb::Connection;

use super::lexer::{self, Kind, Statement, Token};
use super::rules::{
    READS, WRITES, by_words, changes_tables, closing, is_memory_attach, pragma, reads_by_words, refuse, refused_part,
};
use super::{EngineError, export, message};

/// The place every statement of a user goes through.
pub(super) struct Gate {
    /// A database of its own: nothing a user defines can take the place of the function that parses.
    parser: Mutex<Connection>,
    export: Option<export::Target>,
    /// Texts that passed as SELECT, and whether they change tables: checks and their cases run the same ones again and again.
    passed: Mutex<BTreeMap<String, bool>>,
}

/// Texts remembered; more than there are checks, few enough for the memory.
const REMEMBERED: usize = 2_000;

/// What DuckDB's parser says about a text.
enum Parsed {
    /// One SELECT without anything that writes files; whether it changes tables in memory.
    Select { changes: bool },
    /// Not only SELECT, or several statements.
    Other,
    /// No SQL; DuckDB's message.
    Wrong(String),
}

impl Gate {
    /// Opens the parser.
    pub(super) fn new(export: Option<export::Target>) -> Result<Gate, EngineError> {
        let parser = Connection::open_in_memory().map_err(EngineError::setup("start the parser"))?;
        parser
            .execute_batch(
                "SET autoinstall_known_extensions=false; SET autoload_known_extensions=false; \
                 SET enable_external_access=false; SET lock_configuration=true;",
            )
            .map_err(EngineError::setup("lock the parser"))?;
        Ok(Gate { parser: Mutex::new(parser), export, passed: Mutex::default() })
    }

    /// Gives the text to run, or says why there is none.
    pub(super) fn admit<'s>(&self, sql: &'s str) -> Result<Cow<'s, str>, EngineError> {
        if sql.contains('\0') {
            return refuse("it holds a NUL character");
        }
        let mut statements = lexer::statements(sql);
        match statements.len() {
            0 => Err(EngineError::NoStatement),
            1 => self.judge(sql, &statements.remove(0)),
            n => Err(EngineError::SeveralStatements(n)),
        }
    }

    /// Admits only what DuckDB takes for one SELECT.
    pub(super) fn admit_select(&self, sql: &str) -> Result<(), EngineError> {
        match self.parse(sql)? {
            Parsed::Select { .. } => Ok(()),
            Parsed::Wrong(message) => Err(EngineError::Sql { message, near: Vec::new() }),
            Parsed::Other => refuse("it is not one plain SELECT"),
        }
    }

    /// Admits one statement that reads and leaves every table as it is.
    pub(super) fn admit_reading<'s>(&self, sql: &'s str) -> Result<Cow<'s, str>, EngineError> {
        let admitted = self.admit(sql)?;
        match self.parse(sql)? {
            Parsed::Select { changes: false } => Ok(admitted),
            Parsed::Select { changes: true } => refuse("it changes tables, and only reading is possible here"),
            // Such as a PIVOT over values that DuckDB has to look up: no tree of it can be had.
            _ if reads_by_words(sql) => Ok(admitted),
            _ => refuse("only a statement that reads is possible here"),
        }
    }

    fn judge<'s>(&self, sql: &'s str, statement: &Statement<'s>) -> Result<Cow<'s, str>, EngineError> {
        let code = &statement.code;
        let first = code[0];
        let is = |words: &[&str]| words.iter().any(|word| first.is(word));
        if first.is_symbol("(") || is(&READS) {
            return match self.parse(sql)? {
                Parsed::Select { .. } => Ok(Cow::Borrowed(sql)),
                Parsed::Other => by_words(sql),
                Parsed::Wrong(message) => Err(EngineError::Sql { message, near: Vec::new() }),
            };
        }
        if first.is("EXPLAIN") {
            return self.explain(sql, code);
        }
        if first.is("PREPARE") {
            return self.prepare(sql, code);
        }
        if first.is("CREATE") && self.is_create_as_select(sql, code)? {
            return Ok(Cow::Borrowed(sql));
        }
        if first.is("COPY") {
            let Some(target) = &self.export else {
                return refuse("COPY writes files, and no folder for exports was given");
            };
            let copy = export::parse(sql, code)?;
            if let export::Source::Query(query) = copy.source {
                self.admit_select(query)?;
            }
            return target.statement(&copy).map(Cow::Owned);
        }
        if first.is("ATTACH") {
            return if is_memory_attach(code) {
                Ok(Cow::Borrowed(sql))
            } else {
                refuse("only ATTACH ':memory:' AS <name> is possible here")
            };
        }
        if first.is("PRAGMA") {
            return pragma(sql, code);
        }
        if is(&WRITES) {
            return by_words(sql);
        }
        match self.parse(sql)? {
            // Not SQL: DuckDB's parser says best what is wrong.
            Parsed::Wrong(message) => Err(EngineError::Sql { message, near: Vec::new() }),
            _ => refuse(&format!("{} is not available here", first.text.to_uppercase())),
        }
    }

    /// `EXPLAIN [ANALYZE] [(options)] <statement>`: the statement decides, for ANALYZE runs it.
    fn explain<'s>(&self, sql: &'s str, code: &[Token<'s>]) -> Result<Cow<'s, str>, EngineError> {
        let mut rest = &code[1..];
        if rest.first().is_some_and(|token| token.is("ANALYZE") || token.is("ANALYSE")) {
            rest = &rest[1..];
        }
        let begins_read = |token: &Token<'_>| token.is_symbol("(") || READS.iter().any(|word| token.is(word));
        if rest.first().is_some_and(|token| token.is_symbol("(")) && !rest.get(1).is_some_and(begins_read) {
            let close = closing(rest, 0);
            rest = close.and_then(|close| rest.get(close + 1..)).unwrap_or_default();
        }
        self.tail(sql, rest)
    }

    fn prepare<'s>(&self, sql: &'s str, code: &[Token<'s>]) -> Result<Cow<'s, str>, EngineError> {
        let named = code.get(1).is_some_and(|token| matches!(token.kind, Kind::Word | Kind::QuotedName));
        if !named || !code.get(2).is_some_and(|token| token.is("AS")) {
            return refuse("PREPARE has the form PREPARE <name> AS <statement>");
        }
        self.tail(sql, &code[3..])
    }

    /// Judges the statement that the last tokens make; what stands in front must be free of forbidden words.
    fn tail<'s>(&self, sql: &'s str, rest: &[Token<'s>]) -> Result<Cow<'s, str>, EngineError> {
        let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return Err(EngineError::NoStatement) };
        if ["COPY", "EXPLAIN", "PREPARE", "ATTACH"].iter().any(|word| first.is(word)) {
            return refuse(&format!("{} can only stand alone here", first.text.to_uppercase()));
        }
        by_words(&sql[..first.start])?;
        let tail = &sql[first.start..last.end()];
        for statement in lexer::statements(tail) {
            self.judge(tail, &statement)?;
        }
        Ok(Cow::Borrowed(sql))
    }

    /// `CREATE [OR REPLACE] [TEMP] TABLE|VIEW <name> AS <select>`: the select may hold any words, as it may alone.
    fn is_create_as_select(&self, sql: &str, code: &[Token<'_>]) -> Result<bool, EngineError> {
        let mut depth = 0;
        let at = code.iter().position(|token| {
            depth += i32::from(token.is_symbol("(")) - i32::from(token.is_symbol(")"));
            depth == 0 && token.is("AS")
        });
        let Some(at) = at else { return Ok(false) };
        let kind = code[1..at]
            .iter()
            .find(|token| !["OR", "REPLACE", "TEMP", "TEMPORARY", "RECURSIVE"].iter().any(|word| token.is(word)));
        let (Some(kind), Some(first), Some(last)) = (kind, code.get(at + 1), code.last()) else { return Ok(false) };
        if !(kind.is("TABLE") || kind.is("VIEW")) || by_words(&sql[..first.start]).is_err() {
            return Ok(false);
        }
        Ok(matches!(self.parse(&sql[first.start..last.end()])?, Parsed::Select { .. }))
    }

    fn parse(&self, sql: &str) -> Result<Parsed, EngineError> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = passed.get(sql) {
            return Ok(Parsed::Select { changes: *changes });
        }
        let parsed = self.ask(sql)?;
        if let Parsed::Select { changes } = parsed
            && passed.len() < REMEMBERED
        {
            passed.insert(sql.to_owned(), changes);
        }
        Ok(parsed)
    }

    /// Asks DuckDB's parser.
    fn ask(&self, sql: &str) -> Result<Parsed, EngineError> {
        let parser = self.parser.lock().unwrap_or_else(PoisonError::into_inner);
        let tree: (String, Option<i64>, Option<String>) = parser
            .query_row(
                "SELECT tree, json_array_length(tree, '$.statements')::BIGINT, tree ->> '$.error_type' \
                 FROM (SELECT json_serialize_sql(?::VARCHAR) AS tree)",
                [sql],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .map_err(EngineError::setup("parse the statement"))?;
        match tree {
            (tree, Some(1), None) => match refused_part(&tree) {
                Some(part) => refuse(&part),
                None => Ok(Parsed::Select { changes: changes_tables(&tree) }),
            },
            (_, _, Some(kind)) if kind == "parser" => {
                // Asked again as a statement, DuckDB tells line and place. Nothing runs, as it does not parse.
                let told = parser.prepare(sql).err().map(message);
                Ok(Parsed::Wrong(told.unwrap_or_else(|| "Parser Error: this is no SQL".to_owned())))
            }
            _ => Ok(Parsed::Other),
        }
    }
}
