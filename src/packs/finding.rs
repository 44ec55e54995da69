//! What a check run says: severities, verdicts, findings and the report around them.
//!
//! In: values that the runner fills. Out: the same values, and the JSON that DESIGN.md fixes (field order as declared here).
//! Plain data only: nothing here may read a snapshot, run SQL or format text for people.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::accept::{Accepted, IdleAcceptance};

pub use crate::store::manifest::PopulationDifference;

/// States how much a failed check matters; the worst comes first in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Exposed or lost already, or one step away from it.
    Critical,
    /// A single further mistake leads to harm.
    High,
    /// Weakens a defence.
    Medium,
    /// Good practice not followed.
    Low,
    /// Worth knowing, nothing to fix.
    Informational,
}

impl Severity {
    /// Lists every severity, worst first.
    pub const ALL: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Informational];

    /// Gives the word used in JSON, SQL and front matter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Informational => "informational",
        }
    }
}

/// States what a check found out about one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What must hold does hold.
    Pass,
    /// It doesn't.
    Fail,
    /// The rule says nothing about this subject.
    NotApplicable,
    /// A person has to judge; the evidence is there.
    Manual,
    /// Something the answer rests on was not read.
    Unknown,
}

impl Verdict {
    /// Lists every verdict in the order in which summaries count them.
    pub const ALL: [Verdict; 5] =
        [Verdict::Pass, Verdict::Fail, Verdict::NotApplicable, Verdict::Manual, Verdict::Unknown];

    /// Gives the word used in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::NotApplicable => "not_applicable",
            Verdict::Manual => "manual",
            Verdict::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Says that a text is none of the words of an enum here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" is not a {what}; expected one of {expected}")]
pub struct UnknownWord {
    /// What was to be read: `severity` or `verdict`.
    pub what: &'static str,
    /// The text that was given.
    pub given: String,
    /// The words that would do, separated by commas.
    pub expected: String,
}

fn find<T: Copy>(all: &[T], word: fn(T) -> &'static str, what: &'static str, given: &str) -> Result<T, UnknownWord> {
    all.iter().copied().find(|one| word(*one) == given).ok_or_else(|| UnknownWord {
        what,
        given: given.to_owned(),
        expected: all.iter().map(|one| word(*one)).collect::<Vec<_>>().join(", "),
    })
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        find(&Self::ALL, Self::as_str, "severity", text)
    }
}

impl FromStr for Verdict {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        find(&Self::ALL, Self::as_str, "verdict", text)
    }
}

/// Holds one verdict of one check about one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Slug of the check.
    pub check: Arc<str>,
    /// Title of the check.
    pub title: Arc<str>,
    /// Severity of the check.
    pub severity: Severity,
    /// What was found out.
    pub verdict: Verdict,
    /// What it is about; unique within the check.
    pub subject: String,
    /// Id of the resource to look at, where the subject is one.
    pub resource_id: Option<String>,
    /// Name of that resource.
    pub resource_name: Option<String>,
    /// Bare GUID of the subscription; `None` above subscriptions.
    pub subscription_id: Option<String>,
    /// One sentence: why this verdict.
    pub reason: String,
    /// The other columns of the check's row, in its order.
    pub evidence: Map<String, Value>,
    /// Controls it answers, each as `pack:control`.
    pub controls: Arc<[String]>,
    /// Who accepts this failure, if somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

/// Holds the outcome of a run of checks over one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Path of the snapshot as it was named.
    pub snapshot: String,
    /// SHA-256 of the snapshot's list of hashes.
    pub seal: String,
    /// Tenant that was read.
    pub tenant_id: String,
    /// Time of the snapshot, UTC, ISO 8601.
    pub at: String,
    /// Version of the program that ran the checks.
    pub version: String,
    /// Hash over every check and pack that was used.
    pub pack_hash: String,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Parameters that were in force, defaults included.
    pub params: BTreeMap<String, Value>,
    /// Every finding, in the runner's order.
    pub findings: Vec<Finding>,
    /// How many findings there are of each verdict.
    pub summary: Summary,
    /// Controls of the chosen packs that no check answers.
    pub not_yet: Vec<NotYet>,
    /// Acceptances that are not in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle_acceptances: Vec<IdleAcceptance>,
    /// What formats for people show about each check; no part of the JSON.
    #[serde(skip)]
    pub checks: Vec<CheckInfo>,
}

