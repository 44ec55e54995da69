//! Principals of all kinds before a run: what was answered goes in, outcome, codes and what is lost come out.

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
    check(USER, &Signals { configuration: vec![fact], ..reader(&["User.Read.All"]) }, Outcome::Ready, &["CFG010"], &[]);
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
    check(USER, &with(&["A.Read.All"], vec![probe("azure_user", denied())]), Outcome::TablesMissing, &["GRF202"], USER);
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
    check(&[PIM, "azure_user"], &with(&[], both.clone()), Outcome::TablesMissing, &["GRF201"], &[PIM, "azure_user"]);
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
    check(&[PIM, report], &Signals { probes, ..reader(&["A.Read.All"]) }, Outcome::Ready, &["GRF205", "GRF206"], &[]);
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
        let beside = Signals { subscriptions: vec![gone(), subscription("a", Ok(()), r#""*/read""#)], ..reader(&[]) };
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
    check(&[config], &with(r#""*/read","Microsoft.Web/sites/config/list/Action""#, vec![]), Outcome::Ready, &[], &[]);
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
    check(tables, &with(refuse(403, &["Forbidden", "ForbiddenByRbac"])), Outcome::TablesMissing, &["KV308"], tables);
    check(tables, &with(refuse(404, &["VaultNotFound"])), Outcome::Ready, &[], &[]);
    let none = with(Refused { said: "no route".to_owned(), ..Refused::default() });
    check(tables, &none, Outcome::TablesMissing, &[], &[]);
    assert_eq!(judge(tables, &none).unclear[0].why, "no answer: no route");
}
