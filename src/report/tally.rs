//! Counts and sorts what a report holds, once for all formats that people read.
//!
//! In: a report. Out: groups that borrow from it, in the order to show them: the worst first, ties by name.
//! Nothing is dropped: every finding, unread scope and change is in exactly one group.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::diff::{Change, ChangeClass, ChangeKind, DiffReport};
use crate::packs::{CheckInfo, CheckReport, Coverage, Finding, PopulationDifference, Severity, Summary, Verdict};

use super::table::counted;

/// The order in which verdicts are shown: what needs somebody first.
pub(super) const BY_NEED: [Verdict; 5] =
    [Verdict::Fail, Verdict::Unknown, Verdict::Manual, Verdict::Pass, Verdict::NotApplicable];

/// Gives a verdict's words for people.
pub(super) fn label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotApplicable => "not applicable",
        Verdict::Manual => "manual",
        Verdict::Unknown => "unknown",
    }
}

fn need(verdict: Verdict) -> usize {
    BY_NEED.iter().position(|one| *one == verdict).unwrap_or(BY_NEED.len())
}

/// Holds one check and its findings.
pub(super) struct CheckTally<'a> {
    pub slug: &'a str,
    pub title: &'a str,
    pub family: &'a str,
    pub severity: Severity,
    pub controls: &'a [String],
    pub info: Option<&'a CheckInfo>,
    pub counts: Summary,
    pub findings: Vec<&'a Finding>,
}

/// Groups findings by check: failing checks first, by severity, then unknown ones, then those to judge, then the rest.
pub(super) fn by_check(report: &CheckReport) -> Vec<CheckTally<'_>> {
    let mut groups: BTreeMap<&str, CheckTally<'_>> = BTreeMap::new();
    for info in &report.checks {
        groups.insert(
            &info.slug,
            CheckTally {
                slug: &info.slug,
                title: &info.title,
                family: &info.family,
                severity: info.severity,
                controls: &info.controls,
                info: Some(info),
                counts: Summary::default(),
                findings: Vec::new(),
            },
        );
    }
    for finding in &report.findings {
        let group = groups.entry(&finding.check).or_insert_with(|| CheckTally {
            slug: &finding.check,
            title: &finding.title,
            family: "other",
            severity: finding.severity,
            controls: &finding.controls,
            info: None,
            counts: Summary::default(),
            findings: Vec::new(),
        });
        group.counts.add(finding.verdict);
        group.findings.push(finding);
    }
    let mut tallies: Vec<_> = groups.into_values().collect();
    for tally in &mut tallies {
        tally.findings.sort_by_key(|f| (need(f.verdict), f.subscription_id.as_deref(), f.subject.as_str()));
    }
    tallies.sort_by_key(|tally| {
        let worst = BY_NEED.iter().position(|verdict| tally.counts.count(*verdict) > 0).unwrap_or(BY_NEED.len());
        // A check that passes here and doesn't apply there is no less settled than one that only passes.
        (worst.min(need(Verdict::Pass)), tally.severity, tally.slug)
    });
    tallies
}

/// Counts verdicts by family, the family with most failures first.
pub(super) fn by_family(tallies: &[CheckTally<'_>]) -> Vec<(String, Summary)> {
    let mut families: BTreeMap<&str, Summary> = BTreeMap::new();
    for tally in tallies {
        let family = families.entry(tally.family).or_default();
        family.checks += 1;
        for finding in &tally.findings {
            family.add(finding.verdict);
        }
    }
    let mut families: Vec<_> = families.into_iter().map(|(name, counts)| (name.to_owned(), counts)).collect();
    families.sort_by_key(|(_, counts)| (Reverse(counts.fail), Reverse(counts.unknown), Reverse(counts.total())));
    families
}

/// Counts failures by severity, worst first; severities without a failure are there with 0.
pub(super) fn failures_by_severity(report: &CheckReport) -> Vec<(Severity, usize)> {
    let failed =
        |severity| report.findings.iter().filter(|f| f.verdict == Verdict::Fail && f.severity == severity).count();
    Severity::ALL.into_iter().map(|severity| (severity, failed(severity))).collect()
}

/// Holds scopes of one table that were not read for the same reason.
pub(super) struct UnreadGroup<'a> {
    pub status: &'a str,
    pub code: Option<&'a str>,
    pub permission: Option<&'a str>,
    pub table: &'a str,
    pub scopes: Vec<&'a str>,
}

