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
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::doctor::{Grants, Place, Probe, Wanted};
    use crate::packs::Library;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn refuse(status: u16, codes: &[&str]) -> Refused {
        Refused { status: Some(status), codes: list(codes), said: "Azure's words".to_owned() }
    }

    fn probe(table: &'static str, answer: Result<(), Refused>) -> Probe {
        Probe { tables: vec![table], subscription: None, object: None, answer }
    }

    fn subscription(id: &str, read: Result<(), Refused>, actions: &str) -> Subscription {
        let place = Place { id: id.to_owned(), name: String::new() };
        let block = format!(r#"{{"actions":[{actions}]}}"#);
        Subscription { place, read, grants: Ok(Grants::of_items([block.as_str()])) }
    }

    /// An application with these permissions, and a Reader of one subscription.
    fn reader(roles: &[&str]) -> Signals {
        Signals {
            arm: Some(Ok(Claims::default())),
            graph: Some(Ok(Claims { roles: list(roles), ..Claims::default() })),
            listed: Some(Ok(1)),
            subscriptions: vec![subscription("a", Ok(()), r#""*/read""#)],
            ..Signals::default()
        }
    }

    fn judge(tables: &[&str], signals: &Signals) -> Examination {
        let library = Library::few();
        let wanted = Wanted { tables: list(tables), ..Wanted::default() };
        let choice = Choice::new(Catalog::bundled(), &library, &wanted).unwrap();
        examine(&choice, signals).unwrap()
    }

    #[track_caller]
    fn check(tables: &[&str], signals: &Signals, outcome: Outcome, codes: &[&str], lost: &[&str]) {
        let found = judge(tables, signals);
        let told: Vec<&str> = found.diagnoses.iter().map(|one| one.code).collect();
        let tables: BTreeSet<&str> = found
            .missing
            .iter()
            .flat_map(|loss| loss.tables.iter().chain(&loss.tables_in_part).map(String::as_str))
            .collect();
        let lost: BTreeSet<&str> = lost.iter().copied().collect();
        assert_eq!((found.outcome, told.as_slice(), tables), (outcome, codes, lost), "{found:#?}");
    }

    const USER: &[&str] = &["azure_user"];
    const PIM: &str = "azure_ad_role_eligibility_schedule_instance";

    #[test]
    fn settings_and_sign_in_end_it() {
        let row = find("CFG006").map(Diagnosis::of).unwrap();
        let more = find("CFG008").map(Diagnosis::of).unwrap();
        let fact = Diagnosis { severity: Severity::Fact, ..find("CFG010").map(Diagnosis::of).unwrap() };
        let signals = Signals { configuration: vec![row.clone(), more, fact.clone()], ..Signals::default() };
        check(USER, &signals, Outcome::Unusable, &["CFG006", "CFG010"], &[]);
        check(
            USER,
            &Signals { configuration: vec![fact], ..reader(&["User.Read.All"]) },
            Outcome::Ready,
            &["CFG010"],
            &[],
        );
        let secret = Some(Err(refuse(401, &["AADSTS7000215"])));
        check(USER, &Signals { arm: secret.clone(), graph: None, ..reader(&[]) }, Outcome::Unusable, &["AUTH101"], &[]);
        check(USER, &Signals { arm: None, graph: secret, ..reader(&[]) }, Outcome::Unusable, &["AUTH101"], &[]);
        // One of two tokens is enough for its API.
        let blocked = Signals { graph: Some(Err(refuse(400, &["AADSTS53003"]))), ..reader(&[]) };
        check(&["azure_user", "azure_vm"], &blocked, Outcome::TablesMissing, &["AUTH107"], USER);
    }

    #[test]
    fn graph() {
        let denied = || Err(refuse(403, &["Authorization_RequestDenied"]));
        let scoped = || Err(refuse(403, &["UnknownError", "PermissionScopeNotGranted"]));
        let with = |roles: &[&str], probes: Vec<Probe>| Signals { probes, ..reader(roles) };
        check(USER, &with(&[], vec![probe("azure_user", Ok(()))]), Outcome::Ready, &[], &[]);
        check(USER, &with(&[], vec![probe("azure_user", denied())]), Outcome::TablesMissing, &["GRF201"], USER);
        check(
            USER,
            &with(&["A.Read.All"], vec![probe("azure_user", denied())]),
            Outcome::TablesMissing,
            &["GRF202"],
            USER,
        );
        // A claim that Graph does not honour counts for nothing.
        check(
            USER,
            &with(&["User.Read.All"], vec![probe("azure_user", denied())]),
            Outcome::TablesMissing,
            &["GRF202"],
            USER,
        );
        check(&[PIM], &with(&["A.Read.All"], vec![probe(PIM, scoped())]), Outcome::TablesMissing, &["GRF204"], &[PIM]);
        // The first code speaks for the rest.
        let both = vec![probe(PIM, scoped()), probe("azure_user", denied())];
        check(
            &[PIM, "azure_user"],
            &with(&["A.Read.All"], both.clone()),
            Outcome::TablesMissing,
            &["GRF202"],
            &[PIM, "azure_user"],
        );
        let found = judge(&[PIM, "azure_user"], &with(&["A.Read.All"], both.clone()));
        assert_eq!(found.diagnoses[0].tables, [PIM, "azure_user"]);
        assert_eq!(found.diagnoses[0].detail.as_deref(), Some("Azure's words"));
        check(
            &[PIM, "azure_user"],
            &with(&[], both.clone()),
            Outcome::TablesMissing,
            &["GRF201"],
            &[PIM, "azure_user"],
        );
        // With a directory role it is not consent that is missing.
        let mut role = with(&[], both);
        role.graph = Some(Ok(Claims { wids: list(&["88d8e3e3-8f55-4a1e-953a-9b9898b8876b"]), ..Claims::default() }));
        check(&[PIM, "azure_user"], &role, Outcome::TablesMissing, &["GRF202"], &[PIM, "azure_user"]);
    }

    #[test]
    fn facts_leave_it_ready() {
        let license = Err(refuse(400, &["AadPremiumLicenseRequired"]));
        let premium = Err(refuse(403, &["Authentication_RequestFromNonPremiumTenantOrB2CTenant"]));
        let report = "azure_user_registration_details";
        let probes = vec![probe(PIM, license), probe(report, premium)];
        check(
            &[PIM, report],
            &Signals { probes, ..reader(&["A.Read.All"]) },
            Outcome::Ready,
            &["GRF205", "GRF206"],
            &[],
        );
        let pricing = "azure_security_center_subscription_pricing";
        let unregistered = Probe {
            subscription: Some("a".to_owned()),
            ..probe(pricing, Err(refuse(404, &["Subscription Not Registered"])))
        };
        let signals = Signals { probes: vec![unregistered], ..reader(&[]) };
        check(&[pricing], &signals, Outcome::Ready, &["ARM307"], &[]);
        assert_eq!(judge(&[pricing], &signals).diagnoses[0].tables, [pricing]);
    }

    #[test]
    fn claims_speak_where_nothing_was_tried() {
        let tables = ["azure_group_member"];
        let probes = vec![probe("azure_user_group", Ok(()))];
        let with = |claims: Claims| Signals { graph: Some(Ok(claims)), probes: probes.clone(), ..reader(&[]) };
        let role = |name: &str| Claims { roles: list(&[name]), ..Claims::default() };
        check(&tables, &with(role("Group.Read.All")), Outcome::TablesMissing, &["GRF202"], &tables);
        check(&tables, &with(role("GroupMember.Read.All")), Outcome::Ready, &[], &[]);
        let user = Claims { scopes: list(&["User.Read"]), ..Claims::default() };
        check(&tables, &with(user), Outcome::Ready, &[], &[]);
    }

    #[test]
    fn subscriptions() {
        let vm = &["azure_vm"];
        check(vm, &reader(&[]), Outcome::Ready, &[], &[]);
        let none = Signals { listed: Some(Ok(0)), subscriptions: Vec::new(), ..reader(&[]) };
        check(vm, &none, Outcome::Unusable, &["ARM301"], &[]);
        // Who reads Graph alone needs no subscription.
        let graph = Signals { arm: None, listed: None, subscriptions: Vec::new(), ..reader(&["User.Read.All"]) };
        check(USER, &Signals { probes: vec![probe("azure_user", Ok(()))], ..graph }, Outcome::Ready, &[], &[]);
        for (status, code, expected) in [
            (403, "AuthorizationFailed", "ARM302"),
            (404, "SubscriptionNotFound", "ARM303"),
            (401, "InvalidAuthenticationTokenTenant", "ARM304"),
        ] {
            let gone = || subscription("b", Err(refuse(status, &[code])), "");
            let alone = Signals { subscriptions: vec![gone()], ..reader(&[]) };
            check(vm, &alone, Outcome::Unusable, &[expected], &[]);
            let beside =
                Signals { subscriptions: vec![gone(), subscription("a", Ok(()), r#""*/read""#)], ..reader(&[]) };
            check(vm, &beside, Outcome::TablesMissing, &[expected], &[]);
        }
        // Each subscription has its own code; what else is missing is listed, but its code waits.
        let several = Signals {
            subscriptions: vec![
                subscription("b", Err(refuse(404, &["SubscriptionNotFound"])), ""),
                subscription("c", Err(refuse(403, &["AuthorizationFailed"])), ""),
                subscription("a", Ok(()), r#""Microsoft.Network/*""#),
            ],
            ..reader(&[])
        };
        check(vm, &several, Outcome::TablesMissing, &["ARM302", "ARM303"], vm);
    }

    #[test]
    fn actions() {
        let with = |actions: &str, probes: Vec<Probe>| Signals {
            subscriptions: vec![subscription("a", Ok(()), actions)],
            probes,
            ..reader(&[])
        };
        let (config, state) = ("azure_web_app_auth_settings_v1", "azure_policy_state");
        check(&[config], &with(r#""*/read""#, vec![]), Outcome::TablesMissing, &["ARM305"], &[config]);
        check(
            &[config],
            &with(r#""*/read","Microsoft.Web/sites/config/list/Action""#, vec![]),
            Outcome::Ready,
            &[],
            &[],
        );
        // Of two actions one is granted: Azure's answer tells whether it is the one.
        let refused = |table| Probe {
            subscription: Some("z".to_owned()),
            ..probe(table, Err(refuse(403, &["AuthorizationFailed"])))
        };
        check(&[state], &with(r#""*/read""#, vec![]), Outcome::Ready, &[], &[]);
        check(&[state], &with(r#""*/read""#, vec![refused(state)]), Outcome::TablesMissing, &["ARM305"], &[state]);
        let found = judge(&[state], &with(r#""*/read""#, vec![refused(state)]));
        assert!(found.missing.iter().any(|loss| loss.scopes == ["a"]), "what one says holds for the other: {found:#?}");
        // A list that hides what cannot be seen is whole only for who sees everything.
        let list = "azure_resource_group";
        let only = r#""Microsoft.Resources/subscriptions/resourceGroups/read""#;
        check(&[list], &with(only, vec![]), Outcome::TablesMissing, &["ARM305"], &[list]);
        assert_eq!(judge(&[list], &with(only, vec![])).missing[0].permission.as_deref(), Some("*/read"));
        let groups = probe("azure_management_group", Err(refuse(403, &["AuthorizationFailed"])));
        let lost = &["azure_management_group"];
        check(lost, &with(r#""*/read""#, vec![groups]), Outcome::TablesMissing, &["ARM306"], lost);
    }

    #[test]
    fn vaults_and_what_could_not_be_told() {
        let certificate = "azure_keyvault_certificate";
        let vault = |answer| Probe {
            subscription: Some("a".to_owned()),
            object: Some("/v".to_owned()),
            ..probe(certificate, answer)
        };
        let with = |answer| Signals { probes: vec![vault(Err(answer))], ..reader(&[]) };
        let tables = &[certificate];
        check(
            tables,
            &with(refuse(403, &["Forbidden", "ForbiddenByRbac"])),
            Outcome::TablesMissing,
            &["KV308"],
            tables,
        );
        check(tables, &with(refuse(404, &["VaultNotFound"])), Outcome::Ready, &[], &[]);
        let none = with(Refused { said: "no route".to_owned(), ..Refused::default() });
        check(tables, &none, Outcome::TablesMissing, &[], &[]);
        assert_eq!(judge(tables, &none).unclear[0].why, "no answer: no route");
    }
}
