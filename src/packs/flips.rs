//! Verdicts that differ between two reports: reports in, one entry per subject whose verdict is another out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::{CheckReport, Finding, Verdict};

/// Holds a subject whose verdict differs between two reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flip {
    /// Slug of the check.
    pub check: String,
    /// What the verdict is about.
    pub subject: String,
    /// Verdict in the old report; `None` where it has no such subject.
    pub old: Option<Verdict>,
    /// Verdict in the new report; `None` where it has no such subject.
    pub new: Option<Verdict>,
    /// The newer verdict's reason.
    pub reason: String,
}

/// What the old and the new report say about one subject.
type Pair<'r> = (Option<&'r Finding>, Option<&'r Finding>);

/// Compares two reports, subject by subject.
#[must_use]
pub fn flips(old: &CheckReport, new: &CheckReport) -> Vec<Flip> {
    let mut pairs: BTreeMap<(&str, &str), Pair<'_>> = BTreeMap::new();
    for finding in &old.findings {
        pairs.entry((&finding.check, &finding.subject)).or_default().0 = Some(finding);
    }
    for finding in &new.findings {
        pairs.entry((&finding.check, &finding.subject)).or_default().1 = Some(finding);
    }
    let verdict = |finding: Option<&Finding>| finding.map(|finding| finding.verdict);
    let differ = pairs.into_iter().filter(|(_, (old, new))| verdict(*old) != verdict(*new));
    differ
        .map(|((check, subject), (old, new))| Flip {
            check: check.to_owned(),
            subject: subject.to_owned(),
            old: verdict(old),
            new: verdict(new),
            reason: new.or(old).map(|finding| finding.reason.clone()).unwrap_or_default(),
        })
        .collect()
}
