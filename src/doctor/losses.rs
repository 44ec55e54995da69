//! What is lost: refused probes, missing rights and claims in, tables by the permission they want out.
//!
//! A probe counts for more than a claim: a principal with a directory role reads what its token does not name.

use super::DoctorError;
use super::choice::Choice;
use super::codes::Severity;
use super::grants::{Claims, Grants};
use super::permission::{Right, parse};
use super::report::Unclear;
use super::signal::{Refused, Shown};
use super::signals::{Probe, Signals, Subscription, asked_of, is_settled};
use crate::catalog::{Plane, ScopeKind, TableSpec};
use crate::store::Status;
use std::collections::{BTreeMap, BTreeSet};

/// The scope of what is above subscriptions.
pub(super) const TENANT: &str = "tenant";
/// What a list takes that leaves out what the caller cannot see.
pub(super) const ALL_READS: &str = "*/read";

/// What losses have in common: permission, code, and how it is known.
pub(super) type Reason = (String, Option<&'static str>, String);

/// Holds the tables of one reason.
#[derive(Debug, Default)]
pub(super) struct Lost {
    pub(super) tables: BTreeSet<&'static str>,
    /// Tables of which some rows would come.
    pub(super) in_part: BTreeSet<&'static str>,
    pub(super) scopes: BTreeSet<String>,
    pub(super) said: Option<String>,
}

/// Holds what is known so far.
pub(super) struct Bench<'b> {
    pub(super) choice: &'b Choice<'b>,
    pub(super) signals: &'b Signals,
    pub(super) losses: BTreeMap<Reason, Lost>,
    /// By code: tables and scopes.
    pub(super) facts: BTreeMap<&'static str, Lost>,
    pub(super) unclear: Vec<Unclear>,
}

/// Probes by table and subscription.
type Tried<'b> = BTreeMap<(&'static str, Option<&'b str>), &'b Result<(), Refused>>;

