//! Before a run: what sign-in, Graph, subscriptions and probes gave in, diagnoses with what they cost out.
//!
//! Stages go in their order, and each ends with its first code: what follows from it is not told as if it were news. What
//! is lost is listed in full all the same.

use super::choice::Choice;
use super::codes::{Code, Severity, Stage, find};
use super::config::is_guid;
use super::grants::Claims;
use super::losses::{Bench, Lost, Reason, told_why};
use super::report::{Diagnosis, Examination, Loss, Outcome, Unclear};
use super::signal::{Asked, Refused, Shown};
use super::signals::{Signals, Subscription};
use super::{Cost, DoctorError};
use std::collections::{BTreeMap, BTreeSet};

/// Judges what was asked.
///
/// # Errors
/// A spec is bad.
pub fn examine(choice: &Choice<'_>, signals: &Signals) -> Result<Examination, DoctorError> {
    let mut bench = Bench::new(choice, signals);
    let mut found = first_code(signals.configuration.clone());
    if !is_over(&found) {
        found.extend(bench.sign_in()?);
    }
    let mut usable = Vec::new();
    if !is_over(&found) {
        bench.graph_losses()?;
        let (unreadable, readable) = bench.subscriptions();
        usable = readable;
        if !is_over(&unreadable) {
            bench.arm_losses(&usable)?;
            bench.vault_losses()?;
        }
        found.extend(bench.stage(Stage::Graph, Vec::new())?);
        found.extend(bench.stage(Stage::ResourceManager, unreadable)?);
        found.extend(bench.stage(Stage::KeyVault, Vec::new())?);
    }
    let missing = bench.missing()?;
    let loses = |one: &Diagnosis| one.severity != Severity::Fact;
    let outcome = if is_over(&found) {
        Outcome::Unusable
    } else if !missing.is_empty() || !bench.unclear.is_empty() || found.iter().any(loses) {
        Outcome::TablesMissing
    } else {
        Outcome::Ready
    };
    let token = |token: &Option<Result<Claims, Refused>>| token.clone().and_then(Result::ok);
    let claims = token(&signals.arm).or_else(|| token(&signals.graph)).unwrap_or_default();
    Ok(Examination {
        outcome,
        tenant_id: claims.tenant_id,
        object_id: claims.object_id,
        app_id: claims.app_id,
        subscriptions: usable.into_iter().map(|one| one.place.clone()).collect(),
        tables: choice.tables.len(),
        checks: choice.checks.len(),
        diagnoses: found,
        missing,
        unclear: bench.unclear,
    })
}

fn is_over(found: &[Diagnosis]) -> bool {
    found.iter().any(|one| one.severity == Severity::Unusable)
}

impl<'b> Bench<'b> {
    fn sign_in(&mut self) -> Result<Vec<Diagnosis>, DoctorError> {
        let signals = self.signals;
        let mut found = Vec::new();
        if let Some(Err(refused)) = &signals.arm
            && let Shown::Code(code) = refused.shows(Asked::Token)
        {
            found.push(Diagnosis { scopes: vec!["the token for Resource Manager".to_owned()], ..told(code, refused) });
        }
        if let Some(Err(refused)) = &signals.graph
            && let Shown::Code(code) = refused.shows(Asked::Token)
        {
            let mut one = Diagnosis { scopes: vec!["the token for Microsoft Graph".to_owned()], ..told(code, refused) };
            // With the other token the tables of Resource Manager can be read.
            if matches!(signals.arm, Some(Ok(_))) {
                self.lose_graph(refused, code.code)?;
                let lost = self.losses.values().flat_map(|lost| lost.tables.iter().copied()).collect();
                let cost = self.choice.cost(&lost, &BTreeSet::new())?;
                one.severity = Severity::LosesTables;
                (one.tables, one.checks) = (names(&cost.tables), cost.checks.into_iter().collect());
            }
            found.push(one);
        }
        Ok(first_code(found))
    }

