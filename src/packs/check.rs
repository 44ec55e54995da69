//! One check: the text of its SQL file in, its front matter, cases and SQL out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::finding::{CheckInfo, Severity, Verdict};
use super::{PackError, front_matter};

/// Holds a check: what must hold, and the SQL that finds out.
#[derive(Debug, Clone)]
pub struct Check {
    /// Name of the check, also the file stem.
    pub slug: String,
    /// Folder it lives in.
    pub family: String,
    /// What must hold, as a short sentence.
    pub title: String,
    /// How much a failure matters.
    pub severity: Severity,
    /// Table whose rows are the subjects.
    pub subject: String,
    /// Tables without which there is no verdict.
    pub tables: Vec<String>,
    /// Tables that the SQL reads when they are there.
    pub optional: Vec<String>,
    /// Parameters it uses.
    pub params: Vec<String>,
    /// Controls it answers, each as `pack:control`.
    pub controls: Vec<String>,
    /// Why it must hold.
    pub rationale: String,
    /// What to do about a failure.
    pub remediation: String,
    /// Pages to read.
    pub references: Vec<String>,
    /// Whether a fail stands although a needed table was not read there.
    pub proven_fail: bool,
    /// Given rows and the verdicts they must give.
    pub cases: Vec<Case>,
    /// The query.
    pub sql: String,
    /// The whole file.
    pub text: String,
    /// Where the file is, for messages.
    pub file: String,
    /// Whether it comes with the program, and so is known to give columns of different names.
    pub bundled: bool,
}

/// Holds one example of a check: rows, what was read, and the verdicts they must give.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows.
    pub title: String,
    /// Rows by table.
    #[serde(default)]
    pub given: BTreeMap<String, Vec<toml::Table>>,
    /// Where the ledger differs from "everything was read".
    #[serde(default)]
    pub ledger: Vec<CaseLedger>,
    /// Parameters that differ from their defaults.
    #[serde(default)]
    pub param: BTreeMap<String, toml::Value>,
    /// Every finding: subject, or its last segment, and verdict.
    pub expect: BTreeMap<String, Verdict>,
}

/// Holds one ledger row of a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLedger {
    /// The table.
    pub table: String,
    /// GUID of the subscription; every subscription of the case, or the tenant, when absent.
    pub subscription: Option<String>,
    /// Id of the parent, for a row about one parent.
    pub parent: Option<String>,
    /// Status; `absent` takes the row away.
    pub status: String,
    /// The ledger's own code.
    pub code: Option<String>,
    /// Azure's error code.
    pub error_code: Option<String>,
    /// HTTP status.
    pub http_status: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    title: String,
    severity: Severity,
    subject: String,
    tables: Vec<String>,
    #[serde(default)]
    optional: Vec<String>,
    #[serde(default)]
    params: Vec<String>,
    #[serde(default)]
    controls: Vec<String>,
    rationale: String,
    remediation: String,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    proven_fail: bool,
    #[serde(default, rename = "case")]
    cases: Vec<Case>,
}

impl Check {
    /// Reads the text of a check's file.
    ///
    /// # Errors
    /// The front matter is wrong, or no SQL follows it.
    pub fn parse(family: &str, slug: &str, file: &str, text: &str) -> Result<Check, PackError> {
        let (header, sql) = front_matter::parse::<Header>(file, text)?;
        let wrong =
            |line: usize, message: &str| PackError::Text { file: file.to_owned(), line, message: message.to_owned() };
        if header.tables.is_empty() {
            return Err(wrong(1, "`tables` names no table"));
        }
        if let Some(bad) = header.controls.iter().find(|control| !control.contains(':')) {
            return Err(wrong(1, &format!("the control `{bad}` is not written as pack:control")));
        }
        if sql.is_empty() {
            return Err(wrong(text.lines().count(), "no SQL follows the front matter"));
        }
        Ok(Check {
            slug: slug.to_owned(),
            family: family.to_owned(),
            title: header.title,
            severity: header.severity,
            subject: header.subject,
            tables: header.tables,
            optional: header.optional,
            params: header.params,
            controls: header.controls,
            rationale: header.rationale,
            remediation: header.remediation,
            references: header.references,
            proven_fail: header.proven_fail,
            cases: header.cases,
            sql: sql.to_owned(),
            text: text.to_owned(),
            file: file.to_owned(),
            bundled: false,
        })
    }

    /// Gives the tables without which there is no verdict: the named ones, and the subject's own.
    ///
    /// Without the subject's table nobody could tell "there are none" from "the list was refused".
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let subject =
            Some(self.subject.as_str()).filter(|s| !self.tables.iter().chain(&self.optional).any(|table| table == s));
        self.tables.iter().map(String::as_str).chain(subject)
    }

    /// Gives every table the check names.
    pub fn named_tables(&self) -> impl Iterator<Item = &str> {
        self.needs().chain(self.optional.iter().map(String::as_str))
    }

    /// Gives the control ids of one pack that the check answers.
    pub fn controls_of(&self, pack: &str) -> impl Iterator<Item = &str> {
        self.controls.iter().filter_map(move |control| control.strip_prefix(pack)?.strip_prefix(':'))
    }

    /// Describes the check to the reader of a report.
    #[must_use]
    pub fn info(&self) -> CheckInfo {
        CheckInfo {
            slug: self.slug.clone(),
            family: self.family.clone(),
            title: self.title.clone(),
            severity: self.severity,
            rationale: self.rationale.clone(),
            remediation: self.remediation.clone(),
            references: self.references.clone(),
            controls: self.controls.clone(),
        }
    }
}
