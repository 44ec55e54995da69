//! What the page of a query's rows shows.
//!
//! In: [`Rows`]. Out: the values that `rows.html.j2` names; no markup.

use minijinja::context;
use minijinja::value::Value;

use super::{html, value};
use crate::engine::Rows;

/// Gives the values for the template.
pub(super) fn context(rows: &Rows) -> Value {
    let column = |field: &arrow::datatypes::FieldRef| context! { name => field.name(), number => field.data_type().is_numeric() };
    let columns: Vec<Value> = rows.schema.fields().iter().map(column).collect();
    let lines: Vec<Value> =
        value::rows(rows).map(|cells| cells.iter().map(html::shown).collect::<Vec<Value>>().into()).collect();
    context! { columns, count => lines.len(), lines }
}
