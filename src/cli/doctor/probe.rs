//! Asks: settings and a client in, what tokens, subscriptions and first pages answered out.
//!
//! Every call is one that a run makes too, and reads; only the first page of a list is asked for. Judges nothing.

use super::settings::Patient;
use crate::catalog::{Catalog, Plane, SUBSCRIPTIONS, Scope, ScopeKind, TableSpec, near_names};
use crate::cli::connect;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::client::{
    Audience, Bucket, CallError, CallErrorKind, CallKind, Client, ClientOptions, Method, Principal, Request,
};
use crate::collect::{Call, Fetcher, Parent, calls};
use crate::doctor::{
    Choice, Claims, Grants, Place, Probe, Refused, Severity, Signals, Subscription, is_guid, is_settled, parse,
};
use futures::stream::{self, StreamExt};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Calls under way at once.
const AT_ONCE: usize = 8;
/// Items of a first page, where the call lets one say how many: a few, as not each can have the child that is tried.
const FEW: &str = "10";
const PERMISSIONS_VERSION: &str = "2022-04-01";
const AUTHORIZATION: &str = "Microsoft.Authorization";
/// Tells in each subscription whether Microsoft Defender for Cloud is in use.
const DEFENDER: &str = "azure_security_center_subscription_pricing";

/// Looks at the settings, and asks if they allow it.
pub fn signals(patient: &Patient, choice: &Choice<'_>, ui: &Ui) -> Result<Signals, Failure> {
    let Patient { args, tenant, login, configuration, .. } = patient;
    let configuration = configuration.clone();
    if configuration.iter().any(|problem| problem.severity == Severity::Unusable) {
        return Ok(Signals { configuration, ..Signals::default() });
    }
    ui.say(&format!("asking what may be read of {} tables: first pages only", choice.tables.len()));
    // Somebody waits for the answer: less patient than a run.
    let options = ClientOptions { max_attempts: 4, give_up_after: Duration::from_secs(90), ..ClientOptions::default() };
    let connected = connect::client_with(&args.connect, tenant.as_deref(), login, options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let asked = runtime.block_on(ask(connected.client, choice, &args.subscriptions, tenant.as_deref()));
    runtime.shutdown_background();
    Ok(Signals { configuration, ..asked? })
}

/// Asks everything that the chosen tables take.
pub async fn ask(
    client: Client,
    choice: &Choice<'_>,
    wanted: &[String],
    tenant: Option<&str>,
) -> Result<Signals, Failure> {
    let mut signals = Signals::default();
    if choice.wants_subscriptions()? {
        signals.arm = Some(token(&client, &Audience::Arm).await);
    }
    if matches!(signals.arm, Some(Err(_))) {
        return Ok(signals);
    }
    if choice.has(Plane::Graph)? {
        signals.graph = Some(token(&client, &Audience::Graph).await);
    }
    let claims = [&signals.arm, &signals.graph].into_iter().find_map(|token| token.as_ref()?.as_ref().ok());
    let tenant = claims.and_then(|claims| claims.tenant_id.clone()).or_else(|| tenant.map(str::to_owned));
    // No log is read here, so any window does.
    let fetcher = Fetcher::new(client.clone(), &tenant.unwrap_or_default(), Default::default());
    let prober = Prober { client, fetcher, choice, calls: calls(choice.catalog, &choice.tables)? };
    if matches!(signals.arm, Some(Ok(_))) {
        let listed = prober.subscriptions().await?;
        signals.listed = Some(listed.as_ref().map(Vec::len).map_err(refused));
        let places = chosen(&listed.unwrap_or_default(), wanted)?;
        let asked = places.iter().map(|place| prober.subscription(place));
        signals.subscriptions = stream::iter(asked).buffered(AT_ONCE).collect().await;
    }
    let planes: Vec<Plane> = [(&signals.arm, Plane::Arm), (&signals.graph, Plane::Graph)]
        .into_iter()
        .filter(|(token, _)| matches!(token, Some(Ok(_))))
        .map(|(_, plane)| plane)
        .collect();
    signals.probes = prober.all(&planes, &signals.subscriptions).await?;
    Ok(signals)
}

async fn token(client: &Client, audience: &Audience) -> Result<Claims, Refused> {
    let Principal { tenant_id, object_id, app_id, roles, wids, scopes } =
        client.principal(audience).await.map_err(|error| refused(&error))?;
    Ok(Claims { tenant_id, object_id, app_id, roles, scopes, wids })
}

/// An error as the rules take it.
pub fn refused(error: &CallError) -> Refused {
    Refused {
        status: error.status,
        codes: error.code.iter().chain(&error.inner_code).cloned().collect(),
        said: error.message.clone(),
    }
}

/// The subscriptions that are meant: those named, whether they are listed or not, or all.
fn chosen(listed: &[Place], wanted: &[String]) -> Result<Vec<Place>, Failure> {
    if wanted.is_empty() {
        return Ok(listed.to_vec());
    }
    let mut places = BTreeSet::new();
    for one in wanted {
        let fits = |place: &&Place| place.id.eq_ignore_ascii_case(one) || place.name.eq_ignore_ascii_case(one);
        let found: Vec<&Place> = listed.iter().filter(fits).collect();
        if found.is_empty() && !is_guid(one) {
            let near = near_names(one, listed.iter().map(|place| place.name.as_str()));
            let hint = if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(", ")) };
            return Err(Failure::usage(format!("no subscription `{one}` is visible to this principal{hint}")));
        }
        let unlisted = found.is_empty().then(|| Place { id: one.to_lowercase(), name: String::new() });
        places.extend(found.into_iter().cloned().chain(unlisted));
    }
    Ok(places.into_iter().collect())
}

