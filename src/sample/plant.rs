//! Plants recognisable secrets in a tenant before it is played: objects in, the same with a secret of its own wherever a
//! table's spec or a general rule says that one may stand out. Whoever reads the tenant then searches for them. It plants
//! nothing that a real object could not hold.

mod forms;
mod put;
#[cfg(test)]
mod tests;

use self::forms::{forms, secrets};
use super::{SampleError, Tenant};
use crate::catalog::{Catalog, Path, Plane, ScopeKind, TableSpec};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub use self::put::put;

/// How every planted secret begins; nothing else does.
pub const MARK: &str = "S3cr3t-";
/// The rule of those that no spec names.
pub const GENERAL: &str = "general rules";

/// Text before a secret in base64; with the mark it is a multiple of three, so that all such begin alike.
const BEFORE: &str = "a: 123\npassword: ";

/// A secret that was planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The table whose object holds it.
    pub root: String,
    /// The table whose spec it tries: the same, or one that is cut from it.
    pub table: String,
    /// The spec's path, or [`GENERAL`].
    pub rule: String,
    /// Where it is in the object, as `_redacted` writes it.
    pub place: String,
    /// Text that must be nowhere afterwards, unlike every other.
    pub text: String,
}

/// How the planted secrets begin in a file: as they are, and in base64.
pub fn marks() -> [String; 2] {
    [MARK.to_owned(), STANDARD.encode(format!("{BEFORE}{MARK}"))]
}

/// The planted secrets that bytes hold, in no order.
pub fn planted_in(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '+' | '/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut found = Vec::new();
    for (mark, fits) in marks().iter().zip([&is_plain as &dyn Fn(char) -> bool, &is_part]) {
        for (at, _) in text.match_indices(mark.as_str()) {
            let rest = &text[at..];
            found.push(rest[..rest.find(|c| !fits(c)).unwrap_or(rest.len())].to_owned());
        }
    }
    found
}

/// Hands out one secret after the other.
pub struct Seeds {
    stem: String,
    n: usize,
}

impl Seeds {
    /// Secrets that name a table and one of its objects.
    pub fn new(table: &str, object: usize) -> Seeds {
        Seeds { stem: format!("{MARK}{table}-{object}"), n: 0 }
    }

    fn next(&mut self) -> String {
        self.n += 1;
        // The closing letter keeps one from being the beginning of another.
        format!("{}-{}z", self.stem, self.n)
    }
}

/// Plants all that a table and those cut from it may have to hide in one object, and gives what was planted.
///
/// # Errors
/// A spec of the catalogue is bad.
pub fn plant(
    catalog: &Catalog,
    spec: &TableSpec,
    body: &mut Value,
    seeds: &mut Seeds,
) -> Result<Vec<Planted>, SampleError> {
    let mut planted = Vec::new();
    for (table, prefix) in cuts(catalog, spec)? {
        for path in table.redact.iter().filter(|path| path.up == 0) {
            let Some(whole) = below(&prefix, path.as_str()) else { continue };
            let mut place = |place: &str, value: &mut Value| {
                // Two specs may hide the same place: that of a table, and that of one cut from it.
                let held = value.as_str().filter(|held| held.starts_with(MARK)).map(str::to_owned);
                let text = held.unwrap_or_else(|| seeds.next());
                *value = Value::String(text.clone());
                planted.push(told(spec, table, path.as_str(), place, text));
            };
            put(body, &whole, &mut place);
        }
    }
    let mut done = BTreeSet::new();
    for (table, prefix) in cuts(catalog, spec)? {
        let is_wrapped = prefix.is_empty() && body.get("properties").is_some_and(Value::is_object);
        let home: &str = if is_wrapped { "properties" } else { &prefix };
        let Some(path) = below(home, "planted").filter(|_| done.insert(prefix.clone())) else { continue };
        let mut place = |place: &str, value: &mut Value| {
            *value = forms(seeds, spec.fetch.plane == Plane::Storage);
            secrets(value, place, &mut |place, text| planted.push(told(spec, table, GENERAL, place, text)));
        };
        put(body, &path, &mut place);
    }
    if let Some(Value::Object(tags)) = body.get_mut("tags") {
        let (named, signed) = (seeds.next(), seeds.next());
        tags.insert("db-password".to_owned(), Value::String(named.clone()));
        tags.insert("see".to_owned(), Value::String(format!("https://x.example/y?sig={signed}")));
        planted.push(told(spec, spec, GENERAL, "tags.db-password", named));
        planted.push(told(spec, spec, GENERAL, "tags.see", signed));
    }
    Ok(planted)
}

