//! Recorded Azure, played on loopback: a snapshot must hold exactly the instances that the recordings prove, whatever
//! goes wrong on the way. Runs where the recordings are.

use crate::support;
use arrow::array::AsArray;
use azsnap::catalog::Catalog;
use azsnap::catalog::scope::parent_of;
use azsnap::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Limits, Rate, Secret};
use azsnap::export::{self, Options, Progress};
use azsnap::store::{LedgerRow, Snapshot, Status, StoreError, ledger, read_columns};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Types of the recordings and the tables that hold them.
const TABLES: &[(&str, &str)] = &[
    ("graph/groups", "azure_user_group"),
    ("graph/organization", "azure_account"),
    ("graph/users", "azure_user"),
    ("microsoft.authorization/policyassignments", "azure_policy_assignment"),
    ("microsoft.authorization/policysetdefinitions", "azure_policy_set_definition"),
    ("microsoft.authorization/roleassignments", "azure_role_assignment"),
    ("microsoft.authorization/roledefinitions", "azure_role_definition"),
    ("microsoft.network/networkinterfaces", "azure_nic"),
    ("microsoft.network/virtualnetworks", "azure_vnet"),
    ("microsoft.resources/resourcegroups", "azure_resource_group"),
    ("microsoft.resources/subscriptions", "azure_subscription"),
    ("microsoft.security/assessments", "azure_security_assessment"),
    ("microsoft.security/pricings", "azure_security_center_subscription_pricing"),
];

const FAST: Rate = Rate::Refill { depth: 100_000, per_second: 100_000.0 };