struct Prober<'p> {
    client: Client,
    fetcher: Fetcher,
    choice: &'p Choice<'p>,
    calls: Vec<Call<'static>>,
}

/// A table's rows that children can be tried with.
struct Seen {
    table: &'static str,
    scope: Scope,
    items: Vec<Value>,
}

impl Prober<'_> {
    /// The visible subscriptions. Without any answer there is nothing to examine.
    async fn subscriptions(&self) -> Result<Result<Vec<Place>, CallError>, Failure> {
        let spec = self.choice.catalog.table(SUBSCRIPTIONS)?;
        let mut pages = self.fetcher.pages(&Call { specs: vec![spec] }, &Scope::Tenant(String::new()), None);
        let mut places = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) if error.kind == CallErrorKind::Refused => return Ok(Err(error)),
                Err(error) => {
                    let error = anyhow::Error::new(error).context("cannot list the subscriptions");
                    return Err(Failure::hint(error, "check the endpoint, the network and the proxy"));
                }
            };
            for item in page.items.iter().filter_map(|item| serde_json::from_str::<Value>(item.raw.get()).ok()) {
                let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                places.push(Place { id: text("subscriptionId").to_lowercase(), name: text("displayName") });
            }
        }
        places.sort();
        Ok(Ok(places))
    }

    /// Whether a subscription can be read, and what may be done there.
    async fn subscription(&self, place: &Place) -> Subscription {
        let version = self.choice.catalog.table(SUBSCRIPTIONS).map(|spec| spec.fetch.api_version.clone());
        let path = format!("/subscriptions/{}", place.id);
        let one = arm(&place.id, path.clone(), version.unwrap_or_default(), CallKind::Read);
        let read = self.client.call(&one).await.map(drop).map_err(|error| refused(&error));
        let grants = match &read {
            Ok(()) => self.grants(&place.id, &path).await,
            Err(refused) => Err(refused.clone()),
        };
        Subscription { place: place.clone(), read, grants }
    }

    async fn grants(&self, id: &str, path: &str) -> Result<Grants, Refused> {
        let path = format!("{path}/providers/{AUTHORIZATION}/permissions");
        let mut pages = self.client.pages(arm(id, path, PERMISSIONS_VERSION.to_owned(), CallKind::List), "value");
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(page.map_err(|error| refused(&error))?.items);
        }
        Ok(Grants::of_items(items.iter().map(|item| item.get())))
    }

    /// The calls of tables: each list of the tenant, what the permissions of subscriptions leave open, and a child of each
    /// kind of which no permission tells.
    async fn all(&self, planes: &[Plane], subscriptions: &[Subscription]) -> Result<Vec<Probe>, Failure> {
        let mut wanted: Vec<(usize, Scope)> = Vec::new();
        for (index, call) in self.calls.iter().enumerate() {
            let fetch = call.fetch();
            if !planes.contains(&fetch.plane) || call.name() == SUBSCRIPTIONS {
                continue;
            }
            match fetch.scope {
                ScopeKind::Tenant => wanted.push((index, Scope::Tenant(String::new()))),
                ScopeKind::Subscription => {
                    let in_these = self.open_in(call, subscriptions)?;
                    wanted.extend(in_these.map(|id| (index, Scope::Subscription(id.to_owned()))));
                }
                _ => {}
            }
        }
        let asked = wanted.into_iter().map(|(index, scope)| self.probe(index, scope, None));
        let mut found: Vec<(Probe, Option<Seen>)> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut at = 0;
        let mut tried: BTreeSet<(usize, String)> = BTreeSet::new();
        while at < found.len() {
            let mut next = Vec::new();
            for seen in found[at..].iter().filter_map(|(_, seen)| seen.as_ref()) {
                for (index, parent) in self.children(seen) {
                    if tried.insert((index, seen.scope.id().to_owned())) {
                        next.push((index, seen.scope.clone(), parent));
                    }
                }
            }
            at = found.len();
            let asked = next.into_iter().map(|(index, scope, parent)| self.probe(index, scope, Some(parent)));
            found.extend(stream::iter(asked).buffered(AT_ONCE).collect::<Vec<_>>().await);
        }
        Ok(found.into_iter().map(|(probe, _)| probe).collect())
    }

    /// The readable subscriptions in which a list is asked for: the one that tells of Defender for Cloud and the parents
    /// of what vaults hold everywhere; where Azure could ask for one of several actions and some are granted, in one.
    fn open_in<'s>(
        &self,
        call: &Call<'_>,
        subscriptions: &'s [Subscription],
    ) -> Result<impl Iterator<Item = &'s str> + use<'s>, Failure> {
        let need = parse(&call.specs[0].permission).map_err(crate::doctor::DoctorError::from)?;
        let named = call.specs.iter().any(|spec| spec.name == DEFENDER)
            || self.calls.iter().any(|child| child.fetch().plane == Plane::KeyVault && hangs(child, call));
        let readable = subscriptions.iter().filter(|one| one.read.is_ok());
        let is_open = |one: &Subscription| one.grants.as_ref().is_ok_and(|grants| !is_settled(&need, grants));
        let mut found: Vec<&'s str> = readable.clone().filter(|_| named).map(|one| one.place.id.as_str()).collect();
        if !named {
            found.extend(readable.filter(|one| is_open(one)).map(|one| one.place.id.as_str()).take(1));
        }
        Ok(found.into_iter())
    }

    /// Asks for the first page of a call.
    async fn probe(&self, index: usize, scope: Scope, parent: Option<Parent>) -> (Probe, Option<Seen>) {
        let call = &self.calls[index];
        let spec = brief(call.specs[0]);
        let mut pages = self.fetcher.pages(&Call { specs: vec![&spec] }, &scope, parent.as_ref());
        let answer = pages.next().await.transpose();
        let parse = |raw: &str| serde_json::from_str::<Value>(raw).ok();
        let table = Catalog::bundled().names().find(|name| *name == spec.name);
        let seen = match &answer {
            Ok(Some(page)) => table.map(|table| Seen {
                table,
                scope: scope.clone(),
                items: page.items.iter().filter_map(|item| parse(item.raw.get())).collect(),
            }),
            _ => None,
        };
        let is_chosen = |name: &&'static str| call.specs.iter().any(|spec| spec.name == *name);
        let probe = Probe {
            tables: self.choice.tables.iter().copied().filter(is_chosen).collect(),
            subscription: matches!(scope, Scope::Subscription(_)).then(|| scope.id().to_owned()),
            object: parent.map(|parent| parent.id.to_string()),
            answer: answer.map(drop).map_err(|error| refused(&error)),
        };
        (probe, seen)
    }

    /// Calls that hang on the rows of a table, each with the first row that it can be made for: those of Graph and of
    /// vaults, of which the permissions of a subscription do not tell.
    fn children(&self, seen: &Seen) -> Vec<(usize, Parent)> {
        let Ok(spec) = self.choice.catalog.table(seen.table) else { return Vec::new() };
        let untold = |call: &Call<'_>| {
            matches!(call.fetch().plane, Plane::Graph | Plane::KeyVault) && call.fetch().reference.is_none()
        };
        let hanging = self.calls.iter().enumerate().filter(|(_, call)| call.has_parent(seen.table) && untold(call));
        hanging
            .filter_map(|(index, call)| seen.items.iter().find_map(|item| Some((index, parent(spec, call, item)?))))
            .collect()
    }
}

