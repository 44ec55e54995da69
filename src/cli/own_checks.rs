//! Checks of one's own: a file to begin with, and a runner of cases that says what failed as test runners do.

use super::args::Rules;
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use crate::catalog::Catalog;
use crate::packs::{CaseBench, Check, Library};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Where a new check goes when `--queries` names no folder.
const QUERIES: &str = "queries";

/// Writes a check with a pass, a fail, a gap and an empty case, that runs as it stands.
pub fn new(library: &Library, slug: &str, table: &str, rules: &Rules, ui: &Ui) -> Result<Outcome, Failure> {
    let plain =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !plain(slug) {
        return Err(Failure::usage(format!("`{slug}` is no slug: lower-case letters, digits and underscores")));
    }
    if library.check(slug).is_some() {
        return Err(Failure::usage(format!("there is a check `{slug}` already")));
    }
    let catalog = Catalog::bundled();
    let spec = catalog.table(table)?;
    let folder = rules.queries.clone().unwrap_or_else(|| QUERIES.into()).join("checks").join("own");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{slug}.sql"));
    let text = template(slug, table, &spec.title.to_lowercase(), !catalog.is_tenant_wide(spec)?);
    // Nobody's work is written over.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|error| anyhow::Error::new(error).context(format!("cannot write {}", path.display())))?;
    file.write_all(text.as_bytes())?;
    ui.say(&format!("azsnap tables {table} lists the columns; azsnap checks test {slug} --queries DIR runs the cases"));
    ui.data(&format!("{}\n", path.display()))?;
    Ok(Outcome::Done)
}

fn template(slug: &str, table: &str, what: &str, in_subscriptions: bool) -> String {
    let nobody = if in_subscriptions {
        "/subscriptions/11111111-1111-4111-8111-111111111111"
    } else {
        "99999999-9999-4999-8999-999999999999"
    };
    let title = slug.replace('_', " ");
    format!(
        r#"-- title = "{title}"
-- severity = "medium"
-- subject = "{table}"
-- tables = ["{table}"]
-- rationale = "Why it matters."
-- remediation = "What to do about a failure."
-- references = []
-- [[case]]
-- title = "a name as it should be"
-- given.{table} = [{{ id = "/x/a", name = "prod-a" }}]
-- expect = {{ a = "pass" }}
-- [[case]]
-- title = "another name"
-- given.{table} = [{{ id = "/x/a", name = "test" }}]
-- expect = {{ a = "fail" }}
-- [[case]]
-- title = "a name that could not be read"
-- given.{table} = [{{ id = "/x/a", name = "prod-a", _gaps = ["name"] }}]
-- expect = {{ a = "unknown" }}
-- [[case]]
-- title = "no {what}"
-- given.{table} = []
-- expect = {{ "{nobody}" = "not_applicable" }}
SELECT t.id AS subject, t.id AS resource_id, t.subscription_id,
       CASE WHEN t.name LIKE 'prod-%' THEN 'pass' ELSE 'fail' END AS verdict,
       'its name is ' || t.name AS reason
FROM {table} AS t
"#
    )
}

/// Runs the cases of checks by slug, or of a folder's checks, and says which failed and how.
pub fn test(mut library: Library, names: &[String], ui: &Ui) -> Result<Outcome, Failure> {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for name in names {
        if library.check(name).is_some() {
            wanted.insert(name.clone());
        } else if Path::new(name).is_dir() {
            let before: BTreeSet<String> = library.checks().map(|check| check.slug.clone()).collect();
            library.add_folder(Path::new(name))?;
            wanted.extend(library.checks().map(|check| check.slug.clone()).filter(|slug| !before.contains(slug)));
        } else {
            wanted.extend(library.select(std::slice::from_ref(name))?.checks);
        }
    }
    let all = names.is_empty();
    let (mut passed, mut failed, mut n_checks) = (0, 0, 0);
    for check in library.checks().filter(|check| all || wanted.contains(&check.slug)) {
        let mistakes = mistakes(check, &library)?;
        n_checks += 1;
        // The proof that a denied table gives unknown counts as one more.
        failed += mistakes.len();
        passed += (check.cases.len() + 1).saturating_sub(mistakes.len());
        if !mistakes.is_empty() {
            ui.error_line(&format!("FAILED {} ({})", check.slug, check.file));
            mistakes.iter().for_each(|line| ui.error_line(&format!("  {line}")));
        }
    }
    ui.data(&format!(
        "{n_checks} {}: {passed} passed, {failed} failed\n",
        if n_checks == 1 { "check" } else { "checks" }
    ))?;
    Ok(if failed > 0 { Outcome::Found } else { Outcome::Done })
}

fn mistakes(check: &Check, library: &Library) -> Result<Vec<String>, Failure> {
    let mut bench = CaseBench::of(check, library).map_err(|why| Failure::usage(format!("{}: {why}", check.slug)))?;
    let mut found: Vec<String> =
        bench.run_all().iter().map(|failure| format!("case \"{}\": {}", failure.case, failure.message)).collect();
    found.extend(bench.denied_gives_unknown().err());
    Ok(found)
}
