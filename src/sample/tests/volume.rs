//! A sample many times over: every list, count and object agrees with every other.

use super::crawl::{World, crawl};
use super::*;
use crate::catalog::{Answer, Plane, SUBSCRIPTIONS, ScopeKind, TableSpec};
use crate::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Limits, Rate, Secret};
use crate::collect::Selection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

const DATE: &str = "2026-10-01";

fn caller(subscriptions: Option<u32>, scale: u32, page_size: usize) -> Caller {
    let options = Options { page_size, ..Options::default() };
    Caller::new(contoso(DATE).multiplied(subscriptions, scale).unwrap().with_options(&options))
}

/// All items of an ARM or Graph list.
fn list(caller: &Caller, url: &str) -> Vec<Value> {
    let (mut items, mut next) = (Vec::new(), Some(url.to_owned()));
    while let Some(url) = next {
        let (response, mut body) = caller.send("GET", &url, &Value::Null);
        assert_eq!(response.status, 200, "{url}: {body}");
        let link = body["nextLink"].as_str().or_else(|| body["@odata.nextLink"].as_str());
        next = link.map(|link| link.strip_prefix(BASE).unwrap().to_owned());
        items.append(body["value"].as_array_mut().unwrap());
    }
    items
}

fn url(path: &str, table: &str) -> String {
    format!("{path}?api-version={}", version(table))
}

fn subscriptions(caller: &Caller) -> Vec<String> {
    let found = list(caller, &url("/subscriptions", SUBSCRIPTIONS));
    found.iter().map(|one| one["subscriptionId"].as_str().unwrap().to_owned()).collect()
}

