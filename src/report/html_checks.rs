//! What the page of a run of checks shows.
//!
//! In: a [`CheckReport`]. Out: the values that `checks.html.j2` names; no markup. A share is only ever a length in a bar
//! that has the unknowns in it.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::context;
use minijinja::value::Value;

use super::html;
use super::table::counted;
use super::tally::{self, CheckTally};
use crate::packs::{CheckReport, Coverage, Finding, Severity, Summary, Verdict};

/// Gives the values for the template.
pub(super) fn context(report: &CheckReport) -> Value {
    let tallies = tally::by_check(report);
    let packs: BTreeSet<&str> = tallies.iter().flat_map(|tally| tally.controls).map(|control| pack(control)).collect();
    let subscriptions: BTreeSet<&str> = report.findings.iter().filter_map(|f| f.subscription_id.as_deref()).collect();
    let families: BTreeSet<&str> = tallies.iter().map(|tally| tally.family).collect();
    let family = |(name, counts): (String, Summary)| {
        context! { name, counts => counts_of(&counts), share => share(&counts), total => counts.total(), checks => counts.checks }
    };
    let param = |(name, value): (&String, &serde_json::Value)| {
        context! { name, value => super::value::text(value).unwrap_or_else(|| "NULL".to_owned()) }
    };
    context! {
        snapshot => &report.snapshot,
        seal => &report.seal,
        tenant_id => &report.tenant_id,
        at => html::instant(&report.at),
        version => &report.version,
        pack_hash => &report.pack_hash,
        params => report.params.iter().map(param).collect::<Vec<Value>>(),
        totals => totals(report),
        total => report.summary.total(),
        n_checks => report.summary.checks,
        share => share(&report.summary),
        acceptances => tally::acceptances(report),
        coverage => coverage(&report.coverage),
        families => tally::by_family(&tallies).into_iter().map(family).collect::<Vec<Value>>(),
        family_names => strings(families),
        packs => strings(packs),
        subscriptions => strings(subscriptions),
        severities => strings(Severity::ALL.map(Severity::as_str)),
        checks => tallies.iter().map(check).collect::<Vec<Value>>(),
        not_yet => not_yet(report),
        n_not_yet => report.not_yet.len(),
    }
}

fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    texts.into_iter().map(Value::from).collect()
}

/// A control is written `pack:control`.
fn pack(control: &str) -> &str {
    control.split_once(':').map_or(control, |(pack, _)| pack)
}

fn totals(report: &CheckReport) -> Vec<Value> {
    let failures: Vec<String> = tally::failures_by_severity(report)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let total = |verdict: Verdict| {
        let note = match verdict {
            Verdict::Fail if failures.is_empty() => "nothing found".to_owned(),
            Verdict::Fail => failures.join(", "),
            Verdict::Unknown => "not judged: something was not read".to_owned(),
            Verdict::Manual => "for a person to judge".to_owned(),
            Verdict::Pass => "holds".to_owned(),
            Verdict::NotApplicable => "the rule has no subject there".to_owned(),
        };
        context! { word => verdict.as_str(), label => tally::label(verdict), count => report.summary.count(verdict), note }
    };
    tally::BY_NEED.into_iter().map(total).collect()
}

fn counts_of(counts: &Summary) -> Vec<Value> {
    let one = |verdict: Verdict| context! { word => verdict.as_str(), label => tally::label(verdict), count => counts.count(verdict) };
    tally::BY_NEED.into_iter().map(one).collect()
}

/// Gives the parts of a stacked bar, in percent of its length: what is unknown is as long as it is many.
fn share(counts: &Summary) -> Value {
    let total = counts.total().max(1);
    // Thousandths of a percent: exact enough for any screen, and the same text on every machine.
    let percent = |count: u64| {
        let parts = count * 100_000 / total;
        format!("{}.{:03}", parts / 1000, parts % 1000)
    };
    let (mut before, mut parts, mut words) = (0, Vec::new(), Vec::new());
    for verdict in tally::BY_NEED {
        let count = counts.count(verdict);
        if count == 0 {
            continue;
        }
        parts.push(context! { word => verdict.as_str(), x => percent(before), width => percent(count) });
        words.push(format!("{count} {}", tally::label(verdict)));
        before += count;
    }
    context! { parts, words => if words.is_empty() { "no findings".to_owned() } else { words.join(", ") } }
}

