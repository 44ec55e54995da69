//! What a path reads: routes in, the sample's objects or Azure's refusal out.

use super::Tenant;
use super::ask::{Ask, Service};
use super::items::List;
use super::refusal::{self, Refusal};
use super::store::{Object, Status, subscription_of};
use crate::catalog::route::{Route, arm_type_of, detail_list, is_object, plain_path};
use crate::catalog::scope::last_segment;
use crate::catalog::{Answer, Fetch, Plane, ScopeKind, Step, TableSpec};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What is found under a path.
pub(super) enum Found<'t> {
    /// A list, and the field that holds it.
    Items(List<'t>, &'t str),
    /// One object.
    One(&'t Object),
}

impl Tenant {
    /// Client and object id, as refusals name them.
    pub(super) fn who(&self) -> (&str, &str) {
        (&self.principal.app_id, &self.principal.object_id)
    }

    /// What the tables of a path hold there. There is at least one route.
    pub(super) fn read(&self, ask: &Ask<'_>, routes: &[Route<'static>]) -> Result<Found<'_>, Refusal> {
        let first = &routes[0];
        for route in routes {
            self.check_ledger(ask, route.spec, route)?;
        }
        let held: Vec<&Route<'static>> =
            routes.iter().filter(|route| self.tables.contains_key(route.spec.name.as_str())).collect();
        if held.is_empty() {
            return Err(self.denied(ask, first));
        }
        self.check_parent(ask, first)?;
        if first.spec.fetch.answer == Answer::Object {
            let found = held.iter().find_map(|route| self.objects(ask, route).into_iter().next());
            return match found {
                Some(object) => Ok(Found::One(object)),
                None => Err(absent(ask, &first.spec.fetch)),
            };
        }
        let mut items: Vec<(&TableSpec, &Object)> = Vec::new();
        let mut seen = BTreeSet::new();
        for route in held {
            let objects = self.objects(ask, route);
            let fresh = |object: &&&Object| object.id.as_ref().is_none_or(|id| !seen.contains(id));
            items.extend(objects.iter().filter(fresh).map(|object| (route.spec, *object)));
            seen.extend(objects.iter().filter_map(|object| object.id.clone()));
        }
        if arm_type_of(&ask.path).as_deref() == Some("microsoft.authorization/roleassignments") {
            filter_assignments(&mut items, ask.value("$filter").unwrap_or_default());
        }
        let list = match &self.volume {
            Some(volume) => {
                let stamps = items.iter().filter_map(|(_, object)| object.stamps.as_ref());
                let shown: Vec<_> = stamps.map(|stamps| stamps.brief.as_ref().unwrap_or(&stamps.whole)).collect();
                volume.words.list(ask, first.spec.fetch.scope, &shown)
            }
            None => List::Held(items.into_iter().map(|(spec, object)| brief(spec, &object.body)).collect()),
        };
        Ok(Found::Items(list, &first.spec.fetch.items))
    }

    /// An object as it is served.
    pub(super) fn text(&self, ask: &Ask<'_>, object: &Object) -> String {
        match (&self.volume, &object.stamps) {
            (Some(volume), Some(stamps)) => volume.words.text(&stamps.whole, ask.place.n),
            _ => object.body.to_string(),
        }
    }

    /// The same, read.
    pub(super) fn value<'t>(&self, ask: &Ask<'_>, object: &'t Object) -> Cow<'t, Value> {
        match &self.volume {
            Some(_) => Cow::Owned(serde_json::from_str(&self.text(ask, object)).unwrap_or_default()),
            None => Cow::Borrowed(&object.body),
        }
    }

    /// The object that an ARM path itself names, and the table it is of; none where no table has the type.
    pub(super) fn read_object(&self, ask: &Ask<'_>) -> Result<Option<(&'static TableSpec, &Object)>, Refusal> {
        let path = plain_path(&ask.path);
        let specs = arm_type_of(&path).filter(|_| is_object(&path)).map(|kind| self.specs_of(&kind));
        let specs = specs.transpose().map_err(|_| refusal::broken(500))?.unwrap_or_default();
        let Some(first) = specs.first() else { return Ok(None) };
        let subscription = subscription_of(&path).map(str::to_owned);
        let place =
            |spec| Route { spec, subscription, parent_id: None, parent_name: None, reference: Some(path.clone()) };
        let route = place(*first);
        for spec in &specs {
            let found = self.object(spec, &path).or_else(|| self.defined_elsewhere(spec, &path));
            if let Some(object) = found {
                self.check_ledger(ask, spec, &route)?;
                return Ok(Some((spec, object)));
            }
        }
        for spec in &specs {
            self.check_ledger(ask, spec, &route)?;
        }
        if specs.iter().any(|spec| self.tables.contains_key(spec.name.as_str())) {
            return Err(refusal::not_found(ask.service, &path));
        }
        Err(self.denied(ask, &route))
    }

    /// A role definition under another scope's path: its last segment names it everywhere.
    fn defined_elsewhere(&self, spec: &TableSpec, path: &str) -> Option<&Object> {
        if !path.contains("/microsoft.authorization/roledefinitions/") {
            return None;
        }
        let same = |object: &&Object| object.id.as_ref().is_some_and(|id| last_segment(id) == last_segment(path));
        self.tables.get(spec.name.as_str())?.iter().find(same)
    }

    /// The object of a Graph collection that the last part of a path names.
    pub(super) fn member(&self, routes: &[Route<'static>], id: &str) -> Option<&Object> {
        routes.iter().find_map(|route| {
            let objects = self.tables.get(route.spec.name.as_str())?;
            objects.iter().find(|object| object.id.as_deref() == Some(id))
        })
    }

    /// The list that a Graph object has for itself: a field of it, which the list that shows the object leaves out.
    pub(super) fn detail_list(&self, ask: &Ask<'_>, path: &str) -> Result<Option<Found<'_>>, Refusal> {
        let found = detail_list(self.catalog, path).map_err(|_| refusal::broken(500))?;
        let Some((spec, id)) = found else { return Ok(None) };
        let place = Route { spec, subscription: None, parent_id: None, parent_name: None, reference: None };
        self.check_ledger(ask, spec, &place)?;
        let Some(objects) = self.tables.get(spec.name.as_str()) else { return Err(self.denied(ask, &place)) };
        let Some(object) = objects.iter().find(|object| object.id.as_ref() == Some(&id)) else {
            return Err(refusal::not_found(ask.service, path));
        };
        let field = spec.fetch.detail.as_ref().and_then(|detail| detail.list.as_deref()).unwrap_or_default();
        // What the sample does not tell is not empty.
        let items = match self.value(ask, object) {
            Cow::Borrowed(body) => body[field].as_array().map(|items| items.iter().map(Cow::Borrowed).collect()),
            Cow::Owned(mut body) => match body[field].take() {
                Value::Array(items) => Some(items.into_iter().map(Cow::Owned).collect()),
                _ => None,
            },
        };
        let items = items.ok_or_else(|| self.denied(ask, &place))?;
        Ok(Some(Found::Items(List::Held(items), "value")))
    }

    /// The objects of one table that belong where the route leads.
    fn objects(&self, ask: &Ask<'_>, route: &Route<'static>) -> Vec<&Object> {
        let Some(all) = self.tables.get(route.spec.name.as_str()) else { return Vec::new() };
        let body = ask.json();
        let named: Option<Vec<&str>> =
            body["subscriptions"].as_array().map(|list| list.iter().filter_map(Value::as_str).collect());
        // Copies are told apart later.
        let named = named.filter(|_| self.volume.is_none());
        let belongs = |object: &&Object| {
            if let Some(reference) = &route.reference {
                return object.id.as_ref() == Some(reference);
            }
            match route.spec.fetch.scope {
                ScopeKind::Tenant => true,
                ScopeKind::Subscription => match (&route.subscription, &named) {
                    (Some(subscription), _) => self.is_in(object, subscription),
                    (None, Some(named)) => named.iter().any(|one| self.is_in(object, &one.to_lowercase())),
                    (None, None) => true,
                },
                _ => {
                    let Some(parent) = self.parent_of(route.spec, object) else { return false };
                    let same_place =
                        || route.subscription.is_none() || route.subscription.as_deref() == subscription_of(&parent);
                    match (&route.parent_id, &route.parent_name) {
                        (Some(id), _) => parent == *id,
                        (None, Some(name)) => last_segment(&parent) == name && same_place(),
                        (None, None) => false,
                    }
                }
            }
        };
        all.iter().filter(belongs).collect()
    }

    /// What the sample's ledger says of a table there.
    fn check_ledger(&self, ask: &Ask<'_>, spec: &'static TableSpec, route: &Route<'static>) -> Result<(), Refusal> {
        let fetch = &spec.fetch;
        let code = |codes: &[String], default: &str| codes.first().map_or(default.to_owned(), Clone::clone);
        Err(match self.status(spec, route.subscription.as_deref()) {
            Status::Ok | Status::Partial => return Ok(()),
            Status::Denied | Status::NotCollected => self.denied(ask, &Route { spec, ..route.clone() }),
            Status::NotFound => absent(ask, fetch),
            Status::NotRegistered if ask.service == Service::Arm => {
                let kind = spec.arm_type.as_deref().unwrap_or_default();
                refusal::not_registered(kind.split('/').next().unwrap_or_default())
            }
            Status::NotRegistered => absent(ask, fetch),
            Status::Unsupported => unsupported(fetch),
            Status::License => refusal::unlicensed(ask.service),
            Status::Retired => Refusal::new(410, &code(&fetch.retired_codes, "Gone"), "The service has been retired."),
            Status::Throttled => refusal::throttled(ask.service, self.options.retry_after),
            Status::Error => refusal::broken(500),
        })
    }

    /// Whether the parent is there and can have such children. What its own table could not read cannot be told.
    fn check_parent(&self, ask: &Ask<'_>, route: &Route<'static>) -> Result<(), Refusal> {
        let Some(id) = &route.parent_id else { return Ok(()) };
        let specs = route.spec.fetch.parents.iter().filter_map(|table| self.catalog.table(table).ok());
        let mut known = true;
        let mut unread = None;
        for spec in specs {
            let objects = self.tables.get(spec.name.as_str());
            known &= objects.is_some();
            let same = |object: &&Object| object.id.as_ref() == Some(id);
            if let Some(parent) = objects.and_then(|objects| objects.iter().find(same)) {
                return match &route.spec.fetch.only_when {
                    Some(condition) if !condition.holds(&parent.body) => Err(unsupported(&route.spec.fetch)),
                    _ => Ok(()),
                };
            }
            unread = unread.or_else(|| self.check_ledger(ask, spec, route).err());
        }
        match unread {
            Some(refusal) if known => Err(refusal),
            _ if known => Err(refusal::not_found(ask.service, id)),
            _ => Ok(()),
        }
    }

    pub(super) fn denied(&self, ask: &Ask<'_>, route: &Route<'static>) -> Refusal {
        let subscription = route.subscription.as_ref().map(|id| format!("/subscriptions/{id}"));
        let scope = route.parent_id.clone().or_else(|| route.reference.clone()).or(subscription);
        refusal::denied(ask.service, self.who(), &route.spec.permission, scope.as_deref().unwrap_or("/"))
    }
}

fn absent(ask: &Ask<'_>, fetch: &Fetch) -> Refusal {
    let refusal = refusal::not_found(ask.service, &plain_path(&ask.path));
    match fetch.absent_codes.first().filter(|code| code.parse::<u16>().is_err()) {
        Some(code) => Refusal { code: code.clone(), ..refusal },
        None => refusal,
    }
}

fn unsupported(fetch: &Fetch) -> Refusal {
    let code = fetch.unsupported_codes.first().map_or("FeatureNotSupportedForAccount", String::as_str);
    Refusal::new(400, code, "The feature is not supported for this resource.")
}

/// An object as its list shows it: what only the detail call gives is left out.
pub(super) fn brief<'v>(spec: &TableSpec, body: &'v Value) -> Cow<'v, Value> {
    if let Some(own) = spec.fetch.detail.as_ref().and_then(|detail| detail.list.as_ref()) {
        let mut body = body.clone();
        body.as_object_mut().map(|fields| fields.shift_remove(own));
        return Cow::Owned(body);
    }
    let detail = || spec.columns.iter().filter(|column| column.detail && column.path.up == 0);
    if spec.fetch.plane != Plane::Arm || spec.fetch.detail.is_none() || detail().next().is_none() {
        return Cow::Borrowed(body);
    }
    let mut body = body.clone();
    detail().for_each(|column| strip(&mut body, &column.path.steps));
    Cow::Owned(body)
}

