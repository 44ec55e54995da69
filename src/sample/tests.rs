//! What a client sees: mostly without a socket, through `Tenant::answer`.

mod crawl;
mod lists;
mod login;
mod volume;
mod wire;

use super::*;
use crate::catalog::Catalog;
use serde_json::{Value, json};
use std::path::Path;

const PROD: &str = "41296523-94d9-4ddf-8a16-006e6738a1e8";
const DEV: &str = "e70bafcd-6ad6-4207-a0c9-d71e09f58082";
const READER: &str = "eafe9074-a433-44ed-809b-b18f7ee986da";
const TENANT: &str = "0c803b5d-13f7-49ec-a422-f1665c722fae";
const BASE: &str = "http://127.0.0.1:8400";

fn contoso(date: &str) -> Tenant {
    load(Catalog::bundled(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/contoso").join(date)).unwrap()
}

/// A caller with a token for each service.
struct Caller {
    tenant: Tenant,
    arm: String,
    graph: String,
    vault: String,
    storage: String,
}

impl Caller {
    fn new(tenant: Tenant) -> Caller {
        let token = |resource: &str| {
            let form = format!("grant_type=client_credentials&client_id=c&client_secret=s&scope={resource}/.default");
            let request = Request {
                method: "POST".into(),
                path: format!("/{}/oauth2/v2.0/token", tenant.id()),
                body: form.into_bytes(),
                ..Request::default()
            };
            let body: Value = serde_json::from_slice(&tenant.answer(&request).body).unwrap();
            format!("Bearer {}", body["access_token"].as_str().unwrap())
        };
        let (arm, graph) = (token("https://management.azure.com"), token("https://graph.microsoft.com"));
        let (vault, storage) = (token("https://vault.azure.net"), token("https://storage.azure.com"));
        Caller { tenant, arm, graph, vault, storage }
    }

    fn send(&self, method: &str, url: &str, body: &Value) -> (Response, Value) {
        let response = self.raw(method, url, body);
        let body = serde_json::from_slice(&response.body).unwrap();
        (response, body)
    }

    fn raw(&self, method: &str, url: &str, body: &Value) -> Response {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let graph = ["/v1.0", "/beta", "/graph"].iter().any(|start| path.starts_with(start));
        let token = match path {
            _ if graph => &self.graph,
            data if data.starts_with("/data") && data.contains("vault") => &self.vault,
            data if data.starts_with("/data") => &self.storage,
            _ => &self.arm,
        };
        self.tenant.answer(&Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            authorization: Some(token.clone()),
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            base: BASE.into(),
            serial: 7,
            ..Request::default()
        })
    }

    /// The answer in one line: status, then the last part of each id, or the error code.
    fn ask(&self, method: &str, url: &str) -> String {
        line(&self.send(method, url, &Value::Null))
    }

    fn check(&self, url: &str, expected: &str) {
        assert_eq!(self.ask("GET", url), expected, "{url}");
    }
}

fn line((response, body): &(Response, Value)) -> String {
    let last = |item: &Value| item["id"].as_str().unwrap_or("?").rsplit('/').next().unwrap_or_default().to_owned();
    let shown = match &body["value"] {
        _ if response.status >= 400 => body["error"]["code"].as_str().unwrap_or("?").to_owned(),
        Value::Array(items) => items.iter().map(last).collect::<Vec<_>>().join(" "),
        _ => last(body),
    };
    format!("{} {shown}", response.status).trim_end().to_owned()
}

/// A small tenant: two subscriptions under groups that fork, and a ledger with everything in it.
fn small(ledger: &[(&str, Option<&str>, &str)]) -> Tenant {
    let group = |name: &str, up: Option<&str>, children: &[&str]| {
        let id = |name: &str| format!("/providers/Microsoft.Management/managementGroups/{name}");
        json!({"id": id(name), "name": name, "properties": {
            "displayName": name,
            "details": {"parent": up.map(|up| json!({"id": id(up)}))},
            "children": children.iter().map(|child| json!({"id": child})).collect::<Vec<_>>(),
        }})
    };
    let lines = |values: &[Value]| values.iter().map(|value| format!("{value}\n")).collect::<String>();
    let assignment = |name: &str, scope: &str| {
        let above = scope.trim_end_matches('/');
        let id = format!("{above}/providers/Microsoft.Authorization/roleAssignments/{name}");
        json!({"id": id, "properties": {"scope": scope, "principalId": format!("p-{name}")}})
    };
    let subscription = |id: &str| json!({"id": format!("/subscriptions/{id}"), "subscriptionId": id});
    let (prod, dev) = (format!("/subscriptions/{PROD}"), format!("/subscriptions/{DEV}"));
    let vault = format!("{prod}/resourceGroups/R%20G/providers/Microsoft.KeyVault/vaults/v");
    let files = [
        ("tenant.json", json!({"tenant_id": TENANT, "principal": {"object_id": READER, "app_id": "app"}}).to_string()),
        ("azure_subscription.jsonl", lines(&[subscription(PROD), subscription(DEV)])),
        (
            "azure_management_group.json",
            json!({"value": [
                group(TENANT, None, &[]), group("A", Some(TENANT), &[&prod]), group("B", Some(TENANT), &[]),
            ]})
            .to_string(),
        ),
        (
            "azure_role_assignment.jsonl",
            lines(&[
                assignment("root", "/"),
                assignment("top", &format!("/providers/Microsoft.Management/managementGroups/{TENANT}")),
                assignment("a", "/providers/Microsoft.Management/managementGroups/A"),
                assignment("b", "/providers/microsoft.management/managementGroups/b"),
                assignment("p", &prod),
                assignment("r", &format!("{prod}/resourceGroups/r")),
                assignment("d", &dev),
            ]),
        ),
        ("azure_keyvault_service.jsonl", lines(&[json!({"id": vault, "name": "v"})])),
        ("azure_keyvault_key.jsonl", String::new()),
        (
            "azure_storage_account.jsonl",
            lines(&[
                json!({"id": format!("{prod}/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/f"), "kind": "FileStorage"}),
            ]),
        ),
        ("azure_storage_blob_service.jsonl", String::new()),
        (
            "azure_vm.jsonl",
            lines(&[
                json!({"id": format!("{prod}/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/V"), "n": 1}),
            ]),
        ),
        ("azure_user.jsonl", lines(&(0..5).map(|n| json!({"id": format!("u{n}")})).collect::<Vec<_>>())),
        ("azure_user_group.jsonl", lines(&[json!({"id": "G1"}), json!({"id": "g2"})])),
        (
            "azure_group_member.jsonl",
            lines(&[json!({"id": "u1", "_parent_id": "g1"}), json!({"id": "u1", "_parent_id": "g2"})]),
        ),
        (
            "ledger.jsonl",
            lines(
                &ledger
                    .iter()
                    .map(|(table, scope, status)| json!({"table": table, "scope": scope, "status": status}))
                    .collect::<Vec<_>>(),
            ),
        ),
        ("README.md", "not read".to_owned()),
    ];
    load_embedded(Catalog::bundled(), files.iter().map(|(name, text)| (*name, text.as_str()))).unwrap()
}

fn assignments(subscription: &str, filter: &str) -> String {
    let filter = if filter.is_empty() { String::new() } else { format!("&$filter={filter}") };
    format!(
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01{filter}"
    )
}

#[test]
fn lists_show_what_applies_from_above() {
    let caller = Caller::new(small(&[]));
    caller.check(&assignments(PROD, ""), "200 root top a p r");
    caller.check(&assignments(DEV, ""), "200 root top d");
    caller.check(&assignments(PROD, "atScope()"), "200 root top a p");
    caller.check(&assignments(PROD, "assignedTo('P-A')"), "200 a");
    caller.check(&assignments(PROD, "principalId%20eq%20'p-r'"), "200 r");
    caller.check(&assignments(PROD, "atScope()%20and%20assignedTo(%27p-r%27)"), "200");
}

#[test]
fn paths() {
    let caller = Caller::new(small(&[]));
    let prod = format!("/subscriptions/{PROD}");
    let compute = format!("{prod}/providers/Microsoft.Compute");
    for (url, expected) in [
        ("/subscriptions?api-version=2022-12-01", format!("200 {PROD} {DEV}")),
        ("/subscriptions", "400 MissingApiVersionParameter".into()),
        ("/subscriptions?api-version=2001-01-01", "400 InvalidApiVersionParameter".into()),
        ("/subscriptions/x?api-version=2022-12-01", "400 InvalidSubscriptionId".into()),
        (&format!("/subscriptions/{TENANT}?api-version=2022-12-01"), "404 SubscriptionNotFound".into()),
        (&format!("{prod}?api-version=2022-12-01"), format!("200 {PROD}")),
        (&format!("{prod}?api-version=2001-01-01"), "400 InvalidApiVersionParameter".into()),
        (&format!("{compute}/disks?api-version=2026-03-03"), "400 InvalidApiVersionParameter".into()),
        (&format!("{compute}/elsewhere?api-version=1"), "404 InvalidResourceType".into()),
        (&format!("{prod}/providers/Made.Up/things?api-version=1"), "404 InvalidResourceNamespace".into()),
        (&format!("{prod}/resourceGroups/none?api-version=1"), "403 AuthorizationFailed".into()),
        ("/nothing?api-version=1", "404 MissingSubscription".into()),
        ("/v1.0/nothing", "400 BadRequest".into()),
        ("/graph/v2/users", "400 BadRequest".into()),
        ("/v1.0/users/U1", "200 u1".into()),
        ("/v1.0/users/u9", "404 Request_ResourceNotFound".into()),
        ("/v1.0/groups/g1/members", "200 u1".into()),
        ("/beta/groups/G2/members", "200 u1".into()),
        ("/v1.0/groups/g3/members", "404 Request_ResourceNotFound".into()),
        ("/v1.0/servicePrincipals", "403 Authorization_RequestDenied".into()),
        ("/v1.0/servicePrincipals/x", "403 Authorization_RequestDenied".into()),
    ] {
        caller.check(url, &expected);
    }
    for (method, url, expected) in [
        ("DELETE", format!("{prod}?api-version=2022-12-01"), "403 AuthorizationFailed"),
        ("POST", format!("{compute}/virtualMachines?api-version=2026-03-01"), "403 AuthorizationFailed"),
        ("PATCH", "/v1.0/users/u1".to_owned(), "403 Authorization_RequestDenied"),
    ] {
        assert_eq!(caller.ask(method, &url), expected, "{method} {url}");
    }
}

/// The version that a bundled table is asked with.
fn version(table: &str) -> &'static str {
    &Catalog::bundled().table(table).unwrap().fetch.api_version
}

