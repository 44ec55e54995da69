//! A sample many times over: a tenant and two numbers in, the same tenant with that many subscriptions and copies out. The
//! sample's subscriptions take turns; what lies in their resource groups comes `scale` times, under other names, with
//! what hangs on it; users and groups grow along. Nothing of it is held: objects are made when they are asked for
//! ([`super::stamp`]), and the same request always gets the same answer.

use super::guid::is_guid;
use super::list::brief;
use super::stamp::{Hole, Home, MOST, Stamp, Words};
use super::store::{Object, subscription_of};
use super::{SampleError, Tenant};
use crate::catalog::route::{Route, routes};
use crate::catalog::scope::last_segment;
use crate::catalog::{Catalog, Plane, SUBSCRIPTIONS, TableSpec};
use regex::Regex;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Routes that are remembered; copies share the sample's paths, so that few are asked.
const REMEMBERED: usize = 20_000;

/// Routes by plane and path.
type Remembered = BTreeMap<(Plane, String), Arc<Vec<Route<'static>>>>;

/// What a tenant that is more than its sample needs to answer.
pub(super) struct Volume {
    pub(super) words: Words,
    /// Rows of Resource Graph's count, for each of the sample's subscriptions.
    pub(super) counts: Vec<Vec<Stamp>>,
    routes: Mutex<Remembered>,
}

/// An object as its copies are made.
pub(super) struct Stamps {
    /// As it is.
    pub(super) whole: Stamp,
    /// As its list shows it, where that is less.
    pub(super) brief: Option<Stamp>,
}

impl Volume {
    /// The tables of a path of the sample.
    pub(super) fn routes(
        &self,
        catalog: &'static Catalog,
        plane: Plane,
        path: &str,
    ) -> Result<Vec<Route<'static>>, crate::catalog::CatalogError> {
        let key = (plane, path.to_owned());
        let known = self.routes.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known.to_vec());
        }
        let found = routes(catalog, plane, path)?;
        let mut held = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= REMEMBERED {
            held.clear();
        }
        held.insert(key, Arc::new(found.clone()));
        Ok(found)
    }
}

/// What the objects of a sample are made of.
struct Parts {
    /// Ids of its subscriptions.
    subscriptions: Vec<String>,
    /// Ids of users and groups.
    people: BTreeSet<String>,
    /// Names that copies tell apart.
    names: BTreeSet<String>,
    /// Where those objects lie whose id is no path (a certificate's is an address), by their ids.
    places: BTreeMap<String, String>,
}

impl Tenant {
    /// The same tenant with so many subscriptions (else as many as the sample has), each with what lies in its resource
    /// groups `scale` times.
    ///
    /// # Errors
    /// The sample has no subscription, or that would be more than can be told apart.
    pub fn multiplied(mut self, subscriptions: Option<u32>, scale: u32) -> Result<Tenant, SampleError> {
        let refuse = |why: &str| Err(SampleError::Volume { why: why.to_owned() });
        let parts = Parts::of(&self)?;
        let turns = u32::try_from(parts.subscriptions.len()).unwrap_or_default();
        let wanted = subscriptions.unwrap_or(turns);
        if turns == 0 || !parts.subscriptions.iter().all(|id| is_guid(id)) {
            return refuse("it holds no subscription whose id is a GUID");
        }
        if scale == 0 || wanted == 0 || wanted.div_ceil(turns).checked_mul(scale).is_none_or(|copies| copies > MOST) {
            return refuse("give at least one subscription and one copy, and fewer than 16 million in all");
        }
        let mut stamps = Vec::new();
        let words = parts.words(&self, (turns, wanted, scale))?;
        for (table, objects) in &self.tables {
            let spec = self.catalog.table(table)?;
            stamps.push(objects.iter().map(|object| parts.stamps(&words, spec, object)).collect::<Vec<_>>());
        }
        for (objects, stamps) in self.tables.values_mut().zip(stamps) {
            objects.iter_mut().zip(stamps).for_each(|(object, stamps)| object.stamps = Some(stamps));
        }
        for spec in self.specs_of("microsoft.management/managementgroups")? {
            for object in self.tables.get_mut(spec.name.as_str()).into_iter().flatten() {
                tell_all(&parts, &words, object);
            }
        }
        let counts = counts(&self, &parts, scale);
        self.volume = Some(Volume { words, counts, routes: Mutex::default() });
        Ok(self)
    }

    /// How many objects a table has in the whole tenant; each is in some list, once or more.
    pub fn n_objects(&self, table: &str) -> u64 {
        let times = |object: &Object| match (&self.volume, &object.stamps) {
            (Some(volume), Some(stamps)) => volume.words.times(stamps.whole.home),
            _ => 1,
        };
        self.tables.get(table).into_iter().flatten().map(times).sum()
    }
}