/// Takes out what a path names, and objects that this leaves empty.
fn strip(value: &mut Value, steps: &[Step]) {
    match (steps, value) {
        ([Step::Key(name)], Value::Object(fields)) => {
            fields.shift_remove(name);
        }
        ([Step::Key(name), rest @ ..], Value::Object(fields)) => {
            let Some(inner) = fields.get_mut(name) else { return };
            strip(inner, rest);
            if inner.as_object().is_some_and(serde_json::Map::is_empty) {
                fields.shift_remove(name);
            }
        }
        ([Step::Each, rest @ ..], Value::Array(items)) => items.iter_mut().for_each(|item| strip(item, rest)),
        _ => {}
    }
}

/// The filters of role assignments that tell who may read: by principal, and without what applies below subscriptions.
fn filter_assignments(items: &mut Vec<(&TableSpec, &Object)>, filter: &str) {
    let filter: String = filter.to_lowercase().split_whitespace().collect();
    let principal = ["assignedto('", "principalideq'"].iter().find_map(|mark| filter.split_once(mark));
    if let Some(id) = principal.and_then(|(_, rest)| rest.split('\'').next()) {
        let of =
            |item: &Value| item["properties"]["principalId"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id));
        items.retain(|(_, item)| of(&item.body));
    }
    if filter.contains("atscope()") {
        let scope = |item: &Value| item["properties"]["scope"].as_str().unwrap_or_default().to_lowercase();
        items.retain(|(_, item)| !scope(&item.body).contains("/resourcegroups/"));
    }
}
