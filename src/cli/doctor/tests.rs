//! `azsnap doctor` against the sample tenant, in this process: what is asked, what comes of it, what is shown.

use super::{probe, settings, show};
use crate::catalog::Catalog;
use crate::cli::args::{Command, DoctorArgs, Global, Top};
use crate::cli::sample_server::bundled;
use crate::cli::ui::Ui;
use crate::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Secret};
use crate::doctor::{self, Choice, Examination, Outcome, Severity, Wanted};
use crate::import;
use crate::packs::Library;
use crate::sample;
use crate::store::Snapshot;
use clap::Parser;
use std::time::Duration;

const DATE: &str = "2026-10-01";
const TENANT: &str = "0c803b5d-13f7-49ec-a422-f1665c722fae";
const PROD: &str = "41296523-94d9-4ddf-8a16-006e6738a1e8";
const DEV: &str = "e70bafcd-6ad6-4207-a0c9-d71e09f58082";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Examines the sample tenant.
fn examine(tables: &[&str], subscriptions: &[&str], deny: &[&str], secret: &str) -> Examination {
    let library = Library::few();
    let wanted = Wanted { tables: list(tables), ..Wanted::default() };
    let choice = Choice::new(Catalog::bundled(), &library, &wanted).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let options = sample::Options { deny: list(deny), ..sample::Options::default() };
    let running = runtime.block_on(sample::serve_tenant(bundled(DATE).unwrap(), options)).unwrap();
    let url = |path: &str| url::Url::parse(&format!("{}{path}", running.base_url())).unwrap();
    let mut endpoints = Endpoints::for_cloud(Cloud::Public);
    (endpoints.arm, endpoints.graph, endpoints.login) = (url(""), url(""), url(""));
    endpoints.data = [("vault.azure.net".to_owned(), url("/data/{host}"))].into();
    let credential = CredentialSpec::ClientSecret {
        tenant: TENANT.to_owned(),
        client_id: "reader".to_owned(),
        secret: Secret::new(secret),
    };
    let options = ClientOptions { max_attempts: 2, base_delay: Duration::from_millis(1), ..ClientOptions::default() };
    let client = Client::new(endpoints, Cloud::Public, credential, options).unwrap();
    let signals = runtime.block_on(probe::ask(client, &choice, &list(subscriptions), None)).unwrap();
    runtime.block_on(running.stop());
    doctor::examine(&choice, &signals).unwrap()
}

fn codes(found: &Examination) -> Vec<&'static str> {
    found.diagnoses.iter().map(|one| one.code).collect()
}

/// Permission, scopes and first table of each loss.
fn losses(found: &Examination) -> Vec<(&str, Vec<&str>, &str)> {
    found
        .missing
        .iter()
        .map(|loss| {
            let scopes = loss.scopes.iter().map(String::as_str).collect();
            (loss.permission.as_deref().unwrap_or_default(), scopes, loss.tables[0].as_str())
        })
        .collect()
}

#[test]
fn what_one_subscription_denies() {
    let found = examine(&["azure_sql_server", "azure_vm"], &[], &[], "any");
    assert_eq!((found.outcome, codes(&found)), (Outcome::TablesMissing, vec!["ARM305"]));
    assert_eq!(losses(&found), [("Microsoft.Sql/servers/read", vec![DEV], "azure_sql_server")]);
    assert_eq!(found.missing[0].checks, Vec::<String>::new(), "the check reads a table that was not chosen");
    assert_eq!(found.subscriptions.len(), 2);
    let text = show::examination(&found);
    assert!(text.contains("ARM305 (loses tables)") && text.contains("contoso-dev"), "{text}");
    let ready = examine(&["azure_sql_server", "azure_vm"], &[PROD], &[], "any");
    assert_eq!((ready.outcome, codes(&ready)), (Outcome::Ready, vec![]));
}

#[test]
fn everything() {
    let found = examine(&[], &[], &[], "any");
    let text = show::examination(&found);
    assert_eq!(found.unclear, [], "{text}");
    assert_eq!(found.outcome, Outcome::TablesMissing, "{text}");
    let sql = found.missing.iter().find(|loss| loss.permission.as_deref() == Some("Microsoft.Sql/servers/read"));
    assert_eq!(sql.unwrap().checks, ["sql_server_no_any_ip_ingress"], "{text}");
    // The sample's token names few permissions, yet every list and child of Graph answers.
    assert!(!codes(&found).iter().any(|code| code.starts_with("GRF20") && *code < "GRF205"), "{text}");
}

#[test]
fn a_wrong_secret() {
    let found = examine(&[], &[], &[], "wrong");
    assert_eq!((found.outcome, codes(&found)), (Outcome::Unusable, vec!["AUTH101"]));
    assert!(found.diagnoses[0].detail.as_ref().unwrap().starts_with("AADSTS7000215"), "{found:?}");
    let text = show::examination(&found);
    assert!(text.contains("what to do: ") && text.ends_with("until this is mended\n"), "{text}");
}

