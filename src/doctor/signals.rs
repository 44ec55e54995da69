//! What was asked before a run and what came of it, as plain values: settings, tokens, subscriptions, probes.
//!
//! Whoever probes fills them in; nothing here judges.

use super::grants::{Claims, Grants};
use super::permission::Need;
use super::report::Diagnosis;
use super::signal::{Asked, Refused};
use crate::catalog::{Plane, SUBSCRIPTIONS, TableSpec};
use serde::Serialize;
use std::fmt;

/// Names a subscription.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Its GUID.
    pub id: String,
    /// Its name, where it is known.
    pub name: String,
}

/// Holds what one subscription answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Which it is.
    pub place: Place,
    /// Whether it can be read.
    pub read: Result<(), Refused>,
    /// What the principal may do there.
    pub grants: Result<Grants, Refused>,
}

/// Holds what a table's own call answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The tables that the call feeds.
    pub tables: Vec<&'static str>,
    /// The subscription it was made in; none for the tenant.
    pub subscription: Option<String>,
    /// What it was made for, where that is one thing of many (a vault).
    pub object: Option<String>,
    /// Whether it was answered.
    pub answer: Result<(), Refused>,
}

/// Holds everything that was asked; what a choice of tables does not take is not there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signals {
    /// What is wrong with the settings.
    pub configuration: Vec<Diagnosis>,
    /// The token for Resource Manager.
    pub arm: Option<Result<Claims, Refused>>,
    /// The token for Graph.
    pub graph: Option<Result<Claims, Refused>>,
    /// How many subscriptions are listed.
    pub listed: Option<Result<usize, Refused>>,
    /// The chosen ones.
    pub subscriptions: Vec<Subscription>,
    /// Calls of tables.
    pub probes: Vec<Probe>,
}

/// What the call of a table asks for, as far as its refusal is concerned.
#[must_use]
pub fn asked_of(spec: &TableSpec) -> Asked {
    let arm_type = spec.arm_type.as_deref().unwrap_or_default().to_lowercase();
    match spec.fetch.plane {
        Plane::Graph => Asked::Graph,
        Plane::KeyVault => Asked::Vault,
        Plane::Storage => Asked::Data,
        Plane::Arm if spec.name == SUBSCRIPTIONS => Asked::Subscription,
        Plane::Arm if arm_type.starts_with("microsoft.management/managementgroups") => Asked::ManagementGroups,
        Plane::Arm => Asked::Arm { is_security: arm_type.starts_with("microsoft.security/") },
    }
}

/// Whether it is settled that a need is met: every alternative is granted, or none. Between the two only Azure's answer
/// tells which of them it asks for.
#[must_use]
pub fn is_settled(need: &Need, grants: &Grants) -> bool {
    let granted = need.any_of.iter().filter(|all| all.iter().all(|right| grants.allow(right))).count();
    granted == 0 || granted == need.any_of.len()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { f.write_str(&self.id) } else { write!(f, "{} ({})", self.name, self.id) }
    }
}
