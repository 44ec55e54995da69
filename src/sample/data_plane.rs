//! The data planes of Key Vault and storage: a host and a path in, what the sample holds for the parent with that address
//! out. Storage answers in XML.

use super::ask::{Ask, Service};
use super::list::Found;
use super::refusal::{self, Refusal};
use super::{Response, Tenant, token};
use crate::catalog::route::{Route, plain_path};
use crate::catalog::{Plane, TableSpec};
use quick_xml::escape::escape;
use serde_json::Value;
use url::Url;

impl Tenant {
    /// Answers a request to a data plane.
    pub(super) fn data_plane(&self, ask: &Ask<'_>) -> Result<Response, Refusal> {
        token::check(self, ask)?;
        if ask.place.is_nowhere {
            return Err(refusal::not_found(Service::Data, &plain_path(ask.asked)));
        }
        let specs = self.catalog.all().map_err(|error| Refusal::new(500, "InternalError", error.to_string()))?;
        let route = specs.into_iter().find_map(|spec| self.place(ask, spec));
        let route = route.ok_or_else(|| refusal::not_found(Service::Data, &plain_path(ask.asked)))?;
        self.check_deny(ask, Some(&route))?;
        let is_xml = route.spec.fetch.plane == Plane::Storage;
        match self.read(ask, &[route])? {
            Found::One(object) if is_xml => {
                let mut response = ask.reply(200, &Value::Null);
                response.headers.retain(|(name, _)| *name != "content-type");
                response.headers.push(("content-type", "application/xml".to_owned()));
                let mut text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_owned();
                xml("StorageServiceProperties", &self.value(ask, object), &mut text);
                Ok(Response { body: text.into_bytes(), ..response })
            }
            found => self.show(ask, found),
        }
    }

    /// The table that the request reads, when one of its parents has the address that is asked.
    fn place(&self, ask: &Ask<'_>, spec: &'static TableSpec) -> Option<Route<'static>> {
        let address = spec.fetch.address.as_ref()?;
        let rest = spec.fetch.path.split_once('}')?.1;
        let asked = |(key, value): &(String, String)| ask.value(key).is_some_and(|given| given == value);
        if !spec.fetch.query.iter().all(asked) {
            return None;
        }
        let parents = spec.fetch.parents.iter().filter_map(|table| self.tables.get(table.as_str())).flatten();
        for parent in parents {
            let Some(url) = address.value(&parent.body).and_then(Value::as_str).and_then(|text| Url::parse(text).ok())
            else {
                continue;
            };
            let here = url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(&ask.host));
            if here && plain_path(&format!("{}{rest}", url.path())) == plain_path(&ask.path) {
                let subscription = parent.id.as_deref().and_then(super::store::subscription_of).map(str::to_owned);
                let parent_id = parent.id.clone();
                return Some(Route { spec, subscription, parent_id, parent_name: None, reference: None });
            }
        }
        None
    }
}

fn xml(name: &str, value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| xml(name, item, text)),
        Value::Object(fields) => {
            text.push_str(&format!("<{name}>"));
            fields.iter().for_each(|(name, value)| xml(name, value, text));
            text.push_str(&format!("</{name}>"));
        }
        Value::String(inner) => text.push_str(&format!("<{name}>{}</{name}>", escape(inner.as_str()))),
        Value::Null => text.push_str(&format!("<{name} />")),
        other => text.push_str(&format!("<{name}>{other}</{name}>")),
    }
}
