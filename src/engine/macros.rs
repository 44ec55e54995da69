//! Macros and bundled views: the clock, parameters, helpers of `queries/macros.sql`, `queries/views/*.sql`, data files.
//!
//! Names and values in, definitions on a connection out. A view is made only where all its tables are; a user's view must
//! pass classification like any other statement of the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDateTime;
use duckdb::Connection;
use serde::Deserialize;
use serde_json::Value;

use super::classify::Gate;
use super::{EngineError, EngineOptions, data, message, params, quote_name, views};
use crate::catalog::{Catalog, embedded};

/// The view that `exposed_to_internet()` stands on.
pub(super) const EXPOSURE: &str = "internet_exposure";

/// The macro on it.
pub(super) const EXPOSED: &str = "exposed_to_internet";

/// How it is made; here and not in `queries/graph.sql`, since that is read before there are views.
const EXPOSED_SQL: &str = "CREATE OR REPLACE MACRO exposed_to_internet() AS TABLE \
     SELECT e.* FROM internet_exposure AS e \
     ORDER BY e.certain DESC, e.subscription_id, e.table_name, e.name, e.how, e.id";

/// A view of the bundle or of the user.
#[derive(Debug, Clone)]
pub(super) struct ViewDef {
    pub(super) name: String,
    /// File, for messages.
    origin: String,
    tables: Vec<String>,
    pub(super) sql: String,
    bundled: bool,
}

/// A view by its name and the SELECT behind it.
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) sql: String,
}

#[derive(Deserialize)]
struct FrontMatter {
    tables: Vec<String>,
}

/// The tables and views that an engine is to have.
pub(super) struct Wanted {
    pub(super) tables: BTreeSet<String>,
    /// In the order in which they can be made.
    pub(super) views: Vec<ViewDef>,
    pub(super) data: Vec<data::DataFile>,
}

impl Wanted {
    /// Works out tables and views from the options; a name that is neither is an error.
    pub(super) fn of(options: &EngineOptions) -> Result<Wanted, EngineError> {
        let user = options.user_queries.as_deref();
        let data = data::files(user)?;
        let mut defined = view_definitions(user)?;
        let known_data: BTreeSet<&str> = data.iter().map(|file| file.view.as_str()).collect();
        let catalog = Catalog::bundled();
        let mut tables: BTreeSet<String> = BTreeSet::new();
        match &options.tables {
            None => {
                tables.extend(catalog.names().map(str::to_owned));
                tables.insert(views::RELATIONSHIP.to_owned());
                tables.insert(views::POPULATION.to_owned());
            }
            Some(asked) => {
                let mut open: Vec<&str> = asked.iter().map(String::as_str).collect();
                let mut seen = BTreeSet::new();
                while let Some(name) = open.pop() {
                    if !seen.insert(name) || name == views::LEDGER || known_data.contains(name) {
                        continue;
                    }
                    if let Some(view) = defined.iter().find(|view| view.name == name) {
                        open.extend(view.tables.iter().map(String::as_str));
                        continue;
                    }
                    if name != views::RELATIONSHIP && name != views::POPULATION {
                        catalog.table(name)?;
                    }
                    tables.insert(name.to_owned());
                }
            }
        }
        let mut there: BTreeSet<String> = tables.clone();
        there.insert(views::LEDGER.to_owned());
        there.extend(data.iter().map(|file| file.view.clone()));
        let mut views = Vec::new();
        // Views may stand on views: take what can be made until nothing is left that can.
        while let Some(at) = defined.iter().position(|view| view.tables.iter().all(|table| there.contains(table))) {
            let view = defined.remove(at);
            there.insert(view.name.clone());
            views.push(view);
        }
        if let (None, Some(view)) = (&options.tables, defined.first()) {
            let missing: Vec<&str> =
                view.tables.iter().filter(|table| !there.contains(*table)).map(String::as_str).collect();
            let why = format!("it needs {}, which there is not", missing.join(", "));
            return Err(EngineError::Definition { what: view.origin.clone(), why });
        }
        Ok(Wanted { tables, views, data })
    }

    /// Data files and views, in the order in which they can be made.
    pub(super) fn relations(&self) -> Vec<Relation> {
        let data = self.data.iter().map(|file| Relation { name: file.view.clone(), sql: file.select() });
        let views = self.views.iter().map(|view| Relation { name: view.name.clone(), sql: view.sql.clone() });
        data.chain(views).collect()
    }

