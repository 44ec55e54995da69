//! Reads values out of a parsed file: a map and a key in, a typed value out, and a problem noted for each that does not
//! fit. Never repeats a value in what it says.

use super::problem::{self, Problem};
use super::values::{is_guid, is_nearly_guid, is_tenant, is_variable_name};
use super::{Environment, jit};
use crate::catalog::near_names;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use zeroize::Zeroizing;

pub(super) type Table = Map<String, Value>;

/// Where the client id stands in the portal.
const CLIENT_ID_PAGE: &str = "copy the Application (client) ID of App registrations > the app > Overview";
/// Where the tenant's id stands.
const TENANT_PAGE: &str = "copy the Tenant ID of Microsoft Entra ID > Overview, or write a domain of the tenant";
/// Where a subscription's id stands.
const SUBSCRIPTION_PAGE: &str = "copy the Subscription ID of Subscriptions > the subscription > Overview";

/// What is read, and what was found wrong so far.
pub(super) struct Reader<'a> {
    /// Name of the file, as it is told.
    pub(super) file: String,
    pub(super) environment: Environment<'a>,
    pub(super) problems: Vec<Problem>,
    /// Secrets found in the file, so that none is told twice.
    pub(super) secrets: Vec<Zeroizing<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: String, environment: Environment<'a>) -> Reader<'a> {
        Reader { file, environment, problems: Vec::new(), secrets: Vec::new() }
    }

    /// A place inside the file.
    pub(super) fn place(&self, parts: &[&str]) -> String {
        let parts = parts.iter().filter(|part| !part.is_empty());
        std::iter::once(self.file.as_str()).chain(parts.copied()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn error(&mut self, code: &'static str, place: &[&str], message: &str, what_to_do: &str) {
        self.note(code, place, message, what_to_do, false);
    }

    pub(super) fn warn(&mut self, code: &'static str, place: &[&str], message: &str, what_to_do: &str) {
        self.note(code, place, message, what_to_do, true);
    }

    fn note(&mut self, code: &'static str, place: &[&str], message: &str, what_to_do: &str, is_warning: bool) {
        let place = self.place(place);
        let (message, what_to_do) = (message.to_owned(), what_to_do.to_owned());
        self.problems.push(Problem { code, place, message, what_to_do, is_warning });
    }

    /// Warns of keys that nobody reads.
    pub(super) fn unknown_keys(&mut self, table: &Table, at: &str, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            let mut near = near_names(key, known.iter().copied());
            if near.is_empty() {
                near.extend(known.iter().filter(|known| known.starts_with(key)).map(|known| (*known).to_owned()));
            }
            let hint = if near.is_empty() {
                format!("keys here are {}", known.join(", "))
            } else {
                format!("did you mean {}?", near.join(", "))
            };
            self.warn(problem::FORM, &[at], &format!("the key `{key}` is not known and was not read"), &hint);
        }
    }

    /// The value, unless it is absent or empty.
    pub(super) fn value<'v>(table: &'v Table, key: &str) -> Option<&'v Value> {
        table.get(key).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            _ => true,
        })
    }

    /// The value of a key that must be there.
    pub(super) fn required<'v>(&mut self, table: &'v Table, at: &str, key: &str, hint: &str) -> Option<&'v Value> {
        let found = Self::value(table, key);
        if found.is_none() {
            self.error(problem::MISSING, &[at], &format!("`{key}` is missing"), hint);
        }
        found
    }

    /// A text; numbers count as the text that they are written as.
    pub(super) fn text(&mut self, table: &Table, at: &str, key: &str) -> Option<String> {
        self.as_text(Self::value(table, key)?, at, key)
    }

    pub(super) fn as_text(&mut self, value: &Value, at: &str, key: &str) -> Option<String> {
        match value {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => self.wrong_type(at, key, "a text"),
        }
    }

    pub(super) fn wrong_type<T>(&mut self, at: &str, key: &str, expected: &str) -> Option<T> {
        self.error(
            problem::FORM,
            &[at, key],
            "the value is of another type than expected",
            &format!("write {expected}"),
        );
        None
    }

    /// A list of texts; one text is a list of one.
    pub(super) fn list(&mut self, table: &Table, at: &str, key: &str) -> Vec<String> {
        let Some(value) = Self::value(table, key) else { return Vec::new() };
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut found: Vec<String> = Vec::new();
        for item in items {
            let Some(text) = item.as_str().map(str::trim).filter(|text| !text.is_empty()) else {
                let _: Option<()> = self.wrong_type(at, key, "a list of texts");
                continue;
            };
            if !found.iter().any(|known| known.eq_ignore_ascii_case(text)) {
                found.push(text.to_owned());
            }
        }
        found
    }

    pub(super) fn flag(&mut self, table: &Table, at: &str, key: &str) -> Option<bool> {
        match Self::value(table, key)? {
            Value::Bool(yes) => Some(*yes),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => self.wrong_type(at, key, "true or false"),
        }
    }

    pub(super) fn number(&mut self, table: &Table, at: &str, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let found = Self::value(table, key)?.as_u64().and_then(|n| u32::try_from(n).ok());
        let found = found.filter(|n| range.contains(n));
        if found.is_none() {
            let expected = match *range.end() {
                u32::MAX => format!("a whole number from {} on", range.start()),
                end => format!("a whole number from {} to {end}", range.start()),
            };
            return self.wrong_type(at, key, &expected);
        }
        found
    }

    /// One of several words.
    pub(super) fn word(&mut self, table: &Table, at: &str, key: &str, words: &[&str]) -> Option<String> {
        let text = self.text(table, at, key)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        self.error(problem::FORM, &[at, key], "there is no such word here", &format!("write {}", words.join(", ")));
        None
    }

    /// A client id that is given.
    pub(super) fn client_id(&mut self, text: String, at: &str, key: &str) -> Option<String> {
        if is_guid(&text) {
            return Some(text);
        }
        self.error(problem::CLIENT_ID, &[at, key], "a client id is a GUID, and this is none", CLIENT_ID_PAGE);
        None
    }

    pub(super) fn tenant(&mut self, text: String, at: &str, key: &str) -> Option<String> {
        if is_tenant(&text) {
            return Some(text);
        }
        self.error(problem::TENANT, &[at, key], "a tenant is a GUID or a domain, and this is neither", TENANT_PAGE);
        None
    }

    /// Checks subscriptions; `names` says whether display names are allowed too.
    pub(super) fn subscriptions(&mut self, ids: &[String], at: &str, key: &str, names: bool) {
        for (n, id) in ids.iter().enumerate() {
            if !is_guid(id) && (!names || is_nearly_guid(id)) {
                let which = if ids.len() > 1 { format!("{key}, entry {}", n + 1) } else { key.to_owned() };
                let message = "a subscription is a GUID, and this is none";
                self.error(problem::SUBSCRIPTION, &[at, &which], message, SUBSCRIPTION_PAGE);
            }
        }
    }

    /// A name of a variable; anything else in its place may be the secret itself.
    pub(super) fn variable_name(&mut self, text: String, at: &str, key: &str) -> Option<String> {
        if is_variable_name(&text) {
            return Some(text);
        }
        self.secrets.push(Zeroizing::new(text));
        let message = "this is the name of no variable, and may be the secret itself";
        let what = "write the name of the variable that holds the secret; was it the secret, make a new one";
        self.error(problem::LITERAL_SECRET, &[at, key], message, what);
        None
    }

    /// A variable that must be set: its text is wiped from memory once it was looked at.
    pub(super) fn variable(&mut self, name: &str, at: &str) -> Option<Zeroizing<String>> {
        let found = (self.environment)(name).map(Zeroizing::new).filter(|value| !value.trim().is_empty());
        if found.is_none() {
            let message = format!("the variable `{name}` is not set, or empty");
            self.error(problem::VARIABLE, &[at], &message, "set it in the environment of azsnap");
        }
        found
    }

    /// The one of a variable's two spellings that is set: the name as it is, else in capital letters.
    pub(super) fn spelling(&mut self, name: &str, at: &str) -> Option<String> {
        let upper = name.to_ascii_uppercase();
        let of = |name: &str| (self.environment)(name).map(Zeroizing::new).filter(|value| !value.trim().is_empty());
        match (of(name), of(&upper)) {
            (Some(one), Some(other)) if one != other => {
                let message = format!("the variables `{name}` and `{upper}` are both set, and differ");
                self.error(problem::VARIABLE, &[at], &message, "unset one of them");
                None
            }
            (Some(_), _) => Some(name.to_owned()),
            (None, Some(_)) => Some(upper),
            (None, None) => {
                let message = format!("neither the variable `{name}` nor `{upper}` is set");
                self.error(problem::VARIABLE, &[at], &message, "set one of them in the environment of azsnap");
                None
            }
        }
    }

    /// Looks at the secret that a variable holds.
    pub(super) fn secret(&mut self, name: &str, at: &str) {
        if self.variable(name, at).is_some_and(|value| is_guid(value.trim())) {
            let message = format!("the secret in `{name}` has the form of a GUID: this looks like the Secret ID");
            let what = "copy the Value column instead; it is shown once, so make a new secret";
            self.error(problem::SECRET_ID, &[at], &message, what);
        }
    }

    /// Tells what is named both in and out.
    pub(super) fn clash(&mut self, at: &str, inside: (&str, &[String]), outside: (&str, &[String])) {
        if inside.1.iter().any(|one| outside.1.iter().any(|other| one.eq_ignore_ascii_case(other))) {
            let message = format!("the same is named in `{}` and in `{}`", inside.0, outside.0);
            self.error(problem::SCOPE, &[at], &message, "choose one of them");
        }
    }

    /// Tells secrets that stand under a name of secrets in this table, and in what is below it.
    pub(super) fn literal_secrets(&mut self, table: &Table, at: &str, skip: &[&str]) {
        for (key, value) in table.iter().filter(|(key, _)| !skip.contains(&key.as_str())) {
            self.literal_secret(value, at, key, is_secret_name(key));
        }
    }

    fn literal_secret(&mut self, value: &Value, at: &str, key: &str, named: bool) {
        let text = match value {
            Value::Object(table) => {
                let at = if at.is_empty() { key.to_owned() } else { format!("{at}, {key}") };
                return self.literal_secrets(table, &at, &[]);
            }
            Value::Array(items) => {
                return items.iter().for_each(|item| self.literal_secret(item, at, key, named));
            }
            Value::String(text) if named && !text.trim().is_empty() && !jit::is_template(text) => text.clone(),
            Value::Number(number) if named => number.to_string(),
            _ => return,
        };
        self.secrets.push(Zeroizing::new(text));
        self.error(problem::LITERAL_SECRET, &[at, key], "a secret stands in the file", MOVE_IT);
    }
}

/// What to do with a secret in a file.
pub(super) const MOVE_IT: &str = "move it to a variable of the environment, and make a new one: this one is known now";

/// Whether a key is one that secrets stand under.
fn is_secret_name(key: &str) -> bool {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let endings = [
        "secret",
        "secretvalue",
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "token",
        "accesskey",
        "accountkey",
        "apikey",
        "privatekey",
        "connectionstring",
    ];
    endings.iter().any(|ending| plain.ends_with(ending))
}