/// A replay server that ends with the test.
struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Option<Server> {
        let (tool, recordings) = (support::replay_tool()?, support::recordings()?);
        let mut child = Command::new("python3")
            .arg(tool)
            .args(["--port", "0", "--rewrite-hosts"])
            .args(arguments)
            .arg(recordings)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let base = first.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Some(Server { child, base })
    }

    /// A GET of the server's own pages, without a client of ours.
    fn page(&self, path: &str) -> Value {
        let script = "import sys,urllib.request;print(urllib.request.urlopen(sys.argv[1]).read().decode())";
        let out = Command::new("python3").args(["-c", script, &format!("{}{path}", self.base)]).output().unwrap();
        serde_json::from_slice(&out.stdout).unwrap()
    }

    fn snapshot(&self) -> (TempDir, Snapshot, Vec<LedgerRow>) {
        let tenant = self.page("/__replay/ids")["tenant"].as_str().unwrap().to_owned();
        let mut endpoints = Endpoints::for_cloud(Cloud::Public);
        (endpoints.arm, endpoints.graph, endpoints.login) =
            (self.base.parse().unwrap(), self.base.parse().unwrap(), self.base.parse().unwrap());
        let credential = CredentialSpec::ClientSecret {
            tenant: tenant.clone(),
            client_id: "00000000-0000-4000-8000-00000000a991".into(),
            secret: Secret::new("right"),
        };
        // The server's Retry-After of a second is cut short: the test is about what comes of it.
        let options = ClientOptions {
            base_delay: Duration::from_millis(1),
            retry_after_cap: Duration::from_millis(20),
            max_attempts: 12,
            // Azure's own rates would stretch a test with hundreds of lists to minutes.
            limits: Limits { arm: FAST, providers: Vec::new(), low_water: 0 },
            ..ClientOptions::default()
        };
        let client = Client::new(endpoints, Cloud::Public, credential, options).unwrap();
        let dir = TempDir::new().unwrap();
        let at = chrono::NaiveDate::from_ymd_opt(2026, 10, 1).unwrap().and_hms_opt(6, 0, 0).unwrap();
        let options = Options {
            archive: dir.path().to_owned(),
            tenant: Some(tenant),
            selection: azsnap::collect::Selection::default(),
            resume: None,
            stale_ok: false,
            at: Some(at),
            no_prune: false,
            concurrency: 8,
            write_every: azsnap::export::WRITE_EVERY,
            clock: Arc::new(move || at),
            sources: vec![],
            account_name: None,
            description: None,
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let exported = runtime
            .block_on(export::run(client, options, Arc::new(Progress::default()), CancellationToken::new()))
            .unwrap();
        let (folder, _) = exported.unsealed.seal().unwrap();
        let snapshot = Snapshot::open(&folder).unwrap();
        let rows = ledger::read(&snapshot.ledger_path()).unwrap();
        (dir, snapshot, rows)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Types that no table of the model is made of.
const WITHOUT_TABLE: &[&str] = &["microsoft.cache/redis/linkedservers"];

/// Recorded instances that no table has, less those that nothing in the recordings leads to: what hangs on a resource
/// whose own list was never recorded, and policy definitions that no recorded assignment or initiative names.
fn missing(snapshot: &Snapshot, expected: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let (mut known, mut named) = (BTreeSet::new(), String::new());
    for table in Catalog::bundled().names() {
        for part in snapshot.parts(table) {
            read_columns::<StoreError>(&part, &["id", "_raw"], |batch| {
                let column = |at: usize| batch.column(at).as_string::<i32>();
                for at in 0..batch.num_rows() {
                    let raw: Value = serde_json::from_str(column(1).value(at)).unwrap();
                    known.insert(column(0).value(at).to_owned());
                    // What a catalogue may hand out stands in the catalogue.
                    let own = raw["resources"].as_array().into_iter().flatten().chain([&raw]);
                    known.extend(own.filter_map(|one| one["id"].as_str()).map(str::to_lowercase));
                    if table.starts_with("azure_policy_") {
                        named.push_str(&column(1).value(at).to_lowercase());
                    }
                }
                Ok(())
            })
            .unwrap();
        }
    }
    let excused = |kind: &str, id: &str| match kind {
        "microsoft.authorization/policydefinitions" => !named.contains(id),
        "microsoft.eventgrid/eventsubscriptions" | "microsoft.insights/diagnosticsettings" => {
            parent_of(id).is_none_or(|parent| !known.contains(&parent))
        }
        _ => WITHOUT_TABLE.contains(&kind),
    };
    let mut missing = Vec::new();
    for (kind, ids) in expected {
        let lost = ids.iter().filter(|id| !known.contains(&id.to_lowercase()) && !excused(kind, &id.to_lowercase()));
        missing.extend(lost.map(|id| format!("{kind}: {id}")));
    }
    missing
}

/// Takes a snapshot with faults and compares it with what the recordings prove.
fn holds_what_is_recorded(arguments: &[&str]) {
    let Some(server) = Server::start(arguments) else { return };
    let expected: BTreeMap<String, Vec<String>> =
        serde_json::from_value(server.page("/__replay/expected/ids")).unwrap();
    let (_dir, snapshot, _) = server.snapshot();
    for (kind, table) in TABLES {
        assert_eq!(support::ids(&snapshot, table), expected[*kind], "{table}");
    }
    let missing = missing(&snapshot, &expected);
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let last = |id: &String| id.rsplit('/').next().unwrap().to_owned();
    let mut members: Vec<String> = support::ids(&snapshot, "azure_group_member").iter().map(last).collect();
    members.sort();
    members.dedup();
    assert_eq!(members, expected["graph/groups/members"]);
    assert!(azsnap::store::verify(snapshot.dir()).unwrap().is_whole());
}

#[test]
fn everything_recorded_is_there() {
    holds_what_is_recorded(&[]);
}

#[test]
fn faults_change_nothing() {
    holds_what_is_recorded(&["--throttle-every", "9", "--fail-every", "13", "--drop-every", "31", "--page-size", "7"]);
}

#[test]
fn empty_last_pages_and_short_tokens_change_nothing() {
    holds_what_is_recorded(&["--empty-last-page", "--page-size", "50", "--token-ttl", "2"]);
}

#[test]
fn a_denied_provider_is_in_the_ledger() {
    let sub = "/subscriptions/5ab50000-0000-4000-8000-000000000001/providers/Microsoft.Security";
    let Some(server) = Server::start(&["--deny", sub]) else { return };
    let (_dir, snapshot, rows) = server.snapshot();
    for table in
        ["azure_security_assessment", "azure_jit_network_access_policy", "azure_jit_policy_vm", "azure_jit_policy_port"]
    {
        let found: Vec<_> = rows.iter().filter(|row| row.table_name == table).collect();
        assert!(!found.is_empty() && found.iter().all(|row| row.status == Status::Denied), "{table}: {found:?}");
        assert_eq!(support::ids(&snapshot, table), Vec::<String>::new());
    }
    let nics = rows.iter().find(|row| row.table_name == "azure_nic").unwrap();
    assert_eq!((nics.status, nics.rows), (Status::Ok, 23));
}

/// An import of the recordings holds what a replay of one subscription at that date holds.
#[test]
fn recordings_import_as_they_replay() {
    const TENANT: &str = "19ae0f99-6fc6-444b-bd54-97504efc66ad";
    const SUBSCRIPTION: &str = "193f89dc-6225-4a80-bacb-96b32fbf6dd0";
    let Some(server) = Server::start(&["--as-of", "2025-01-01", "--subscription", SUBSCRIPTION]) else { return };
    let expected: BTreeMap<String, Vec<String>> =
        serde_json::from_value(server.page("/__replay/expected/ids")).unwrap();
    let dir = TempDir::new().unwrap();
    let options = azsnap::import::Options {
        source: support::recordings().unwrap(),
        archive: dir.path().to_owned(),
        at: chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap(),
        tenant: Some(TENANT.into()),
        assume_empty: false,
    };
    let several = azsnap::import::run(&azsnap::import::Options { tenant: None, ..options.clone() }).unwrap_err();
    assert!(several.to_string().contains(TENANT), "{several}");
    let (folder, _) = azsnap::import::run(&options).unwrap().unsealed.seal().unwrap();
    let snapshot = Snapshot::open(&folder).unwrap();
    for (kind, table) in TABLES.iter().filter(|(_, table)| *table != "azure_subscription") {
        let Some(ids) = expected.get(*kind) else { continue };
        assert_eq!(&support::ids(&snapshot, table), ids, "{table}");
    }
    // A list that was cut when it was recorded is no whole list.
    let rows = ledger::read(&snapshot.ledger_path()).unwrap();
    let cut = rows.iter().find(|row| row.table_name == "azure_security_assessment").unwrap();
    assert_eq!((cut.status, cut.code.as_deref()), (Status::Error, Some("Incomplete")));
    let vms = rows.iter().find(|row| row.table_name == "azure_vm").unwrap();
    assert_eq!((vms.status, vms.code.as_deref()), (Status::NotCollected, Some("NotRecorded")));
}