impl Parts {
    fn of(tenant: &Tenant) -> Result<Parts, SampleError> {
        let ids = |objects: Option<&Vec<Object>>| -> Vec<String> {
            objects.into_iter().flatten().filter_map(|object| object.id.clone()).collect()
        };
        let listed = ids(tenant.tables.get(SUBSCRIPTIONS));
        let subscriptions = listed.iter().map(|id| last_segment(id).to_owned()).collect();
        let mut people = BTreeSet::new();
        for path in ["/users", "/groups"] {
            for route in routes(tenant.catalog, Plane::Graph, path)? {
                people.extend(ids(tenant.tables.get(route.spec.name.as_str())).into_iter().filter(|id| is_guid(id)));
            }
        }
        let lies = |object: &Object| Some((object.id.clone()?, object.parent.clone()?));
        let of_path = |(id, parent): &(String, String)| !id.starts_with('/') && parent.starts_with('/');
        let places = tenant.tables.values().flatten().filter_map(lies).filter(of_path).collect();
        let mut parts = Parts { subscriptions, people, names: BTreeSet::new(), places };
        parts.names = parts.names(tenant)?;
        Ok(parts)
    }

    /// Names of resource groups, of what lies in them, and of people: those that stand for nothing else.
    fn names(&self, tenant: &Tenant) -> Result<BTreeSet<String>, SampleError> {
        let (mut names, mut other) = (BTreeSet::new(), BTreeSet::new());
        for spec in tenant.catalog.all()? {
            let words = spec.fetch.path.split('/').chain(spec.arm_type.iter().flat_map(|kind| kind.split('/')));
            other.extend(words.map(str::to_lowercase));
        }
        for (table, objects) in &tenant.tables {
            let is_graph = tenant.catalog.table(table)?.fetch.plane == Plane::Graph;
            for object in objects {
                keys(&object.body, &mut other);
                other.extend(object.body["location"].as_str().map(str::to_lowercase));
                let parts: Vec<&str> = self.place(object).unwrap_or_default().split('/').collect();
                match parts[..] {
                    ["", "subscriptions", _, "resourcegroups", group, ref rest @ ..] => {
                        names.insert(group.to_owned());
                        // A dot makes a domain's name, which is the same wherever it stands.
                        let name = rest.get(3).filter(|name| !name.contains('.'));
                        names.extend(name.map(|name| (*name).to_owned()));
                    }
                    _ if is_graph && object.id.as_ref().is_some_and(|id| self.people.contains(id)) => {
                        let text = |name: &str| object.body[name].as_str().map(str::to_lowercase);
                        let principal =
                            text("userPrincipalName").map(|name| name.split('@').next().unwrap_or_default().to_owned());
                        names.extend(principal.into_iter().chain(text("displayName")));
                    }
                    _ => {}
                }
            }
        }
        let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
        let usable = |name: &String| name.is_ascii() && edge(name.chars().next()) && edge(name.chars().last());
        names.retain(|name| usable(name) && name.len() > 1 && !other.contains(name) && !is_guid(name));
        Ok(names)
    }

    /// Where an object lies: at its id, else at its parent's, else where the parent lies.
    fn place<'o>(&'o self, object: &'o Object) -> Option<&'o str> {
        let ids = [object.id.as_ref(), object.parent.as_ref()].into_iter().flatten();
        let mut paths = ids.clone().filter(|id| id.starts_with('/')).chain(ids.filter_map(|id| self.places.get(id)));
        paths.next().map(String::as_str)
    }

    fn home(&self, plane: Plane, object: &Object, text: &str) -> Home {
        if plane == Plane::Graph {
            let of = object.parent.as_ref().or(object.id.as_ref());
            return if of.is_some_and(|id| self.people.contains(id)) { Home::People } else { Home::Tenant };
        }
        let number =
            |id: &str| self.subscriptions.iter().position(|own| own == id).and_then(|at| u32::try_from(at).ok());
        let Some(place) = self.place(object) else {
            // Without an id of its own it lies where it says that it belongs.
            let text = text.to_lowercase();
            let Some(turn) = self.subscriptions.iter().position(|id| text.contains(id)) else { return Home::Tenant };
            let turn = u32::try_from(turn).unwrap_or_default();
            return if text.contains("/resourcegroups/") { Home::Group(turn) } else { Home::Subscription(turn) };
        };
        let Some(turn) = subscription_of(place).and_then(number) else { return Home::Tenant };
        let mut rest = place.split('/').skip(3);
        match (rest.next(), rest.next()) {
            (Some("resourcegroups"), Some(group)) if self.names.contains(group) => Home::Group(turn),
            _ => Home::Subscription(turn),
        }
    }

