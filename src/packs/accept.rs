//! Exceptions: failing findings that somebody answers for, until a day. Findings and acceptances in, findings that say so
//! out. An accepted finding stays a fail and is counted as one; nothing here makes a pass.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::finding::{CheckReport, Finding, Verdict};

/// Accepts the failures of a check about some resources.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Slug of the check; `*` stands for anything.
    pub check: String,
    /// Subject or resource id, letter case aside; `*` stands for anything.
    pub resource: String,
    /// Who answers for it.
    pub by: String,
    /// Why it is accepted.
    pub why: String,
    /// The last day on which it holds, by the snapshot's time.
    pub until: NaiveDate,
}

/// Who accepted a finding, as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Who answers for it.
    pub by: String,
    /// Why.
    pub why: String,
    /// The last day.
    pub until: NaiveDate,
}

/// An acceptance that changes nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdleAcceptance {
    /// The check it names.
    pub check: String,
    /// The resource it names.
    pub resource: String,
    /// The last day.
    pub until: NaiveDate,
    /// `expired`: there are such failures, but its time is over; `unused`: there are none.
    pub state: String,
}

/// Marks the failures that are accepted at the time of the snapshot, and lists the acceptances that are not in force.
pub fn accept(report: &mut CheckReport, acceptances: &[Acceptance], at: NaiveDateTime) {
    let ran: BTreeSet<&str> = report.checks.iter().map(|check| check.slug.as_str()).collect();
    let mut idle = Vec::new();
    for one in acceptances {
        let fits = |finding: &&mut Finding| finding.verdict == Verdict::Fail && one.fits(finding);
        let mut found = report.findings.iter_mut().filter(fits).peekable();
        let state = match found.peek() {
            // Of checks that did not run nobody knows.
            None if !ran.iter().any(|slug| glob(&one.check, slug)) => continue,
            None => "unused",
            Some(_) if one.until < at.date() => "expired",
            Some(_) => {
                for finding in found {
                    finding.accepted.get_or_insert_with(|| Accepted {
                        by: one.by.clone(),
                        why: one.why.clone(),
                        until: one.until,
                    });
                }
                continue;
            }
        };
        idle.push(IdleAcceptance {
            check: one.check.clone(),
            resource: one.resource.clone(),
            until: one.until,
            state: state.to_owned(),
        });
    }
    report.idle_acceptances = idle;
    report.summary.accepted = report.findings.iter().filter(|finding| finding.accepted.is_some()).count() as u64;
}

impl Acceptance {
    fn fits(&self, finding: &Finding) -> bool {
        if !glob(&self.check, &finding.check) {
            return false;
        }
        let resource = self.resource.to_lowercase();
        let ids = [Some(&finding.subject), finding.resource_id.as_ref()];
        ids.into_iter().flatten().any(|id| glob(&resource, &id.to_lowercase()))
    }
}

/// Whether a text fits a pattern in which `*` stands for anything. Takes time in proportion to the text, whatever the
/// pattern.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(found) = last.replace(part) {
            let Some(at) = rest.find(found) else { return false };
            rest = &rest[at + found.len()..];
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*/vaults/*", "/s/vaults/v", true),
            ("*/vaults/*", "/s/vault/v", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