#[test]
fn children() {
    let caller = Caller::new(small(&[]));
    let group = format!("/subscriptions/{PROD}/resourceGroups");
    for (path, table, expected) in [
        ("R%20G/providers/Microsoft.KeyVault/vaults/V/keys", "azure_keyvault_key", "200"),
        ("R%2520G/providers/Microsoft.KeyVault/vaults/V/keys", "azure_keyvault_key", "404 ResourceNotFound"),
        ("r/providers/Microsoft.KeyVault/vaults/other/keys", "azure_keyvault_key", "404 ResourceNotFound"),
        ("R%20G/providers/Microsoft.KeyVault/vaults/V/secrets", "azure_keyvault_secret", "403 AuthorizationFailed"),
        (
            "r/providers/Microsoft.Storage/storageAccounts/f/blobServices",
            "azure_storage_blob_service",
            "400 FeatureNotSupportedForAccount",
        ),
        ("r/providers/Microsoft.Compute/virtualMachines/v", "azure_vm", "200 V"),
        ("r/providers/Microsoft.Compute/virtualMachines/w", "azure_vm", "404 ResourceNotFound"),
        ("r/providers/Microsoft.Compute/disks/d", "azure_managed_disk", "403 AuthorizationFailed"),
    ] {
        caller.check(&format!("{group}/{path}?api-version={}", version(table)), expected);
    }
}

