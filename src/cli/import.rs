//! `azsnap import`: JSON files or recordings to a snapshot.

use super::args::{Global, ImportArgs};
use super::failure::{Failure, Outcome};
use super::finish;
use super::ui::Ui;
use crate::import;
use crate::store::Snapshot;

pub fn run(args: &ImportArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let options = import::Options {
        source: args.source.clone(),
        archive: global.archive.clone(),
        at: finish::instant(&args.at)?,
        tenant: global.tenant.clone(),
        assume_empty: args.assume_empty,
    };
    let imported = import::run(&options)?;
    for name in &imported.ignored {
        ui.say(&format!("ignored {name}: it fits no table"));
    }
    let (dir, seal) = finish::seal(imported.unsealed, ui)?;
    let snapshot = Snapshot::open(&dir)?;
    ui.say(&format!("{} rows in {} tables", snapshot.manifest().totals.rows, snapshot.manifest().tables.len()));
    if !snapshot.manifest().assumed_tables.is_empty() {
        ui.say(&format!("assumed to be empty: {}", snapshot.manifest().assumed_tables.join(", ")));
    }
    if imported.unread > 0 {
        ui.say("not read:");
        finish::unread_lines(&snapshot, 12)?.iter().for_each(|line| ui.say(line));
    }
    ui.data(&format!("{seal}\n"))?;
    Ok(if imported.unread > 0 { Outcome::Partial } else { Outcome::Done })
}
