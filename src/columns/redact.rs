//! Keeps secrets out: an object as received in, the same object with secret text replaced and the list of the places
//! out. By a spec's `redact` paths, by name and by value; a spec's `keep` paths win over the general rules.

use super::walk::Cursor;
use crate::catalog::path::snake_case;
use crate::catalog::{Path, TableSpec};
use regex::Regex;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Names whose meaning is kept.
const KNOWN_NAMES: usize = 10_000;

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// Text that is a secret wherever it stands: shared access signatures, account keys, private keys, bearer tokens.
static SECRET_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)([?&;]sig=|^sig=|\bAccountKey=|\bSharedAccessKey=|\bSharedSecretValue=|;\s*(Password|Pwd)=|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.)",
    )
    .expect("the pattern is fixed and tested")
});

/// Closing words of names (in snake_case) whose text is a secret.
static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(^|_)(password|passwd|pwd|passphrase|secret|token|connection_?string|(account|primary|secondary|shared|access|api|private|master|admin|storage|shared_access|function|host|client)_?key)[0-9]*$",
    )
    .expect("the pattern is fixed and tested")
});

/// Text that is no secret even under such a name: ids, dates, numbers, words of yes and no, vault references.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(\s*|true|false|[0-9.+-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|/subscriptions/.*|/providers/.*|[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?|@Microsoft\.KeyVault\(.*\)|https://[^/?]+\.vault\.[^?]*)$",
    )
    .expect("the pattern is fixed and tested")
});

/// Replaces secrets in place and gives their paths, such as `properties.settings.key[0]`.
pub fn redact(spec: &TableSpec, value: &mut Value) -> Vec<String> {
    redact_with(&spec.redact, &spec.keep, value)
}

/// [`redact`] by paths instead of a spec.
pub fn redact_with(redact: &[Path], keep: &[Path], value: &mut Value) -> Vec<String> {
    let mut walk = Walk { place: String::new(), found: Vec::new() };
    walk.value(value, &Cursor::new(redact), &Cursor::new(keep), false);
    walk.found
}

struct Walk {
    place: String,
    found: Vec<String>,
}

impl Walk {
    fn value(&mut self, value: &mut Value, redact: &Cursor<'_>, keep: &Cursor<'_>, secret_name: bool) {
        match value {
            Value::String(text) => {
                let by_rule = !keep.hit && (is_secret_value(text) || secret_name && !HARMLESS.is_match(text));
                if (redact.hit || by_rule) && !text.is_empty() && text != REDACTED {
                    REDACTED.clone_into(text);
                    self.found.push(self.place.clone());
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    let mark = self.enter("[", &at.to_string(), "]");
                    self.value(item, &redact.element(), &keep.element(), secret_name);
                    self.place.truncate(mark);
                }
            }
            Value::Object(map) => {
                // A pair {"name": "DB_PASSWORD", "value": "..."} names its secret in a value, not in a key.
                let named = ["name", "key"].iter().find_map(|key| map.get(*key).and_then(Value::as_str));
                let pair_secret = map.contains_key("value") && named.is_some_and(is_secret_name);
                for (key, item) in map.iter_mut() {
                    let mark = self.enter(if self.place.is_empty() { "" } else { "." }, key, "");
                    let secret = is_secret_name(key) || pair_secret && key == "value";
                    self.value(item, &redact.field(key), &keep.field(key), secret);
                    self.place.truncate(mark);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn enter(&mut self, before: &str, part: &str, after: &str) -> usize {
        let mark = self.place.len();
        for part in [before, part, after] {
            self.place.push_str(part);
        }
        mark
    }
}

/// The pattern is asked only of text that has one of its marks: most has none.
fn is_secret_value(text: &str) -> bool {
    let marked = text.contains('=') || text.contains("-----") || has_token_start(text);
    marked && SECRET_VALUE.is_match(text)
}

/// Whether it has `eyj`, in any case.
fn has_token_start(text: &str) -> bool {
    text.as_bytes().windows(3).any(|three| three.eq_ignore_ascii_case(b"eyj"))
}

/// Whether a name's closing word is that of a secret. Names come again and again, so what was found is kept, for a while.
fn is_secret_name(name: &str) -> bool {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, bool>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(found) = known.get(name) {
            return *found;
        }
        if known.len() >= KNOWN_NAMES {
            known.clear();
        }
        let found = SECRET_NAME.is_match(&snake_case(name));
        known.insert(name.to_owned(), found);
        found
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
            json!({"a": {"b": ["one", {"c": "two"}], "n": 1}, "u": "https://x/y?sv=1&sig=abc"}),
            &["a.b"],
            &[],
            json!({"a": {"b": ["[redacted]", {"c": "[redacted]"}], "n": 1}, "u": "[redacted]"}),
            &["a.b[0]", "a.b[1].c", "u"],
        );
        check(json!({"token": "word"}), &[], &["token"], json!({"token": "word"}), &[]);
        for secret in [
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==",
            "-----BEGIN RSA PRIVATE KEY-----\nabc",
            "Bearer eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJodHRw.sig",
            "Server=tcp:x;User ID=u;Password=p",
        ] {
            check(json!({"x": secret}), &[], &[], json!({"x": REDACTED}), &["x"]);
        }
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
}
