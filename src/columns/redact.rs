//! Keeps secrets out: an object as received in, the same object with secret text replaced and the list of the places
//! out. By a spec's `redact` paths, by name and by value; a spec's `keep` paths win over names, and over nothing else.

use super::secrets::{Key, Name, Role, is_secret, is_secret_under, key_of, name_of};
use super::walk::Cursor;
use crate::catalog::{Path, TableSpec};
use serde_json::{Map, Value};

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// Shorter keys of an object hold no secret unless they are an address or an assignment: most are names of fields.
const SHORTEST_KEY: usize = 32;

/// Replaces secrets in place and gives their paths, such as `properties.settings.key[0]`. What was replaced before, in
/// the object that this one was cut from, is named too.
pub fn redact(spec: &TableSpec, value: &mut Value) -> Vec<String> {
    redact_with(&spec.redact, &spec.keep, value)
}

/// [`redact`] by paths instead of a spec.
pub fn redact_with(redact: &[Path], keep: &[Path], value: &mut Value) -> Vec<String> {
    let mut walk = Walk { found: Vec::new() };
    walk.value(value, &Place::Root, &Cursor::wide(redact), &Cursor::new(keep), Name::Plain);
    walk.found
}

/// Where a value stands: its text is made only for what is found.
#[derive(Clone, Copy)]
enum Place<'p> {
    Root,
    Field(&'p Place<'p>, &'p str),
    Element(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn text(&self) -> String {
        match self {
            Place::Root => String::new(),
            Place::Field(above, key) => match above.text() {
                above if above.is_empty() => (*key).to_owned(),
                above => format!("{above}.{key}"),
            },
            Place::Element(above, at) => format!("{}[{at}]", above.text()),
        }
    }
}

struct Walk {
    found: Vec<String>,
}

impl Walk {
    fn value(&mut self, value: &mut Value, place: &Place<'_>, redact: &Cursor<'_>, keep: &Cursor<'_>, under: Name) {
        match value {
            Value::String(text) => {
                let by_name = !keep.hit && is_secret_under(under, text);
                if !text.is_empty() && (redact.hit || by_name || text == REDACTED || is_secret(text)) {
                    REDACTED.clone_into(text);
                    self.found.push(place.text());
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.value(item, &Place::Element(place, at), &redact.element(), &keep.element(), under);
                }
            }
            Value::Object(map) => self.object(map, place, redact, keep, under),
            // A PIN among settings; elsewhere numbers are evidence.
            Value::Number(_) if redact.hit => {
                *value = Value::String(REDACTED.to_owned());
                self.found.push(place.text());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn object(
        &mut self,
        map: &mut Map<String, Value>,
        place: &Place<'_>,
        redact: &Cursor<'_>,
        keep: &Cursor<'_>,
        under: Name,
    ) {
        for key in hide_keys(map) {
            self.found.push(Place::Field(place, &key).text());
        }
        let keys: Vec<Key> = map.keys().map(|key| key_of(key)).collect();
        let has_value = keys.iter().any(|key| key.role == Role::Value);
        let pair = if has_value { named_by_sibling(map, &keys) } else { Name::Plain };
        let is_secure = has_value && is_secure(map, &keys);
        for ((key, item), of) in map.iter_mut().zip(keys) {
            let is_value = of.role == Role::Value;
            let own = match of.name {
                // {"adminPassword": {"value": "..."}}, and {"name": "DB_PASSWORD", "value": "..."}.
                Name::Plain if is_value => {
                    if under == Name::Plain {
                        pair
                    } else {
                        under
                    }
                }
                own => own,
            };
            let mut redact = redact.field(key);
            redact.hit |= is_secure && is_value;
            self.value(item, &Place::Field(place, key), &redact, &keep.field(key), own);
        }
    }
}

/// Renames keys that are secrets themselves, and gives the new names of all that ever were.
fn hide_keys(map: &mut Map<String, Value>) -> Vec<String> {
    let is_bad = |key: &String| (key.len() >= SHORTEST_KEY || key.contains(['=', ':'])) && is_secret(key);
    if map.keys().any(is_bad) {
        let mut n = 0;
        for (key, item) in std::mem::take(map) {
            let bad = is_bad(&key);
            n += usize::from(bad);
            let key = match n {
                _ if !bad => key,
                1 => REDACTED.to_owned(),
                n => format!("{REDACTED} {n}"),
            };
            map.insert(key, item);
        }
    }
    map.keys().filter(|key| key.starts_with(REDACTED)).cloned().collect()
}

/// What the name in a pair of name and value says: settings, variables and headers come as such pairs.
fn named_by_sibling(map: &Map<String, Value>, keys: &[Key]) -> Name {
    let told = map.values().zip(keys).filter(|(_, key)| key.role == Role::Name).filter_map(|(told, _)| told.as_str());
    told.map(name_of).find(|kind| *kind != Name::Plain).unwrap_or(Name::Plain)
}

/// A parameter or setting that says itself that its value is a secret.
fn is_secure(map: &Map<String, Value>, keys: &[Key]) -> bool {
    let among = |text: &str, words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    map.values().zip(keys).any(|(told, key)| match (told, key.role) {
        (Value::String(kind), Role::Type) => among(kind, &["securestring", "secureobject"]),
        // As the keys of an account are listed: {"keyName": "key1", "value": "..."}.
        (Value::String(_), Role::KeyName) => true,
        // As XML says it.
        (Value::String(word), Role::SaysSecret) => among(word, &["true"]),
        (Value::Bool(says), Role::SaysSecret) => *says,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(given: Value, redact: &[&str], keep: &[&str], expected: Value, places: &[&str]) {
        let paths = |list: &[&str]| list.iter().map(|one| Path::parse(one).unwrap()).collect::<Vec<_>>();
        let mut value = given;
        let found = redact_with(&paths(redact), &paths(keep), &mut value);
        assert_eq!(value, expected);
        assert_eq!(found, places);
    }

    #[test]
    fn secrets() {
        check(
            json!({"allowSharedKeyAccess": true, "adminPassword": "hunter2", "passwordCredentials": [{"endDateTime": "2026-01-01T00:00:00Z", "hint": "abc"}]}),
            &[],
            &[],
            json!({"allowSharedKeyAccess": true, "adminPassword": "[redacted]", "passwordCredentials": [{"endDateTime": "2026-01-01T00:00:00Z", "hint": "abc"}]}),
            &["adminPassword"],
        );
        check(
            json!({"s": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "HOST", "value": "h"}, {"name": "TOKEN", "value": "@Microsoft.KeyVault(SecretUri=x)"}]}),
            &[],
            &[],
            json!({"s": [{"name": "DB_PASSWORD", "value": "[redacted]"}, {"name": "HOST", "value": "h"}, {"name": "TOKEN", "value": "@Microsoft.KeyVault(SecretUri=x)"}]}),
            &["s[0].value"],
        );
        check(
            json!({"a": {"b": ["one", {"c": "two"}, 3, true], "n": 1}, "u": "https://x/y?sv=1&sig=abc"}),
            &["a.b"],
            &[],
            json!({"a": {"b": ["[redacted]", {"c": "[redacted]"}, "[redacted]", true], "n": 1}, "u": "[redacted]"}),
            &["a.b[0]", "a.b[1].c", "a.b[2]", "u"],
        );
        check(json!({"token": "word"}), &[], &["token"], json!({"token": "word"}), &[]);
        for (name, text) in [
            ("secret", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
            ("primaryKey", "/subscriptions/s/x"),
            ("publicKey", "ssh-rsa AAAA"),
            ("secretName", "db"),
            ("x", "design=sig=fig"),
        ] {
            check(json!({name: text}), &[], &[], json!({name: text}), &[]);
        }
    }

    /// What keeps a name from hiding its text does not keep a secret.
    #[test]
    fn kept_places_hold_no_secrets_either() {
        let (given, safe) = (json!({"token": "https://x/y?sv=1&sig=abc"}), json!({"token": "[redacted]"}));
        check(given, &[], &["token"], safe, &["token"]);
    }

    #[test]
    fn names_that_stand_apart_from_their_text() {
        check(
            json!({"adminPassword": {"value": "x"}, "p": {"type": "SecureObject", "defaultValue": {"a": ["x"]}}}),
            &[],
            &[],
            json!({"adminPassword": {"value": "[redacted]"}, "p": {"type": "SecureObject", "defaultValue": {"a": ["[redacted]"]}}}),
            &["adminPassword.value", "p.defaultValue.a[0]"],
        );
        check(
            json!([{"Name": "dbpassword", "Value": "x"}, {"headerName": "X-Api-Key", "headerValue": "x"}, {"name": "h", "key": "api_key", "value": "x"}]),
            &[],
            &[],
            json!([{"Name": "dbpassword", "Value": "[redacted]"}, {"headerName": "X-Api-Key", "headerValue": "[redacted]"}, {"name": "h", "key": "api_key", "value": "[redacted]"}]),
            &["[0].Value", "[1].headerValue", "[2].value"],
        );
    }

    #[test]
    fn values_that_are_said_to_be_secret() {
        check(
            json!([{"keyName": "key1", "value": "x", "permissions": "FULL"}, {"secret": true, "value": "x"}, {"secret": false, "value": "x"}]),
            &[],
            &[],
            json!([{"keyName": "key1", "value": "[redacted]", "permissions": "FULL"}, {"secret": true, "value": "[redacted]"}, {"secret": false, "value": "x"}]),
            &["[0].value", "[1].value"],
        );
    }

    /// A path finds its text also where a list or a map comes instead of one object, and the reverse.
    #[test]
    fn paths_are_taken_widely() {
        let given = json!({"a": [{"b": "x"}], "l": {"b": "x"}, "m": [{"v": "x"}]});
        let safe = json!({"a": [{"b": "[redacted]"}], "l": {"b": "[redacted]"}, "m": [{"v": "[redacted]"}]});
        check(given, &["a.b", "l[].b", "m{}.v"], &[], safe, &["a[0].b", "l.b", "m[0].v"]);
    }

    #[test]
    fn keys_hold_no_secrets() {
        check(
            json!({"https://x/y?sig=abc": 1, "https://x/z?sig=abc": {"token": "x"}}),
            &[],
            &[],
            json!({"[redacted]": 1, "[redacted] 2": {"token": "[redacted]"}}),
            &["[redacted]", "[redacted] 2", "[redacted] 2.token"],
        );
    }

    /// What is cut from an object whose secrets are gone says so too, and once is as good as twice.
    #[test]
    fn again() {
        let safe = json!({"a": {"password": "[redacted]"}, "tags": ["[redacted]"], "m": {"[redacted]": 1}});
        check(safe.clone(), &[], &[], safe, &["a.password", "tags[0]", "m.[redacted]"]);
    }
}
