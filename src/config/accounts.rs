//! azsnap's own form: `[[account]]` tables, parameters of checks under `[param]`, and how often to run and how much to
//! keep. In: the parsed file; out: what it says.

use super::problem;
use super::reader::{Reader, Table};
use super::{Account, Auth, CLOUDS, Config, Login, MAX_LOG_DAYS, Principal, Wanted, accept, values};
use crate::catalog::{Catalog, near_names};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOP: [&str; 6] = ["account", "param", "archive", "every", "keep", "accept"];
const ACCOUNT: [&str; 18] = [
    "name",
    "description",
    "tenant",
    "cloud",
    "auth",
    "client_id",
    "client_secret_variable",
    "certificate",
    "principals",
    "subscriptions",
    "without_subscriptions",
    "management_groups",
    "without_management_groups",
    "tables",
    "without_tables",
    "graph",
    "log_days",
    "no_prune",
];
const PRINCIPAL: [&str; 2] = ["client_id", "client_secret_variable"];
/// Where the secret is when an account names no variable.
const SECRET_VARIABLE: &str = "AZURE_CLIENT_SECRET";

/// Reads the file; paths in it are relative to `folder`.
pub(super) fn read(reader: &mut Reader<'_>, file: &Table, folder: &Path, wanted: &Wanted<'_>, config: &mut Config) {
    reader.unknown_keys(file, "", &TOP);
    // Parameters are named after what checks look at, which may well be secrets.
    reader.literal_secrets(file, "", &["account", "param", "accept"]);
    config.archive = reader.text(file, "", "archive").map(|path| folder.join(path));
    if let Some(text) = reader.text(file, "", "every") {
        config.every = values::duration(&text);
        if config.every.is_none() {
            let _: Option<()> = reader.wrong_type("", "every", "a duration such as 30m, 24h or 7d, or 0 for none");
        }
    }
    config.keep = reader.number(file, "", "keep", 1..=u32::MAX);
    match file.get("param") {
        None => {}
        Some(Value::Object(table)) => config.params = params(reader, table),
        Some(_) => {
            let _: Option<()> = reader.wrong_type("", "param", "a table: [param], then name = value");
        }
    }
    config.accepted = accept::read(reader, file);
    let tables = match file.get("account") {
        None => return,
        Some(Value::Array(tables)) => tables,
        Some(_) => {
            let _: Option<()> = reader.wrong_type("", "account", "each account under [[account]]");
            return;
        }
    };
    for (n, table) in tables.iter().enumerate() {
        let Some(table) = table.as_object() else {
            let _: Option<()> = reader.wrong_type("", "account", "each account under [[account]]");
            continue;
        };
        let name = table.get("name").and_then(Value::as_str).unwrap_or_default().trim();
        let at = if name.is_empty() { format!("account {}", n + 1) } else { format!("account {name}") };
        if !name.is_empty() && config.known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            reader.error(problem::FORM, &[&at], "another account has that name", "give each its own");
        }
        if !name.is_empty() {
            config.known.push(name.to_owned());
        }
        let is_wanted = wanted.is(&[name]);
        config.accounts.extend(account(reader, table, &at, folder, is_wanted).filter(|_| is_wanted));
    }
}

fn params(reader: &mut Reader<'_>, table: &Table) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in table {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(items) if items.iter().all(Value::is_string) => value.to_string(),
            _ => {
                let _: Option<()> =
                    reader.wrong_type("param", name, "a text, a number, true, false or a list of texts");
                continue;
            }
        };
        found.insert(name.clone(), text);
    }
    found
}

fn account(reader: &mut Reader<'_>, table: &Table, at: &str, folder: &Path, wanted: bool) -> Option<Account> {
    let begun = reader.problems.iter().filter(|problem| !problem.is_warning).count();
    reader.unknown_keys(table, at, &ACCOUNT);
    reader.literal_secrets(table, at, &[]);
    let name = required(reader, table, at, "name", "give the account a name of your own");
    let tenant = required(reader, table, at, "tenant", "write the GUID or a domain of the tenant");
    let tenant = tenant.and_then(|text| reader.tenant(text, at, "tenant"));
    let cloud = reader.word(table, at, "cloud", &CLOUDS);
    let login = login(reader, table, at, folder, wanted);
    let found = Account {
        name: name.unwrap_or_default(),
        description: reader.text(table, at, "description"),
        integration: None,
        tenant,
        cloud,
        login,
        subscriptions: reader.list(table, at, "subscriptions"),
        without_subscriptions: reader.list(table, at, "without_subscriptions"),
        management_groups: reader.list(table, at, "management_groups"),
        without_management_groups: reader.list(table, at, "without_management_groups"),
        tenant_only: false,
        tables: reader.list(table, at, "tables"),
        without_tables: reader.list(table, at, "without_tables"),
        graph: reader.flag(table, at, "graph").unwrap_or(true),
        log_days: reader.number(table, at, "log_days", 1..=MAX_LOG_DAYS),
        no_prune: reader.flag(table, at, "no_prune").unwrap_or(false),
    };
    for (key, ids) in [("subscriptions", &found.subscriptions), ("without_subscriptions", &found.without_subscriptions)]
    {
        reader.subscriptions(ids, at, key, true);
    }
    for (inside, outside) in [
        (("subscriptions", &found.subscriptions), ("without_subscriptions", &found.without_subscriptions)),
        (
            ("management_groups", &found.management_groups),
            ("without_management_groups", &found.without_management_groups),
        ),
        (("tables", &found.tables), ("without_tables", &found.without_tables)),
    ] {
        reader.clash(at, (inside.0, inside.1.as_slice()), (outside.0, outside.1.as_slice()));
    }
    for (key, names) in [("tables", &found.tables), ("without_tables", &found.without_tables)] {
        known_tables(reader, names, at, key);
    }
    let errors = reader.problems.iter().filter(|problem| !problem.is_warning).count();
    (errors == begun).then_some(found)
}

