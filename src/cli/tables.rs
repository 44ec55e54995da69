//! `azsnap tables`: what tables there are, and what one holds. Reads no snapshot.

use super::args::TablesArgs;
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use crate::catalog::{Catalog, STANDARD_HEAD, STANDARD_TAIL, TableSpec};
use crate::engine::Rows;
use crate::report::Document;
use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

pub fn run(args: &TablesArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let catalog = Catalog::bundled();
    let rows = match &args.table {
        None => {
            let specs = catalog.all()?;
            rows(
                &["table", "title", "service", "source", "permission", "columns"],
                specs.iter().map(|spec| {
                    let columns = spec.columns.len() + STANDARD_HEAD.len() + STANDARD_TAIL.len();
                    vec![
                        spec.name.clone(),
                        spec.title.clone(),
                        spec.service.clone(),
                        source(spec),
                        spec.permission.clone(),
                        columns.to_string(),
                    ]
                }),
            )?
        }
        Some(name) => {
            let spec = catalog.table(name)?;
            ui.say(&format!("{}: {}", spec.name, spec.title));
            if let Some(meaning) = &spec.meaning {
                ui.say(meaning);
            }
            ui.say(&format!("from {}, needs {}", source(spec), spec.permission));
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

fn source(spec: &TableSpec) -> String {
    if spec.fetch.path.is_empty() { format!("inside {}", spec.fetch.parents[0]) } else { spec.fetch.path.clone() }
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