    /// The GUIDs that copies tell apart: those of subscriptions and people, and those that only one subscription's
    /// objects (or only people) speak of.
    fn words(&self, tenant: &Tenant, numbers: (u32, u32, u32)) -> Result<Words, SampleError> {
        let pattern = |text: &str| Regex::new(text).expect("a pattern of ours");
        let guid = pattern(r"(?i-u)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
        let above = pattern(r#""(?i-u:/providers/)[^"]*""#);
        let found = |text: &str| guid.find_iter(text).map(|found| found.as_str().to_lowercase()).collect::<Vec<_>>();
        // Whose objects speak of a GUID: people's, a subscription's, everybody's.
        let mut homes: BTreeMap<String, BTreeSet<Option<u32>>> = BTreeMap::new();
        let (mut tenants, mut owned) = (BTreeSet::new(), BTreeSet::new());
        for (table, objects) in &tenant.tables {
            let plane = tenant.catalog.table(table)?.fetch.plane;
            for object in objects {
                let text = object.body.to_string();
                above.find_iter(&text).for_each(|id| tenants.extend(found(id.as_str())));
                let home = match self.home(plane, object, &text) {
                    Home::Tenant => {
                        tenants.extend(found(&text));
                        continue;
                    }
                    Home::People => None,
                    Home::Subscription(turn) => {
                        owned.extend(found(object.id.as_deref().unwrap_or_default()));
                        Some(turn)
                    }
                    Home::Group(turn) => Some(turn),
                };
                for one in found(&text) {
                    homes.entry(one).or_default().insert(home);
                }
            }
        }
        let first = self.subscriptions.iter().chain(&self.people).cloned();
        let mut guids: Vec<(String, bool)> = first.map(|id| (id, false)).collect();
        for (guid, homes) in homes {
            let known = self.subscriptions.contains(&guid) || self.people.contains(&guid);
            if homes.len() == 1 && !known && !tenants.contains(&guid) {
                let shared = owned.contains(&guid);
                guids.push((guid, shared));
            }
        }
        let named = tenant.tables.get(SUBSCRIPTIONS).into_iter().flatten();
        let named = named.filter_map(|object| object.body["displayName"].as_str()).map(str::to_lowercase);
        let named: BTreeSet<String> = named.filter(|name| name.is_ascii() && !self.names.contains(name)).collect();
        Words::new(guids, &self.names, &named, numbers).map_err(|error| SampleError::Volume { why: error.to_string() })
    }

    fn stamps(&self, words: &Words, spec: &TableSpec, object: &Object) -> Stamps {
        let text = object.body.to_string();
        let home = self.home(spec.fetch.plane, object, &text);
        let brief = match brief(spec, &object.body) {
            Cow::Owned(less) => Some(words.stamp(home, less.to_string())),
            Cow::Borrowed(_) => None,
        };
        Stamps { whole: words.stamp(home, text), brief }
    }
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                found.insert(key.to_lowercase());
                keys(value, found);
            }
        }
        _ => {}
    }
}

/// A management group that tells its subscriptions tells all of them.
fn tell_all(parts: &Parts, words: &Words, object: &mut Object) {
    let Some(children) = object.body["properties"]["children"].as_array() else { return };
    let turn = |child: &Value| {
        let id = child["id"].as_str().unwrap_or_default().to_lowercase();
        let at = parts.subscriptions.iter().position(|own| id == format!("/subscriptions/{own}"))?;
        u32::try_from(at).ok()
    };
    let told = children.iter().filter_map(|child| Some((turn(child)?, child)));
    let members: Vec<Stamp> =
        told.map(|(turn, child)| words.stamp(Home::Subscription(turn), child.to_string())).collect();
    if members.is_empty() {
        return;
    }
    // The place is found by a mark that no answer of Azure's holds.
    let mark = json!("\u{1}");
    let mut body = object.body.clone();
    let kept = children.iter().filter(|child| turn(child).is_none()).cloned().chain([mark.clone()]);
    body["properties"]["children"] = kept.collect();
    let text = body.to_string();
    let mark = mark.to_string();
    let Some(at) = text.find(&format!(",{mark}")).or_else(|| text.find(&mark)) else { return };
    let text = text.replacen(&format!(",{mark}"), "", 1).replacen(&mark, "", 1);
    if let Some(stamps) = &mut object.stamps {
        stamps.whole = words.stamp(stamps.whole.home, text).with_roll(at, members);
    }
}

/// What Resource Graph counts in each of the sample's subscriptions, by type.
fn counts(tenant: &Tenant, parts: &Parts, scale: u32) -> Vec<Vec<Stamp>> {
    let row = |turn: u32, id: &str, (kind, n): (&String, &u64)| {
        let text = json!({ "subscriptionId": id, "type": kind, "n": n }).to_string();
        let from = text.find(id).unwrap_or_default();
        Stamp::with_hole(Home::Subscription(turn), text, from..from + id.len(), Hole::Subscription(turn))
    };
    let of = |turn: u32, id: &str| {
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for object in tenant.tables.get(super::answer::RESOURCES).into_iter().flatten() {
            let Some(kind) = object.body["type"].as_str() else { continue };
            let n = match object.stamps.as_ref().map(|stamps| stamps.whole.home) {
                Some(Home::Group(own)) if own == turn => u64::from(scale),
                Some(Home::Subscription(own)) if own == turn => 1,
                _ => continue,
            };
            *kinds.entry(kind.to_lowercase()).or_default() += n;
        }
        kinds.iter().map(|kind| row(turn, id, kind)).collect()
    };
    (0..).zip(&parts.subscriptions).map(|(turn, id)| of(turn, id)).collect()
}
