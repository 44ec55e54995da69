//! The collector against the sample server: the same tables as an import of the same files, whatever goes wrong, and
//! also when the process dies in the middle.

use crate::slt::sample;
use crate::support::cli::azsnap_with;
use crate::support::{column, root};
use azsnap::catalog::Catalog;
use azsnap::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Secret};
use azsnap::collect::Selection;
use azsnap::export::{self, ExportError, Exported};
use azsnap::sample::{Options, Running, Tenant, load, serve_tenant};
use azsnap::store::{Snapshot, Status, find_snapshots, read_columns};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const TENANT: &str = "0c803b5d-13f7-49ec-a422-f1665c722fae";

/// A sample server on a runtime of its own.
pub struct Server {
    runtime: tokio::runtime::Runtime,
    running: Option<Running>,
    base: String,
}

impl Server {
    pub fn start(date: &str, options: Options) -> Server {
        Server::of(&root().join("samples/contoso").join(date), options)
    }

    fn of(dir: &Path, options: Options) -> Server {
        Server::with(load(Catalog::bundled(), dir).unwrap(), options)
    }

    pub fn with(tenant: Tenant, options: Options) -> Server {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let started = std::time::SystemTime::now().into();
        let running = runtime.block_on(serve_tenant(tenant, Options { started, ..options })).unwrap();
        Server { base: running.base_url(), running: Some(running), runtime }
    }

    pub fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["snapshot", "--archive", "archive"].iter().map(|word| (*word).to_owned()).collect();
        for flag in ["--arm-endpoint", "--graph-endpoint", "--login-endpoint"] {
            arguments.extend([flag.to_owned(), self.base.clone()]);
        }
        for suffix in ["vault.azure.net", "core.windows.net"] {
            arguments.extend(["--data-endpoint".to_owned(), format!("{suffix}={}/data/{{host}}", self.base)]);
        }
        arguments
    }

    /// Reads everything in this process, up to the derived tables, and writes each finished task at once.
    async fn export(
        &self,
        archive: &Path,
        resume: Option<PathBuf>,
        cancel: CancellationToken,
    ) -> Result<Exported, ExportError> {
        let url = || url::Url::parse(&self.base).unwrap();
        let mut endpoints = Endpoints::for_cloud(Cloud::Public);
        (endpoints.arm, endpoints.graph, endpoints.login) = (url(), url(), url());
        let mut data = url();
        data.set_path("/data/{host}");
        endpoints.data = ["vault.azure.net", "core.windows.net"].map(|suffix| (suffix.to_owned(), data.clone())).into();
        let (tenant, client_id) = (TENANT.to_owned(), "reader".to_owned());
        let credential = CredentialSpec::ClientSecret { tenant, client_id, secret: Secret::new("anything") };
        let client = Client::new(endpoints, Cloud::Public, credential, ClientOptions::default()).unwrap();
        let tables = ["*", "azure_usage_details", "azure_user_mfa_state"].map(str::to_owned).to_vec();
        let options = export::Options {
            archive: archive.to_owned(),
            tenant: None,
            selection: Selection { tables, ..Selection::default() },
            resume,
            stale_ok: false,
            at: None,
            no_prune: false,
            concurrency: 4,
            write_every: Duration::ZERO,
            clock: Arc::new(|| chrono::DateTime::from_timestamp(1_790_834_400, 0).unwrap().naive_utc()),
            sources: Vec::new(),
            account_name: None,
            description: None,
        };
        export::run(client, options, Arc::default(), cancel).await
    }

    pub fn snapshot(&self, dir: &Path, more: &[&str]) -> crate::support::cli::Ran {
        let arguments = self.arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        azsnap_with(dir, &arguments, VARIABLES, "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

pub const VARIABLES: &[(&str, &str)] =
    &[("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", "reader"), ("AZURE_CLIENT_SECRET", "anything")];

/// All tables, those too that are read only by name.
const EVERYTHING: &[&str] = &["--table", "*", "--table", "azure_usage_details", "--table", "azure_user_mfa_state"];

pub fn newest(dir: &Path) -> Snapshot {
    let found = find_snapshots(&dir.join("archive")).unwrap();
    Snapshot::open(&found.snapshots.last().unwrap().2).unwrap()
}

/// Rows of every table as text, without where and when they were fetched.
fn contents(snapshot: &Snapshot) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in Catalog::bundled().names() {
        let spec = Catalog::bundled().table(table).unwrap();
        let columns = spec.schema_columns();
        let names: Vec<&str> = columns
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !matches!(*name, "_url" | "_fetched_at"))
            .collect();
        let mut rows = Vec::new();
        for part in snapshot.parts(table) {
            read_columns::<azsnap::store::StoreError>(&part, &names, |batch| {
                for at in 0..batch.num_rows() {
                    let cell = |column: &arrow::array::ArrayRef| {
                        arrow::util::display::array_value_to_string(column, at).unwrap()
                    };
                    rows.push(batch.columns().iter().map(cell).collect::<Vec<_>>().join(" | "));
                }
                Ok(())
            })
            .unwrap();
        }
        all.insert(table.to_owned(), rows);
    }
    all
}