/// Groups unread scopes by reason and table, so that one missing permission reads as one thing to do.
pub(super) fn unread(coverage: &Coverage) -> Vec<UnreadGroup<'_>> {
    let mut groups: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for scope in &coverage.unread {
        let key = (scope.status.as_str(), scope.code.as_deref(), scope.permission.as_deref(), scope.table.as_str());
        groups.entry(key).or_default().push(&scope.scope);
    }
    let group = |((status, code, permission, table), mut scopes): (_, Vec<_>)| {
        scopes.sort_unstable();
        UnreadGroup { status, code, permission, table, scopes }
    };
    groups.into_iter().map(group).collect()
}

/// Groups controls without a check by pack: control and title.
pub(super) fn not_yet(report: &CheckReport) -> BTreeMap<&str, Vec<(&str, &str)>> {
    let mut packs: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for control in &report.not_yet {
        packs.entry(&control.pack).or_default().push((&control.control, &control.title));
    }
    packs
}

/// Holds the changes of one table that are down to the same thing.
pub(super) struct TableTally<'a> {
    pub table: &'a str,
    pub class: ChangeClass,
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    pub changes: Vec<&'a Change>,
}

/// Groups changes by class and table, the tenant's own first.
pub(super) fn by_table(report: &DiffReport) -> Vec<TableTally<'_>> {
    let mut groups: BTreeMap<(u8, &str), TableTally<'_>> = BTreeMap::new();
    for change in &report.changes {
        let rank = match change.class {
            ChangeClass::Estate => 0,
            ChangeClass::Api => 1,
            ChangeClass::Coverage => 2,
        };
        let group = groups.entry((rank, &change.table)).or_insert_with(|| TableTally {
            table: &change.table,
            class: change.class,
            added: 0,
            removed: 0,
            changed: 0,
            changes: Vec::new(),
        });
        match change.kind {
            ChangeKind::Added => group.added += 1,
            ChangeKind::Removed => group.removed += 1,
            ChangeKind::Changed => group.changed += 1,
        }
        group.changes.push(change);
    }
    let mut tallies: Vec<_> = groups.into_values().collect();
    for tally in &mut tallies {
        tally.changes.sort_by_key(|change| (change.kind, change.id.as_str()));
    }
    tallies
}

/// Says in words what a class of changes is down to.
pub(super) fn class_label(class: ChangeClass) -> &'static str {
    match class {
        ChangeClass::Estate => "the tenant changed",
        ChangeClass::Api => "another API version was asked",
        ChangeClass::Coverage => "one side was not read",
    }
}
/// The reason of a finding, and who accepts it.
pub(super) fn reason(finding: &Finding) -> String {
    match &finding.accepted {
        None => finding.reason.clone(),
        Some(accepted) => {
            let lead = if finding.reason.is_empty() { String::new() } else { format!("{}; ", finding.reason) };
            format!("{lead}accepted by {} until {}: {}", accepted.by, accepted.until, accepted.why)
        }
    }
}

/// What is to be said of acceptances: how many are in force, and which are not.
pub(super) fn acceptances(report: &CheckReport) -> Vec<String> {
    let mut lines = Vec::new();
    if report.summary.accepted > 0 {
        let n = report.summary.accepted;
        lines.push(format!(
            "{n} of the {} failures {} accepted",
            report.summary.fail,
            if n == 1 { "is" } else { "are" }
        ));
    }
    lines.extend(report.idle_acceptances.iter().map(|one| {
        let state = if one.state == "expired" { "is over" } else { "fits no failure" };
        format!("the acceptance of {} on {} until {} {state}", one.check, one.resource, one.until)
    }));
    lines
}

/// Says in words that rows and counts differ.
pub(super) fn difference(one: &PopulationDifference) -> String {
    format!(
        "{} in {}: {} collected ({}), {} counted by {}",
        one.kind,
        one.subscription_id,
        counted(usize::try_from(one.rows).unwrap_or_default(), "row"),
        one.tables,
        one.counted,
        one.by
    )
}
