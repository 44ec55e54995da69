//! What statements of a user may hold: lists of words, functions and forms, and how a text is held against them.
//!
//! Texts and tokens in, verdicts out; `classify` decides which rule applies. When DuckDB is updated, read its grammar and
//! function list again: whatever can write a file, load code or turn text into SQL belongs here.

use std::borrow::Cow;

use super::EngineError;
use super::lexer::{self, Kind, Token};

/// First words of statements that DuckDB may call a SELECT.
pub(super) const READS: [&str; 13] = [
    "SELECT",
    "FROM",
    "WITH",
    "VALUES",
    "TABLE",
    "DESCRIBE",
    "DESC",
    "SHOW",
    "SUMMARIZE",
    "PIVOT",
    "PIVOT_WIDER",
    "UNPIVOT",
    "PIVOT_LONGER",
];

/// First words of other statements that stay in memory.
pub(super) const WRITES: [&str; 23] = [
    "CREATE",
    "DROP",
    "INSERT",
    "UPDATE",
    "DELETE",
    "ALTER",
    "MERGE",
    "TRUNCATE",
    "COMMENT",
    "SET",
    "RESET",
    "USE",
    "EXECUTE",
    "DEALLOCATE",
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "DETACH",
    "ANALYZE",
    "ANALYSE",
];

/// Words that may stand nowhere in a statement that is no SELECT: they write files, load code, or turn text into SQL.
const FORBIDDEN: [&str; 19] = [
    "attach",
    "call",
    "checkpoint",
    "connect",
    "copy",
    "destroy",
    "export",
    "extension",
    "extensions",
    "external",
    "import",
    "install",
    "load",
    "persistent",
    "pragma",
    "query",
    "register",
    "repository",
    "secret",
];

/// Functions that write, change settings, or run text as SQL. `query` is among them because text put together at run time
/// could hold any of the others.
const FUNCTIONS: [&str; 21] = [
    "arrow_scan",
    "arrow_scan_dumb",
    "checkpoint",
    "copy_database",
    "create_external_resource",
    "deregister_external_resource",
    "destroy_external_resource",
    "disable_logging",
    "disable_profiling",
    "enable_logging",
    "enable_profiling",
    "force_checkpoint",
    "import_database",
    "json_execute_serialized_sql",
    "log_query_path",
    "profiling_output",
    "query",
    "register_external_resource",
    "register_external_resource_type",
    "truncate_duckdb_logs",
    "write_log",
];

/// Query nodes that a SELECT may hold: those that read, and those that change tables in memory.
const NODES: [&str; 8] = [
    "SELECT_NODE",
    "SET_OPERATION_NODE",
    "RECURSIVE_CTE_NODE",
    "CTE_NODE",
    "INSERT_QUERY_NODE",
    "UPDATE_QUERY_NODE",
    "DELETE_QUERY_NODE",
    "MERGE_QUERY_NODE",
];

/// Pragmas that only tell.
const PRAGMAS: [&str; 14] = [
    "collations",
    "database_list",
    "database_size",
    "functions",
    "metadata_info",
    "platform",
    "show",
    "show_databases",
    "show_tables",
    "show_tables_expanded",
    "storage_info",
    "table_info",
    "user_agent",
    "version",
];

pub(super) fn refuse<T>(why: &str) -> Result<T, EngineError> {
    Err(EngineError::Refused(why.to_owned()))
}

/// Searches the tree of a SELECT, as JSON text, for what writes.
///
/// Searched as text, not parsed: the tree may be deeper than a JSON reader goes, and a quoted key followed by a quoted
/// value cannot be part of a JSON string, where quotes are escaped.
pub(super) fn refused_part(tree: &str) -> Option<String> {
    for kind in values_of(tree, "\"type\":\"") {
        if kind.ends_with("_NODE") && !NODES.contains(&kind) {
            let name = kind.trim_end_matches("_NODE").trim_end_matches("_QUERY");
            return Some(format!("a SELECT may hold no {name} here"));
        }
    }
    values_of(tree, "\"function_name\":\"")
        .find(|name| FUNCTIONS.iter().any(|one| one.eq_ignore_ascii_case(name)))
        .map(|name| format!("the function {name} is not available here"))
}

