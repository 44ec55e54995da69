//! Completions: names that fit at the cursor.
//!
//! A line and a position in, candidates out. Works on tokens alone, so half a statement is as good as a whole one.

use std::collections::{BTreeMap, BTreeSet};

use super::commands::COMMANDS;
use super::input;
use crate::engine::lexer::{self, Kind, Token};
use crate::report::FORMATS;

/// What can be completed.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Columns by table or view.
    pub(super) tables: BTreeMap<String, Vec<String>>,
    /// Functions and macros.
    pub(super) functions: BTreeSet<String>,
    /// Packs, families and checks.
    pub(super) checks: BTreeSet<String>,
}

/// Words that are keywords wherever they stand in most queries; for colours and completion only.
const KEYWORDS: [&str; 106] = [
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANTI",
    "ANY",
    "AS",
    "ASC",
    "ASOF",
    "ATTACH",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COLUMNS",
    "COMMIT",
    "COPY",
    "CREATE",
    "CROSS",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DETACH",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXCLUDE",
    "EXECUTE",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FROM",
    "FULL",
    "GLOB",
    "GROUP",
    "HAVING",
    "IF",
    "ILIKE",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAMBDA",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MACRO",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PIVOT",
    "POSITIONAL",
    "PRAGMA",
    "PRECEDING",
    "PREPARE",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "REPLACE",
    "RESET",
    "RETURNING",
    "RIGHT",
    "ROLLBACK",
    "ROWS",
    "SAMPLE",
    "SELECT",
    "SEMI",
    "SET",
    "SHOW",
    "SIMILAR",
    "SUMMARIZE",
    "TABLE",
    "TEMP",
    "THEN",
    "TO",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "UNPIVOT",
    "UPDATE",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WITH",
];

/// Tells whether a word is a keyword.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}

/// Gives where the word at the cursor begins and what it may become.
pub(super) fn complete(names: &Names, line: &str, at: usize) -> (usize, Vec<String>) {
    let before = &line[..at];
    if input::is_command(line) || before.trim() == "." {
        return command(names, before);
    }
    // Only the statement that the cursor is in counts.
    let tokens = lexer::tokens(line);
    let begin = tokens.iter().filter(|token| token.kind == Kind::Semicolon && token.end() <= at).map(Token::end).max();
    let statement: Vec<Token<'_>> = tokens
        .iter()
        .copied()
        .skip_while(|token| token.start < begin.unwrap_or(0))
        .take_while(|token| token.kind != Kind::Semicolon)
        .filter(Token::is_code)
        .collect();
    // At its end a quote is closed, but a line comment goes on.
    let goes_on = |token: &Token<'_>| !token.closed || token.text.starts_with("--");
    let inside =
        tokens.iter().find(|token| token.start < at && (at < token.end() || (at == token.end() && goes_on(token))));
    if inside.is_some_and(|token| matches!(token.kind, Kind::Text | Kind::Comment)) {
        return (at, Vec::new());
    }
    let word = statement.iter().find(|token| token.kind == Kind::Word && token.start < at && at <= token.end());
    let start = word.map_or(at, |token| token.start);
    let prefix = &line[start..at];
    let earlier: Vec<Token<'_>> = statement.iter().copied().filter(|token| token.end() <= start).collect();
    (start, candidates(names, &statement, &earlier, prefix))
}

fn candidates(names: &Names, statement: &[Token<'_>], earlier: &[Token<'_>], prefix: &str) -> Vec<String> {
    let named = named_tables(names, statement);
    let last = earlier.last();
    if last.is_some_and(|token| token.is_symbol(".")) {
        let owner = earlier.len().checked_sub(2).and_then(|at| earlier[at].name()).unwrap_or_default().to_lowercase();
        let table = named.get(&owner).map_or(owner.as_str(), String::as_str);
        let columns = names.tables.get(table).into_iter().flatten().map(String::as_str);
        return fitting(prefix, columns.chain(names.tables.keys().map(String::as_str).filter(|_| owner == "main")));
    }
    let wants_table = |token: &Token<'_>| TABLE_FOLLOWS.iter().any(|word| token.is(word));
    let clause = earlier.iter().rev().find(|token| CLAUSES.iter().any(|word| token.is(word)));
    let next_in_from = last.is_some_and(|token| token.is_symbol(",")) && clause.is_some_and(|token| token.is("FROM"));
    if last.is_some_and(wants_table) || next_in_from {
        return fitting(prefix, names.tables.keys().map(String::as_str));
    }
    let tables: BTreeSet<&String> = named.values().collect();
    let columns = tables.iter().filter_map(|table| names.tables.get(*table)).flatten().map(String::as_str);
    let mut found = fitting(prefix, columns);
    if !prefix.is_empty() {
        found.extend(fitting(prefix, named.keys().map(String::as_str)));
        found.extend(fitting(prefix, names.functions.iter().map(String::as_str)));
        let lower = !prefix.contains(char::is_uppercase);
        let keywords = fitting(prefix, KEYWORDS.into_iter());
        found.extend(keywords.into_iter().map(|word| if lower { word.to_lowercase() } else { word }));
        found.sort();
        found.dedup();
    }
    found
}

