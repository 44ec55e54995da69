//! `azsnap tables`: what tables there are, and what one holds. Reads no snapshot.

use super::args::TablesArgs;
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use crate::catalog::{Catalog, Head, docs};
use crate::columns::examples;
use crate::engine::Rows;
use crate::packs::wrong_edges;
use crate::report::Document;
use crate::store::status;
use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The page about the ledger's statuses, beside the tables.
const STATUSES: &str = "statuses.md";

pub fn run(args: &TablesArgs, ui: &Ui) -> Result<Outcome, Failure> {
    ui.can_write(&args.output)?;
    if let Some(dir) = &args.test {
        return test(dir, ui);
    }
    let catalog = Catalog::bundled();
    if let Some(dir) = &args.docs {
        fs::create_dir_all(dir)?;
        for (name, text) in docs::pages(catalog)? {
            fs::write(dir.join(name), text)?;
        }
        fs::write(dir.join(STATUSES), status::page())?;
        return Ok(Outcome::Done);
    }
    let rows = match &args.table {
        None => {
            // A list must not wait for the specs to be parsed.
            let heads = catalog.heads()?;
            rows(
                &["table", "title", "service", "source", "permission", "columns"],
                heads.into_iter().map(|head| {
                    vec![head.name, head.title, head.service, head.source, head.permission, head.n_columns.to_string()]
                }),
            )?
        }
        Some(name) => {
            let spec = catalog.table(name)?;
            ui.say(&format!("{}: {}", spec.name, spec.title));
            if let Some(meaning) = &spec.meaning {
                ui.say(meaning);
            }
            ui.say(&format!("from {}, needs {}", Head::of(spec).source, spec.permission));
            let own = |name: &str| spec.column(name);
            rows(
                &["column", "type", "path", "meaning"],
                spec.schema_columns().into_iter().map(|(name, sql)| {
                    let (path, meaning) = own(&name).map_or((String::new(), "standard column".to_owned()), |column| {
                        (column.path.as_str().to_owned(), column.meaning.clone())
                    });
                    vec![name, sql.to_owned(), path, meaning]
                }),
            )?
        }
    };
    ui.write(&Document::Rows(&rows), &args.output)?;
    Ok(Outcome::Done)
}

/// Tries the specs of a folder, laid over the bundled ones.
fn test(dir: &Path, ui: &Ui) -> Result<Outcome, Failure> {
    let (mut specs, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = open.pop() {
        let unreadable = |error| Failure::usage(format!("cannot read {}: {error}", folder.display()));
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == "toml") {
                let content = fs::read_to_string(&path)
                    .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
                specs.push((text(folder.file_name()), text(path.file_stem()), content));
            }
        }
    }
    specs.sort();
    let names: Vec<String> = specs.iter().map(|(_, name, _)| name.clone()).collect();
    if names.is_empty() || !Catalog::overlay(specs) {
        return Err(Failure::usage(format!("there is no table spec below {}", dir.display())));
    }
    let catalog = Catalog::bundled();
    let (bad, names): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| catalog.table(name).is_err());
    for name in &bad {
        catalog.table(name).err().into_iter().for_each(|error| ui.error_line(&error.to_string()));
    }
    let mut failed = bad.len();
    // Examples are decoded along with all that is cut from the same answer, which a bad spec forbids.
    for name in names.iter().filter(|_| bad.is_empty()) {
        let spec = catalog.table(name)?;
        let mut wrong = examples::mistakes(catalog, spec).map_err(|error| Failure::usage(error.to_string()))?;
        wrong.extend(wrong_edges(spec));
        wrong.iter().for_each(|line| ui.error_line(line));
        failed += usize::from(!wrong.is_empty());
    }
    ui.data(&format!("{} passed, {failed} failed\n", names.len() + bad.len() - failed))?;
    Ok(if failed > 0 { Outcome::Found } else { Outcome::Done })
}

/// Text rows as a result.
pub fn rows(names: &[&str], lines: impl Iterator<Item = Vec<String>>) -> Result<Rows, Failure> {
    let lines: Vec<Vec<String>> = lines.collect();
    let schema =
        Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>()));
    let columns = (0..names.len())
        .map(|at| {
            Arc::new(lines.iter().map(|line| line.get(at).map(String::as_str)).collect::<StringArray>()) as ArrayRef
        })
        .collect();
    let batch = RecordBatch::try_new(schema.clone(), columns)?;
    Ok(Rows { schema, batches: vec![batch] })
}