fn assert_same(found: &Snapshot, expected: &Snapshot) {
    let (found, expected) = (contents(found), contents(expected));
    let mut wrong = Vec::new();
    for (table, rows) in &expected {
        if found[table].len() != rows.len() {
            wrong.push(format!("{table}: {} rows instead of {}", found[table].len(), rows.len()));
        } else if let Some((one, other)) = found[table].iter().zip(rows).find(|(one, other)| one != other) {
            let at = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            let near = |text: &str| text.chars().skip(at.saturating_sub(60)).take(160).collect::<String>();
            wrong.push(format!("{table}:\n  {}\n  {}", near(one), near(other)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn http_and_import_give_the_same_tables() {
    let (_kept, imported) = sample("2026-10-01");
    let server = Server::start("2026-10-01", Options { page_size: 5, ..Options::default() });
    let dir = TempDir::new().unwrap();
    let ran = server.snapshot(dir.path(), EVERYTHING);
    assert_eq!(ran.code, 3, "one subscription denies SQL: {}", ran.stderr);
    let taken = newest(dir.path());
    assert_same(&taken, &imported);
    let rows = azsnap::store::ledger::read(&taken.ledger_path()).unwrap();
    let of = |table: &str| rows.iter().filter(|row| row.table_name == table).collect::<Vec<_>>();
    assert!(of("azure_sql_server").iter().any(|row| row.status == Status::Denied));
    // What nobody has is not asked for, and said so; a few lists are asked all the same. They are drawn by the snapshot's name,
    // so by the time: one of the two that are refused in the sample may be among them, and then nothing is left out.
    let pruning = taken.manifest().pruning.clone().unwrap();
    let refused =
        |name: &String| name.starts_with("azure_sql_server.") || name.starts_with("azure_sql_managed_instance.");
    let all_asked = !pruning.mismatches.is_empty() && pruning.mismatches.iter().all(refused) && pruning.pruned == 0;
    assert!(pruning.probes.len() == 8 && (pruning.pruned > 50 || all_asked), "{pruning:?}");
    assert!(of("azure_hdinsight_cluster").iter().all(|row| row.status == Status::Ok && row.rows < 2));
    assert!(all_asked || rows.iter().any(|row| row.pruned && row.status == Status::Ok && row.requests == 0));
    assert!(of("azure_vm").iter().all(|row| !row.pruned));
}

#[test]
fn faults_change_nothing() {
    let (_kept, imported) = sample("2026-09-01");
    let faults = Options {
        throttle_every: 11,
        fail_every: 17,
        drop_every: 23,
        retry_after: 0,
        empty_last_page: true,
        page_size: 7,
        ..Options::default()
    };
    let server = Server::start("2026-09-01", faults);
    let dir = TempDir::new().unwrap();
    let ran = server.snapshot(dir.path(), EVERYTHING);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_same(&newest(dir.path()), &imported);
}

/// A server that counts what it is asked, and the count.
fn counting(latency_ms: u64) -> (Server, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::default());
    let count = asked.clone();
    let watch: azsnap::sample::Watch = Arc::new(move |_, _| {
        count.fetch_add(1, Relaxed);
    });
    (Server::start("2026-10-01", Options { latency_ms, watch: Some(watch), ..Options::default() }), asked)
}

/// Interrupted by the user it keeps all that is finished; killed it keeps what was written until then.
#[test]
fn stopped_and_resumed_is_as_if_undisturbed() {
    let (_kept, imported) = sample("2026-10-01");
    let (server, asked) = counting(0);
    assert_eq!(server.snapshot(TempDir::new().unwrap().path(), EVERYTHING).code, 3);
    let undisturbed = asked.load(Relaxed);
    for (signal, code, most) in [("-INT", Some(130), undisturbed * 5 / 4), ("-KILL", None, undisturbed * 2)] {
        let (server, asked) = counting(5);
        let dir = TempDir::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_azsnap"))
            .current_dir(dir.path())
            .args(server.arguments())
            .args(["--concurrency", "2"])
            .args(EVERYTHING)
            .envs(VARIABLES.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while asked.load(Relaxed) < undisturbed / 2 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
            std::thread::yield_now();
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), code, "{signal}");
        let found = find_snapshots(&dir.path().join("archive")).unwrap();
        assert!(found.snapshots.is_empty(), "{signal}");
        // A line that was being written when the power went.
        let journal = found.partials[0].join("journal.jsonl");
        let text = std::fs::read_to_string(&journal).unwrap();
        std::fs::write(&journal, format!("{text}{{\"tasks\":[{{\"task\":\"azure_vm")).unwrap();
        let ran = server.snapshot(dir.path(), &[EVERYTHING, &["--resume"]].concat());
        assert_eq!(ran.code, 3, "{signal}: {}", ran.stderr);
        let resumed = newest(dir.path());
        assert_same(&resumed, &imported);
        assert_eq!(resumed.manifest().resumed_at.len(), 1);
        assert!(azsnap::store::verify(resumed.dir()).unwrap().is_whole());
        assert!(asked.load(Relaxed) < most, "{signal}: {} requests, undisturbed {undisturbed}", asked.load(Relaxed));
    }
}

/// Dropped or cancelled anywhere while every finished task is written at once: what hangs on the tasks of before is asked,
/// no more and no less, and no two groups have one number.
#[test]
fn stopped_anywhere_and_resumed() {
    let (_kept, imported) = sample("2026-10-01");
    for (stop_at, is_cancelled) in [(40, false), (333, false), (333, true), (700, true)] {
        let (server, asked) = counting(0);
        let dir = TempDir::new().unwrap();
        let archive = dir.path().join("archive");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let stopped = runtime.block_on(async {
            let cancel = CancellationToken::new();
            let watched = async {
                while asked.load(Relaxed) < stop_at {
                    tokio::task::yield_now().await;
                }
                if is_cancelled {
                    cancel.cancel();
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                ended = server.export(&archive, None, cancel.clone()) => {
                    assert!(is_cancelled && matches!(ended, Err(ExportError::Interrupted { .. })), "it ended before");
                }
                () = watched => {}
            }
            find_snapshots(&archive).unwrap().partials
        });
        drop(runtime);
        let journal = std::fs::read_to_string(stopped[0].join("journal.jsonl")).unwrap();
        assert!(stop_at == 40 || journal.lines().count() > 4, "{} lines", journal.lines().count());
        let ledgers: Vec<&str> = journal.lines().filter_map(|line| line.split("runs/ledger/").nth(1)).collect();
        let names: BTreeSet<&str> = ledgers.iter().copied().collect();
        assert_eq!(names.len(), ledgers.len(), "two groups under one number: {ledgers:?}");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let resumed = server.export(&archive, Some(stopped[0].clone()), CancellationToken::new());
        let (sealed, _) = runtime.block_on(resumed).unwrap().unsealed.seal().unwrap();
        assert_same(&Snapshot::open(&sealed).unwrap(), &imported);
    }
}

#[test]
fn what_goes_wrong_at_the_start_is_one_clear_error() {
    let server = Server::start("2026-10-01", Options::default());
    let dir = TempDir::new().unwrap();
    let arguments = server.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let with = |variables: &[(&str, &str)], more: &[&str]| {
        azsnap_with(dir.path(), &[&arguments[..], more].concat(), variables, "")
    };
    let wrong = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", "reader"), ("AZURE_CLIENT_SECRET", "wrong")];
    for (ran, expected) in [
        (with(&wrong, &[]), "AADSTS7000215"),
        (with(&[("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_SECRET", "x")], &[]), "AZURE_CLIENT_ID is not set"),
        (with(VARIABLES, &["--subscription", "contoso-pord"]), "did you mean contoso-prod"),
        (with(VARIABLES, &["--table", "azure_wm"]), "did you mean azure_vm"),
        (with(VARIABLES, &["--resume"]), "holds no unfinished snapshot"),
        (
            azsnap_with(dir.path(), &["snapshot", "--arm-endpoint", "http://example.com"], VARIABLES, ""),
            "plain http is only for this machine",
        ),
        (azsnap_with(dir.path(), &["snapshot"], &[], ""), "sign in"),
    ] {
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("secret=wrong"), "{}", ran.stderr);
    }
    // Nothing is left behind.
    let archive = dir.path().join("archive");
    assert!(!archive.is_dir() || find_snapshots(&archive).unwrap().partials.is_empty());
}

/// Before a run and after it the same is missing.
#[test]
fn doctor_tells_before_what_the_ledger_tells_after() {
    let server = Server::start("2026-10-01", Options::default());
    let dir = TempDir::new().unwrap();
    let chosen = ["--table", "azure_sql_server", "--table", "azure_user"];
    let lost = |ran: crate::support::cli::Ran| {
        assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
        let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let loss = &found["missing"][0];
        assert_eq!(found["missing"].as_array().unwrap().len(), 1, "{found}");
        (loss["permission"].clone(), loss["code"].clone(), loss["scopes"].clone(), loss["tables"].clone())
    };
    let arguments = server.arguments();
    let asking: Vec<&str> = std::iter::once("doctor").chain(arguments.iter().skip(1).map(String::as_str)).collect();
    let before = azsnap_with(dir.path(), &[&asking[..], &chosen, &["--format", "json"]].concat(), VARIABLES, "");
    let before = lost(before);
    assert_eq!((&before.0, &before.1), (&"Microsoft.Sql/servers/read".into(), &"ARM305".into()));
    assert_eq!(server.snapshot(dir.path(), &chosen).code, 3);
    let offline = ["doctor", "--from-ledger", "archive", "--format", "json"];
    assert_eq!(lost(azsnap_with(dir.path(), &[&offline[..], &chosen].concat(), &[], "")), before);
    // Without a secret nobody is asked.
    let unset = azsnap_with(dir.path(), &[&asking[..], &["--auth", "secret"]].concat(), &VARIABLES[..2], "");
    assert!(unset.code == 2 && unset.stdout.contains("CFG001 (unusable)"), "{}{}", unset.stdout, unset.stderr);
}

#[test]
fn a_selection_reads_only_what_it_names() {
    let server = Server::start("2026-10-01", Options::default());
    let dir = TempDir::new().unwrap();
    let ran = server.snapshot(dir.path(), &["--table", "azure_keyvault_key", "--subscription", "contoso-prod"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let snapshot = newest(dir.path());
    assert!(!column(&snapshot, "azure_keyvault_key", "id").is_empty());
    assert!(column(&snapshot, "azure_vm", "id").is_empty());
    let rows = azsnap::store::ledger::read(&snapshot.ledger_path()).unwrap();
    let status = |table: &str| {
        rows.iter()
            .filter(|row| row.table_name == table && row.parent_id.is_none())
            .map(|row| row.status.word())
            .collect::<Vec<_>>()
    };
    assert_eq!(status("azure_vm"), ["not_collected", "not_collected"]);
    assert_eq!(status("azure_keyvault_key"), ["ok", "not_collected"]);
}

/// What a catalog of access packages may hand out is a list of its own: read to its end, and where it is refused, the
/// catalog is there and says what it lacks. An import of objects without it says the same.
#[test]
fn lists_of_single_items() {
    let table = "azure_access_packages_catalog";
    let refused = vec!["/identityGovernance/entitlementManagement/catalogs/*/resources".to_owned()];
    // Lists as text, none where there is no list.
    let lists = |snapshot: &Snapshot| {
        let mut shown = Vec::new();
        for part in snapshot.parts(table) {
            read_columns::<azsnap::store::StoreError>(&part, &["resources_origin_system"], |batch| {
                let cell = |at| arrow::util::display::array_value_to_string(batch.column(0), at).unwrap();
                shown.extend((0..batch.num_rows()).map(cell));
                Ok(())
            })
            .unwrap();
        }
        shown.concat()
    };
    let told = |snapshot: &Snapshot| {
        let rows = azsnap::store::ledger::read(&snapshot.ledger_path()).unwrap();
        let row = rows.into_iter().find(|row| row.table_name == table && row.parent_id.is_none()).unwrap();
        (row.status.word(), row.code, lists(snapshot))
    };
    let whole = ("ok", None, "[][AadGroup, AadApplication]".to_owned());
    let lacking = ("partial", Some("DetailNotRead".to_owned()), String::new());
    for (deny, code, expected) in [(Vec::new(), 0, &whole), (refused, 3, &lacking)] {
        let server = Server::start("2026-10-01", Options { page_size: 1, deny, ..Options::default() });
        let dir = TempDir::new().unwrap();
        let ran = server.snapshot(dir.path(), &["--table", table]);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(told(&newest(dir.path())), *expected);
    }
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join(format!("{table}.json")), r#"[{"id": "c", "displayName": "c", "resources": null}]"#)
        .unwrap();
    let ran = azsnap_with(
        dir.path(),
        &["--archive", "archive", "import", ".", "--at", "2026-10-01T06:00:00Z", "--tenant", TENANT],
        &[],
        "",
    );
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(told(&newest(dir.path())), lacking);
}

/// `snapshot --every` takes one at once, waits, and ends on Ctrl-C.
#[cfg(unix)]
#[test]
fn again_and_again_until_ctrl_c() {
    use std::io::{BufRead, BufReader};
    let server = Server::start("2026-10-01", Options::default());
    let dir = TempDir::new().unwrap();
    let file = format!(
        "archive = \"archive\"\nevery = \"7d\"\nkeep = 1\n[[account]]\nname = \"prod\"\ntenant = \"{TENANT}\"\nclient_id = \"{TENANT}\"\nclient_secret_variable = \"PROD\"\ntables = [\"azure_resource_group\"]\nmanagement_groups = [\"contoso-platform\"]\n"
    );
    std::fs::write(dir.path().join("azsnap.toml"), file).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_azsnap"))
        .current_dir(dir.path())
        .args(server.arguments())
        .envs([("PROD", "anything")])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        said.push_str(&line.unwrap());
        said.push('\n');
        if said.contains("the next run begins at") {
            break;
        }
    }
    assert!(said.contains("sealed") && said.contains("the next run begins at"), "{said}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    let snapshot = newest(dir.path());
    assert_eq!(snapshot.manifest().account_name.as_deref(), Some("prod"));
    assert!(!column(&snapshot, "azure_resource_group", "id").is_empty());
}

#[test]
fn a_plan_says_the_least_and_writes_nothing() {
    let server = Server::start("2026-10-01", Options { page_size: 0, ..Options::default() });
    let dir = TempDir::new().unwrap();
    let ran = server.snapshot(dir.path(), &["--plan", "--format", "csv"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!dir.path().join("archive").exists());
    let mut lines = ran.stdout.lines();
    assert_eq!(lines.next(), Some("tables,asked_for,calls,more,pruned,permission"));
    // The number of calls is the first whole number of a line that stands alone between commas.
    let calls = |line: &str| line.rsplit(',').filter_map(|cell| cell.parse::<u64>().ok()).next_back().unwrap_or(0);
    let planned: u64 = lines.clone().map(calls).sum();
    let left_out = lines.clone().any(|line| line.starts_with("azure_hdinsight_cluster,subscription,0,,2,"));
    assert!(left_out || ran.stdout.contains("azure_hdinsight_cluster,subscription,1,,1,"), "{}", ran.stdout);
    let ran = server.snapshot(dir.path(), &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let sent = newest(dir.path()).manifest().totals.requests;
    assert!(planned <= sent, "planned {planned}, sent {sent}");
    assert!(planned * 2 > sent, "planned {planned}, sent {sent}");
}

/// A sample with places that answer otherwise: one denied, one throttled to the end, one not registered.
fn with_ledger(rows: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    let source = root().join("samples/contoso/2026-10-01");
    for entry in std::fs::read_dir(&source).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    std::fs::copy(source.join("../tenant.json"), dir.path().join("tenant.json")).ok();
    let line = |(table, status): &(&str, &str)| {
        format!("{{\"table\":\"{table}\",\"scope\":\"{DEV}\",\"status\":\"{status}\"}}\n")
    };
    std::fs::write(dir.path().join("ledger.jsonl"), rows.iter().map(line).collect::<String>()).unwrap();
    dir
}

const DEV: &str = "e70bafcd-6ad6-4207-a0c9-d71e09f58082";

/// What was not read, and what there is none of, shows alike in the ledger, beside the counts, to the doctor and in
/// verdicts.
#[test]
fn gaps_show_everywhere() {
    let sample = with_ledger(&[
        ("azure_keyvault_service", "denied"),
        ("azure_storage_account", "throttled"),
        ("azure_security_center_subscription_pricing", "not_registered"),
    ]);
    let server = Server::of(sample.path(), Options { retry_after: 0, ..Options::default() });
    let dir = TempDir::new().unwrap();
    let ran = server.snapshot(dir.path(), &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let snapshot = newest(dir.path());
    let rows = azsnap::store::ledger::read(&snapshot.ledger_path()).unwrap();
    let row = |table: &str| {
        let fits =
            |row: &&azsnap::store::LedgerRow| row.table_name == table && row.scope_id == DEV && row.parent_id.is_none();
        rows.iter().find(fits).unwrap_or_else(|| panic!("no row of {table}"))
    };
    let tables = ["azure_keyvault_service", "azure_storage_account", "azure_security_center_subscription_pricing"];
    let statuses: Vec<_> = tables.iter().map(|table| row(table).status).collect();
    assert_eq!(statuses, [Status::Denied, Status::Throttled, Status::NotRegistered]);
    assert!(row("azure_storage_account").waited_ms > 0 && row("azure_storage_account").retries > 0);
    let pruned = rows.iter().filter(|row| row.pruned && row.status == Status::Ok && row.requests == 0).count();
    assert!(pruned > 50, "{:?}", snapshot.manifest().pruning);
    let ask = |sql: &str| {
        let ran = azsnap_with(dir.path(), &["--archive", "archive", "query", "-c", sql, "--format", "csv"], &[], "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let population = ask(&format!(
        "SELECT type, rows, read, differs FROM azure_population WHERE subscription_id = '{DEV}' AND type IN \
         ('microsoft.keyvault/vaults', 'microsoft.storage/storageaccounts') ORDER BY type"
    ));
    assert_eq!(
        population,
        "type,rows,read,differs\nmicrosoft.keyvault/vaults,0,false,\nmicrosoft.storage/storageaccounts,0,false,\n"
    );
    let check = |slug: &str| {
        let arguments = ["--archive", "archive", "check", slug, "--format", "json"];
        let ran = azsnap_with(dir.path(), &arguments, &[], "");
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let here = |one: &&serde_json::Value| one["subscription_id"] == DEV;
        let verdicts: std::collections::BTreeSet<String> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(here)
            .map(|one| one["verdict"].as_str().unwrap_or_default().to_owned())
            .collect();
        verdicts.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(check("keyvault_purge_protection"), ["unknown"]);
    assert_eq!(check("storage_account_min_tls_1_2"), ["unknown"]);
    assert_eq!(check("defender_plan_servers"), ["fail"], "a plan of a provider that is not registered is off");
    let doctor = azsnap_with(
        dir.path(),
        &[
            "--archive",
            "archive",
            "doctor",
            "--from-ledger",
            "archive",
            "--table",
            "azure_keyvault_service",
            "--table",
            "azure_storage_account",
            "--format",
            "json",
        ],
        &[],
        "",
    );
    assert_eq!(doctor.code, 3, "{}", doctor.stderr);
    for part in ["Microsoft.KeyVault/vaults/read", "azure_storage_account", "throttled", "keyvault_purge_protection"] {
        assert!(doctor.stdout.contains(part), "{part}: {}", doctor.stdout);
    }
}
