//! Data files: `queries/data/<x>.csv`, each the view `data_<x>`.
//!
//! CSV in, a view of texts out. The lines that begin with `#` say where the data is from; an empty cell is NULL. It must
//! never guess types: a query casts what it needs.

use std::path::Path;

use super::{EngineError, quote_name, quote_text};
use crate::catalog::embedded;

/// Holds a parsed data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Name of the view: `data_` and the file's stem.
    pub view: String,
    /// Where the data is from, as the file says.
    pub source: Option<String>,
    /// How old the data is, as the file says.
    pub date: Option<String>,
    /// Column names.
    pub columns: Vec<String>,
    /// Cells by row.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Gives every data file: the bundled ones and those of the user's folder.
///
/// # Errors
/// A file cannot be read or is no CSV, or a name is there twice.
pub fn files(user_queries: Option<&Path>) -> Result<Vec<DataFile>, EngineError> {
    let mut all =
        embedded::DATA.iter().map(|(stem, text)| parse(stem, text)).collect::<Result<Vec<DataFile>, EngineError>>()?;
    for (stem, path) in user_files(user_queries, "data", "csv")? {
        let text = std::fs::read_to_string(&path).map_err(|source| EngineError::Io {
            what: "read",
            path: path.clone(),
            source,
        })?;
        let file = parse(&stem, &text)?;
        if all.iter().any(|other| other.view == file.view) {
            let why = format!("there is a view {} already", file.view);
            return Err(EngineError::Definition { what: path.display().to_string(), why });
        }
        all.push(file);
    }
    Ok(all)
}

/// Files of one ending in a folder of the user's, sorted: stem and path.
pub(super) fn user_files(
    user_queries: Option<&Path>,
    folder: &str,
    extension: &str,
) -> Result<Vec<(String, std::path::PathBuf)>, EngineError> {
    let Some(folder) = user_queries.map(|root| root.join(folder)).filter(|folder| folder.is_dir()) else {
        return Ok(Vec::new());
    };
    let failed = |source| EngineError::Io { what: "list", path: folder.clone(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let (true, Some(stem)) = (path.extension().is_some_and(|end| end == extension), path.file_stem()) {
            found.push((stem.to_string_lossy().into_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

fn parse(stem: &str, text: &str) -> Result<DataFile, EngineError> {
    let said = |word: &str| {
        let lines = text.lines().map_while(|line| line.strip_prefix('#'));
        lines
            .filter_map(|line| line.trim().strip_prefix(word)?.strip_prefix(':'))
            .map(|rest| rest.trim().to_owned())
            .next()
    };
    let wrong =
        |error: csv::Error| EngineError::Definition { what: format!("data file {stem}"), why: error.to_string() };
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let columns = reader.headers().map_err(wrong)?.iter().map(|name| name.trim().to_owned()).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        rows.push(record.iter().map(|cell| (!cell.is_empty()).then(|| cell.to_owned())).collect());
    }
    Ok(DataFile { view: format!("data_{stem}"), source: said("source"), date: said("date"), columns, rows })
}

impl DataFile {
    /// Gives the statement that makes the view.
    pub(super) fn sql(&self) -> String {
        format!("CREATE OR REPLACE VIEW {} AS {};", quote_name(&self.view), self.select())
    }

    /// Gives the SELECT of its rows.
    pub(super) fn select(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|name| quote_name(name)).collect();
        let cell = |cell: &Option<String>| cell.as_deref().map_or_else(|| "NULL".to_owned(), quote_text);
        let row =
            |row: &Vec<Option<String>>| format!("({}, TRUE)", row.iter().map(cell).collect::<Vec<_>>().join(", "));
        // The first row gives the types, also where every cell of a column is empty; it is left out again.
        let typed = vec!["NULL::VARCHAR"; names.len()].join(", ");
        let values: Vec<String> =
            std::iter::once(format!("({typed}, FALSE)")).chain(self.rows.iter().map(row)).collect();
        format!(
            "SELECT {} FROM (VALUES {}) AS t({}, row_is_data) WHERE row_is_data",
            names.join(", "),
            values.join(", "),
            names.join(", ")
        )
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_file_becomes_a_view() {
        let file = parse("x", "# source: a page\n# date: 2026-01-01\nname,n\n\"it's, so\",1\nb,\n").unwrap();
        assert_eq!((file.source.as_deref(), file.date.as_deref()), (Some("a page"), Some("2026-01-01")));
        assert_eq!(
            file.sql(),
            "CREATE OR REPLACE VIEW \"data_x\" AS SELECT \"name\", \"n\" FROM (VALUES (NULL::VARCHAR, NULL::VARCHAR, FALSE), \
             ('it''s, so', '1', TRUE), ('b', NULL, TRUE)) AS t(\"name\", \"n\", row_is_data) WHERE row_is_data;"
        );
        assert!(parse("x", "a,b\n1\n").is_err());
    }
}
