//! What stands in the way of a run, and what it costs: signals (answers of Azure, rights granted, a ledger) in, diagnoses
//! with tables and checks out.
//!
//! [`examine`] judges before a run, [`aftermath`] after one from the snapshot's ledger, [`least_role`] says what would be
//! enough. Plain rules over plain data: never asks anybody, never prints, never looks at a secret.

mod aftermath;
mod choice;
mod codes;
mod config;
mod examine;
mod grants;
mod losses;
mod manual;
mod permission;
mod report;
mod role;
mod signal;
mod signals;

pub use aftermath::aftermath;
pub use choice::{Choice, Cost, Wanted};
pub use codes::{CODES, Code, Severity, Stage, find};
pub use config::{Given, Setting, is_guid, problems};
pub use examine::examine;
pub use grants::{Claims, Grants};
pub use manual::{explain, manual};
pub use permission::{BadPermission, Need, Right, parse};
pub use report::{Aftermath, Diagnosis, Examination, Fact, Loss, Outcome, Unclear};
pub use role::{GraphPermission, LeastRole, RoleDefinition, least_role};
pub use signal::{Asked, Refused, Shown};
pub use signals::{Place, Probe, Signals, Subscription, asked_of, is_settled};

use crate::catalog::CatalogError;
use crate::packs::PackError;

/// Says why an examination could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// A pattern that no table has.
    #[error("no table fits `{pattern}`{}", did_you_mean(.near))]
    NoTable {
        /// The pattern.
        pattern: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// A code that is not in the table.
    #[error("there is no code `{code}`; `azsnap doctor --explain` lists all")]
    NoCode {
        /// What was typed.
        code: String,
    },
    /// A check or pack.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A bad spec.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A permission that cannot be read.
    #[error(transparent)]
    Permission(#[from] BadPermission),
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(", ")) }
}
