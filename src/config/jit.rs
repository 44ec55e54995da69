//! `jit-integration.yml`, as the product it was written for reads it: integrations under `azure`, secrets as references
//! to variables of three fixed names. In: the parsed file; out: an account for each integration.

use super::problem;
use super::reader::{Reader, Table};
use super::{Account, Auth, Login, Wanted};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// The names a reference may have.
const NAMES: [&str; 3] = [CLIENT_ID, CLIENT_SECRET, SUBSCRIPTIONS];
const CLIENT_ID: &str = "azure_client_id";
pub(super) const CLIENT_SECRET: &str = "azure_client_secret";
const SUBSCRIPTIONS: &str = "azure_subscription_ids";

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{\{\s*jit_secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}").expect("the pattern is fixed and tested")
});

/// Whether the text has the form of a reference, whatever it refers to: then it is no secret.
pub(super) fn is_template(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("${{") && text.ends_with("}}") && text.matches("${{").count() == 1
}

pub(super) fn read(reader: &mut Reader<'_>, file: &Table, wanted: &Wanted<'_>) -> (Vec<Account>, Vec<String>) {
    let (mut accounts, mut known) = (Vec::new(), Vec::new());
    // Other products' settings stand beside `azure`; they are not ours to read.
    let hint = "integrations stand below the key `azure`, each under its own name";
    let Some(azure) = reader.required(file, "", "azure", hint) else { return (accounts, known) };
    let Some(azure) = azure.as_object().filter(|azure| !azure.is_empty()) else {
        let _: Option<()> = reader.wrong_type("", "azure", "integrations, each under its own name");
        return (accounts, known);
    };
    for (id, integration) in azure {
        known.push(id.clone());
        let Some(table) = integration.as_object() else {
            let _: Option<()> = reader.wrong_type("azure", id, "an integration: type, name, auth, tenant_id");
            continue;
        };
        let name = table.get("name").and_then(Value::as_str).unwrap_or_default().trim();
        if !name.is_empty() {
            known.push(name.to_owned());
        }
        let is_wanted = wanted.is(&[id, name]);
        accounts.extend(integration_of(reader, id, table, is_wanted).filter(|_| is_wanted));
    }
    (accounts, known)
}

fn integration_of(reader: &mut Reader<'_>, id: &str, table: &Table, wanted: bool) -> Option<Account> {
    let at = &format!("integration {id}");
    let begun = reader.problems.iter().filter(|problem| !problem.is_warning).count();
    reader.unknown_keys(table, at, &["type", "name", "auth", "tenant_id", "subscription_id"]);
    reader.literal_secrets(table, at, &[]);
    if let Some(kind) = reader.required(table, at, "type", "write type: azure_account")
        && kind.as_str() != Some("azure_account")
    {
        reader.error(problem::TYPE, &[at, "type"], "the type is not azure_account", "write type: azure_account");
    }
    let name = reader.text(table, at, "name");
    if name.as_ref().is_some_and(|name| REFERENCE.is_match(name)) {
        not_here(reader, at, "name");
    }
    let auth = match reader.required(table, at, "auth", "write client_id and client_secret below it") {
        Some(Value::Object(auth)) => Some(auth),
        Some(_) => reader.wrong_type(at, "auth", "client_id and client_secret below it"),
        None => None,
    };
    let (client_id, secret_variable) = match auth {
        Some(auth) => {
            reader.unknown_keys(auth, &format!("{at}, auth"), &["client_id", "client_secret"]);
            let client_id = client_id(reader, auth, at, wanted);
            (client_id, secret(reader, auth, at, wanted))
        }
        None => (None, None),
    };
    let tenant = reader
        .required(table, at, "tenant_id", "write the GUID of the tenant")
        .cloned()
        .and_then(|value| reader.as_text(&value, at, "tenant_id"));
    let tenant = match tenant {
        Some(text) if text.contains("${{") => {
            not_here(reader, at, "tenant_id");
            None
        }
        Some(text) => reader.tenant(text, at, "tenant_id"),
        None => None,
    };
    let subscriptions = subscriptions(reader, table, at, wanted);
    let errors = reader.problems.iter().filter(|problem| !problem.is_warning).count();
    (errors == begun).then(|| Account {
        name: name.unwrap_or_else(|| id.to_owned()),
        integration: Some(id.to_owned()),
        tenant,
        login: Login { auth: Auth::Secret, client_id, secret_variable, ..Login::default() },
        subscriptions,
        ..Account::default()
    })
}

