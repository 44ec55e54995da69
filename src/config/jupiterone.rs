//! JupiterOne's settings of its Azure integration: the keys it stores them under in, an account for each instance out.
//! The secret is taken from the environment only.

use super::problem;
use super::reader::{Reader, Table};
use super::{Account, Auth, Login, Wanted, jit, values};
use chrono::TimeDelta;
use serde_json::Value;

/// Settings that stand in `config` of an instance, or at the top where they were copied out of it.
const SETTINGS: [&str; 6] = [
    "directoryId",
    "clientId",
    "clientSecret",
    "ingestActiveDirectory",
    "configureSubscriptionInstances",
    "subscriptionId",
];
/// What stands beside them.
const ABOUT: [&str; 5] = ["accountName", "name", "description", "pollingInterval", "config"];

/// Words of its polling interval, in minutes.
const INTERVALS: [(&str, i64); 8] = [
    ("DISABLED", 0),
    ("THIRTY_MINUTES", 30),
    ("ONE_HOUR", 60),
    ("FOUR_HOURS", 240),
    ("EIGHT_HOURS", 480),
    ("TWELVE_HOURS", 720),
    ("ONE_DAY", 1440),
    ("ONE_WEEK", 10_080),
];

/// Whether a file holds such settings.
pub(super) fn is_this(file: &Table) -> bool {
    let has = |table: &Table| SETTINGS.iter().any(|key| table.contains_key(*key));
    has(file) || file.get("config").and_then(Value::as_object).is_some_and(has)
}

/// The account, its names, and how often it is read.
pub(super) fn read(
    reader: &mut Reader<'_>,
    file: &Table,
    wanted: &Wanted<'_>,
) -> (Vec<Account>, Vec<String>, Option<TimeDelta>) {
    let begun = reader.problems.iter().filter(|problem| !problem.is_warning).count();
    let settings = match file.get("config") {
        None => file,
        Some(Value::Object(inner)) => {
            reader.unknown_keys(inner, "config", &SETTINGS);
            inner
        }
        Some(_) => {
            let _: Option<()> = reader.wrong_type("", "config", "the settings, each under its key");
            file
        }
    };
    reader.unknown_keys(file, "", &[&ABOUT[..], &SETTINGS].concat());
    reader.literal_secrets(file, "", &[]);
    let name = reader.text(file, "", "accountName").or_else(|| reader.text(file, "", "name"));
    let name = name.unwrap_or_else(|| "jupiterone".to_owned());
    let is_wanted = wanted.is(&[&name]);
    let every = every(reader, file);

    let tenant = required(reader, settings, "directoryId", "write the Directory (tenant) ID");
    let tenant = tenant.and_then(|text| reader.tenant(text, "", "directoryId"));
    let client_id = required(reader, settings, "clientId", "write the Application (client) ID");
    let client_id = client_id.and_then(|text| reader.client_id(text, "", "clientId"));
    let secret_variable = if is_wanted { reader.spelling(jit::CLIENT_SECRET, "") } else { None };
    if let Some(variable) = &secret_variable {
        reader.secret(variable, "");
    }
    let subscriptions: Vec<String> = reader.text(settings, "", "subscriptionId").into_iter().collect();
    reader.subscriptions(&subscriptions, "", "subscriptionId", false);
    let graph = reader.flag(settings, "", "ingestActiveDirectory").unwrap_or(false);
    let all = reader.flag(settings, "", "configureSubscriptionInstances").unwrap_or(false);
    let one = !subscriptions.is_empty();
    if all && one {
        let message = "`configureSubscriptionInstances` means every subscription, `subscriptionId` means one";
        reader.error(problem::SCOPE, &[], message, "choose one of them");
    }
    if !all && !one && !graph {
        let message = "neither a subscription nor Active Directory is to be read";
        let what = "set `subscriptionId`, `configureSubscriptionInstances` or `ingestActiveDirectory`";
        reader.error(problem::SCOPE, &[], message, what);
    }
    let description = reader.text(file, "", "description");
    let errors = reader.problems.iter().filter(|problem| !problem.is_warning).count();
    let account = (errors == begun && is_wanted).then(|| Account {
        name: name.clone(),
        description,
        tenant,
        login: Login { auth: Auth::Secret, client_id, secret_variable, ..Login::default() },
        tenant_only: !all && !one,
        subscriptions,
        graph,
        ..Account::default()
    });
    (account.into_iter().collect(), vec![name], every)
}

fn required(reader: &mut Reader<'_>, settings: &Table, key: &str, hint: &str) -> Option<String> {
    let value = reader.required(settings, "", key, hint)?;
    reader.as_text(value, "", key)
}

fn every(reader: &mut Reader<'_>, file: &Table) -> Option<TimeDelta> {
    let text = reader.text(file, "", "pollingInterval")?;
    let word = INTERVALS.iter().find(|(word, _)| *word == text).map(|(_, minutes)| TimeDelta::minutes(*minutes));
    let found = word.or_else(|| values::duration(&text));
    if found.is_none() {
        let words: Vec<&str> = INTERVALS.iter().map(|(word, _)| *word).collect();
        return reader.wrong_type("", "pollingInterval", &format!("{}, or a duration such as 24h", words.join(", ")));
    }
    found
}
