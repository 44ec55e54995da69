//! The rule of single values: rows whose `_gaps` name a column that a check reads in, `unknown` for the verdicts that may
//! rest on it out.
//!
//! A row and a finding belong together when one id is the other or lies below it, or when the finding is about the row's
//! parent. A row that belongs to no finding touches every pass and fail of its subscription, unless it is a row of the
//! check's own subjects: then it is a subject that the query lost, and gets its own `unknown`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::{Finding, Verdict};
use super::unknown::unread;
use super::{Bench, Reasons, key, make_unknown, prefixes, subscription_path};

/// Holds a row of a table with columns that could not be read.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct GapRow {
    pub id: String,
    pub parent_id: Option<String>,
    pub subscription_id: Option<String>,
    /// Those of its columns that the check reads, separated by commas.
    pub columns: String,
}

/// Collects what gap rows do, so that they can come one by one.
#[derive(Default)]
pub(in super::super) struct Gaps {
    rows: BTreeMap<usize, Reasons>,
    /// Subjects that the query lost: id, subscription, reason.
    lost: BTreeMap<String, (Option<String>, String)>,
    subscriptions: BTreeMap<String, Reasons>,
    everywhere: Option<Reasons>,
}

impl Gaps {
    /// Takes in one row of a table.
    pub(in super::super) fn add(&mut self, bench: &Bench<'_>, table: &str, row: &GapRow) {
        let id = key(&row.id);
        let parent = row.parent_id.as_deref().map(key);
        let reason = format!("{table}.{} of {} could not be read", row.columns, row.id);
        let about = bench.at(&id).iter().chain(parent.iter().flat_map(|parent| bench.at(parent))).copied();
        let related: BTreeSet<usize> = about.chain(bench.below(&id)).chain(bench.above(&id)).collect();
        if !related.is_empty() {
            related.into_iter().for_each(|row| self.rows.entry(row).or_default().add(reason.clone()));
        } else if table == bench.check.subject {
            self.lost.insert(id, (row.subscription_id.as_deref().map(str::to_lowercase), reason));
        } else if let Some(subscription) = &row.subscription_id {
            self.subscriptions.entry(subscription.to_lowercase()).or_default().add(reason);
        } else {
            self.everywhere.get_or_insert_default().add(reason);
        }
    }

    /// Applies the rule.
    pub(in super::super) fn apply(self, bench: &mut Bench<'_>, tenant_id: &str) {
        for row in 0..bench.rows.len() {
            let finding = &bench.rows[row].finding;
            if bench.rows[row].is_dropped || !matches!(finding.verdict, Verdict::Pass | Verdict::Fail) {
                continue;
            }
            let mut reasons: Vec<&Reasons> = self.rows.get(&row).into_iter().collect();
            // A fail that is proven does not rest on rows about something else; on its own row's values it does.
            if !bench.stands(row) {
                reasons.extend(&self.everywhere);
                match &finding.subscription_id {
                    Some(subscription) => reasons.extend(self.subscriptions.get(subscription)),
                    None => reasons.extend(self.subscriptions.values()),
                }
            }
            if !reasons.is_empty() {
                let reason = Reasons::merge(reasons).text();
                make_unknown(&mut bench.rows[row].finding, reason);
            }
        }
        self.tell(bench, tenant_id);
    }

    /// Adds findings where the gap leaves nothing else to be seen.
    fn tell(self, bench: &mut Bench<'_>, tenant_id: &str) {
        for (id, (subscription, reason)) in self.lost {
            let path = subscription.as_deref().map(subscription_path);
            let mut places = prefixes(&id).chain([id.as_str(), tenant_id]).chain(path.as_deref());
            if !places.any(|place| bench.unread.told.contains(place)) {
                add(bench, &id, subscription.as_deref(), reason);
            }
        }
        let with_subjects: BTreeSet<String> = bench.subscriptions().into_iter().map(str::to_owned).collect();
        for (subscription, reasons) in self.subscriptions {
            if !with_subjects.contains(&subscription) {
                add(bench, &subscription_path(&subscription), Some(&subscription), reasons.text());
            }
            bench.unread.subscriptions.insert(subscription);
        }
        if let Some(reasons) = self.everywhere {
            if bench.findings().next().is_none() {
                add(bench, tenant_id, None, reasons.text());
            }
            bench.unread.everywhere = true;
        }
    }
}

fn add(bench: &mut Bench<'_>, subject: &str, subscription: Option<&str>, reason: String) {
    let finding = unread(bench.check, subject, subscription);
    bench.added.push(Finding { reason, ..finding });
}