impl Lost {
    fn add(&mut self, tables: &[&'static str], subscription: Option<&str>, refused: Option<&Refused>) {
        self.tables.extend(tables);
        self.scopes.insert(subscription.unwrap_or(TENANT).to_owned());
        let said = refused.map(|refused| refused.said.clone()).filter(|said| !said.is_empty());
        self.said = self.said.take().or(said);
    }
}

impl<'b> Bench<'b> {
    /// Starts with nothing known.
    pub(super) fn new(choice: &'b Choice<'b>, signals: &'b Signals) -> Bench<'b> {
        Bench { choice, signals, losses: BTreeMap::new(), facts: BTreeMap::new(), unclear: Vec::new() }
    }

    fn lose(&mut self, reason: Reason, tables: &[&'static str], subscription: Option<&str>, refused: Option<&Refused>) {
        self.losses.entry(reason).or_default().add(tables, subscription, refused);
    }

    /// Takes down what a refused probe means.
    fn refuse(&mut self, spec: &TableSpec, probe: &Probe, refused: &Refused) {
        let subscription = probe.subscription.as_deref();
        let code = match refused.shows(asked_of(spec)) {
            Shown::Code(code) if code.severity == Severity::Fact => {
                self.facts.entry(code.code).or_default().add(&probe.tables, subscription, Some(refused));
                return;
            }
            Shown::Code(code) => Some(code.code),
            Shown::Denied => None,
            // That there is nothing of a kind, or no licence for it, is an answer; and one of many that has gone or cannot
            // have such children says nothing of the others.
            Shown::Nothing if is_knowledge(spec, refused) => return,
            Shown::Nothing if probe.object.is_some() && matches!(refused.status, Some(400 | 404 | 410)) => return,
            Shown::Nothing => {
                let what = match &probe.object {
                    Some(object) => format!("{} of {object}", spec.name),
                    None => spec.name.clone(),
                };
                self.unclear.push(Unclear { what, why: told_why(refused) });
                return;
            }
        };
        let reason = (spec.permission.clone(), code, format!("refused: {}", numbers(refused)));
        self.lose(reason, &probe.tables, subscription, Some(refused));
    }

    /// Goes through the probes of one API; gives what was tried.
    fn refuse_all(&mut self, plane: Plane) -> Result<Tried<'b>, DoctorError> {
        let mut tried = Tried::new();
        let signals = self.signals;
        for probe in &signals.probes {
            let Some(first) = probe.tables.first() else { continue };
            let spec = self.choice.catalog.table(first)?;
            if spec.fetch.plane != plane {
                continue;
            }
            for name in &probe.tables {
                tried.insert((name, probe.subscription.as_deref()), &probe.answer);
            }
            if let Err(refused) = &probe.answer {
                self.refuse(spec, probe, refused);
            }
        }
        Ok(tried)
    }

    /// Without a token, nothing of Graph can be read.
    pub(super) fn lose_graph(&mut self, refused: &Refused, code: &'static str) -> Result<(), DoctorError> {
        for name in &self.choice.tables {
            let spec = self.choice.catalog.table(name)?;
            if spec.fetch.plane == Plane::Graph {
                let reason = (spec.permission.clone(), Some(code), "no token for Microsoft Graph".to_owned());
                self.lose(reason, &[name], None, Some(refused));
            }
        }
        Ok(())
    }

    /// What Graph refuses, or would.
    pub(super) fn graph_losses(&mut self) -> Result<(), DoctorError> {
        let signals = self.signals;
        let Some(Ok(claims)) = &signals.graph else { return Ok(()) };
        let tried = self.refuse_all(Plane::Graph)?;
        // What could not be tried (children of a list that is empty or refused) goes by the claims, unless the principal
        // may read by something that no claim names.
        let by_claims = !claims.have_directory_role() && claims.scopes.is_empty();
        for name in self.choice.own_calls()?.into_iter().filter(|name| by_claims && !tried.contains_key(&(name, None)))
        {
            let spec = self.choice.catalog.table(name)?;
            if spec.fetch.plane == Plane::Graph && !parse(&spec.permission)?.is_met(|right| claims.name(right)) {
                let why = "not among the token's permissions".to_owned();
                self.lose((spec.permission.clone(), Some("GRF202"), why), &[name], None, None);
            }
        }
        if self.is_without_consent(claims) {
            let blame = |((permission, code, why), lost): (Reason, Lost)| {
                let code = if matches!(code, Some("GRF202" | "GRF204")) { Some("GRF201") } else { code };
                ((permission, code, why), lost)
            };
            self.losses = std::mem::take(&mut self.losses).into_iter().map(blame).collect();
        }
        Ok(())
    }

    /// The token names no permission, and Graph refuses what it is asked: nothing was granted, rather than too little.
    fn is_without_consent(&self, claims: &Claims) -> bool {
        let refused = |probe: &Probe| probe.answer.as_ref().err().is_some_and(Refused::is_request_denied);
        !claims.carry_permissions() && !claims.have_directory_role() && self.signals.probes.iter().any(refused)
    }

    /// What Resource Manager refuses, or would.
    pub(super) fn arm_losses(&mut self, usable: &[&Subscription]) -> Result<(), DoctorError> {
        let tried = self.refuse_all(Plane::Arm)?;
        let mut weighed = Vec::new();
        for name in self.choice.own_calls()? {
            let spec = self.choice.catalog.table(name)?;
            let above = spec.fetch.scope == ScopeKind::Tenant || self.choice.catalog.is_tenant_wide(spec)?;
            if matches!(spec.fetch.plane, Plane::Arm | Plane::Storage) && !above {
                weighed.push((name, spec));
            }
        }
        for one in usable {
            let id = one.place.id.as_str();
            match &one.grants {
                Ok(grants) => {
                    for (name, spec) in weighed.iter().filter(|(name, _)| !tried.contains_key(&(*name, Some(id)))) {
                        self.weigh(name, spec, grants, id, &tried)?;
                    }
                }
                Err(refused) => {
                    let what = format!("what may be done in {}", one.place);
                    self.unclear.push(Unclear { what, why: told_why(refused) });
                }
            }
        }
        Ok(())
    }

    /// Sets what a table takes against what is granted in a subscription.
    fn weigh(
        &mut self,
        name: &'static str,
        spec: &TableSpec,
        grants: &Grants,
        subscription: &str,
        tried: &Tried<'_>,
    ) -> Result<(), DoctorError> {
        let need = parse(&spec.permission)?;
        let hides = spec.fetch.filtered_by_visibility;
        let reason = |permission: &str, why: &str| (permission.to_owned(), Some("ARM305"), why.to_owned());
        // Such a list answers, and leaves things out.
        if !need.is_met(|right| (hides && right.name() == ALL_READS) || grants.allow(right)) {
            let reason = reason(&spec.permission, "not among the actions granted");
            self.lose(reason, &[name], Some(subscription), None);
        } else if hides && !grants.allow(&Right::Action(ALL_READS.to_owned())) {
            let lost =
                self.losses.entry(reason(ALL_READS, "lists leave out what the principal cannot see")).or_default();
            lost.add(&[], Some(subscription), None);
            lost.in_part.insert(name);
        } else if !is_settled(&need, grants) {
            self.follow(name, spec, subscription, tried);
        }
        Ok(())
    }

    /// Which of several actions Azure asks for is the same in every subscription: a refusal in one speaks for the others
    /// where the same is granted.
    fn follow(&mut self, name: &'static str, spec: &TableSpec, subscription: &str, tried: &Tried<'_>) {
        let elsewhere =
            tried.iter().filter(|((table, _), _)| *table == name).find_map(|(_, answer)| answer.as_ref().err());
        if let Some(refused) = elsewhere
            && let Shown::Code(code) = refused.shows(asked_of(spec))
            && code.severity != Severity::Fact
        {
            let why = format!("refused elsewhere: {}", numbers(refused));
            self.lose((spec.permission.clone(), Some(code.code), why), &[name], Some(subscription), Some(refused));
        }
    }

    /// What vaults refuse.
    pub(super) fn vault_losses(&mut self) -> Result<(), DoctorError> {
        self.refuse_all(Plane::KeyVault).map(drop)
    }
}

/// Status, codes and Azure's words in one line.
pub(super) fn told_why(refused: &Refused) -> String {
    let parts = [numbers(refused), refused.said.clone()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

/// Status and codes.
pub(super) fn numbers(refused: &Refused) -> String {
    let status = refused.status.map_or("no answer".to_owned(), |status| status.to_string());
    [status].into_iter().chain(refused.codes.iter().cloned()).collect::<Vec<_>>().join(" ")
}

/// Whether a run would take the refusal for an answer: the spec says so, or the service is not registered.
fn is_knowledge(spec: &TableSpec, refused: &Refused) -> bool {
    let fetch = &spec.fetch;
    let lists = [&fetch.unsupported_codes, &fetch.license_codes, &fetch.absent_codes, &fetch.retired_codes];
    let named = |code: &String| lists.iter().any(|list| list.iter().any(|one| one.eq_ignore_ascii_case(code)));
    let known = |code: &String| Status::of_answer(refused.status.unwrap_or(0), Some(code)).is_knowledge();
    refused.codes.iter().any(|code| named(code) || known(code))
}