    /// What speaks against subscriptions, and those that can be read.
    fn subscriptions(&mut self) -> (Vec<Diagnosis>, Vec<&'b Subscription>) {
        let signals = self.signals;
        let mut found: Vec<Diagnosis> = Vec::new();
        match &signals.listed {
            None => return (found, Vec::new()),
            Some(Ok(0)) => found.extend(find("ARM301").map(Diagnosis::of)),
            Some(Err(refused)) => match refused.shows(Asked::Subscription) {
                Shown::Code(code) => found.push(Diagnosis { severity: Severity::Unusable, ..told(code, refused) }),
                _ => {
                    self.unclear.push(Unclear { what: "the list of subscriptions".to_owned(), why: told_why(refused) })
                }
            },
            Some(Ok(_)) => {}
        }
        if is_over(&found) {
            return (found, Vec::new());
        }
        let mut usable = Vec::new();
        for one in &signals.subscriptions {
            let Err(refused) = &one.read else {
                usable.push(one);
                continue;
            };
            match refused.shows(Asked::Subscription) {
                Shown::Code(code) => match found.iter_mut().find(|known| known.code == code.code) {
                    Some(known) => known.scopes.push(one.place.id.clone()),
                    None => found.push(Diagnosis { scopes: vec![one.place.id.clone()], ..told(code, refused) }),
                },
                _ => self.unclear.push(Unclear { what: one.place.to_string(), why: told_why(refused) }),
            }
        }
        found.sort_by_key(|one| one.code);
        if usable.is_empty() {
            found.iter_mut().for_each(|one| one.severity = Severity::Unusable);
        }
        (found, usable)
    }

    /// The first code of a stage and its facts, from what was found before and from losses.
    fn stage(&self, stage: Stage, mut found: Vec<Diagnosis>) -> Result<Vec<Diagnosis>, DoctorError> {
        let belongs = |code: &str| find(code).is_some_and(|row| row.stage == stage);
        let mut by_code: BTreeMap<&'static str, Vec<&Lost>> = BTreeMap::new();
        for ((_, code, _), lost) in &self.losses {
            if let Some(code) = code.filter(|code| belongs(code)) {
                by_code.entry(code).or_default().push(lost);
            }
        }
        // Graph's first code speaks for all that Graph refuses.
        let all: Vec<&Lost> = by_code.values().flatten().copied().collect();
        for (code, lost) in &by_code {
            found.extend(self.diagnosis(code, if stage == Stage::Graph { &all } else { lost })?);
        }
        for (code, fact) in self.facts.iter().filter(|(code, _)| belongs(code)) {
            found.extend(self.diagnosis(code, &[fact])?);
        }
        Ok(first_code(found))
    }

    fn diagnosis(&self, code: &str, lost: &[&Lost]) -> Result<Option<Diagnosis>, DoctorError> {
        let Some(row) = find(code) else { return Ok(None) };
        let tables = lost.iter().flat_map(|lost| lost.tables.iter().copied()).collect();
        let in_part = lost.iter().flat_map(|lost| lost.in_part.iter().copied()).collect();
        let cost = match row.severity {
            Severity::Fact => Cost { tables, ..Cost::default() },
            _ => self.choice.cost(&tables, &in_part)?,
        };
        let scopes: BTreeSet<&String> = lost.iter().flat_map(|lost| &lost.scopes).filter(|id| is_guid(id)).collect();
        Ok(Some(Diagnosis {
            scopes: scopes.into_iter().cloned().collect(),
            detail: lost.iter().find_map(|lost| lost.said.clone()),
            tables: names(&cost.tables),
            tables_in_part: names(&cost.in_part),
            checks: cost.checks.into_iter().collect(),
            ..Diagnosis::of(row)
        }))
    }

    fn missing(&self) -> Result<Vec<Loss>, DoctorError> {
        let loss = |((permission, code, why), lost): (&Reason, &Lost)| {
            let cost = self.choice.cost(&lost.tables, &lost.in_part)?;
            Ok(Loss {
                permission: Some(permission.clone()),
                code: *code,
                why: why.clone(),
                scopes: lost.scopes.iter().cloned().collect(),
                tables: names(&cost.tables),
                tables_in_part: names(&cost.in_part),
                checks: cost.checks.into_iter().collect(),
                detail: lost.said.clone(),
            })
        };
        self.losses.iter().map(loss).collect()
    }
}

/// Leaves of a stage its first code, for all it is about, and the facts.
fn first_code(found: Vec<Diagnosis>) -> Vec<Diagnosis> {
    let first = found.iter().find(|one| one.severity != Severity::Fact).map(|one| one.code);
    // Each subscription has a code of its own; they are all found in one step.
    let step = |code: &'static str| if matches!(code, "ARM303" | "ARM304") { "ARM302" } else { code };
    let keep =
        |one: &Diagnosis| one.severity == Severity::Fact || first.is_none_or(|first| step(first) == step(one.code));
    found.into_iter().filter(keep).collect()
}

fn told(code: &'static Code, refused: &Refused) -> Diagnosis {
    let said = Some(refused.said.clone()).filter(|said| !said.is_empty());
    Diagnosis { detail: said, ..Diagnosis::of(code) }
}

fn names(tables: &BTreeSet<&'static str>) -> Vec<String> {
    tables.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests;