const TABLE_FOLLOWS: [&str; 9] = ["FROM", "JOIN", "TABLE", "DESCRIBE", "DESC", "SUMMARIZE", "INTO", "UPDATE", "PIVOT"];

const CLAUSES: [&str; 9] = ["SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "QUALIFY", "LIMIT", "SET"];

/// Tables the statement names, by their own name and by alias.
fn named_tables(names: &Names, statement: &[Token<'_>]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (at, token) in statement.iter().enumerate() {
        let Some(table) = token.name().map(|name| name.to_lowercase()).filter(|name| names.tables.contains_key(name))
        else {
            continue;
        };
        let next = if statement.get(at + 1).is_some_and(|next| next.is("AS")) { at + 2 } else { at + 1 };
        let alias = statement.get(next).filter(|next| !is_keyword(next.text)).and_then(Token::name);
        found.extend(alias.map(|alias| (alias.to_lowercase(), table.clone())));
        found.insert(table.clone(), table);
    }
    found
}

fn command(names: &Names, before: &str) -> (usize, Vec<String>) {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let prefix = &before[start..];
    let name = before.split_whitespace().next().unwrap_or_default();
    if before.trim_start().len() == prefix.len() {
        let mut found = fitting(prefix, COMMANDS.iter().map(|command| command.name));
        // Its word is next, where it takes one.
        if let [only] = &mut found[..]
            && COMMANDS.iter().any(|command| command.name == *only && !command.args.is_empty())
        {
            only.push(' ');
        }
        return (start, found);
    }
    let tables = || names.tables.keys().map(String::as_str);
    let found = match name {
        ".tables" | ".schema" | ".ledger" => fitting(prefix, tables()),
        ".check" => fitting(prefix, names.checks.iter().map(String::as_str)),
        ".mode" => fitting(prefix, FORMATS.iter().map(|format| format.name())),
        ".timer" => fitting(prefix, ["on", "off"].into_iter()),
        _ => Vec::new(),
    };
    (start, found)
}

/// The names that begin with the prefix, without letter case.
fn fitting<'n>(prefix: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let fits = |name: &&str| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    let mut found: Vec<String> = names.filter(fits).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod unit {
    use super::*;

    fn names() -> Names {
        let columns = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Names {
            tables: BTreeMap::from([
                ("azure_vm".to_owned(), columns(&["id", "name", "zones"])),
                ("azure_vnet".to_owned(), columns(&["id", "address_space"])),
            ]),
            functions: BTreeSet::from(["array_length".to_owned(), "port_in".to_owned()]),
            checks: BTreeSet::from(["jit".to_owned(), "vm_jit_access_enabled".to_owned()]),
        }
    }

    #[test]
    fn names_fit_the_place() {
        assert!(KEYWORDS.is_sorted());
        // `|` is the cursor.
        for (typed, expected) in [
            ("SELECT * FROM |", "azure_vm azure_vnet"),
            ("SELECT * FROM azure_vn|", "azure_vnet"),
            ("select * from AZURE_VN|", "azure_vnet"),
            ("FROM azure_vm, |", "azure_vm azure_vnet"),
            ("FROM azure_vm JOIN az|", "azure_vm azure_vnet"),
            ("SELECT | FROM azure_vm", "id name zones"),
            ("SELECT z| FROM azure_vm", "zones"),
            (
                "SELECT a| FROM azure_vnet",
                "address_space all alter analyze and anti any array_length as asc asof attach azure_vnet",
            ),
            (
                "SELECT A| FROM azure_vm WHERE",
                "ALL ALTER ANALYZE AND ANTI ANY AS ASC ASOF ATTACH array_length azure_vm",
            ),
            ("SELECT v.| FROM azure_vm AS v", "id name zones"),
            ("SELECT v.z| FROM azure_vm v", "zones"),
            ("SELECT azure_vnet.a| FROM azure_vnet", "address_space"),
            ("SELECT x.| FROM azure_vm v", ""),
            ("SELECT 'a| FROM azure_vm", ""),
            ("SELECT 1 -- a|", ""),
            ("SELECT 1 FROM azure_vnet; SELECT z| FROM azure_vm", "zones"),
            ("SELECT z|; FROM azure_vm", ""),
            ("DESCRIBE azure_vm|", "azure_vm"),
            ("SELECT * FROM main.|", "azure_vm azure_vnet"),
            (".|", ".check .help .ledger .mode .output .quit .schema .tables .timer"),
            (".sc|", ".schema "),
            (".he|", ".help"),
            (".schema azure_vn|", "azure_vnet"),
            (".check v|", "vm_jit_access_enabled"),
            (".check jit v|", "vm_jit_access_enabled"),
            (".mode m|", "markdown"),
            (".timer o|", "off on"),
            (".output x|", ""),
        ] {
            let at = typed.find('|').unwrap();
            let line = typed.replace('|', "");
            let (start, found) = complete(&names(), &line, at);
            assert_eq!(found.join(" "), expected, "{typed}");
            assert!(start <= at);
        }
    }
}
