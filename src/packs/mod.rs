//! Checks and packs: SQL files with front matter and a snapshot in, findings out.
//!
//! SQL says pass, fail, not_applicable, manual or nothing; the runner alone says `unknown`, wherever the ledger or a row's
//! `_gaps` show that a verdict would rest on data that was not read. Never opens a socket, never formats for people.

mod accept;
mod cases;
mod check;
mod edges;
mod error;
mod evidence;
mod finding;
mod flips;
mod front_matter;
mod lanes;
mod library;
mod narrow;
mod pack;
mod reads;
mod rows;
mod run;
mod session;
#[cfg(test)]
mod tests;
mod verdict;

pub use accept::{Acceptance, Accepted, IdleAcceptance, accept};
pub use cases::{CaseBench, CaseFailure, denied_gives_unknown, run_case};
pub use check::{Case, CaseLedger, Check};
pub use edges::wrong_edges;
pub use error::PackError;
pub use finding::*;
pub use flips::{Flip, flips};
pub use library::{Library, Selection};
pub use pack::{Assessment, Control, Pack};
pub use run::{Outcome, RunContext, outcome, run, run_with};