/// Whether a call is made for rows that another one gives.
fn hangs(child: &Call<'_>, parent: &Call<'_>) -> bool {
    parent.specs.iter().any(|spec| child.has_parent(&spec.name))
}

/// A row as a child's call takes it; none when it cannot have such a child.
fn parent(spec: &TableSpec, call: &Call<'_>, item: &Value) -> Option<Parent> {
    let fetch = call.fetch();
    if fetch.only_when.as_ref().is_some_and(|when| !when.holds(item)) || !spec.fetch.has_own_id() {
        return None;
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let id = text(spec.fetch.own_id.value(item))?;
    let address = match &fetch.address {
        Some(path) => Some(text(path.value(item))?),
        None => None,
    };
    let name = text(item.get("name")).unwrap_or_else(|| crate::catalog::scope::last_segment(&id).to_owned());
    Some(Parent {
        row_id: id.to_lowercase().into(),
        id: id.into(),
        name: name.into(),
        reference: None,
        address,
        region: text(item.get("location")).map(Into::into),
    })
}

/// A spec that asks for little: a few items, without the calls for their details.
fn brief(spec: &TableSpec) -> TableSpec {
    let mut spec = spec.clone();
    spec.fetch.detail = None;
    for (_, value) in spec.fetch.query.iter_mut().filter(|(key, _)| key == "$top") {
        FEW.clone_into(value);
    }
    spec
}

fn arm(subscription: &str, path: String, version: String, kind: CallKind) -> Request {
    Request {
        audience: Audience::Arm,
        method: Method::GET,
        path,
        query: vec![("api-version".to_owned(), version)],
        body: None,
        storage_version: None,
        bucket: Bucket {
            subscription: Some(subscription.to_owned()),
            provider: AUTHORIZATION.to_lowercase(),
            region: None,
            kind,
        },
    }
}
