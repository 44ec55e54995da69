//! What a check's SQL reads: its text and that of the views it uses in, tables and columns by name out.
//!
//! By names alone, so it errs to the careful side: a word that is a column of a table the text mentions counts as read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::catalog::{Catalog, CatalogError};
use crate::engine::lexer::{Token, tokens};

/// Tables and, for each, the columns on which verdicts rest.
pub(super) type Reads = BTreeMap<&'static str, BTreeSet<String>>;

static TABLES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| Catalog::bundled().names().collect());

/// Holds what one text mentions.
#[derive(Debug, Default)]
struct Mentions {
    words: BTreeSet<String>,
    tables: BTreeSet<&'static str>,
    views: BTreeSet<String>,
    /// Columns whose gaps the text looks at itself: for each table the texts beside its `_gaps`.
    handled: BTreeMap<&'static str, BTreeSet<String>>,
    /// The text passes columns on without naming them.
    has_star: bool,
}

/// Gives the catalogue's tables that the text names itself, not through views.
pub(super) fn direct_tables(sql: &str) -> BTreeSet<&'static str> {
    mentions(sql, &|_| None).tables
}

/// Gives the views that the text names itself.
pub(super) fn direct_views<'v>(sql: &str, view: &dyn Fn(&str) -> Option<&'v str>) -> BTreeSet<String> {
    mentions(sql, view).views
}

/// Whether the query, or a view it uses, mentions a name.
pub(super) fn reaches<'v>(sql: &str, view: &dyn Fn(&str) -> Option<&'v str>, name: &str) -> bool {
    words(sql, view).contains(name)
}

/// Gives the text of a query and of every view that it uses, itself or through views.
pub(super) fn whole_text<'v>(sql: &str, view: &dyn Fn(&str) -> Option<&'v str>) -> String {
    let (mut seen, mut open, mut text) = (BTreeSet::new(), vec![sql], String::new());
    while let Some(one) = open.pop() {
        text.push_str(one);
        text.push('\n');
        let inner = mentions(one, view).views;
        open.extend(inner.into_iter().filter(|name| seen.insert(name.clone())).filter_map(|name| view(&name)));
    }
    text
}

/// Gives the parameters that the query uses, itself or through views.
pub(super) fn params<'v>(sql: &str, view: &dyn Fn(&str) -> Option<&'v str>) -> BTreeSet<String> {
    words(sql, view).iter().filter_map(|word| word.strip_prefix("param_").map(str::to_owned)).collect()
}

fn words<'v>(sql: &str, view: &dyn Fn(&str) -> Option<&'v str>) -> BTreeSet<String> {
    let (mut seen, mut words) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![sql];
    while let Some(text) = open.pop() {
        let found = mentions(text, view);
        words.extend(found.words);
        open.extend(
            found.views.into_iter().filter(|inner| seen.insert(inner.clone())).filter_map(|inner| view(&inner)),
        );
    }
    words
}

/// Gives the tables and columns that a query reads, itself and through views.
///
/// A column whose gaps the query asks for itself (`list_contains(t._gaps, 'column')`) is left out: its verdict says
/// already what the gap means.
///
/// # Errors
/// A table's spec is bad.
pub(super) fn reads<'v>(sql: &str, view: &dyn Fn(&str) -> Option<&'v str>) -> Result<Reads, CatalogError> {
    let mut texts: BTreeMap<String, Mentions> = BTreeMap::new();
    let top = mentions(sql, view);
    let mut open: Vec<String> = top.views.iter().cloned().collect();
    while let Some(name) = open.pop() {
        if let (false, Some(text)) = (texts.contains_key(&name), view(&name)) {
            let found = mentions(text, view);
            open.extend(found.views.iter().cloned());
            texts.insert(name, found);
        }
    }
    let mut reads = Reads::new();
    add(&top, &texts, &mut reads)?;
    for text in texts.values() {
        add(text, &texts, &mut reads)?;
    }
    Ok(reads)
}

fn add(text: &Mentions, views: &BTreeMap<String, Mentions>, reads: &mut Reads) -> Result<(), CatalogError> {
    for table in &text.tables {
        add_columns(table, text, text.handled.get(table), reads)?;
    }
    // A view that passes on `*` hides which of its columns this text rests on; one that names them all does not.
    for view in below(text, views).into_iter().filter(|view| view.has_star) {
        for table in view.tables.difference(&text.tables) {
            add_columns(table, text, view.handled.get(table), reads)?;
        }
    }
    Ok(())
}

fn add_columns(
    table: &'static str,
    text: &Mentions,
    handled: Option<&BTreeSet<String>>,
    reads: &mut Reads,
) -> Result<(), CatalogError> {
    let spec = Catalog::bundled().table(table)?;
    let names = spec.schema_columns().into_iter().map(|(name, _)| name);
    // The raw object holds every column's value, and lacks what was redacted or not asked.
    let reads_raw = text.words.contains("_raw");
    let rests_on = |name: &String| reads_raw || text.words.contains(name);
    let is_handled = |name: &String| handled.is_some_and(|columns| columns.contains(name));
    reads.entry(table).or_default().extend(names.filter(|name| rests_on(name) && !is_handled(name)));
    Ok(())
}