fn client_id(reader: &mut Reader<'_>, auth: &Table, at: &str, wanted: bool) -> Option<String> {
    let value = reader.required(auth, at, "client_id", &write(CLIENT_ID))?.clone();
    let text = reader.as_text(&value, at, "client_id")?;
    let text = filled(reader, &text, CLIENT_ID, at, "client_id", wanted)?;
    reader.client_id(text.trim().to_owned(), at, "client_id")
}

/// The name of the variable that holds the secret.
fn secret(reader: &mut Reader<'_>, auth: &Table, at: &str, wanted: bool) -> Option<String> {
    let text = match reader.required(auth, at, "client_secret", &write(CLIENT_SECRET))? {
        Value::String(text) if is_template(text) => text,
        // Told already as a secret in the file.
        Value::String(_) | Value::Number(_) => return None,
        _ => return reader.wrong_type(at, "client_secret", "a reference"),
    };
    let name = one_name(reader, text, CLIENT_SECRET, at, "client_secret")?;
    if !wanted {
        return None;
    }
    let name = reader.spelling(&name, at)?;
    reader.secret(&name, at);
    Some(name)
}

fn subscriptions(reader: &mut Reader<'_>, table: &Table, at: &str, wanted: bool) -> Vec<String> {
    const KEY: &str = "subscription_id";
    let texts = match reader.required(table, at, KEY, &write(SUBSCRIPTIONS)) {
        None => return Vec::new(),
        Some(Value::Array(_)) => reader.list(table, at, KEY),
        Some(_) => reader.text(table, at, KEY).into_iter().collect(),
    };
    let mut ids: Vec<String> = Vec::new();
    for text in texts {
        let Some(text) = filled(reader, &text, SUBSCRIPTIONS, at, KEY, wanted) else { return Vec::new() };
        let parts = text.split(|c: char| matches!(c, ',' | ';') || c.is_whitespace()).filter(|part| !part.is_empty());
        for id in parts {
            if !ids.iter().any(|known| known.eq_ignore_ascii_case(id)) {
                ids.push(id.to_owned());
            }
        }
    }
    if ids.is_empty() {
        // Nothing but separators: the entry that is no GUID.
        ids.push(String::new());
    }
    reader.subscriptions(&ids, at, KEY, false);
    if wanted && ids.len() > 1 {
        let message = format!("{} subscriptions are named; Jit itself takes one at a time", ids.len());
        reader.warn(problem::SEVERAL, &[at, KEY], &message, "azsnap reads them all in one run");
    }
    ids
}

/// The text with its references filled in; none when one is wrong, or when variables are not to be looked at.
fn filled(reader: &mut Reader<'_>, text: &str, name: &str, at: &str, key: &str, wanted: bool) -> Option<String> {
    if !text.contains("${{") {
        return Some(text.to_owned());
    }
    one_name(reader, text, name, at, key)?;
    if !wanted {
        return None;
    }
    let variable = reader.spelling(name, at)?;
    let value = reader.variable(&variable, at)?;
    Some(REFERENCE.replace_all(text, regex::NoExpand(&value)).into_owned())
}

/// The name of the references in a text, which is the one that belongs to its key.
fn one_name(reader: &mut Reader<'_>, text: &str, name: &str, at: &str, key: &str) -> Option<String> {
    let names: Vec<&str> = REFERENCE.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    let all = format!("the names are {}", NAMES.join(", "));
    if names.len() != text.matches("${{").count() {
        reader.error(problem::SECRET_NAME, &[at, key], "a reference is not of the form of jit_secrets", &write(name));
        return None;
    }
    if let Some(other) = names.iter().find(|found| !NAMES.contains(found)) {
        let message = format!("there is no jit_secrets name `{other}` for Azure");
        reader.error(problem::SECRET_NAME, &[at, key], &message, &all);
        return None;
    }
    if let Some(other) = names.iter().find(|found| **found != name) {
        let message = format!("`{other}` is the name of another value");
        reader.error(problem::SECRET_NAME, &[at, key], &message, &write(name));
        return None;
    }
    Some(name.to_owned())
}

fn not_here(reader: &mut Reader<'_>, at: &str, key: &str) {
    let message = "there is no jit_secrets name for this value";
    reader.error(problem::SECRET_NAME, &[at, key], message, "write the value itself: it is no secret");
}

fn write(name: &str) -> String {
    format!("write \"${{{{ jit_secrets.{name} }}}}\"")
}
