//! A folder of `<table>.json` and `<table>.jsonl` files: what it holds, read file by file when its table is decoded.

use super::rows::{Form, Source};
use super::{ImportError, Sources};
use crate::catalog::Catalog;
use crate::store::Status;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    table: String,
    scope: Option<String>,
    status: String,
}

/// Lists what a folder has.
pub(super) fn read(catalog: &Catalog, dir: &Path) -> Result<Sources, ImportError> {
    let mut sources =
        Sources { tables: BTreeMap::new(), statuses: Vec::new(), tenants: BTreeSet::new(), ignored: Vec::new() };
    let mut files: Vec<_> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|found| found.path())).collect::<Result<_, _>>())
        .map_err(ImportError::io(dir))?;
    files.sort();
    for path in files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let form = match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Form::Document,
            Some("jsonl") => Form::Lines,
            _ => continue,
        };
        let stem = name.trim_end_matches(".jsonl").trim_end_matches(".json").to_owned();
        if name == "ledger.jsonl" {
            statuses(catalog, &path, &mut sources)?;
        } else if catalog.contains(&stem) {
            sources.tables.entry(stem).or_default().push(Source {
                label: name,
                form,
                path: Some(path),
                items: Vec::new(),
            });
        } else {
            sources.ignored.push(name);
        }
    }
    if sources.tables.is_empty() {
        return Err(ImportError::Nothing { path: dir.to_owned() });
    }
    tenants(&mut sources)?;
    Ok(sources)
}

fn statuses(catalog: &Catalog, path: &Path, sources: &mut Sources) -> Result<(), ImportError> {
    let text = fs::read_to_string(path).map_err(ImportError::io(path))?;
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |why: String| ImportError::BadFile { path: path.to_owned(), line: Some(at + 1), why };
        let line: Line = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
        let status =
            Status::parse(&line.status).ok_or_else(|| bad(format!("`{}` is no ledger status", line.status)))?;
        catalog.table(&line.table).map_err(|error| bad(error.to_string()))?;
        sources.statuses.push((line.table, line.scope.map(|scope| scope.to_lowercase()), status, None));
    }
    Ok(())
}

/// The tenant is that of `azure_account`, else that of the subscriptions.
fn tenants(sources: &mut Sources) -> Result<(), ImportError> {
    for (table, key) in [("azure_account", "id"), ("azure_subscription", "tenantId")] {
        for source in sources.tables.get(table).into_iter().flatten() {
            source.each(&mut |item| {
                if let Some(id) = item.get(key).and_then(serde_json::Value::as_str) {
                    sources.tenants.insert(id.to_lowercase());
                }
                Ok(())
            })?;
        }
        if !sources.tenants.is_empty() {
            break;
        }
    }
    Ok(())
}