/// Says in plain words what a status of the ledger means.
fn status_words(status: &str) -> &'static str {
    match status {
        "denied" => "Azure refused the read",
        "partial" => "the answer may be incomplete",
        "throttled" => "gave up after too many refusals to answer",
        "not_collected" => "was not asked for",
        "not_found" => "was not found",
        "error" => "the call failed",
        _ => "",
    }
}

fn coverage(coverage: &Coverage) -> Value {
    let mut groups: BTreeMap<_, (usize, Vec<Value>)> = BTreeMap::new();
    for group in tally::unread(coverage) {
        let entry = groups.entry((group.permission, group.status, group.code)).or_default();
        entry.0 += group.scopes.len();
        entry.1.push(context! { table => group.table, scopes => strings(group.scopes) });
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // What somebody can grant comes first, the largest gap on top.
    groups.sort_by_key(|((_, status, _), (count, _))| (*status != "denied", std::cmp::Reverse(*count)));
    context! {
        read => coverage.read,
        scopes => coverage.scopes,
        unread => coverage.unread.len(),
        groups => groups.into_iter().map(|((permission, status, code), (count, tables))| context! {
            permission, status, code, words => status_words(status),
            few => count <= 6, scopes => counted(count, "scope"), n_tables => counted(tables.len(), "table"), tables,
        }).collect::<Vec<Value>>(),
        assumed => strings(coverage.assumed.iter().map(String::as_str)),
        late => strings(coverage.late.iter().map(String::as_str)),
        population => coverage.population.iter().map(|one| context! {
            subscription => &one.subscription_id, kind => &one.kind, tables => &one.tables, rows => one.rows,
            counted => one.counted, by => &one.by,
        }).collect::<Vec<Value>>(),
    }
}

fn check(tally: &CheckTally<'_>) -> Value {
    let packs: BTreeSet<&str> = tally.controls.iter().map(|control| pack(control)).collect();
    let control = |control: &String| {
        let (pack, id) = control.split_once(':').unwrap_or(("", control));
        context! { pack, id }
    };
    // A link that a user's own check brings may be anything; only what a browser fetches over TLS becomes one.
    let reference = |reference: &String| context! { text => reference, link => reference.starts_with("https://") };
    let references = tally.info.map(|info| info.references.iter().map(reference).collect::<Vec<Value>>());
    context! {
        slug => tally.slug,
        title => tally.title,
        family => tally.family,
        severity => tally.severity.as_str(),
        packs => packs.into_iter().collect::<Vec<&str>>().join(" "),
        controls => tally.controls.iter().map(control).collect::<Vec<Value>>(),
        rationale => tally.info.map(|info| info.rationale.as_str()),
        remediation => tally.info.map(|info| info.remediation.as_str()),
        references => references.unwrap_or_default(),
        counts => counts_of(&tally.counts),
        settled => tally.counts.fail + tally.counts.unknown + tally.counts.manual == 0,
        findings => tally.findings.iter().map(|one| finding(one)).collect::<Vec<Value>>(),
    }
}

fn finding(finding: &Finding) -> Value {
    let evidence = |(name, value): (&String, &serde_json::Value)| context! { name, value => html::shown(value) };
    context! {
        verdict => finding.verdict.as_str(),
        label => tally::label(finding.verdict),
        subject => &finding.subject,
        place => place(finding),
        resource_id => finding.resource_id.as_ref().filter(|id| **id != finding.subject),
        subscription => finding.subscription_id.as_ref(),
        reason => tally::reason(finding),
        evidence => finding.evidence.iter().map(evidence).collect::<Vec<Value>>(),
    }
}

/// Says where a subject is, in fewer words than its id; the id itself stands in the details.
fn place(finding: &Finding) -> Value {
    let subject = finding.subject.as_str();
    let id = ArmId::of(subject);
    let name = match (&finding.resource_name, &id) {
        (Some(name), _) => name.clone(),
        (None, Some(id)) => id.name(),
        (None, None) => subject.to_owned(),
    };
    let kind = match &id {
        Some(id) => id.kind.clone(),
        None if name != subject => Some(subject.to_owned()),
        None => None,
    };
    context! {
        name,
        kind,
        group => id.as_ref().and_then(|id| id.group),
        subscription => id.as_ref().map(|id| id.subscription).or(finding.subscription_id.as_deref()),
    }
}

/// The parts of an id like `/subscriptions/S/resourcegroups/G/providers/N/types/names`.
struct ArmId<'a> {
    subscription: &'a str,
    group: Option<&'a str>,
    kind: Option<String>,
    names: Vec<&'a str>,
}

