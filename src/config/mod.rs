//! Configuration files: `azsnap.toml`, `jit-integration.yml` and JupiterOne's settings. A file's text and a way to ask for
//! variables in; accounts, parameters and habits out, or everything that is wrong with the file at once.
//!
//! It opens only the file it is told to, reads no environment itself, keeps no secret (only the names of the variables
//! that hold them), and never repeats a value of the file in a message.

mod accept;
mod accounts;
mod jit;
mod jupiterone;
pub mod problem;
mod reader;
mod syntax;
#[cfg(test)]
mod tests;
pub mod values;

use crate::catalog::near_names;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use accept::Accept;
pub use problem::{ConfigError, Problem};
use reader::Reader;

/// Looks a variable of the environment up.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The name of the file that is looked for when none is named.
pub const DEFAULT_FILE: &str = "azsnap.toml";

/// Clouds an account may be in.
pub const CLOUDS: [&str; 3] = ["public", "usgov", "china"];

/// Most days back that logs are read: one less than Azure keeps them.
const MAX_LOG_DAYS: u32 = 89;

/// How an account signs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Auth {
    /// By whatever the environment holds.
    #[default]
    Auto,
    /// Application and client secret.
    Secret,
    /// Application and certificate.
    Certificate,
    /// A federated token.
    Workload,
    /// The identity of the machine.
    Managed,
    /// Whoever is signed in to the Azure CLI.
    Cli,
    /// Whoever is signed in to the Azure Developer CLI.
    Azd,
}

impl Auth {
    /// Every way, in the order of the help.
    pub const ALL: [Auth; 7] =
        [Auth::Auto, Auth::Secret, Auth::Certificate, Auth::Workload, Auth::Managed, Auth::Cli, Auth::Azd];

    /// The word for it, as in `--auth`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Auth::Auto => "auto",
            Auth::Secret => "secret",
            Auth::Certificate => "certificate",
            Auth::Workload => "workload",
            Auth::Managed => "managed",
            Auth::Cli => "cli",
            Auth::Azd => "azd",
        }
    }

    fn of_word(word: &str) -> Option<Auth> {
        Auth::ALL.into_iter().find(|auth| auth.word() == word)
    }
}

/// A further application that a run may use in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Application id.
    pub client_id: String,
    /// Name of the variable that holds its secret.
    pub secret_variable: String,
}

/// What an account signs in with; what is absent is taken from the `AZURE_*` variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// The way.
    pub auth: Auth,
    /// Application id.
    pub client_id: Option<String>,
    /// Name of the variable that holds the secret.
    pub secret_variable: Option<String>,
    /// A PEM file with certificate and key.
    pub certificate: Option<PathBuf>,
    /// Further applications, beside the first.
    pub principals: Vec<Principal>,
}

/// A tenant to read, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name, for `--account` and the manifest.
    pub name: String,
    /// What it is, for the manifest.
    pub description: Option<String>,
    /// The id of the integration, where the file gives one beside the name.
    pub integration: Option<String>,
    /// GUID or domain of the tenant.
    pub tenant: Option<String>,
    /// One of [`CLOUDS`]; none means the public one.
    pub cloud: Option<String>,
    /// How it signs in.
    pub login: Login,
    /// Subscriptions in, by GUID or name; none means all.
    pub subscriptions: Vec<String>,
    /// Subscriptions out.
    pub without_subscriptions: Vec<String>,
    /// Management groups whose subscriptions are in, by id or name.
    pub management_groups: Vec<String>,
    /// Management groups whose subscriptions are out.
    pub without_management_groups: Vec<String>,
    /// No subscription at all: only what stands above them.
    pub tenant_only: bool,
    /// Tables in, by name or pattern; none means all.
    pub tables: Vec<String>,
    /// Tables out.
    pub without_tables: Vec<String>,
    /// Whether tables of Microsoft Graph are read.
    pub graph: bool,
    /// How many days back logs are read.
    pub log_days: Option<u32>,
    /// Ask also for what Resource Graph counts none of.
    pub no_prune: bool,
}