fn told(root: &TableSpec, table: &TableSpec, rule: &str, place: &str, text: String) -> Planted {
    let (root, table) = (root.name.clone(), table.name.clone());
    Planted { root, table, rule: rule.to_owned(), place: place.to_owned(), text }
}

/// A table and those cut from it, each with the path in the table's objects where it begins.
fn cuts<'c>(catalog: &'c Catalog, spec: &'c TableSpec) -> Result<Vec<(&'c TableSpec, String)>, SampleError> {
    let mut found = vec![(spec, String::new())];
    let mut at = 0;
    while at < found.len() {
        let (parent, prefix) = found[at].clone();
        for child in catalog.all()? {
            if child.fetch.scope == ScopeKind::Embedded && child.fetch.parents[0] == parent.name {
                let cuts = child.fetch.cut.iter().filter_map(|cut| Some((child, below(&prefix, cut.as_str())?)));
                found.extend(cuts.map(|(child, path)| (child, path.as_str().trim_matches('.').to_owned())));
            }
        }
        at += 1;
    }
    Ok(found)
}

/// A path below another; `.` adds nothing.
fn below(prefix: &str, path: &str) -> Option<Path> {
    let whole = match (prefix, path) {
        ("", path) => path.to_owned(),
        (prefix, ".") => prefix.to_owned(),
        (prefix, path) if path.starts_with('[') || path.starts_with('{') => format!("{prefix}{path}"),
        (prefix, path) => format!("{prefix}.{path}"),
    };
    Path::parse(&whole).ok()
}

impl Tenant {
    /// Plants in every object of every table, and makes an object where a table with something to hide has none.
    ///
    /// # Errors
    /// A spec of the catalogue is bad.
    pub fn plant(&mut self) -> Result<Vec<Planted>, SampleError> {
        for spec in self.catalog.all()? {
            let hides = cuts(self.catalog, spec)?.iter().any(|(table, _)| !table.redact.is_empty());
            let has_none = self.tables.get(spec.name.as_str()).is_none_or(Vec::is_empty);
            if spec.fetch.scope != ScopeKind::Embedded
                && hides
                && has_none
                && let Some(body) = self.invent(spec)
            {
                let resource =
                    json!({"id": body["id"], "name": body["name"], "type": spec.arm_type, "location": "westeurope"});
                self.add(spec, vec![(0, body)])?;
                if spec.fetch.scope != ScopeKind::Parent {
                    self.add(self.catalog.table(super::answer::RESOURCES)?, vec![(0, resource)])?;
                }
            }
        }
        let mut planted = Vec::new();
        for (name, objects) in &mut self.tables {
            let spec = self.catalog.table(name)?;
            for (at, object) in objects.iter_mut().enumerate() {
                planted.extend(plant(self.catalog, spec, &mut object.body, &mut Seeds::new(name, at))?);
            }
        }
        Ok(planted)
    }

    /// The first example of a Resource Manager table, moved into this tenant.
    fn invent(&self, spec: &TableSpec) -> Option<Value> {
        let mut body = spec.examples.first()?.answer.clone();
        let id = body["id"].as_str()?.to_owned();
        let first = |table: &str| {
            let own = self.catalog.table(table).ok()?.fetch.own_id.clone();
            self.tables.get(table)?.first().and_then(|object| own.value(&object.body)?.as_str().map(str::to_owned))
        };
        if spec.fetch.scope == ScopeKind::Parent {
            let parent = spec.fetch.parents.iter().find_map(|table| first(table))?;
            let parts: Vec<&str> = id.rsplitn(3, '/').collect();
            body["id"] = json!(format!("{parent}/{}/{}", parts[1], parts[0]));
            body["_parent_id"] = json!(parent);
        } else {
            let home = first(crate::catalog::SUBSCRIPTIONS)?;
            let rest = id.splitn(4, '/').nth(3)?;
            body["id"] = json!(format!("{home}/{rest}"));
        }
        Some(body)
    }
}
