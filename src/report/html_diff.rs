//! What the page of a comparison shows.
//!
//! In: a [`Comparison`]. Out: the values that `diff.html.j2` names; no markup.

use minijinja::context;
use minijinja::value::Value;

use super::tally::{self, TableTally};
use super::{Comparison, html, table_diff};
use crate::diff::{Change, SnapshotRef};
use crate::packs::Verdict;

/// Gives the values for the template.
pub(super) fn context(report: &Comparison) -> Value {
    let tallies = tally::by_table(report);
    let sum = |count: fn(&TableTally<'_>) -> usize| tallies.iter().map(count).sum::<usize>();
    context! {
        sides => vec![side("Old", &report.old), side("New", &report.new)],
        totals => vec![
            context! { name => "added", count => sum(|tally| tally.added) },
            context! { name => "removed", count => sum(|tally| tally.removed) },
            context! { name => "changed", count => sum(|tally| tally.changed) },
            context! { name => "coverage", count => report.coverage.len() },
            context! { name => "flips", count => report.flips.len() },
        ],
        tables => tallies.iter().map(table).collect::<Vec<Value>>(),
        changes => tallies.iter().flat_map(|tally| tally.changes.iter().map(|one| change(one))).collect::<Vec<Value>>(),
        coverage => report.coverage.iter().map(|one| context! {
            table => &one.table, scope => &one.scope, old => &one.old_status, new => &one.new_status,
        }).collect::<Vec<Value>>(),
        flips => report.flips.iter().map(|one| context! {
            check => &one.check, subject => &one.subject, reason => &one.reason,
            old => verdict(one.old), new => verdict(one.new),
        }).collect::<Vec<Value>>(),
    }
}

fn side(name: &str, side: &SnapshotRef) -> Value {
    context! { name, at => html::instant(&side.at), path => &side.path, seal => &side.seal }
}

fn table(tally: &TableTally<'_>) -> Value {
    context! {
        table => tally.table,
        because => tally::class_label(tally.class),
        added => tally.added,
        removed => tally.removed,
        changed => tally.changed,
    }
}

fn change(change: &Change) -> Value {
    let column = |column: &crate::diff::ColumnChange| {
        context! {
            column => &column.column,
            old => table_diff::plain(&column.old),
            new => table_diff::plain(&column.new),
        }
    };
    context! {
        table => &change.table,
        id => &change.id,
        name => change.name.as_ref(),
        kind => change.kind.as_str(),
        class => change.class.as_str(),
        because => tally::class_label(change.class),
        columns => change.columns.iter().map(column).collect::<Vec<Value>>(),
    }
}

fn verdict(verdict: Option<Verdict>) -> Value {
    verdict.map_or_else(
        || context! { word => "absent", label => "absent" },
        |verdict| context! { word => verdict.as_str(), label => tally::label(verdict) },
    )
}