/// Describes a check to the reader of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInfo {
    /// Slug, as in [`Finding::check`].
    pub slug: String,
    /// Folder the check lives in; reports group by it.
    pub family: String,
    /// What must hold, as a short sentence.
    pub title: String,
    /// How much a failure matters.
    pub severity: Severity,
    /// Why it must hold.
    pub rationale: String,
    /// What to do about a failure.
    pub remediation: String,
    /// Pages to read.
    pub references: Vec<String>,
    /// Controls it answers, each as `pack:control`.
    pub controls: Vec<String>,
}

/// Counts what the snapshot's ledger says was read, and lists the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Rows of the ledger that count here: one per table and scope, or parent asked.
    pub scopes: u64,
    /// How many of them are known: read, or known to be empty.
    pub read: u64,
    /// The others, one by one.
    pub unread: Vec<UnreadScope>,
    /// Tables that an import took for empty because no file came with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
    /// Tables with rows fetched more than six hours after the snapshot began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<String>,
    /// Where another number of resources was counted than collected: something may be missing, or came and went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub population: Vec<PopulationDifference>,
}

/// Names a part of the tenant that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadScope {
    /// Table that would hold it.
    pub table: String,
    /// Tenant, subscription or parent that was asked.
    pub scope: String,
    /// Status in the ledger.
    pub status: String,
    /// The ledger's or Azure's code, where there is one.
    pub code: Option<String>,
    /// Permission that reading it takes.
    pub permission: Option<String>,
}

/// Counts findings by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Findings that hold.
    pub pass: u64,
    /// Findings that don't, the accepted ones among them.
    pub fail: u64,
    /// Failures that somebody accepts.
    #[serde(default)]
    pub accepted: u64,
    /// Subjects the rule says nothing about.
    pub not_applicable: u64,
    /// Findings a person has to judge.
    pub manual: u64,
    /// Findings that rest on something unread.
    pub unknown: u64,
    /// Checks that ran.
    pub checks: u64,
}

impl Summary {
    /// Counts the findings; `checks` is how many checks ran, with or without findings.
    #[must_use]
    pub fn of(findings: &[Finding], checks: u64) -> Summary {
        let mut summary = Summary { checks, ..Summary::default() };
        for finding in findings {
            summary.add(finding.verdict);
            summary.accepted += u64::from(finding.accepted.is_some());
        }
        summary
    }

    /// Counts one more verdict.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.pass += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::NotApplicable => self.not_applicable += 1,
            Verdict::Manual => self.manual += 1,
            Verdict::Unknown => self.unknown += 1,
        }
    }

    /// Gives the count of one verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Fail => self.fail,
            Verdict::NotApplicable => self.not_applicable,
            Verdict::Manual => self.manual,
            Verdict::Unknown => self.unknown,
        }
    }

    /// Gives the number of all findings.
    #[must_use]
    pub fn total(&self) -> u64 {
        Verdict::ALL.iter().map(|verdict| self.count(*verdict)).sum()
    }
}

/// Names a control that no check answers yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotYet {
    /// Pack of the control.
    pub pack: String,
    /// Its id in the pack.
    pub control: String,
    /// Its title, in our words.
    pub title: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.as_str().parse(), Ok(verdict));
            assert_eq!(serde_json::to_value(verdict).unwrap(), Value::from(verdict.as_str()));
        }
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
            assert_eq!(serde_json::to_value(severity).unwrap(), Value::from(severity.as_str()));
        }
        assert_eq!(
            "PASS".parse::<Verdict>().unwrap_err().to_string(),
            "\"PASS\" is not a verdict; expected one of pass, fail, not_applicable, manual, unknown"
        );
        assert!(Severity::Critical < Severity::Low);
    }

    #[test]
    fn a_summary_adds_up() {
        let finding = |verdict| Finding {
            check: "c".into(),
            title: "t".into(),
            severity: Severity::Low,
            verdict,
            subject: "s".into(),
            resource_id: None,
            resource_name: None,
            subscription_id: None,
            reason: String::new(),
            evidence: Map::new(),
            controls: [].into(),
            accepted: None,
        };
        let findings = [finding(Verdict::Fail), finding(Verdict::Unknown), finding(Verdict::Fail)];
        let summary = Summary::of(&findings, 2);
        assert_eq!((summary.fail, summary.unknown, summary.checks, summary.total()), (2, 1, 2, 3));
    }
}