/// The views a text uses, and those they use.
fn below<'m>(text: &Mentions, views: &'m BTreeMap<String, Mentions>) -> Vec<&'m Mentions> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&String> = text.views.iter().collect();
    let mut found: Vec<&Mentions> = Vec::new();
    while let Some(name) = open.pop() {
        if let (true, Some((name, view))) = (seen.insert(name.clone()), views.get_key_value(name)) {
            open.extend(views[name].views.iter().map(|inner| views.get_key_value(inner).map_or(inner, |(key, _)| key)));
            found.push(view);
        }
    }
    found
}

fn mentions<'v>(sql: &str, view: &dyn Fn(&str) -> Option<&'v str>) -> Mentions {
    let tokens: Vec<Token<'_>> = tokens(sql).into_iter().filter(Token::is_code).collect();
    let name = |at: usize| tokens.get(at).and_then(Token::name).map(|name| name.to_lowercase());
    let mut found = Mentions::default();
    let mut aliases: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for (at, token) in tokens.iter().enumerate() {
        found.has_star |= token.is_symbol("*") && at.checked_sub(1).is_some_and(|before| passes_all(&tokens[before]));
        let Some(word) = name(at) else { continue };
        if view(&word).is_some() {
            found.views.insert(word.clone());
        } else if let Some(table) = TABLES.get(word.as_str()) {
            found.tables.insert(table);
            let next = if tokens.get(at + 1).is_some_and(|next| next.is("as")) { at + 2 } else { at + 1 };
            for alias in [Some(word.clone()), name(next)].into_iter().flatten() {
                aliases.entry(alias).or_default().insert(table);
            }
        }
        found.words.insert(word);
    }
    let texts: BTreeSet<String> = tokens.iter().filter_map(Token::plain_text).collect();
    for at in 2..tokens.len() {
        if name(at).is_some_and(|name| name == "_gaps") && tokens[at - 1].is_symbol(".") {
            let owners = name(at - 2).and_then(|owner| aliases.get(&owner));
            // Two tables under one alias: nobody can tell whose gaps are looked at, so they count for neither.
            if let Some([table]) = owners.map(|tables| tables.iter().collect::<Vec<_>>()).as_deref() {
                found.handled.entry(table).or_default().extend(texts.iter().cloned());
            }
        }
    }
    found
}

/// Whether a star after this token stands for all columns.
fn passes_all(before: &Token<'_>) -> bool {
    ["select", "distinct", "all"].iter().any(|word| before.is(word))
        || [".", ","].iter().any(|sign| before.is_symbol(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, views: &[(&str, &str)], expected: &[(&str, &[&str])]) {
        let views: BTreeMap<String, String> =
            views.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let found = reads(sql, &|name| views.get(name).map(String::as_str)).unwrap();
        let found: Vec<(&str, Vec<&str>)> =
            found.iter().map(|(table, columns)| (*table, columns.iter().map(String::as_str).collect())).collect();
        let expected: Vec<(&str, Vec<&str>)> =
            expected.iter().map(|(table, columns)| (*table, columns.to_vec())).collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn tables_and_columns() {
        check(
            "SELECT v.id, v.Location FROM azure_vm AS v -- tags\n WHERE v.name <> 'zones'",
            &[],
            &[("azure_vm", &["id", "location", "name"])],
        );
        check(
            "SELECT v.name FROM azure_vm v JOIN azure_nic n ON n.id = 'x'",
            &[],
            &[("azure_nic", &["id", "name"]), ("azure_vm", &["id", "name"])],
        );
        check("SELECT 1 FROM azure_ledger, azure_nothing", &[], &[]);
        let raw = reads("SELECT _raw FROM azure_resource_group", &|_| None).unwrap();
        assert!(raw["azure_resource_group"].contains("location"));
    }

    #[test]
    fn gaps_looked_at_by_the_query_itself() {
        let sql = "SELECT v.id FROM azure_vm AS v WHERE list_contains(v._gaps, 'name') OR v.name = v.location";
        check(sql, &[], &[("azure_vm", &["_gaps", "id", "location"])]);
        let twice = "SELECT x.id, 'id' FROM azure_vm x UNION ALL SELECT x.id, x._gaps FROM azure_nic x";
        check(twice, &[], &[("azure_nic", &["_gaps", "id"]), ("azure_vm", &["_gaps", "id"])]);
    }

    #[test]
    fn views() {
        let named = [("v", "SELECT id, name AS location FROM azure_vm")];
        check("SELECT tags FROM v", &named, &[("azure_vm", &["id", "location", "name"])]);
        let star =
            [("v", "SELECT * FROM w"), ("w", "SELECT x.* FROM azure_vm AS x WHERE list_contains(x._gaps, 'tags')")];
        check("SELECT tags, name FROM v", &star, &[("azure_vm", &["_gaps", "name"])]);
        check("SELECT count(*), name FROM v", &[("v", "SELECT count(*) AS n FROM azure_vm")], &[("azure_vm", &[])]);
    }

    #[test]
    fn direct() {
        assert_eq!(direct_tables("SELECT * FROM azure_vm, v").into_iter().collect::<Vec<_>>(), ["azure_vm"]);
        let view = |name: &str| {
            [("v", "SELECT 1 FROM w"), ("w", "SELECT 1 FROM azure_ledger, v")]
                .into_iter()
                .find(|v| v.0 == name)
                .map(|v| v.1)
        };
        assert_eq!(params("SELECT param_a(), b FROM x", &view).into_iter().collect::<Vec<_>>(), ["a"]);
        assert!(
            reaches("SELECT 1 FROM v", &view, "azure_ledger")
                && !reaches("SELECT 'azure_ledger'", &view, "azure_ledger")
        );
    }
}