    /// Every name a query may use.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let mut names = self.tables.clone();
        names.insert(views::LEDGER.to_owned());
        names.extend(self.views.iter().map(|view| view.name.clone()));
        names.extend(self.data.iter().map(|file| file.view.clone()));
        names
    }

    /// The user's own views: a mistake in one is told at once, whether a statement names it or not.
    pub(super) fn own_views(&self) -> BTreeSet<String> {
        self.views.iter().filter(|view| !view.bundled).map(|view| view.name.clone()).collect()
    }
}

fn view_definitions(user: Option<&Path>) -> Result<Vec<ViewDef>, EngineError> {
    let mut all = Vec::new();
    for (name, text) in embedded::VIEWS {
        all.push(view_definition(name, &format!("views/{name}.sql"), text, true)?);
    }
    for (name, path) in data::user_files(user, "views", "sql")? {
        let text = std::fs::read_to_string(&path).map_err(|source| EngineError::Io {
            what: "read",
            path: path.clone(),
            source,
        })?;
        let origin = path.display().to_string();
        if Catalog::bundled().contains(&name) || all.iter().any(|view: &ViewDef| view.name == name) {
            return Err(EngineError::Definition {
                what: origin,
                why: format!("there is a table or view {name} already"),
            });
        }
        all.push(view_definition(&name, &origin, &text, false)?);
    }
    Ok(all)
}

fn view_definition(name: &str, origin: &str, text: &str, bundled: bool) -> Result<ViewDef, EngineError> {
    let header: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("--"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let front: FrontMatter = toml::from_str(&header.join("\n")).map_err(|error| EngineError::Definition {
        what: origin.to_owned(),
        why: error.to_string().trim_end().to_owned(),
    })?;
    Ok(ViewDef {
        name: name.to_owned(),
        origin: origin.to_owned(),
        tables: front.tables,
        sql: text.trim_end().trim_end_matches(';').to_owned(),
        bundled,
    })
}

/// Defines the clock, the parameters, the helpers and the data views.
pub(super) fn define(
    connection: &Connection,
    time: NaiveDateTime,
    params: &BTreeMap<String, Value>,
) -> Result<(), EngineError> {
    let clock =
        format!("CREATE OR REPLACE MACRO snapshot_time() AS TIMESTAMP '{}';", time.format("%Y-%m-%d %H:%M:%S%.6f"));
    let params: String = params.iter().map(|(name, value)| params::macro_sql(name, value)).collect();
    for (what, sql) in [("the clock", clock.as_str()), ("the parameters", &params), ("the macros", embedded::MACROS)] {
        connection.execute_batch(sql).map_err(EngineError::setup(format!("define {what}")))?;
    }
    Ok(())
}

/// Redefines the parameters.
pub(super) fn define_params(connection: &Connection, params: &BTreeMap<String, Value>) -> Result<(), EngineError> {
    let sql: String = params.iter().map(|(name, value)| params::macro_sql(name, value)).collect();
    connection.execute_batch(&sql).map_err(EngineError::setup("define the parameters"))
}

/// Makes the view of a data file.
pub(super) fn define_data(connection: &Connection, file: &data::DataFile) -> Result<(), EngineError> {
    connection.execute_batch(&file.sql()).map_err(|error| wrong(&file.view, message(error)))
}

/// Makes the macros that stand on tables, once those are there.
pub(super) fn define_graph(connection: &Connection, wanted: &Wanted) -> Result<(), EngineError> {
    // DuckDB looks for a macro's tables when it is made.
    if wanted.tables.contains(views::RELATIONSHIP) {
        connection.execute_batch(embedded::GRAPH).map_err(|error| wrong("graph.sql", message(error)))?;
    }
    Ok(())
}

/// Makes a view; all that it stands on must be there.
pub(super) fn define_view(connection: &Connection, gate: &Gate, view: &ViewDef) -> Result<(), EngineError> {
    if !view.bundled {
        gate.admit_reading(&view.sql).map_err(|error| wrong(&view.origin, error.to_string()))?;
    }
    let sql = format!("CREATE OR REPLACE VIEW {} AS {}", quote_name(&view.name), view.sql);
    connection.execute_batch(&sql).map_err(|error| wrong(&view.origin, message(error)))?;
    if view.name == EXPOSURE {
        connection.execute_batch(EXPOSED_SQL).map_err(|error| wrong(EXPOSED, message(error)))?;
    }
    Ok(())
}

fn wrong(what: &str, why: String) -> EngineError {
    EngineError::Definition { what: what.to_owned(), why }
}