#[test]
fn ledger_and_missing_files() {
    let path = |table: &str| {
        let fetch = &Catalog::bundled().table(table).unwrap().fetch;
        let path = fetch.path.replace("{subscription}", PROD);
        if path.starts_with("/sub") {
            format!("{path}?api-version={}", fetch.api_version)
        } else {
            format!("/v1.0{path}")
        }
    };
    for (status, arm, graph) in [
        ("ok", "200 V", "200 u0 u1 u2 u3 u4"),
        ("partial", "200 V", "200 u0 u1 u2 u3 u4"),
        ("denied", "403 AuthorizationFailed", "403 Authorization_RequestDenied"),
        ("not_collected", "403 AuthorizationFailed", "403 Authorization_RequestDenied"),
        ("not_registered", "409 MissingSubscriptionRegistration", "404 Request_ResourceNotFound"),
        ("license", "400 AadPremiumLicenseRequired", "403 Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
        ("throttled", "429 SubscriptionRequestsThrottled", "429 TooManyRequests"),
        ("error", "500 InternalServerError", "500 InternalServerError"),
        ("not_found", "404 ResourceNotFound", "404 Request_ResourceNotFound"),
        ("unsupported", "400 FeatureNotSupportedForAccount", "400 FeatureNotSupportedForAccount"),
        ("retired", "410 Gone", "410 Gone"),
    ] {
        for scope in [None, Some(PROD)] {
            let caller = Caller::new(small(&[("azure_vm", scope, status), ("azure_user", None, status)]));
            caller.check(&path("azure_vm"), arm);
            caller.check(&path("azure_user"), graph);
        }
        let elsewhere = Caller::new(small(&[("azure_vm", Some(DEV), status)]));
        elsewhere.check(&path("azure_vm"), "200 V");
    }
    let caller = Caller::new(small(&[]));
    let (response, body) = caller.send("GET", &path("azure_managed_disk"), &Value::Null);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("Microsoft.Compute/disks/read") && message.contains(PROD) && message.contains(READER),
        "{message}"
    );
    assert!(response.headers.contains(&("x-ms-failure-cause", "gateway".to_owned())));
    let denied = Caller::new(small(&[("azure_keyvault_service", Some(PROD), "denied")]));
    let key = format!("/subscriptions/{PROD}/resourceGroups/r/providers/Microsoft.KeyVault/vaults/hidden/keys");
    denied.check(&format!("{key}?api-version={}", version("azure_keyvault_key")), "403 AuthorizationFailed");
}