/// Patterns are tried when a run begins; a plain name can be wrong at once.
fn known_tables(reader: &mut Reader<'_>, names: &[String], at: &str, key: &str) {
    let catalog = Catalog::bundled();
    for (n, name) in names.iter().enumerate().filter(|(_, name)| !name.contains('*') && !catalog.contains(name)) {
        let near = near_names(name, catalog.names());
        let what = if near.is_empty() {
            "`azsnap tables` lists them".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        let which = format!("{key}, entry {}", n + 1);
        reader.error(problem::FORM, &[at, &which], "there is no such table", &what);
    }
}

fn login(reader: &mut Reader<'_>, table: &Table, at: &str, folder: &Path, wanted: bool) -> Login {
    let words: Vec<&str> = Auth::ALL.iter().map(|auth| auth.word()).collect();
    let word = reader.word(table, at, "auth", &words);
    let given = word.as_deref().and_then(Auth::of_word);
    let client_id = reader.text(table, at, "client_id").and_then(|text| reader.client_id(text, at, "client_id"));
    let named = secret_variable(reader, table, at);
    let certificate = reader.text(table, at, "certificate").map(|path| folder.join(path));
    let auth = given.unwrap_or(match (&named, &certificate) {
        (Some(_), _) => Auth::Secret,
        (None, Some(_)) => Auth::Certificate,
        (None, None) => Auth::Auto,
    });
    let mut must = |key: &str, hint: &str| {
        reader.required(table, at, key, hint);
    };
    match auth {
        Auth::Secret => must("client_id", "write the Application (client) ID"),
        Auth::Certificate => {
            must("client_id", "write the Application (client) ID");
            must("certificate", "write the path of a PEM file with certificate and key");
        }
        Auth::Auto | Auth::Workload | Auth::Managed | Auth::Cli | Auth::Azd => {}
    }
    let mut secret_variable = named;
    if auth == Auth::Secret && !table.contains_key("client_secret_variable") {
        secret_variable = Some(SECRET_VARIABLE.to_owned());
    }
    if let Some(name) = secret_variable.as_ref().filter(|_| wanted && auth == Auth::Secret) {
        reader.secret(name, at);
    }
    Login { auth, client_id, secret_variable, certificate, principals: principals(reader, table, at, wanted) }
}

fn secret_variable(reader: &mut Reader<'_>, table: &Table, at: &str) -> Option<String> {
    let text = reader.text(table, at, "client_secret_variable")?;
    reader.variable_name(text, at, "client_secret_variable")
}

/// Further principals that a run may use in turn.
fn principals(reader: &mut Reader<'_>, table: &Table, at: &str, wanted: bool) -> Vec<Principal> {
    let tables = match Reader::value(table, "principals") {
        None => return Vec::new(),
        Some(Value::Array(tables)) => tables,
        Some(_) => {
            let _: Option<()> = reader.wrong_type(at, "principals", "tables of client_id and client_secret_variable");
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        let at = &format!("{at}, principal {}", n + 1);
        let Some(table) = table.as_object() else {
            let _: Option<()> = reader.wrong_type(at, "", "a table of client_id and client_secret_variable");
            continue;
        };
        reader.unknown_keys(table, at, &PRINCIPAL);
        let client_id = required(reader, table, at, "client_id", "write the Application (client) ID");
        let client_id = client_id.and_then(|text| reader.client_id(text, at, "client_id"));
        let hint = "write the name of the variable that holds its secret";
        reader.required(table, at, "client_secret_variable", hint);
        let variable = secret_variable(reader, table, at);
        if let Some(name) = variable.as_ref().filter(|_| wanted) {
            reader.secret(name, at);
        }
        if let (Some(client_id), Some(secret_variable)) = (client_id, variable) {
            found.push(Principal { client_id, secret_variable });
        }
    }
    found
}

fn required(reader: &mut Reader<'_>, table: &Table, at: &str, key: &str, hint: &str) -> Option<String> {
    let value = reader.required(table, at, key, hint)?;
    reader.as_text(value, at, key)
}

/// A path of the file, from its folder.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}
