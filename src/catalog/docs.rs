//! The reference of the tables: specs in, one Markdown page for each family out. Plain text, no file is written here.

use super::{Catalog, CatalogError, STANDARD_HEAD, STANDARD_TAIL, ScopeKind, TableSpec};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The pages: file name and text, `README.md` (the list of all) among them.
///
/// # Errors
/// A bad spec.
pub fn pages(catalog: &Catalog) -> Result<BTreeMap<String, String>, CatalogError> {
    let mut families: BTreeMap<&str, Vec<&TableSpec>> = BTreeMap::new();
    for spec in catalog.all()? {
        families.entry(&spec.family).or_default().push(spec);
    }
    let mut pages = BTreeMap::new();
    let mut index = String::from(INDEX);
    for (family, specs) in &families {
        let mut page = format!("# {family}\n\n{MADE}\n");
        let _ = writeln!(index, "\n## [{family}]({family}.md)\n\n| table | one row is | permission |\n|---|---|---|");
        for spec in specs {
            let _ = writeln!(
                index,
                "| [{0}]({family}.md#{0}) | {1}{2} | {3} |",
                spec.name,
                cell(&spec.title),
                note(spec),
                cell(&spec.permission)
            );
            table(&mut page, spec);
        }
        pages.insert(format!("{family}.md"), page);
    }
    let standard: Vec<String> =
        STANDARD_HEAD.iter().chain(&STANDARD_TAIL).map(|(name, sql)| format!("`{name}` {sql}")).collect();
    let _ = writeln!(index, "\nColumns of every table: {}.", standard.join(", "));
    pages.insert("README.md".to_owned(), index);
    Ok(pages)
}

const MADE: &str = "Made from the specs in `src/catalog/tables`; a test keeps it so.";
const INDEX: &str = "# Tables\n\nMade from the specs in `src/catalog/tables`; a test keeps it so. Each table has the columns at \
                     the end of this page besides its own.\n";

fn note(spec: &TableSpec) -> String {
    let mut notes = Vec::new();
    notes.extend(spec.retired.as_ref().map(|_| "retired"));
    notes.extend(spec.preview.then_some("preview"));
    notes.extend(spec.fetch.only_by_name.then_some("read only when named"));
    if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) }
}

fn table(page: &mut String, spec: &TableSpec) {
    let fetch = &spec.fetch;
    let _ = writeln!(page, "\n## {}\n\n{}.", spec.name, spec.title.trim_end_matches('.'));
    if let Some(meaning) = &spec.meaning {
        let _ = writeln!(page, "{meaning}");
    }
    page.push('\n');
    let mut line = |what: &str, text: &str| {
        let _ = writeln!(page, "- {what}: {text}");
    };
    line("permission", &format!("`{}`", spec.permission));
    if fetch.scope == ScopeKind::Embedded {
        let cuts: Vec<&str> = fetch.cut.iter().map(super::Path::as_str).collect();
        line("cut from", &format!("{} (`{}`)", fetch.parents[0], cuts.join("`, `")));
    } else {
        let version = if fetch.api_version.is_empty() { "" } else { &fetch.api_version };
        line("asked", &format!("`{} {}`, version {version}", fetch.method, fetch.path));
        if !fetch.parents.is_empty() {
            line("once for each row of", &fetch.parents.join(", "));
        }
    }
    if let Some(kind) = &spec.arm_type {
        line("type", &format!("`{kind}`"));
    }
    if !spec.class.is_empty() {
        line("class", &spec.class.join(", "));
    }
    if let Some(retired) = &spec.retired {
        line("retired", retired);
    }
    if fetch.only_by_name {
        line("read only when named", &format!("`azsnap snapshot --table '*' --table {}`", spec.name));
    }
    let paths = |list: &[super::Path]| list.iter().map(super::Path::as_str).collect::<Vec<_>>().join("`, `");
    if !spec.redact.is_empty() {
        line("never on disk", &format!("`{}`", paths(&spec.redact)));
    }
    page.push_str("\n| column | type | path | meaning |\n|---|---|---|---|\n");
    for column in &spec.columns {
        let _ = writeln!(
            page,
            "| {} | {} | `{}` | {} |",
            column.name,
            column.kind.word(),
            column.path.as_str().replace('|', "\\|"),
            cell(&column.meaning)
        );
    }
    let shown: Vec<&str> = spec.columns.iter().take(3).map(|column| column.name.as_str()).collect();
    let columns = if shown.is_empty() { String::new() } else { format!(", {}", shown.join(", ")) };
    let _ = writeln!(page, "\n```sql\nSELECT id, name{columns}\nFROM {}\nORDER BY id;\n```", spec.name);
}

/// Text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}