impl ArmId<'_> {
    /// Reads the plain form; anything else, such as an extension of another resource, has none.
    fn of(text: &str) -> Option<ArmId<'_>> {
        let parts: Vec<&str> = text.strip_prefix('/')?.split('/').collect();
        let is = |index: usize, word: &str| parts.get(index).is_some_and(|part| part.eq_ignore_ascii_case(word));
        if !is(0, "subscriptions") {
            return None;
        }
        let subscription = *parts.get(1)?;
        let group = if is(2, "resourcegroups") { Some(*parts.get(3)?) } else { None };
        let rest = &parts[if group.is_some() { 4 } else { 2 }..];
        let Some(("providers", rest)) = rest.split_first().map(|(first, rest)| (*first, rest)) else {
            let kind = group.map(|_| "resource group".to_owned());
            return rest.is_empty().then(|| ArmId { subscription, group, kind, names: Vec::new() });
        };
        let (namespace, pairs) = rest.split_first()?;
        if pairs.is_empty() || pairs.len() % 2 != 0 || pairs.contains(&"providers") {
            return None;
        }
        let types: Vec<&str> = pairs.iter().step_by(2).copied().collect();
        let names = pairs.iter().skip(1).step_by(2).copied().collect();
        Some(ArmId { subscription, group, kind: Some(format!("{namespace}/{}", types.join("/"))), names })
    }

    fn name(&self) -> String {
        match (self.names.is_empty(), self.group) {
            (false, _) => self.names.join("/"),
            (true, Some(group)) => group.to_owned(),
            (true, None) => "the subscription".to_owned(),
        }
    }
}

fn not_yet(report: &CheckReport) -> Vec<Value> {
    let control = |(control, title): (&str, &str)| context! { control, title };
    tally::not_yet(report)
        .into_iter()
        .map(|(pack, controls)| {
            context! { pack, count => counted(controls.len(), "control"), controls => controls.into_iter().map(control).collect::<Vec<Value>>() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ArmId;

    #[test]
    fn ids_are_taken_apart() {
        let parts = |text| ArmId::of(text).map(|id| (id.name(), id.kind.clone(), id.group.map(str::to_owned)));
        let some = |name: &str, kind: &str, group: Option<&str>| {
            Some((name.to_owned(), (!kind.is_empty()).then(|| kind.to_owned()), group.map(str::to_owned)))
        };
        let child = "/subscriptions/s/resourcegroups/g/providers/microsoft.sql/servers/a/databases/b";
        assert_eq!(parts(child), some("a/b", "microsoft.sql/servers/databases", Some("g")));
        assert_eq!(parts("/subscriptions/s/providers/microsoft.x/y/z"), some("z", "microsoft.x/y", None));
        assert_eq!(parts("/subscriptions/s/resourceGroups/g"), some("g", "resource group", Some("g")));
        assert_eq!(parts("/subscriptions/s"), some("the subscription", "", None));
        for other in [
            "",
            "/",
            "/subscriptions",
            "user@contoso.example",
            "/subscriptions/s/providers/a",
            "/subscriptions/s/x",
            "/subscriptions/s/providers/a/b/c/providers/d/e/f",
            "/subscriptions/s/resourcegroups",
        ] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
