//! Checks against one engine: what the ledger and the tables' gaps say, read once; then each check's SQL and the rules.
//!
//! Used by a run over a snapshot and by the cases of checks, so that both go through the same code.

use std::collections::{BTreeMap, BTreeSet};

use arrow::record_batch::RecordBatch;

use super::finding::Finding;
use super::reads::{Reads, direct_tables, params, reads};
use super::verdict::columns::{GapRow, Gaps};
use super::verdict::ledger::Ledger;
use super::verdict::{Bench, absent, unknown};
use super::{Check, PackError, evidence, rows};
use crate::catalog::{Catalog, near_names};
use crate::engine::{Engine, EngineError};

/// Finds the SQL of a view by its name.
pub(super) type FindView<'v> = dyn Fn(&str) -> Option<&'v str> + 'v;

/// Holds what some checks read, by their text alone.
pub(super) struct Plan {
    /// Tables without which one of them has no verdict.
    needs: BTreeSet<String>,
    /// What each of them reads, by slug.
    pub(super) reads: BTreeMap<String, Reads>,
    /// Parameters that one of them uses, itself or through views.
    pub(super) params: BTreeSet<String>,
}

/// Columns that are in some row's `_gaps`, by table.
pub(super) type GapColumns = BTreeMap<String, BTreeSet<String>>;

/// Holds what is known about a snapshot before any check runs.
pub(super) struct Session<'p> {
    pub(super) plan: &'p Plan,
    pub(super) ledger: Ledger,
    pub(super) gap_columns: GapColumns,
}

impl Plan {
    /// Finds out what checks read.
    ///
    /// # Errors
    /// A check names a table that does not exist or reads one that it does not name.
    pub(super) fn of<'c>(checks: impl IntoIterator<Item = &'c Check>, view: &FindView<'_>) -> Result<Plan, PackError> {
        let mut plan = Plan { needs: BTreeSet::new(), reads: BTreeMap::new(), params: BTreeSet::new() };
        for check in checks {
            validate(check)?;
            plan.needs.extend(check.needs().map(str::to_owned));
            plan.reads.insert(check.slug.clone(), reads(&check.sql, view)?);
            plan.params.extend(check.params.iter().cloned().chain(params(&check.sql, view)));
        }
        Ok(plan)
    }

    /// Gives the tables that are read, also through views.
    pub(super) fn tables(&self) -> BTreeSet<&'static str> {
        self.reads.values().flat_map(Reads::keys).copied().collect()
    }
}