impl Default for Account {
    fn default() -> Account {
        Account {
            name: String::new(),
            description: None,
            integration: None,
            tenant: None,
            cloud: None,
            login: Login::default(),
            subscriptions: Vec::new(),
            without_subscriptions: Vec::new(),
            management_groups: Vec::new(),
            without_management_groups: Vec::new(),
            tenant_only: false,
            tables: Vec::new(),
            without_tables: Vec::new(),
            graph: true,
            log_days: None,
            no_prune: false,
        }
    }
}

/// What a configuration file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The accounts that were asked for, in the order of the file.
    pub accounts: Vec<Account>,
    /// Names of all accounts of the file, asked for or not.
    pub known: Vec<String>,
    /// Parameters of checks, as `--param` takes them.
    pub params: BTreeMap<String, String>,
    /// Where snapshots are.
    pub archive: Option<PathBuf>,
    /// How far apart runs are.
    pub every: Option<TimeDelta>,
    /// How many snapshots of a tenant are kept.
    pub keep: Option<u32>,
    /// Failures that somebody answers for.
    pub accepted: Vec<Accept>,
    /// What is odd in the file.
    pub warnings: Vec<Problem>,
}

/// Which accounts a command needs: variables are looked up for those only.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// None: it works on snapshots.
    Nobody,
    /// All of the file.
    Everybody,
    /// Those of these names or ids.
    Named(&'a [String]),
}

impl Wanted<'_> {
    fn is(&self, names: &[&str]) -> bool {
        match self {
            Wanted::Nobody => false,
            Wanted::Everybody => true,
            Wanted::Named(wanted) => {
                wanted.iter().any(|one| names.iter().any(|name| !name.is_empty() && one.eq_ignore_ascii_case(name)))
            }
        }
    }
}

/// Reads a configuration file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(file: &Path, wanted: Wanted<'_>, environment: Environment<'_>) -> Result<Config, ConfigError> {
    match std::fs::read_to_string(file) {
        Ok(text) => parse(file, &text, wanted, environment),
        Err(error) => {
            let mut reader = Reader::new(file.display().to_string(), environment);
            let message = format!("it cannot be read ({error})");
            reader.error(problem::FORM, &[], &message, "name another file with --config");
            Err(ConfigError { problems: reader.problems })
        }
    }
}

/// Reads the text of a configuration file; the file's name says how it is written, its keys whose it is.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(file: &Path, text: &str, wanted: Wanted<'_>, environment: Environment<'_>) -> Result<Config, ConfigError> {
    let name = file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut reader = Reader::new(name, environment);
    let mut config = Config::default();
    if let Some(table) = syntax::table(&mut reader, file, text) {
        let is_yaml = syntax::is_yaml(file);
        if jupiterone::is_this(&table) {
            (config.accounts, config.known, config.every) = jupiterone::read(&mut reader, &table, &wanted);
        } else if table.contains_key("azure") || (is_yaml && !table.contains_key("account")) {
            (config.accounts, config.known) = jit::read(&mut reader, &table, &wanted);
        } else {
            accounts::read(&mut reader, &table, &accounts::folder_of(file), &wanted, &mut config);
        }
        if let Wanted::Named(names) = wanted {
            unknown_accounts(&mut reader, names, &config.known);
        }
    }
    syntax::secrets_in_text(&mut reader, text);
    let (warnings, mut problems): (Vec<Problem>, Vec<Problem>) =
        reader.problems.into_iter().partition(|problem| problem.is_warning);
    if problems.is_empty() {
        config.warnings = warnings;
        return Ok(config);
    }
    problems.extend(warnings);
    Err(ConfigError { problems })
}

fn unknown_accounts(reader: &mut Reader<'_>, names: &[String], known: &[String]) {
    for name in names.iter().filter(|name| !known.iter().any(|one| one.eq_ignore_ascii_case(name))) {
        let near = near_names(name, known.iter().map(String::as_str).filter(|known| !known.is_empty()));
        let hint = match (near.is_empty(), known.is_empty()) {
            (false, _) => format!("did you mean {}?", near.join(", ")),
            (true, false) => format!("there are {}", known.join(", ")),
            (true, true) => "it holds no account".to_owned(),
        };
        reader.error(problem::FORM, &[], &format!("there is no account `{name}`"), &hint);
    }
}