#[test]
fn what_graph_refuses() {
    let tables = ["azure_user", "azure_user_group", "azure_group_member", "azure_device"];
    let found = examine(&tables, &[], &["/users", "/groups/*/members"], "any");
    assert_eq!((found.outcome, codes(&found)), (Outcome::TablesMissing, vec!["GRF202"]));
    let users = ("User.Read.All or Directory.Read.All", vec!["tenant"], "azure_user");
    let members = "GroupMember.Read.All or Directory.Read.All; Member.Read.Hidden too for groups of hidden membership";
    assert_eq!(losses(&found), [(members, vec!["tenant"], "azure_group_member"), users]);
    assert!(found.subscriptions.is_empty(), "nothing of Resource Manager was asked for");
}

#[test]
fn subscriptions_that_cannot_be_read() {
    let path = format!("/subscriptions/{PROD}");
    let found = examine(&["azure_vm"], &[PROD, NOBODY], &[], "any");
    assert_eq!((found.outcome, codes(&found)), (Outcome::TablesMissing, vec!["ARM303"]));
    assert_eq!(found.diagnoses[0].scopes, [NOBODY]);
    // The list answers, the subscription itself does not.
    let found = examine(&["azure_vm"], &["contoso-prod"], &[&path], "any");
    assert_eq!((found.outcome, codes(&found)), (Outcome::Unusable, vec!["ARM302"]));
    // What may be done is not told: neither ready nor missing.
    let found = examine(&["azure_vm"], &[PROD], &["*/microsoft.authorization/permissions"], "any");
    assert_eq!((found.outcome, found.unclear.len()), (Outcome::TablesMissing, 1), "{found:?}");
    let groups = examine(&["azure_management_group"], &[PROD], &["/providers/microsoft.management"], "any");
    assert_eq!((groups.outcome, codes(&groups)), (Outcome::TablesMissing, vec!["ARM306"]));
}

#[test]
fn vaults() {
    let tables = ["azure_keyvault_certificate_policy"];
    let found = examine(&tables, &[], &[], "any");
    assert_eq!((found.outcome, codes(&found)), (Outcome::Ready, vec![]), "{found:?}");
    let found = examine(&tables, &[], &["*/certificates"], "any");
    assert_eq!((found.outcome, codes(&found)), (Outcome::TablesMissing, vec!["KV308"]), "{found:?}");
    assert_eq!(found.missing[0].tables, ["azure_keyvault_certificate", "azure_keyvault_certificate_policy"]);
}

fn parsed(arguments: &[&str]) -> (DoctorArgs, Global) {
    let top = Top::try_parse_from([&["azsnap", "doctor"], arguments].concat()).unwrap();
    let Command::Doctor(args) = top.command else { unreachable!("it is `doctor`") };
    (*args, top.global)
}

#[test]
fn settings() {
    let id = ("AZURE_CLIENT_ID", NOBODY);
    let tenant = ("AZURE_TENANT_ID", TENANT);
    let secret = ("AZURE_CLIENT_SECRET", "abc~DEF");
    let check = |arguments: &[&str], variables: &[(&str, &str)], expected: &[&str]| {
        let (args, global) = parsed(arguments);
        let of = |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        let found = settings::check(&args, &global, &of);
        let codes: Vec<&str> = found.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, expected, "{arguments:?} {variables:?}");
        assert!(!format!("{found:?}").contains("abc~DEF") && !format!("{found:?}").contains("s3cr3t"));
        found
    };
    check(&[], &[tenant, id, secret], &[]);
    check(&[], &[id, secret], &["CFG001"]);
    check(&["--tenant", TENANT], &[id, secret], &[]);
    check(&["--auth", "secret"], &[tenant, id], &["CFG001"]);
    check(&["--auth", "workload"], &[tenant, id], &["CFG001"]);
    check(&[], &[tenant, id, ("AZURE_CLIENT_SECRET", "")], &["CFG004"]);
    check(&[], &[tenant, ("AZURE_CLIENT_ID", "s3cr3t"), secret], &["CFG005"]);
    check(&[], &[tenant, id, ("AZURE_CLIENT_SECRET", NOBODY)], &["CFG006"]);
    check(&[], &[("AZURE_TENANT_ID", "s3cr3t"), id, secret], &["CFG007"]);
    check(&["--subscription", &NOBODY[1..]], &[tenant, id, secret], &["CFG008"]);
    // Nobody reads this variable: told, but no hindrance.
    let found = check(&[], &[tenant, id, secret, ("AZURE_SUBSCRIPTION_ID", &NOBODY[1..])], &["CFG008"]);
    assert_eq!(found[0].severity, Severity::Fact);
    // The Azure CLI's sign-in takes nothing; with a client id left over it is told that it is used.
    check(&[], &[], &[]);
    let found = check(&[], &[tenant, id], &["CFG001"]);
    assert_eq!(found[0].severity, Severity::Fact);
    // A server of one's own may call its clients as it likes.
    let local = ["--login-endpoint", "http://127.0.0.1:8400"];
    check(&local, &[tenant, ("AZURE_CLIENT_ID", "any"), ("AZURE_CLIENT_SECRET", NOBODY)], &[]);
    check(&["--login-endpoint", "https://login.example"], &[tenant, ("AZURE_CLIENT_ID", "any"), secret], &["CFG005"]);
}