impl<'p> Session<'p> {
    /// Reads the ledger and the gaps of a snapshot.
    ///
    /// # Errors
    /// The snapshot cannot be queried.
    pub(super) fn open(engine: &Engine, plan: &'p Plan, tenant_id: &str) -> Result<Session<'p>, PackError> {
        let ledger = Ledger::read(engine, &plan.needs, tenant_id)?;
        Ok(Session { plan, ledger, gap_columns: gap_columns(engine, &plan.tables())? })
    }

    /// Runs one check.
    ///
    /// # Errors
    /// Its SQL fails or gives other rows than a check must.
    pub(super) fn judge(&self, engine: &Engine, check: &Check) -> Result<Vec<Finding>, PackError> {
        self.decide(engine, check, ask(engine, check)?)
    }

    /// As [`Session::judge`], but a check of ours that stumbles over this snapshot's rows does not take all others with it: it
    /// says `unknown` for the whole tenant, and why. A user's own check has to be mended, and says so by an error.
    ///
    /// # Errors
    /// As [`Session::judge`], for a check of the user's; else whatever is not about a value: the statement was stopped, memory
    /// ran out, a file cannot be read.
    pub(super) fn judge_or_tell(&self, engine: &Engine, check: &Check) -> Result<Vec<Finding>, PackError> {
        self.judge(engine, check).or_else(|error| {
            let said = match &error {
                PackError::Rows { message, .. } => message.clone(),
                PackError::Query { source, .. } if source.is_about_a_value() => source.to_string(),
                _ => return Err(error),
            };
            if !check.bundled {
                return Err(error);
            }
            let reason =
                format!("the check cannot judge the rows of this snapshot, which is a fault of the check: {said}");
            Ok(vec![Finding { subject: self.ledger.tenant_id.clone(), reason, ..rows::of_check(check) }])
        })
    }

    /// Applies the rules to the rows of a check's SQL.
    ///
    /// # Errors
    /// The snapshot cannot be queried.
    pub(super) fn decide(&self, engine: &Engine, check: &Check, rows: Vec<Finding>) -> Result<Vec<Finding>, PackError> {
        let mut bench = Bench::new(check, rows);
        unknown::apply(&mut bench, &self.ledger)?;
        let gaps = self.gaps(engine, check, &bench)?;
        gaps.apply(&mut bench, &self.ledger.tenant_id);
        absent::apply(&mut bench, &self.ledger)?;
        Ok(bench.finish())
    }

    /// Finds the rows with gaps in the columns that a check reads.
    fn gaps(&self, engine: &Engine, check: &Check, bench: &Bench<'_>) -> Result<Gaps, PackError> {
        let mut gaps = Gaps::default();
        for (table, columns) in self.plan.reads.get(&check.slug).into_iter().flatten() {
            let Some(with_gaps) = self.gap_columns.get(*table) else { continue };
            let columns: Vec<String> = columns.intersection(with_gaps).map(|column| format!("'{column}'")).collect();
            if columns.is_empty() {
                continue;
            }
            let columns = columns.join(", ");
            let sql = format!(
                "SELECT id, _parent_id, subscription_id, \
                 array_to_string(list_filter(_gaps, lambda item_: item_ IN ({columns})), ', ') AS columns \
                 FROM {table} WHERE list_has_any(_gaps, [{columns}]) ORDER BY id"
            );
            let mut sink = |batch: &RecordBatch| -> Result<(), EngineError> {
                for row in 0..batch.num_rows() {
                    let text = |column: usize| evidence::string(batch.column(column), row);
                    let row = GapRow {
                        id: text(0).unwrap_or_default(),
                        parent_id: text(1),
                        subscription_id: text(2),
                        columns: text(3).unwrap_or_default(),
                    };
                    gaps.add(bench, table, &row);
                }
                Ok(())
            };
            engine.stream(&sql, &mut sink).map_err(PackError::snapshot("the gaps"))?;
        }
        Ok(gaps)
    }
}

/// Runs the SQL of a check.
///
/// # Errors
/// It fails or gives other rows than a check must.
pub(super) fn ask(engine: &Engine, check: &Check) -> Result<Vec<Finding>, PackError> {
    let answer = if check.bundled { engine.select(&check.sql) } else { engine.query_reading(&check.sql) };
    let answer = answer.map_err(PackError::query(&check.slug))?;
    rows::findings(check, &answer)
}

/// Finds the columns that some row's `_gaps` names.
fn gap_columns(engine: &Engine, tables: &BTreeSet<&str>) -> Result<GapColumns, PackError> {
    let mut found = GapColumns::new();
    let there = tables.iter().filter(|table| engine.relations().contains(**table));
    let selects: Vec<String> = there
        .map(|table| {
            format!("SELECT '{table}' AS name, unnest(_gaps) AS gap FROM {table} WHERE array_length(_gaps) > 0")
        })
        .collect();
    if selects.is_empty() {
        return Ok(found);
    }
    let sql = format!("SELECT DISTINCT name, gap FROM ({}) ORDER BY name, gap", selects.join(" UNION ALL "));
    let rows = engine.query(&sql).map_err(PackError::snapshot("the gaps"))?;
    for (table, column) in rows.strings("name").into_iter().zip(rows.strings("gap")) {
        if let (Some(table), Some(column)) = (table, column) {
            found.entry(table).or_default().insert(column);
        }
    }
    Ok(found)
}

/// Refuses a check whose tables nobody could look up in the ledger.
fn validate(check: &Check) -> Result<(), PackError> {
    let catalog = Catalog::bundled();
    for table in check.named_tables() {
        if !catalog.contains(table) {
            let near = near_names(table, catalog.names());
            return Err(PackError::UnknownTable { check: check.slug.clone(), table: table.to_owned(), near });
        }
    }
    match direct_tables(&check.sql).into_iter().find(|table| !check.named_tables().any(|named| named == *table)) {
        Some(table) => Err(PackError::Undeclared { check: check.slug.clone(), table: table.to_owned() }),
        None => Ok(()),
    }
}
