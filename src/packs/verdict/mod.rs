//! The rules that stand between SQL's rows and a verdict: rows and what was not read in, findings out.
//!
//! A pass or a fail leaves here only where everything it may rest on was read. The order matters: first what the ledger
//! says ([`unknown`]), then single columns ([`columns`]), then subscriptions without subjects ([`absent`]).

pub(super) mod absent;
pub(super) mod columns;
pub(super) mod ledger;
pub(super) mod unknown;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Check;
use super::finding::{Finding, Verdict};

/// Evidence key that lists the tables a row would have needed in full.
pub(super) const INCOMPLETE: &str = "_incomplete";

/// Reasons that are spelled out before the rest is only counted.
const MAX_REASONS: usize = 5;

/// Holds the findings of one check while the rules work on them.
pub(super) struct Bench<'c> {
    check: &'c Check,
    rows: Vec<Row>,
    /// Rows by subject and by resource id, lower-case; made when a gap first asks for it.
    by_id: OnceCell<BTreeMap<String, Vec<usize>>>,
    /// Findings that the runner made.
    added: Vec<Finding>,
    /// Places in which something is unread, so that the absence of subjects proves nothing.
    unread: Unread,
}

struct Row {
    finding: Finding,
    is_dropped: bool,
}

/// Remembers where something was not read.
#[derive(Debug, Default)]
struct Unread {
    everywhere: bool,
    subscriptions: BTreeSet<String>,
    /// Subjects, lower-case, of the findings that tell so: of everything below them nothing more need be said.
    told: BTreeSet<String>,
}

/// Collects reasons, the first few in full.
#[derive(Debug, Default, Clone)]
struct Reasons {
    kept: BTreeSet<String>,
    n_more: usize,
}

impl<'c> Bench<'c> {
    /// Takes the rows of SQL.
    pub(super) fn new(check: &'c Check, findings: Vec<Finding>) -> Bench<'c> {
        let rows = findings.into_iter().map(|finding| Row { finding, is_dropped: false }).collect();
        Bench { check, rows, by_id: OnceCell::new(), added: Vec::new(), unread: Unread::default() }
    }

    /// Gives what is left, in the order of reports.
    pub(super) fn finish(self) -> Vec<Finding> {
        let kept = self.rows.into_iter().filter(|row| !row.is_dropped).map(|row| row.finding);
        let mut findings: Vec<Finding> = kept.chain(self.added).collect();
        findings.sort_by(|a, b| (rank(a.verdict), &a.subject).cmp(&(rank(b.verdict), &b.subject)));
        findings
    }

    /// Gives SQL's findings, dropped ones too, and those added.
    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.rows.iter().map(|row| &row.finding).chain(&self.added)
    }

    /// Gives the subscriptions that some finding is about.
    fn subscriptions(&self) -> BTreeSet<&str> {
        self.findings().filter_map(|finding| finding.subscription_id.as_deref()).collect()
    }

    fn by_id(&self) -> &BTreeMap<String, Vec<usize>> {
        self.by_id.get_or_init(|| {
            let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (at, row) in self.rows.iter().enumerate() {
                let ids = [Some(&row.finding.subject), row.finding.resource_id.as_ref()].into_iter().flatten();
                let ids: BTreeSet<String> = ids.map(|id| key(id)).collect();
                for id in ids {
                    by_id.entry(id).or_default().push(at);
                }
            }
            by_id
        })
    }

    /// Gives the rows about an id itself.
    fn at(&self, id: &str) -> &[usize] {
        self.by_id().get(id).map_or(&[], Vec::as_slice)
    }

    /// Gives the rows about what lies below an id.
    fn below(&self, id: &str) -> impl Iterator<Item = usize> {
        // '0' follows '/': the range holds exactly the keys that begin with the id and a slash.
        self.by_id().range(format!("{id}/")..format!("{id}0")).flat_map(|(_, rows)| rows.iter().copied())
    }

    /// Gives the rows about what an id lies below.
    fn above(&self, id: &str) -> impl Iterator<Item = usize> {
        prefixes(id).flat_map(|prefix| self.at(prefix).iter().copied())
    }

    /// Whether a row keeps its verdict whatever was not read.
    fn stands(&self, row: usize) -> bool {
        match self.rows[row].finding.verdict {
            Verdict::Manual => true,
            Verdict::Fail => self.check.proven_fail,
            _ => false,
        }
    }
}

/// Makes a finding say that it could not be decided; an unknown one keeps its own reason in front.
fn make_unknown(finding: &mut Finding, reason: String) {
    if finding.verdict == Verdict::Unknown && !finding.reason.is_empty() {
        finding.reason.push_str("; ");
        finding.reason.push_str(&reason);
    } else {
        finding.verdict = Verdict::Unknown;
        finding.reason = reason;
    }
}

/// Writes into the evidence which tables are incomplete.
fn mark_incomplete(finding: &mut Finding, tables: &BTreeSet<&str>) {
    let entry = finding.evidence.entry(INCOMPLETE).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(list) = entry {
        for table in tables {
            if !list.iter().any(|one| one == table) {
                list.push(Value::from(*table));
            }
        }
    }
}

impl Reasons {
    fn add(&mut self, reason: String) {
        if self.kept.len() < MAX_REASONS || self.kept.contains(&reason) {
            self.kept.insert(reason);
        } else {
            self.n_more += 1;
        }
    }

    fn merge<'r>(all: impl IntoIterator<Item = &'r Reasons>) -> Reasons {
        let mut merged = Reasons::default();
        for reasons in all {
            reasons.kept.iter().for_each(|reason| merged.add(reason.clone()));
            merged.n_more += reasons.n_more;
        }
        merged
    }

    /// Gives the reasons as one sentence.
    fn text(&self) -> String {
        let mut text = self.kept.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
        if self.n_more > 0 {
            text.push_str(&format!("; and {} more", self.n_more));
        }
        text
    }
}

/// The form in which ids are compared.
fn key(id: &str) -> String {
    id.trim_end_matches('/').to_lowercase()
}

/// The ids that an id lies below.
fn prefixes(id: &str) -> impl Iterator<Item = &str> {
    id.match_indices('/').map(|(at, _)| &id[..at]).filter(|prefix| !prefix.is_empty())
}

/// What needs somebody comes first.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::Unknown => 1,
        Verdict::Manual => 2,
        Verdict::Pass => 3,
        Verdict::NotApplicable => 4,
    }
}

/// The id of a subscription as a subject.
fn subscription_path(subscription: &str) -> String {
    format!("/subscriptions/{subscription}")
}