/// A snapshot of two subscriptions, one of which denies Microsoft.Sql.
fn snapshot(dir: &std::path::Path) -> Snapshot {
    let source = dir.join("source");
    std::fs::create_dir_all(&source).unwrap();
    let subscription = |id: &str| {
        format!(
            "{}\n",
            serde_json::json!({ "id": format!("/subscriptions/{id}"), "subscriptionId": id, "tenantId": TENANT })
        )
    };
    let write = |name: &str, text: String| std::fs::write(source.join(name), text).unwrap();
    write("azure_subscription.jsonl", subscription(PROD) + &subscription(DEV));
    let row = |table: &str, scope: &str, status: &str| {
        format!("{}\n", serde_json::json!({ "table": table, "scope": scope, "status": status }))
    };
    let sql = row("azure_sql_server", DEV, "denied");
    let pim = row("azure_ad_role_eligibility_schedule_instance", TENANT, "license");
    write("ledger.jsonl", sql + &pim);
    let options = import::Options {
        source,
        archive: dir.join("archive"),
        at: crate::cli::finish::instant(DATE).unwrap(),
        tenant: Some(TENANT.to_owned()),
        assume_empty: true,
    };
    Snapshot::open(import::run(&options).unwrap().unsealed.dir()).unwrap()
}

/// Runs the part of the command that asks nobody; gives the exit code and what was written.
fn offline(
    dir: &std::path::Path,
    arguments: &[&str],
    run: impl Fn(&DoctorArgs, &Global, &Choice<'_>, &Ui) -> Outcomes,
) -> (u8, String) {
    let out = dir.join("out");
    let (args, global) = parsed(&[arguments, &["--quiet", "--output", out.to_str().unwrap()]].concat());
    let library = Library::few();
    let wanted = Wanted { tables: args.tables.clone(), checks: args.checks.clone(), ..Wanted::default() };
    let choice = Choice::new(Catalog::bundled(), &library, &wanted).unwrap();
    let code = run(&args, &global, &choice, &Ui::new(&global)).unwrap().code();
    (code, std::fs::read_to_string(&out).unwrap())
}

type Outcomes = Result<crate::cli::failure::Outcome, crate::cli::failure::Failure>;

#[test]
fn from_a_ledger() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = snapshot(dir.path());
    let run = |arguments: &[&str]| {
        offline(dir.path(), arguments, |args, _, choice, ui| super::from_ledger(args, &snapshot, choice, ui))
    };
    let (code, text) = run(&["--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &found["outcome"]), (3, &serde_json::json!("tables_missing")), "{text}");
    let loss = &found["missing"][0];
    assert_eq!(found["missing"].as_array().unwrap().len(), 1, "{text}");
    assert_eq!(loss["permission"], "Microsoft.Sql/servers/read");
    assert_eq!((&loss["code"], &loss["scopes"]), (&serde_json::json!("ARM305"), &serde_json::json!([DEV])));
    assert_eq!(loss["checks"], serde_json::json!(["sql_server_no_any_ip_ingress"]));
    let tables = loss["tables"].as_array().unwrap();
    assert!(tables.contains(&"azure_sql_server".into()) && tables.contains(&"azure_sql_server_firewall_rule".into()));
    assert_eq!(found["facts"][0]["status"], "license");
    let (code, text) = run(&[]);
    assert!(code == 3 && text.contains("Missing permissions, and what was lost with them"), "{text}");
    assert!(text.contains("Not there, and nothing to repair\n  license\n    in: tenant\n"), "{text}");
    // What was not meant is not lost.
    let (code, text) = run(&["--table", "azure_vm"]);
    assert!(code == 0 && text.ends_with("nothing was lost\n"), "{text}");
}

#[test]
fn roles() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| offline(dir.path(), arguments, super::role);
    let (code, text) = run(&["--tenant", TENANT, "--check", "entra", "--table", "azure_web_app"]);
    let role: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &role["IsCustom"]), (0, &serde_json::json!(true)));
    let root = format!("/providers/Microsoft.Management/managementGroups/{TENANT}");
    assert_eq!(role["AssignableScopes"], serde_json::json!([root]));
    assert!(role.get("graph_permissions").is_none(), "the Azure CLI takes the role alone");
    let (_, text) = run(&["--subscription", PROD, "--check", "entra", "--format", "json"]);
    let both: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(both["role"]["AssignableScopes"], serde_json::json!([format!("/subscriptions/{PROD}")]));
    let permissions: Vec<&str> =
        both["graph_permissions"].as_array().unwrap().iter().filter_map(|one| one["permission"].as_str()).collect();
    assert_eq!(permissions, ["Organization.Read.All", "Policy.Read.All"]);
    let (args, global) = parsed(&["--role-json", "--subscription", "contoso-prod"]);
    assert!(super::scopes(&args, &global).is_err(), "a name cannot be looked up");
}
