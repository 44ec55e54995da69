//! `azsnap checks`: what checks and packs there are, what one says, and whether its cases hold.

use super::args::{ChecksAction, ChecksArgs, Global, Output, Rules};
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use super::{finish, own_checks, tables};
use crate::catalog::Catalog;
use crate::engine::{lexer, params};
use crate::packs::{Check, Library};
use crate::report::Document;
use std::collections::BTreeSet;

pub fn run(args: &ChecksArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    if let (Some(ChecksAction::New { .. }), Some(dir)) = (&args.action, &args.rules.queries) {
        std::fs::create_dir_all(dir)?;
    }
    let library = finish::library(&args.rules)?;
    match args.action.as_ref().unwrap_or(&ChecksAction::List) {
        ChecksAction::List => list(&library, ui),
        ChecksAction::Show { slug, sql } => show(&library, slug, *sql, (&args.rules, global), ui),
        ChecksAction::Explain { slug } => {
            ui.data(&explain(&library, slug, &args.rules, global)?)?;
            Ok(Outcome::Done)
        }
        ChecksAction::New { slug, table } => own_checks::new(&library, slug, table, &args.rules, ui),
        ChecksAction::Test { slugs } => own_checks::test(library, slugs, ui),
    }
}

fn list(library: &Library, ui: &Ui) -> Result<Outcome, Failure> {
    for pack in library.packs() {
        let done = pack.controls.iter().filter(|control| {
            let name = format!("{}:{}", pack.name, control.id);
            library.checks().any(|check| check.controls.contains(&name))
        });
        ui.say(&format!(
            "pack {}: {} ({} of {} controls have a check)",
            pack.name,
            pack.title,
            done.count(),
            pack.controls.len()
        ));
    }
    let lines = library.checks().map(|check| {
        vec![
            check.slug.clone(),
            check.severity.to_string(),
            check.family.clone(),
            check.title.clone(),
            check.cases.len().to_string(),
        ]
    });
    let rows = tables::rows(&["check", "severity", "family", "title", "cases"], lines)?;
    ui.write(&Document::Rows(&rows), &Output::default())?;
    Ok(Outcome::Done)
}

fn show(library: &Library, slug: &str, sql: bool, rules: (&Rules, &Global), ui: &Ui) -> Result<Outcome, Failure> {
    library.select(&[slug.to_owned()])?;
    let check =
        library.check(slug).ok_or_else(|| Failure::usage(format!("`{slug}` is a pack or family: name one check")))?;
    if sql {
        ui.data(&filled_sql(library, check, rules)?)?;
        return Ok(Outcome::Done);
    }
    ui.data(&text_of(check)?)?;
    Ok(Outcome::Done)
}

/// The check's SQL as it runs: the views it uses before it, parameters as values.
fn filled_sql(library: &Library, check: &Check, (rules, global): (&Rules, &Global)) -> Result<String, Failure> {
    let options = finish::engine_options(rules, global, None)?;
    let mut text = String::new();
    let mut named = vec![check.sql.clone()];
    let mut views: Vec<(String, String)> = Vec::new();
    while let Some(sql) = named.pop() {
        for word in lexer::tokens(&sql).iter().filter_map(|token| token.name()) {
            if let Some(view) = library.view(&word).filter(|_| !views.iter().any(|(known, _)| *known == word)) {
                let body: String =
                    view.lines().skip_while(|line| line.starts_with("--")).map(|line| format!("{line}\n")).collect();
                named.push(body.clone());
                views.push((word, body));
            }
        }
    }
    // A view comes after those it uses.
    for (name, body) in views.iter().rev() {
        text.push_str(&format!(
            "CREATE OR REPLACE TEMP VIEW {name} AS\n{};\n\n",
            body.trim_end().trim_end_matches(';')
        ));
    }
    text.push_str(check.sql.trim_end().trim_end_matches(';'));
    text.push_str(";\n");
    for (name, value) in params::values(rules.queries.as_deref(), &options.params)? {
        text = text.replace(&format!("param_{name}()"), &literal(&value));
    }
    Ok(text)
}

fn literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn text_of(check: &Check) -> Result<String, Failure> {
    let catalog = Catalog::bundled();
    let mut text =
        format!("{}: {}\nseverity {}\n\n{}\n", check.slug, check.title, check.severity, check.rationale.trim());
    text.push_str(&format!("\nRemedy\n{}\n\nReads\n", check.remediation.trim()));
    for table in check.tables.iter().chain(&check.optional) {
        let optional = if check.optional.contains(table) { " (optional)" } else { "" };
        text.push_str(&format!("  {table}{optional}: needs {}\n", catalog.table(table)?.permission));
    }
    if !check.params.is_empty() {
        text.push_str(&format!("\nParameters\n  {}\n", check.params.join(", ")));
    }
    if !check.controls.is_empty() {
        text.push_str(&format!("\nControls\n  {}\n", check.controls.join("\n  ")));
    }
    if !check.references.is_empty() {
        text.push_str(&format!("\nReferences\n  {}\n", check.references.join("\n  ")));
    }
    Ok(text)
}

/// What a check asks: its text for people, what its cases show, and the controls by name.
fn explain(library: &Library, slug: &str, rules: &Rules, global: &Global) -> Result<String, Failure> {
    library.select(&[slug.to_owned()])?;
    let check =
        library.check(slug).ok_or_else(|| Failure::usage(format!("`{slug}` is a pack or family: name one check")))?;
    let mut text = text_of(check)?;
    let options = finish::engine_options(rules, global, None)?;
    let values = params::values(rules.queries.as_deref(), &options.params)?;
    let declared = params::declared(rules.queries.as_deref())?;
    let used: Vec<_> =
        check.params.iter().filter_map(|name| Some((name, declared.get(name)?, values.get(name)?))).collect();
    if !used.is_empty() {
        text.push_str("\nParameters, as they stand\n");
        for (name, param, value) in used {
            text.push_str(&format!("  {name} = {value}: {}\n", param.meaning));
        }
    }
    text.push_str("\nWhat its cases show\n");
    for case in &check.cases {
        let verdicts: BTreeSet<&str> = case.expect.values().map(|verdict| verdict.as_str()).collect();
        let verdicts: Vec<&str> = verdicts.into_iter().collect();
        text.push_str(&format!("  {}: {}\n", verdicts.join(" and "), case.title));
    }
    let mut named = Vec::new();
    for pack in library.packs() {
        for control in check.controls_of(&pack.name).filter_map(|id| pack.controls.iter().find(|one| one.id == id)) {
            let level = control.level.map(|level| format!(", level {level}")).unwrap_or_default();
            named.push(format!("  {} {}{level}: {}\n", pack.title, control.id, control.title));
        }
    }
    if !named.is_empty() {
        text.push_str("\nControls by name\n");
        named.iter().for_each(|line| text.push_str(line));
    }
    Ok(text)
}