#[test]
fn denied_by_option() {
    for (pattern, denied) in [
        ("/subscriptions", true),
        ("/SUBSCRIPTIONS/*/providers/microsoft.compute/*", true),
        ("/users", false),
        ("*/nothing", false),
    ] {
        let options = Options { deny: vec![pattern.to_owned()], ..Options::default() };
        let caller = Caller::new(small(&[]).with_options(&options));
        let vms = format!(
            "/subscriptions/{PROD}/providers/Microsoft.Compute/virtualMachines?api-version={}",
            version("azure_vm")
        );
        caller.check(&vms, if denied { "403 AuthorizationFailed" } else { "200 V" });
        caller.check(
            "/v1.0/users",
            if pattern == "/users" { "403 Authorization_RequestDenied" } else { "200 u0 u1 u2 u3 u4" },
        );
    }
}

#[test]
fn bad_samples() {
    let check = |name: &str, text: &str, expected: &str| {
        let error = load_embedded(Catalog::bundled(), [(name, text)]).err().expect("an error").to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    check("azure_vm.jsonl", "{}\n\n{", "azure_vm.jsonl:3: EOF");
    check("azure_vm.jsonl", "[]", "azure_vm.jsonl:1: not an object");
    check("azure_vm.json", "{\"value\": 1}", "azure_vm.json:1: neither");
    check("azure_wm.jsonl", "", "no table named `azure_wm` (did you mean azure_vm");
    check("azure_subnet.jsonl", "", "azure_subnet is cut from azure_vnet");
    check("ledger.jsonl", "{\"table\":\"azure_vm\",\"status\":\"gone\"}", "ledger.jsonl:1: unknown variant");
    check("ledger.jsonl", "{\"table\":\"azure_wm\",\"status\":\"ok\"}", "no table named");
    check("tenant.json", "{}", "tenant.json:1: missing field");
    check("azure_user.jsonl", "{\"id\":\"u\"}", "no tenant.json beside the sample");
    let own = load_embedded(Catalog::bundled(), [("azure_account.jsonl", "{\"id\":\"T1\"}")]).unwrap();
    assert_eq!(own.id(), "t1");
    let missing = load(Catalog::bundled(), Path::new("/nowhere/at/all")).err().unwrap();
    assert_eq!(missing.to_string(), "cannot read /nowhere/at/all");
}

proptest::proptest! {
    /// Whatever is asked, there is an answer.
    #[test]
    fn any_request_is_answered(method in "GET|POST|[A-Z]{0,5}", path in "(/(subscriptions|providers|v1\\.0|graph|arm|oauth2|[a-z%0-9{}*$.]{0,6}|\\PC{0,3})){0,6}", query in "[a-z$%0-9=&'()-]{0,20}", body in proptest::collection::vec(proptest::num::u8::ANY, 0..20)) {
        thread_local!(static CALLER: Caller = Caller::new(small(&[])));
        let status = CALLER.with(|caller| {
            let authorization = Some(if path.starts_with("/v1.0") { caller.graph.clone() } else { caller.arm.clone() });
            caller.tenant.answer(&Request { method, path, query, body, authorization, ..Request::default() }).status
        });
        proptest::prop_assert!((200..600).contains(&status));
    }
}
