//! What can be typed. A doc comment here is the help of its flag; nothing is looked up here.

mod checks;
#[cfg(feature = "collect")]
mod collect;
mod doctor;
mod offline;

pub use checks::{CheckArgs, ChecksAction, ChecksArgs, ReportArgs};
#[cfg(feature = "collect")]
pub use collect::{Connect, DemoArgs, SampleServerArgs, SnapshotArgs};
pub use doctor::DoctorArgs;
pub use offline::{DiffArgs, ImportArgs, QueryArgs, ShellArgs, TablesArgs, VerifyArgs};

use clap::{Args, Parser, Subcommand};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Azure tenants as sealed folders of Parquet: offline SQL, compliance checks, reports and differences
#[derive(Debug, Parser)]
#[command(name = "azsnap", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Top {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command
#[derive(Debug, Args)]
pub struct Global {
    /// Where snapshots are written and looked for
    #[arg(long, global = true, value_name = "DIR", env = "AZSNAP_ARCHIVE", default_value = "azsnap-archive")]
    pub archive: PathBuf,
    /// GUID of the tenant, where an archive or recordings hold several
    #[arg(long, global = true, value_name = "GUID")]
    pub tenant: Option<String>,
    /// Accounts, parameters and habits: azsnap.toml, jit-integration.yml or JupiterOne's settings [default: azsnap.toml
    /// in this folder, when it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say nothing but data and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Messages as JSON lines on stderr
    #[arg(long, global = true)]
    pub json_log: bool,
    /// How much of its inner work the program tells on stderr: error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL", env = "AZSNAP_LOG", default_value = "warn", hide = true)]
    pub log: tracing::Level,
    /// Names of the flags that were typed, or set by the environment: they win over the configuration.
    #[arg(skip)]
    pub given: BTreeSet<String>,
    /// Parameters of checks from the configuration.
    #[arg(skip)]
    pub params: BTreeMap<String, String>,
    /// What is wrong with the configuration, where the command goes on to say so.
    #[arg(skip)]
    pub problems: Vec<crate::config::Problem>,
    /// Failures that somebody accepts, from the configuration.
    #[arg(skip)]
    pub accepted: Vec<crate::config::Accept>,
}

impl Global {
    /// Whether a flag was typed, or set by the environment.
    pub fn is_given(&self, flag: &str) -> bool {
        self.given.contains(flag)
    }
}

/// Commands
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole program on a made-up tenant: two snapshots, checks, a report, the differences
    #[cfg(feature = "collect")]
    Demo(DemoArgs),
    /// Read a tenant into a snapshot
    #[cfg(feature = "collect")]
    Snapshot(Box<SnapshotArgs>),
    /// Make a snapshot from JSON files or recordings
    Import(ImportArgs),
    /// Run SQL on a snapshot
    Query(QueryArgs),
    /// Work on a snapshot at an SQL prompt
    Shell(ShellArgs),
    /// Run compliance checks on a snapshot
    Check(CheckArgs),
    /// List, show and test checks and packs
    Checks(ChecksArgs),
    /// Show what changed between two snapshots
    Diff(DiffArgs),
    /// Write the results of all checks as one HTML page
    Report(ReportArgs),
    /// Read every file of a snapshot again and compare it with the seal
    Verify(VerifyArgs),
    /// Say what stands in the way of a snapshot, and which tables and checks it costs
    Doctor(Box<DoctorArgs>),
    /// List tables, or show one
    Tables(TablesArgs),
    /// Play a folder of samples as Azure on loopback
    #[cfg(feature = "collect")]
    SampleServer(SampleServerArgs),
}

/// Where output goes and how it looks
#[derive(Debug, Args, Clone, Default)]
pub struct Output {
    /// table, csv, json, ndjson, markdown or html
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Write to a file instead of stdout; its ending chooses the format
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Which snapshot is read
#[derive(Debug, Args, Clone, Default)]
pub struct From {
    /// A snapshot folder, an archive (its newest), or ARCHIVE@DATE [default: the newest in --archive]
    #[arg(long, value_name = "S")]
    pub snapshot: Option<String>,
}

/// Checks and parameters
#[derive(Debug, Args, Clone, Default)]
pub struct Rules {
    /// Folder with checks, packs and views of your own
    #[arg(long, value_name = "DIR", global = true)]
    pub queries: Option<PathBuf>,
    /// Set a parameter of the checks
    #[arg(long = "param", value_name = "NAME=VALUE", global = true)]
    pub params: Vec<String>,
}

/// What of the chosen packs is asked for
#[derive(Debug, Args, Clone, Default)]
pub struct Narrow {
    /// Only controls up to this level of packs that have levels
    #[arg(long, value_name = "N")]
    pub level: Option<u8>,
    /// Only checks of these severities: critical, high, medium, low, informational
    #[arg(long = "severity", value_name = "WORDS", value_delimiter = ',')]
    pub severities: Vec<String>,
}
