//! `azsnap snapshot --plan`: what a run would ask, how many calls that takes at least, and which permissions it needs.

use super::args::Output;
use super::connect::Connected;
use super::every::Watch;
use super::failure::{Failure, Outcome};
use super::snapshot::explain;
use super::tables;
use super::ui::Ui;
use crate::export::{self, Forecast, Options};
use crate::report::Document;

/// Finds out and prints it; nothing is kept.
pub fn show(
    connected: Connected,
    options: &Options,
    output: &Output,
    watch: &Watch,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let asked_to_stop = watch.token();
    let found = runtime.block_on(async {
        tokio::select! {
            found = export::forecast(connected.client, options) => Some(found),
            () = asked_to_stop.cancelled() => None,
        }
    });
    runtime.shutdown_background();
    let Some(found) = found else { return Ok(Outcome::Interrupted) };
    let found = found.map_err(explain)?;
    let lines = found.lists.iter().map(|list| {
        vec![
            list.tables.join(", "),
            list.asked_for.clone(),
            list.calls.to_string(),
            if list.open { "and one for each parent".to_owned() } else { String::new() },
            list.pruned.to_string(),
            list.permission.clone(),
        ]
    });
    let rows = tables::rows(&["tables", "asked_for", "calls", "more", "pruned", "permission"], lines)?;
    ui.write(&Document::Rows(&rows), output)?;
    said(&found).iter().for_each(|line| ui.say(line));
    Ok(Outcome::Done)
}

fn said(found: &Forecast) -> Vec<String> {
    let pruned: u64 = found.lists.iter().map(|list| list.pruned).sum();
    let open = found.lists.iter().filter(|list| list.open).count();
    vec![
        format!(
            "{} subscriptions ({} of them proven to be read in full), {} resources counted",
            found.subscriptions, found.proven, found.resources
        ),
        format!(
            "at least {} calls in {} lists, {pruned} left out; {open} lists are asked once for each row of another table",
            found.calls(),
            found.lists.len(),
        ),
        "nothing was written".to_owned(),
    ]
}
