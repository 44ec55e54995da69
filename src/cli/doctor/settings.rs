//! The first stage: flags and variables in, what is wrong with them out. Of a secret nothing leaves here but whether it is
//! there and has the form of its id.

use super::variable;
use crate::cli::accounts;
use crate::cli::args::{DoctorArgs, Global};
use crate::cli::failure::Failure;
use crate::config::{Account, Config, Login};
use crate::doctor::{Diagnosis, Given, Setting, is_guid, problems};
use url::{Host, Url};
use zeroize::Zeroizing;

/// Reads a variable.
pub type Variables<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// One tenant to look at.
pub struct Patient {
    /// The account's name; none without a configuration.
    pub name: Option<String>,
    /// The flags, with the account's settings where none was typed.
    pub args: DoctorArgs,
    /// GUID or domain of the tenant.
    pub tenant: Option<String>,
    /// What it signs in with.
    pub login: Login,
    /// What is wrong with its settings.
    pub configuration: Vec<Diagnosis>,
}

/// The tenants of a command: one for each account of the configuration, or the one of flags and variables.
pub fn patients(args: &DoctorArgs, global: &Global, config: &Config) -> Result<Vec<Patient>, Failure> {
    if config.accounts.is_empty() {
        let told = global.problems.iter().filter_map(|one| {
            Diagnosis::of_configuration(one.code, &one.place, &one.message, &one.what_to_do, one.is_warning)
        });
        let told: Vec<Diagnosis> = told.collect();
        let configuration = if told.is_empty() { check(args, global, &variable) } else { told };
        let (args, tenant, login) = (args.clone(), global.tenant.clone(), Login::default());
        return Ok(vec![Patient { name: None, args, tenant, login, configuration }]);
    }
    // The file's own reader has looked at what accounts sign in with.
    let patient = |account: &Account| {
        let mut args = args.clone();
        if let Some(cloud) = account.cloud.as_ref().filter(|_| !global.is_given("cloud")) {
            args.connect.cloud.clone_from(cloud);
        }
        if !global.is_given("auth") {
            account.login.auth.word().clone_into(&mut args.connect.auth);
        }
        for (typed, set) in [
            (&mut args.subscriptions, &account.subscriptions),
            (&mut args.tables, &account.tables),
            (&mut args.without_tables, &account.without_tables),
        ] {
            if typed.is_empty() {
                typed.clone_from(set);
            }
        }
        Patient {
            name: Some(account.name.clone()),
            args,
            tenant: global.tenant.clone().or_else(|| account.tenant.clone()),
            login: account.login.clone(),
            configuration: Vec::new(),
        }
    };
    Ok(accounts::of_tenant(global, config)?.into_iter().map(patient).collect())
}

/// What is wrong with the settings. What a configuration file says of itself belongs here too.
pub fn check(args: &DoctorArgs, global: &Global, of: &Variables<'_>) -> Vec<Diagnosis> {
    problems(&given(args, global, of))
}

fn given(args: &DoctorArgs, global: &Global, of: &Variables<'_>) -> Given {
    let kind = kind(&args.connect.auth, of);
    let by_id = matches!(kind, "secret" | "certificate" | "workload");
    let setting = |place: &str, is_required: bool| Setting { place: place.to_owned(), value: of(place), is_required };
    let tenant = match &global.tenant {
        Some(tenant) => Setting { place: "--tenant".to_owned(), value: Some(tenant.clone()), is_required: by_id },
        None => setting("AZURE_TENANT_ID", by_id),
    };
    let mut client_id = setting("AZURE_CLIENT_ID", by_id);
    let place = match kind {
        "certificate" => "AZURE_CLIENT_CERTIFICATE_PATH",
        "workload" => "AZURE_FEDERATED_TOKEN_FILE",
        _ => "AZURE_CLIENT_SECRET",
    };
    let secret = of(place).map(Zeroizing::new);
    let is_empty = secret.as_ref().map(|secret| secret.trim().is_empty());
    let credential = Setting {
        place: place.to_owned(),
        value: is_empty.map(|is_empty| if is_empty { String::new() } else { "set".to_owned() }),
        is_required: by_id,
    };
    let others = matches!(kind, "cli" | "azd");
    let is_left_over =
        kind == "cli" && args.connect.auth == "auto" && secret.is_none() && is_set(of, "AZURE_CLIENT_ID");
    if others {
        client_id.value = None;
    }
    let flag = |id: &String| Setting { place: "--subscription".to_owned(), value: Some(id.clone()), is_required: true };
    Given {
        tenant,
        client_id,
        credential,
        secret_is_guid: kind == "secret" && secret.is_some_and(|secret| is_guid(&secret)),
        subscriptions: args.subscriptions.iter().map(flag).chain([setting("AZURE_SUBSCRIPTION_ID", false)]).collect(),
        is_left_over,
        is_local: args.connect.login_endpoint.as_deref().is_some_and(is_loopback),
    }
}

/// The credential that is used: `auto` takes the first whose variable is set.
fn kind<'a>(auth: &'a str, of: &Variables<'_>) -> &'a str {
    match auth {
        "auto" if is_set(of, "AZURE_CLIENT_SECRET") => "secret",
        "auto" if is_set(of, "AZURE_CLIENT_CERTIFICATE_PATH") => "certificate",
        "auto" if is_set(of, "AZURE_FEDERATED_TOKEN_FILE") => "workload",
        "auto" if is_set(of, "IDENTITY_ENDPOINT") => "managed",
        "auto" => "cli",
        other => other,
    }
}

fn is_set(of: &Variables<'_>, name: &str) -> bool {
    of(name).map(Zeroizing::new).is_some_and(|value| !value.is_empty())
}

fn is_loopback(address: &str) -> bool {
    match Url::parse(address).as_ref().map(Url::host) {
        Ok(Some(Host::Domain(name))) => name.eq_ignore_ascii_case("localhost"),
        Ok(Some(Host::Ipv4(ip))) => ip.is_loopback(),
        Ok(Some(Host::Ipv6(ip))) => ip.is_loopback(),
        _ => false,
    }
}