/// Whether the tree of a SELECT holds a part that changes tables in memory.
pub(super) fn changes_tables(tree: &str) -> bool {
    values_of(tree, "\"type\":\"").any(|kind| kind.ends_with("_QUERY_NODE"))
}

/// Whether a text begins like a query and holds no word that changes tables.
pub(super) fn reads_by_words(sql: &str) -> bool {
    let statements = lexer::statements(sql);
    let [statement] = statements.as_slice() else { return false };
    let reads = |token: &Token<'_>| token.is_symbol("(") || READS.iter().any(|word| token.is(word));
    let changes = |token: &Token<'_>| ["INSERT", "UPDATE", "DELETE", "MERGE"].iter().any(|word| token.is(word));
    statement.code.first().is_some_and(reads) && !statement.code.iter().any(changes)
}

fn values_of<'t>(tree: &'t str, key: &'t str) -> impl Iterator<Item = &'t str> {
    tree.match_indices(key).map(|(at, _)| {
        let rest = &tree[at + key.len()..];
        rest.split('"').next().unwrap_or(rest)
    })
}

/// Admits a text in which no forbidden word stands anywhere.
pub(super) fn by_words(sql: &str) -> Result<Cow<'_, str>, EngineError> {
    let words = sql.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    for word in words.filter(|word| !word.is_empty()) {
        let lower = word.to_lowercase();
        if FORBIDDEN.contains(&lower.as_str()) || FUNCTIONS.contains(&lower.as_str()) {
            return refuse(&format!(
                "the word {word} may not stand in a statement that is no plain SELECT, not even in a text or comment"
            ));
        }
    }
    Ok(Cow::Borrowed(sql))
}

/// Index of the bracket that closes the one at `open`.
pub(super) fn closing(code: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0;
    code.iter().enumerate().skip(open).find_map(|(at, token)| {
        depth += i32::from(token.is_symbol("(")) - i32::from(token.is_symbol(")"));
        (depth == 0).then_some(at)
    })
}

/// `ATTACH [IF NOT EXISTS] [DATABASE] ':memory:' AS <name>` and nothing more.
pub(super) fn is_memory_attach(code: &[Token<'_>]) -> bool {
    let mut rest = &code[1..];
    for words in [&["IF", "NOT", "EXISTS"][..], &["DATABASE"]] {
        if rest.len() >= words.len() && words.iter().zip(rest).all(|(word, token)| token.is(word)) {
            rest = &rest[words.len()..];
        }
    }
    let [path, keyword, name] = rest else { return false };
    path.plain_text().as_deref() == Some(":memory:")
        && keyword.is("AS")
        && matches!(name.kind, Kind::Word | Kind::QuotedName)
}

/// `PRAGMA <name>` or `PRAGMA <name>(<literals>)`.
pub(super) fn pragma<'s>(sql: &'s str, code: &[Token<'s>]) -> Result<Cow<'s, str>, EngineError> {
    let Some(name) = code.get(1).filter(|token| token.kind == Kind::Word) else {
        return refuse("PRAGMA needs a name");
    };
    if !PRAGMAS.contains(&name.text.to_lowercase().as_str()) {
        return refuse(&format!("the pragma {} is not available here", name.text));
    }
    let plain = |token: &Token<'_>| {
        token.is_symbol(",")
            || token.is_symbol(".")
            || matches!(token.kind, Kind::Word | Kind::Number | Kind::QuotedName)
            || token.plain_text().is_some()
    };
    match &code[2..] {
        [] => Ok(Cow::Borrowed(sql)),
        [open, inner @ .., close] if open.is_symbol("(") && close.is_symbol(")") && inner.iter().all(plain) => {
            Ok(Cow::Borrowed(sql))
        }
        _ => refuse("PRAGMA has the form PRAGMA <name> or PRAGMA <name>(<value>)"),
    }
}
