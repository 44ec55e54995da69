//! What an examination finds: plain values in the JSON form that `--format json` promises (field order as declared here).
//! Nothing here is worked out or formatted for people.

use super::codes::{Code, Severity, Stage};
use super::signals::Place;
use serde::Serialize;

/// States how an examination ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing stands in the way.
    Ready,
    /// Usable, but tables would be (or were) missing.
    TablesMissing,
    /// Nothing can be read.
    Unusable,
}

/// Holds one diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Code of the table.
    pub code: &'static str,
    /// Where it belongs.
    pub stage: Stage,
    /// What it means for this run.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
    /// Variables, subscriptions or vaults that it is about.
    pub scopes: Vec<String>,
    /// Azure's own words.
    pub detail: Option<String>,
    /// What to do.
    pub what_to_do: String,
    /// Tables that are lost for it.
    pub tables: Vec<String>,
    /// Tables that are read in part.
    pub tables_in_part: Vec<String>,
    /// Checks that can say nothing but `unknown` for it.
    pub checks: Vec<String>,
}

impl Diagnosis {
    /// Makes a diagnosis as the table has it.
    #[must_use]
    pub fn of(code: &'static Code) -> Diagnosis {
        Diagnosis {
            code: code.code,
            stage: code.stage,
            severity: code.severity,
            message: code.message.to_owned(),
            scopes: Vec::new(),
            detail: None,
            what_to_do: code.cure.to_owned(),
            tables: Vec::new(),
            tables_in_part: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// Makes a diagnosis of the configuration, whose message and cure say more than the table; a warning is a fact.
    ///
    /// None when the table has no such code.
    #[must_use]
    pub fn of_configuration(
        code: &str,
        place: &str,
        message: &str,
        what_to_do: &str,
        is_warning: bool,
    ) -> Option<Diagnosis> {
        let row = super::codes::find(code)?;
        Some(Diagnosis {
            severity: if is_warning { Severity::Fact } else { row.severity },
            message: message.to_owned(),
            scopes: Some(place.to_owned()).into_iter().filter(|place| !place.is_empty()).collect(),
            what_to_do: what_to_do.to_owned(),
            ..Diagnosis::of(row)
        })
    }
}

/// Holds tables that are lost together, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The permission that is missing, as the spec writes it; none where it is not for want of one.
    pub permission: Option<String>,
    /// Code of the table, where one fits.
    pub code: Option<&'static str>,
    /// How it is known: by which answer, or by what was not granted.
    pub why: String,
    /// Tenant or subscriptions.
    pub scopes: Vec<String>,
    /// Tables that are not read there.
    pub tables: Vec<String>,
    /// Tables that are read in part: from a list that hides things, or by several others of which some are lost.
    pub tables_in_part: Vec<String>,
    /// Checks that can say nothing but `unknown` there.
    pub checks: Vec<String>,
    /// Azure's own words.
    pub detail: Option<String>,
}

/// Holds tables that are not there and need not be: no licence, a service that is not registered or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// `license`, `not_registered` or `retired`.
    pub status: String,
    /// Code of the table, where one fits.
    pub code: Option<&'static str>,
    /// Tenant or subscriptions.
    pub scopes: Vec<String>,
    /// Tables.
    pub tables: Vec<String>,
}

/// Names what could not be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unclear {
    /// What was asked.
    pub what: String,
    /// What came instead of an answer.
    pub why: String,
}

/// Holds what was found before a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// How it ended.
    pub outcome: Outcome,
    /// Tenant of the token.
    pub tenant_id: Option<String>,
    /// Object id of the principal.
    pub object_id: Option<String>,
    /// Application id of the principal.
    pub app_id: Option<String>,
    /// Subscriptions that can be read.
    pub subscriptions: Vec<Place>,
    /// How many tables were looked at.
    pub tables: usize,
    /// How many checks were looked at.
    pub checks: usize,
    /// Diagnoses, in the order of the stages.
    pub diagnoses: Vec<Diagnosis>,
    /// What is lost for want of which permission.
    pub missing: Vec<Loss>,
    /// What could not be told.
    pub unclear: Vec<Unclear>,
}

/// Holds what came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aftermath {
    /// How it ended.
    pub outcome: Outcome,
    /// Folder of the snapshot.
    pub snapshot: String,
    /// Tenant of the snapshot.
    pub tenant_id: String,
    /// What was lost for want of which permission.
    pub missing: Vec<Loss>,
    /// What was lost for other reasons.
    pub other: Vec<Loss>,
    /// What is not there and need not be.
    pub facts: Vec<Fact>,
}