impl Caller {
    fn asks_in_vain(&self, id: Option<&str>, table: &str) -> bool {
        id.is_some_and(|id| self.raw("GET", &url(id, table), &Value::Null).status == 404)
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_default().to_lowercase()
}

/// Reads the whole tenant, parents before children.
fn read(caller: &Caller) -> (World, BTreeMap<String, usize>, Vec<String>) {
    let catalog = Catalog::bundled();
    let mut world = World { subscriptions: subscriptions(caller), objects: BTreeMap::new() };
    let (mut counts, mut refusals) = (BTreeMap::new(), Vec::new());
    let mut waiting: Vec<&TableSpec> = caller.tenant.tables.keys().map(|table| catalog.table(table).unwrap()).collect();
    while !waiting.is_empty() {
        let ready = |spec: &&TableSpec| {
            let held = |parent: &String| caller.tenant.tables.contains_key(parent.as_str());
            spec.fetch.parents.iter().all(|parent| !held(parent) || world.objects.contains_key(parent))
        };
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(ready);
        assert!(!now.is_empty(), "{:?}", later.iter().map(|spec| &spec.name).collect::<Vec<_>>());
        for spec in now {
            let (found, refused) = crawl(caller, &world, spec);
            let tells = |refusal: &&String| spec.fetch.answer == Answer::List || !refusal.starts_with("404 ");
            refusals.extend(refused.iter().filter(tells).map(|refusal| format!("{}: {refusal}", spec.name)));
            counts.insert(spec.name.clone(), found.len());
            let objects = found.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect();
            world.objects.insert(spec.name.clone(), objects);
        }
        waiting = later;
    }
    (world, counts, refusals)
}

#[test]
fn a_volume_of_one_is_the_sample() {
    let (sample, volume) = (Caller::new(contoso(DATE)), caller(None, 1, 20));
    let urls = [
        url("/subscriptions", SUBSCRIPTIONS),
        url(&format!("/subscriptions/{PROD}/resources"), "azure_resource"),
        url("/providers/Microsoft.Management/managementGroups/CONTOSO-platform", "azure_management_group"),
        assignments(DEV, "atScope()"),
        assignments(DEV, &format!("assignedTo('{READER}')")),
        "/v1.0/users?$top=5".to_owned(),
        "/v1.0/groups/97540474-6B80-4ee2-8218-4f3c8eddb517/members".to_owned(),
        format!("/subscriptions/{DEV}/providers/Microsoft.Sql/servers?api-version={}", version("azure_sql_server")),
        format!("/subscriptions/{PROD}/resourceGroups/none?api-version={}", version("azure_resource_group")),
    ];
    for url in urls {
        let (one, other) = (sample.raw("GET", &url, &Value::Null), volume.raw("GET", &url, &Value::Null));
        assert_eq!(one, other, "{url}");
    }
    for (table, objects) in &sample.tenant.tables {
        assert_eq!(volume.tenant.n_objects(table), objects.len() as u64, "{table}");
    }
}

/// Three subscriptions: the second turn ends half way.
#[test]
fn every_list_holds_what_is_promised() {
    let caller = caller(Some(3), 2, 7);
    let (world, counts, refusals) = read(&caller);
    assert_eq!(world.subscriptions.len(), 3);
    let mut problems = Vec::new();
    for (table, n) in &counts {
        let promised = caller.tenant.n_objects(table);
        if *n as u64 != promised {
            problems.push(format!("{table}: {n} served, {promised} promised"));
        }
        let spec = Catalog::bundled().table(table).unwrap();
        let once = spec.fetch.has_own_id() && spec.fetch.scope != ScopeKind::Parent;
        let ids: BTreeSet<String> = world.objects[table].iter().map(id).filter(|_| once).collect();
        if once && ids.len() != *n && spec.fetch.own_id.as_str() == "id" {
            problems.push(format!("{table}: {} ids for {n} objects", ids.len()));
        }
    }
    // Dev's refusals of the sample come once, as there is one dev subscription.
    let refused: Vec<String> =
        refusals.iter().filter(|refusal| !refusal.contains("/Microsoft.Sql/")).cloned().collect();
    assert_eq!((refused, refusals.len()), (Vec::new(), 2), "{refusals:?}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));

    // A count and the list of all resources agree, and so do the lists of each type.
    let body = json!({
        "subscriptions": world.subscriptions,
        "query": "resources | summarize n = count() by subscriptionId, type",
        "options": {"$top": 1000},
    });
    let (mut counted, mut next) = (BTreeMap::new(), Some(body));
    while let Some(body) = next.take() {
        let (_, page) =
            caller.send("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", &body);
        for row in page["data"].as_array().unwrap() {
            let key = (row["subscriptionId"].as_str().unwrap().to_owned(), row["type"].as_str().unwrap().to_owned());
            assert!(counted.insert(key, row["n"].as_u64().unwrap()).is_none(), "{row}");
        }
        if let Some(token) = page["$skipToken"].as_str() {
            let mut body = body;
            body["options"]["$skipToken"] = token.into();
            next = Some(body);
        }
    }
    let mut listed: BTreeMap<(String, String), u64> = BTreeMap::new();
    for resource in &world.objects["azure_resource"] {
        let subscription = id(resource).split('/').nth(2).unwrap().to_owned();
        *listed.entry((subscription, resource["type"].as_str().unwrap().to_lowercase())).or_default() += 1;
    }
    assert_eq!(counted, listed);
    assert_eq!(listed.values().sum::<u64>(), caller.tenant.n_objects("azure_resource"));
    let machines = |objects: &[Value]| -> BTreeSet<String> {
        let is_machine =
            |one: &&Value| one["type"].as_str().unwrap().eq_ignore_ascii_case("Microsoft.Compute/virtualMachines");
        objects.iter().filter(is_machine).map(id).collect()
    };
    assert_eq!(machines(&world.objects["azure_resource"]), machines(&world.objects["azure_vm"]));
    members_are_people(&world);
}

/// Who is a member is in the list of users, groups or service principals; who has a role is not lost either.
fn members_are_people(world: &World) {
    let ids = |table: &str| world.objects[table].iter().map(id).collect::<BTreeSet<_>>();
    let known: BTreeSet<String> =
        ["azure_user", "azure_user_group", "azure_service_principal"].iter().flat_map(|table| ids(table)).collect();
    for table in ["azure_group_member", "azure_user_registration_details"] {
        let lost: Vec<String> = ids(table).into_iter().filter(|id| !known.contains(id)).collect();
        assert!(lost.is_empty(), "{table}: {lost:?}");
    }
    let held = |table: &str, field: &str| {
        let object = |one: &Value| one["properties"][field].as_str().map(str::to_lowercase);
        world.objects[table].iter().filter_map(object).collect::<BTreeSet<_>>()
    };
    let strangers = held("azure_role_assignment", "principalId").iter().filter(|id| !known.contains(*id)).count();
    let of_sample: BTreeSet<String> = contoso(DATE).tables["azure_role_assignment"]
        .iter()
        .filter_map(|one| one.body["properties"]["principalId"].as_str())
        .map(str::to_lowercase)
        .collect();
    assert!(strangers <= of_sample.len(), "{strangers} principals are in no list");
    let interfaces = ids("azure_nic");
    let wanted = world.objects["azure_vm"]
        .iter()
        .flat_map(|vm| vm["properties"]["networkProfile"]["networkInterfaces"].as_array().cloned().unwrap_or_default());
    let lost: Vec<String> = wanted.map(|one| id(&one)).filter(|id| !interfaces.contains(id)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// What a list shows is what a call for the object gives.
#[test]
fn an_object_is_the_same_in_its_list_and_alone() {
    let (caller, sample) = (caller(Some(5), 3, 50), Caller::new(contoso(DATE)));
    // The third to take after prod: Microsoft.Sql is not denied there.
    let last = subscriptions(&caller).remove(3);
    let mut checked = 0;
    for (table, held) in &caller.tenant.tables {
        let spec = Catalog::bundled().table(table).unwrap();
        let fetch = &spec.fetch;
        let is_own = fetch.scope == ScopeKind::Subscription
            && fetch.method == "GET"
            && fetch.plane == Plane::Arm
            && fetch.has_own_id();
        let shared = caller.tenant.specs_of(spec.arm_type.as_deref().unwrap_or_default()).unwrap().len() > 1;
        if !is_own || held.is_empty() || shared || fetch.detail.is_some() || *table == "azure_resource" {
            continue;
        }
        let query: Vec<String> = fetch.query.iter().map(|(key, value)| format!("&{key}={value}")).collect();
        let path = fetch.path.replace("{subscription}", &last);
        for item in list(&caller, &format!("{}{}", url(&path, table), query.concat())) {
            let (response, alone) = caller.send("GET", &url(item["id"].as_str().unwrap(), table), &Value::Null);
            // Some ids are of another type than their table's: the sample does not find them either.
            if response.status == 404 && held.iter().all(|one| sample.asks_in_vain(one.id.as_deref(), table)) {
                continue;
            }
            assert_eq!((response.status, &alone), (200, &item), "{table}");
            checked += 1;
        }
    }
    assert!(checked > 300, "{checked}");
    for user in list(&caller, "/v1.0/users") {
        let (_, alone) = caller.send("GET", &format!("/v1.0/users/{}", user["id"].as_str().unwrap()), &Value::Null);
        assert_eq!(alone, user);
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let caller = caller(Some(3), 2, 50);
    let ids = subscriptions(&caller);
    let [_, _, third] = &ids[..] else { panic!("{ids:?}") };
    let of = |subscription: &str| {
        list(&caller, &url(&format!("/subscriptions/{subscription}/resourcegroups"), "azure_resource_group"))
    };
    let groups = of(third);
    let (one, other) = (groups[0]["name"].as_str().unwrap(), groups[4]["name"].as_str().unwrap());
    assert_eq!((groups.len(), one, other), (8, "rg-app-prodv000002", "rg-app-prodv000003"));
    let vms =
        list(&caller, &url(&format!("/subscriptions/{third}/providers/Microsoft.Compute/virtualMachines"), "azure_vm"));
    let vm = vms.iter().find(|vm| id(vm).contains(&format!("/{one}/"))).unwrap();
    let path = id(vm);
    for (path, expected) in [
        (path.clone(), "200"),
        (path.to_uppercase().replace("/SUBSCRIPTIONS/", "/subscriptions/"), "200"),
        (path.replacen(one, other, 1), "404 ResourceNotFound"),
        (path.replacen(one, "rg-app-prod", 1), "404 ResourceNotFound"),
        (path.replacen(third, PROD, 1), "404 ResourceNotFound"),
        (path.replacen(third, TENANT, 1), "404 SubscriptionNotFound"),
    ] {
        let told = caller.ask("GET", &url(&path, "azure_vm"));
        assert!(told.starts_with(expected), "{path}: {told}");
    }
    // The fourth subscription would be a second dev.
    let fourth = super::super::guid::make(1, 1);
    caller.check(&url(&format!("/subscriptions/{fourth}"), SUBSCRIPTIONS), "404 SubscriptionNotFound");
    let (response, body) = caller.send("GET", &url(&path.replacen(one, other, 1), "azure_vm"), &Value::Null);
    assert!(response.status == 404 && body["error"]["message"].as_str().unwrap().contains(other), "{body}");
    let denied = Options { deny: vec![format!("/subscriptions/{third}/*virtualMachines*")], ..Options::default() };
    let caller = Caller::new(contoso(DATE).multiplied(Some(3), 2).unwrap().with_options(&denied));
    let (response, body) = caller.send("GET", &url(&path, "azure_vm"), &Value::Null);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(response.status == 403 && message.contains(third.as_str()), "{message}");
}

/// What the collector asks before it leaves lists out.
#[test]
fn the_tree_and_the_proof_hold_everywhere() {
    let caller = caller(Some(4), 2, 50);
    let ids = subscriptions(&caller);
    for subscription in &ids {
        let (_, body) =
            caller.send("GET", &assignments(subscription, &format!("assignedTo('{READER}')")), &Value::Null);
        assert_eq!(body["value"].as_array().unwrap().len(), 1, "{body}");
    }
    let group = url("/providers/Microsoft.Management/managementGroups/contoso-platform", "azure_management_group");
    let (_, group) = caller.send("GET", &group, &Value::Null);
    let told: Vec<&str> = group["properties"]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| child["name"].as_str().unwrap())
        .collect();
    assert_eq!(told, ids);
    let names: BTreeSet<&str> = group["properties"]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| child["displayName"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 4);
    // A person of a later copy has what that copy's resources grant, and nothing of the others'.
    let all = list(&caller, &assignments(&ids[2], ""));
    let of = |principal: &str| {
        all.iter().filter(|one| one["properties"]["principalId"] == principal).map(id).collect::<BTreeSet<_>>()
    };
    for principal in all.iter().map(|one| one["properties"]["principalId"].as_str().unwrap()) {
        let asked = list(&caller, &assignments(&ids[2], &format!("assignedTo('{principal}')")));
        assert_eq!(asked.iter().map(id).collect::<BTreeSet<_>>(), of(principal), "{principal}");
    }
}

#[test]
fn what_cannot_be_multiplied() {
    for (subscriptions, scale, expected) in [
        (Some(0), 1, "cannot multiply the sample: give at least one subscription"),
        (Some(2), 0, "cannot multiply the sample: give at least one subscription"),
        (Some(u32::MAX), 100, "cannot multiply the sample: give at least one subscription"),
    ] {
        let error = contoso(DATE).multiplied(subscriptions, scale).err().unwrap().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let error =
        load_embedded(Catalog::bundled(), [("azure_account.jsonl", "{\"id\":\"T1\"}")]).unwrap().multiplied(None, 2);
    assert_eq!(
        error.err().unwrap().to_string(),
        "cannot multiply the sample: it holds no subscription whose id is a GUID"
    );
}

/// Tables of every plane, and some of which most subscriptions have nothing.
const SOME: [&str; 21] = [
    "azure_ad_group_eligibility_schedule_instance",
    "azure_afd_endpoint",
    "azure_api_management_service",
    "azure_batch_account",
    "azure_budget",
    "azure_container_group",
    "azure_group_member",
    "azure_hybrid_machine",
    "azure_keyvault_certificate_policy",
    "azure_keyvault_key",
    "azure_management_group",
    "azure_policy_state",
    "azure_resource",
    "azure_resource_group",
    "azure_role_assignment",
    "azure_route_table",
    "azure_storage_blob_logging",
    "azure_storage_container",
    "azure_user",
    "azure_vm_extension",
    "azure_vm_patch_assessment",
];

/// The collector reads what is promised, and hardly asks for anything twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_collector_reads_it_whole() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&asked);
    let watch: Watch = Arc::new(move |request, _| {
        let body = String::from_utf8_lossy(&request.body);
        log.lock().unwrap().push(format!("{} {}?{} {body}", request.method, request.path, request.query));
    });
    let options = Options { page_size: 50, watch: Some(watch), ..Options::default() };
    // Without the sample's ledger nothing is denied: a refused probe would end pruning.
    let files = crate::catalog::embedded::SAMPLES
        .iter()
        .filter(|(_, date, name, _)| (*date == DATE || date.is_empty()) && *name != "ledger.jsonl")
        .map(|(_, _, name, text)| (*name, *text));
    let tenant = load_embedded(Catalog::bundled(), files).unwrap().multiplied(Some(5), 2).unwrap();
    let running = serve_tenant(tenant, options).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let at = chrono::NaiveDate::from_ymd_opt(2026, 10, 1).unwrap().and_hms_opt(6, 0, 0).unwrap();
    let options = crate::export::Options {
        archive: dir.path().to_owned(),
        tenant: None,
        selection: Selection { tables: SOME.map(str::to_owned).to_vec(), ..Selection::default() },
        resume: None,
        stale_ok: false,
        at: Some(at),
        no_prune: false,
        concurrency: 16,
        write_every: crate::export::WRITE_EVERY,
        clock: Arc::new(move || at),
        sources: Vec::new(),
        account_name: None,
        description: None,
    };
    let run = crate::export::run(client(&running), options, Arc::default(), CancellationToken::new());
    let (sealed, _) = run.await.unwrap().unsealed.seal().unwrap();
    let snapshot = crate::store::Snapshot::open(&sealed).unwrap();
    let pruning = snapshot.manifest().pruning.as_ref().unwrap();
    assert!(pruning.pruned > 0 && pruning.mismatches.is_empty(), "{pruning:?}");
    let rows: BTreeMap<&str, u64> =
        snapshot.manifest().tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    for table in SOME {
        assert_eq!(rows[table], running.tenant().n_objects(table), "{table}");
    }
    let asked = asked.lock().unwrap();
    let distinct: BTreeSet<&String> = asked.iter().collect();
    assert!(asked.len() > 100 && asked.len() - distinct.len() < 5, "{} of {}", distinct.len(), asked.len());
}

/// A client of the server that waits for no limit.
fn client(running: &Running) -> Client {
    let url = || url::Url::parse(&running.base_url()).unwrap();
    let mut endpoints = Endpoints::for_cloud(Cloud::Public);
    (endpoints.arm, endpoints.graph, endpoints.login) = (url(), url(), url());
    let mut data = url();
    data.set_path("/data/{host}");
    endpoints.data = ["vault.azure.net", "core.windows.net"].map(|suffix| (suffix.to_owned(), data.clone())).into();
    let credential =
        CredentialSpec::ClientSecret { tenant: TENANT.to_owned(), client_id: "c".to_owned(), secret: Secret::new("s") };
    let limits = Limits { arm: Rate::Refill { depth: u32::MAX, per_second: 1e9 }, providers: Vec::new(), low_water: 0 };
    let options = ClientOptions { limits, ..ClientOptions::default() };
    Client::new(endpoints, Cloud::Public, credential, options).unwrap()
}
