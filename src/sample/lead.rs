//! Requests of a tenant that is more than its sample: the path asked in, the sample's own path and the copy that is meant
//! out. What is named wrongly (a resource of one copy under the group of another) leads nowhere.

use super::ask::{Ask, Service};
use super::items::{List, run};
use super::stamp::{Home, Stamp, Words};
use crate::catalog::ScopeKind;
use crate::catalog::route::plain_path;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What would not be the same in a path that is decoded once more.
const SEGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

/// Where in the tenant a request leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The copy.
    pub(super) n: u32,
    /// The subscription: its number in the sample, and its group.
    pub(super) subscription: Option<(u32, u32)>,
    /// It is one copy's own place: a resource group, or something in one.
    pub(super) is_copy: bool,
    /// The query names people: only what that copy of them has to do with is wanted.
    pub(super) only: Option<u32>,
    /// There is no such place.
    pub(super) is_nowhere: bool,
}

impl Words {
    /// Leads a request to the sample's own path.
    pub(super) fn lead(&self, ask: &mut Ask<'_>) {
        let asked = plain_path(ask.asked);
        let segments: Vec<&str> = asked.split('/').skip(1).collect();
        let mut place = Place::default();
        match (ask.service, &segments[..]) {
            (Service::Arm, ["subscriptions", id, rest @ ..]) => {
                place.subscription = self.subscription(id);
                // A subscription that is none is told so, and not by its path.
                let Some((_, group)) = place.subscription else { return };
                place.n = group * self.scale;
                if let ["resourcegroups", name, ..] = rest {
                    place.is_copy = true;
                    place.n = self.copy_of(name).filter(|n| n / self.scale == group).unwrap_or(place.n);
                }
            }
            (Service::Graph, _) => {
                let told = self.copy_within(&asked);
                let asked = || ask.query.iter().find_map(|(_, value)| self.copy_within(value));
                place.n = told.or_else(asked).unwrap_or_default();
            }
            (Service::Data, _) => {
                let asked = ask.host.to_lowercase();
                place.is_copy = true;
                place.n = asked.split('.').next().and_then(|label| self.copy_of(label)).unwrap_or_default();
                ask.host = self.back(&asked, place.n).into();
                place.is_nowhere = !self.is_at(&ask.host, place.n, &asked);
            }
            (Service::Login, _) => return,
            _ => {}
        }
        for (_, value) in &mut ask.query {
            if let Some(n) = self.copy_within(value) {
                place.only = (ask.service == Service::Arm).then_some(n);
                *value = self.back_within(value);
            }
        }
        let own = self.back(&asked, place.n);
        place.is_nowhere |= !self.is_at(&own, place.n, &asked);
        let encoded = own.split('/').map(|part| utf8_percent_encode(part, SEGMENT).to_string());
        ask.path = encoded.collect::<Vec<_>>().join("/").into();
        ask.place = place;
    }

    /// Whether a text of the sample is that other text in its nth copy.
    fn is_at(&self, own: &str, n: u32, asked: &str) -> bool {
        self.text(&self.stamp(Home::Group(0), own.to_owned()), n) == asked
    }

    /// The list that a place shows, of the stamps of the sample's list.
    pub(super) fn list<'t>(&'t self, ask: &Ask<'_>, scope: ScopeKind, stamps: &[&'t Stamp]) -> List<'t> {
        let place = &ask.place;
        let runs = match (scope, place.subscription) {
            _ if place.is_copy => vec![run(stamps, |_| true, place.n, 1, 1)],
            (ScopeKind::Tenant, _) => self.in_tenant(stamps),
            (_, Some(subscription)) => self.in_subscription(stamps, subscription, place.only),
            (ScopeKind::Subscription, None) => {
                let named = self.named(&ask.json());
                named.into_iter().flat_map(|one| self.in_subscription(stamps, one, None)).collect()
            }
            _ => vec![run(stamps, |_| true, place.n, 1, 1)],
        };
        List::Made(self, runs)
    }

    /// The rows that a count gives for the subscriptions it names.
    pub(super) fn counted<'t>(&'t self, counts: &'t [Vec<Stamp>], body: &Value) -> List<'t> {
        let rows: Vec<Rc<[&Stamp]>> = counts.iter().map(|rows| rows.iter().collect()).collect();
        let of = |(turn, group): (u32, u32)| {
            let stamps = rows.get(turn as usize)?.clone();
            Some(super::items::Run { stamps, first: group * self.scale, step: 1, times: 1 })
        };
        List::Made(self, self.named(body).into_iter().filter_map(of).collect())
    }

    /// The subscriptions that a body names, in the order of their ids; all when it names none.
    fn named(&self, body: &Value) -> Vec<(u32, u32)> {
        let Some(named) = body["subscriptions"].as_array() else {
            let all = (0..self.subscriptions).map(|at| (at % self.n_turns(), at / self.n_turns()));
            return all.collect();
        };
        let ids: BTreeSet<String> = named.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
        ids.iter().filter_map(|id| self.subscription(id)).collect()
    }
}
