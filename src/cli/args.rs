//! What can be typed. A doc comment here is the help of its flag; nothing is looked up here.

#[cfg(feature = "collect")]
use chrono::TimeDelta;
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

/// `import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Folder with <table>.json or <table>.jsonl, recordings (jsonl), or a HAR file
    pub source: PathBuf,
    /// Time of the snapshot, such as 2026-10-01T06:00:00Z
    #[arg(long, value_name = "TIME")]
    pub at: String,
    /// Tables without a file are empty instead of not collected
    #[arg(long)]
    pub assume_empty: bool,
}

/// `query`
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// One or more SQL statements
    #[arg(short, long = "command", value_name = "SQL", required_unless_present = "file", conflicts_with = "file")]
    pub command: Option<String>,
    /// A file of SQL statements, - for standard input; stops at the first error
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Read all snapshots of the archive at once, with columns `tenant` and `snapshot`
    #[arg(long, conflicts_with = "snapshot")]
    pub all: bool,
    /// Allow COPY ... TO files below this folder
    #[arg(long, value_name = "DIR")]
    pub export_dir: Option<PathBuf>,
    #[command(flatten)]
    pub from: From,
    #[command(flatten)]
    pub rules: Rules,
    #[command(flatten)]
    pub output: Output,
}

/// `shell`
#[derive(Debug, Args)]
pub struct ShellArgs {
    /// Allow COPY ... TO files below this folder
    #[arg(long, value_name = "DIR")]
    pub export_dir: Option<PathBuf>,
    /// Keep no history of what was typed
    #[arg(long)]
    pub no_history: bool,
    #[command(flatten)]
    pub from: From,
    #[command(flatten)]
    pub rules: Rules,
}

/// `check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Packs, families or checks; none means all
    #[arg(value_name = "PACK|SLUG")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub narrow: Narrow,
    #[command(flatten)]
    pub from: From,
    #[command(flatten)]
    pub rules: Rules,
    #[command(flatten)]
    pub output: Output,
}

/// `checks`
#[derive(Debug, Args)]
pub struct ChecksArgs {
    #[command(subcommand)]
    pub action: Option<ChecksAction>,
    #[command(flatten)]
    pub rules: Rules,
}

/// What to do with checks
#[derive(Debug, Subcommand)]
pub enum ChecksAction {
    /// List checks and packs
    List,
    /// Show one check: rule, data, permission, remedy
    Show {
        /// Slug of the check
        slug: String,
        /// Print its SQL with parameters and views filled in
        #[arg(long)]
        sql: bool,
    },
    /// Say what one check asks and why: rule by its cases, data, permissions, remedy, the controls it answers
    Explain {
        /// Slug of the check
        slug: String,
    },
    /// Write a check of your own to begin with, into --queries (default: queries); its cases run at once
    New {
        /// Slug of the new check
        slug: String,
        /// The table whose rows it judges
        #[arg(long, value_name = "TABLE", default_value = "azure_storage_account")]
        table: String,
    },
    /// Run the cases of checks
    Test {
        /// Slugs, or a folder in the form of --queries whose checks alone are run; none means all
        #[arg(value_name = "SLUG|DIR")]
        slugs: Vec<String>,
    },
}

/// `diff`
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The older snapshot
    pub old: String,
    /// The newer snapshot
    pub new: String,
    /// Only these tables
    #[arg(long = "table", value_name = "TABLE")]
    pub tables: Vec<String>,
    /// Also run the checks on both and list verdicts that changed
    #[arg(long)]
    pub checks: bool,
    #[command(flatten)]
    pub rules: Rules,
    #[command(flatten)]
    pub output: Output,
}

/// `report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The snapshot [default: the newest in --archive]
    pub snapshot: Option<String>,
    /// Packs, families or checks; none means all
    #[arg(long = "pack", value_name = "PACK|SLUG")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub narrow: Narrow,
    #[command(flatten)]
    pub rules: Rules,
    /// The page to write
    #[arg(long, short, value_name = "FILE", default_value = "azsnap-report.html")]
    pub output: PathBuf,
}

/// `verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The snapshot [default: the newest in --archive]
    pub snapshot: Option<String>,
    /// The seal it must have
    #[arg(long, value_name = "SHA256")]
    pub seal: Option<String>,
}

/// `tables`
#[derive(Debug, Args)]
pub struct TablesArgs {
    /// Show one table: columns, source, permission
    pub table: Option<String>,
    /// Try the table specs below a folder: their examples, and the cases of their relationships
    #[arg(long, value_name = "DIR", conflicts_with = "table")]
    pub test: Option<PathBuf>,
    /// Write the reference of all tables into a folder, one Markdown page a family
    #[arg(long, value_name = "DIR", conflicts_with_all = ["table", "test"])]
    pub docs: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

/// `doctor`
///
/// Exit code 0: ready; 2: unusable; 3: usable, but tables would be (or were) missing. docs/doctor.md explains every code.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Say what a snapshot lost for want of which permission, from its ledger: a snapshot folder, an archive (its newest), or
    /// ARCHIVE@DATE; asks nobody
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["role_json", "explain"])]
    pub from_ledger: Option<String>,
    /// Print the least custom role for the chosen tables, as `az role definition create --role-definition @FILE` takes it, and
    /// the Graph application permissions on stderr (with --format json both as one object); asks nobody
    #[arg(long, conflicts_with = "explain")]
    pub role_json: bool,
    /// Explain a code; without one, all of them as a Markdown page
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "")]
    pub explain: Option<String>,
    /// Only these tables (and the parents they hang on); * stands for anything
    #[arg(long = "table", value_name = "TABLE")]
    pub tables: Vec<String>,
    /// Not these tables
    #[arg(long = "without-table", value_name = "TABLE")]
    pub without_tables: Vec<String>,
    /// Only these accounts of the configuration, by name or integration id
    #[cfg(feature = "collect")]
    #[arg(long = "account", alias = "integration", value_name = "NAME")]
    pub accounts: Vec<String>,
    /// Only the tables that these packs, families or checks read
    #[arg(long = "check", value_name = "PACK|SLUG")]
    pub checks: Vec<String>,
    /// Folder with checks, packs and views of your own
    #[arg(long, value_name = "DIR")]
    pub queries: Option<PathBuf>,
    /// Only these subscriptions, by GUID or name
    #[arg(long = "subscription", value_name = "ID|NAME")]
    pub subscriptions: Vec<String>,
    /// text or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[cfg(feature = "collect")]
    #[command(flatten)]
    pub connect: Connect,
}

/// `demo`
#[cfg(feature = "collect")]
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the demo's archive and report go [default: a folder azsnap-demo here]
    #[arg(long, value_name = "DIR", default_value = "azsnap-demo")]
    pub dir: PathBuf,
}

/// Endpoints and credentials
#[cfg(feature = "collect")]
#[derive(Debug, Clone, Args)]
pub struct Connect {
    /// public, usgov or china
    #[arg(long, default_value = "public")]
    pub cloud: String,
    /// Resource Manager, when not the cloud's own
    #[arg(long, value_name = "URL")]
    pub arm_endpoint: Option<String>,
    /// Microsoft Graph, when not the cloud's own
    #[arg(long, value_name = "URL")]
    pub graph_endpoint: Option<String>,
    /// Where tokens come from, when not the cloud's own
    #[arg(long, value_name = "URL", env = "AZURE_AUTHORITY_HOST")]
    pub login_endpoint: Option<String>,
    /// Where a data plane is, as in vault.azure.net=http://127.0.0.1:8400/host/{host}
    #[arg(long = "data-endpoint", value_name = "SUFFIX=URL")]
    pub data_endpoints: Vec<String>,
    /// auto, secret, certificate, workload, managed, cli or azd: which of the AZURE_* variables is used
    #[arg(long, default_value = "auto")]
    pub auth: String,
}

/// `snapshot`
#[cfg(feature = "collect")]
#[derive(Debug, Clone, Args)]
pub struct SnapshotArgs {
    /// Only these accounts of the configuration
    #[arg(long = "account", visible_alias = "integration", value_name = "NAME")]
    pub accounts: Vec<String>,
    /// Take one again and again, this far apart: 30m, 24h, 7d; 0 takes one only
    #[arg(long, value_name = "DURATION", value_parser = every, conflicts_with_all = ["resume", "at", "plan"])]
    pub every: Option<TimeDelta>,
    /// Keep the newest N snapshots of a tenant: lists the older ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    /// Remove what is more than is kept, and write it down in removed.jsonl
    #[arg(long)]
    pub delete: bool,
    /// Only these tables (and the parents they hang on); * stands for anything
    #[arg(long = "table", value_name = "TABLE")]
    pub tables: Vec<String>,
    /// Not these tables
    #[arg(long = "without-table", value_name = "TABLE")]
    pub without_tables: Vec<String>,
    /// Only these subscriptions, by GUID or name
    #[arg(long = "subscription", value_name = "ID|NAME")]
    pub subscriptions: Vec<String>,
    /// Not these subscriptions
    #[arg(long = "without-subscription", value_name = "ID|NAME")]
    pub without_subscriptions: Vec<String>,
    /// Only subscriptions below these management groups (and those named)
    #[arg(long = "management-group", value_name = "ID|NAME")]
    pub management_groups: Vec<String>,
    /// Not the subscriptions below these management groups
    #[arg(long = "without-management-group", value_name = "ID|NAME")]
    pub without_management_groups: Vec<String>,
    /// No subscription: only what stands above them
    #[arg(long, conflicts_with_all = ["subscriptions", "management_groups"])]
    pub tenant_only: bool,
    /// Not the tables of Microsoft Graph
    #[arg(long)]
    pub without_graph: bool,
    /// Ask also for types of which Resource Graph counts none
    #[arg(long)]
    pub no_prune: bool,
    /// How many days back the activity log is read
    #[arg(long, value_name = "N", default_value_t = crate::collect::LOG_DAYS, value_parser = clap::value_parser!(u32).range(1..=crate::collect::LOG_DAYS as i64))]
    pub log_days: u32,
    /// Only say what would be asked, how many calls that takes at least, and which permissions it needs
    #[arg(long, conflicts_with = "resume")]
    pub plan: bool,
    #[command(flatten)]
    pub output: Output,
    /// Go on with an interrupted run: its .partial folder, or the newest one of the archive
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "")]
    pub resume: Option<String>,
    /// Resume also what was begun more than a day ago
    #[arg(long)]
    pub stale_ok: bool,
    /// Time and name of the snapshot instead of now
    #[arg(long, value_name = "TIME", hide = true)]
    pub at: Option<String>,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub concurrency: usize,
    #[command(flatten)]
    pub connect: Connect,
}

#[cfg(feature = "collect")]
fn every(text: &str) -> Result<TimeDelta, String> {
    crate::config::values::duration(text).ok_or_else(|| "write a duration such as 30m, 24h or 7d".to_owned())
}

/// `sample-server`
#[cfg(feature = "collect")]
#[derive(Debug, Args)]
pub struct SampleServerArgs {
    /// Folder of <table>.jsonl files; the bundled made-up tenant when absent
    pub dir: Option<PathBuf>,
    /// Date of the bundled tenant
    #[arg(long, value_name = "DATE", default_value = "2026-10-01")]
    pub date: String,
    /// So many subscriptions, made after the sample's, with users and groups in proportion [default: the sample's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub subscriptions: Option<u32>,
    /// What lies in a subscription's resource groups, K times over
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub scale: u32,
    /// Port; 0 takes a free one
    #[arg(long, default_value_t = 8400)]
    pub port: u16,
    /// Items of a page
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub page_size: usize,
    /// Every Nth request is answered 429
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub throttle_every: u64,
    /// Every Nth request is answered 500 or 503
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_every: u64,
    /// Every Nth answer is cut off half way
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub drop_every: u64,
    /// Paths (prefix, or pattern with *) that are answered 403
    #[arg(long, value_name = "PATH")]
    pub deny: Vec<String>,
    /// Milliseconds before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency_ms: u64,
    /// Seconds that a token lives
    #[arg(long, value_name = "SECONDS", default_value_t = 3599)]
    pub token_ttl: u64,
    /// End every list with a link to an empty page
    #[arg(long)]
    pub empty_last_page: bool,
}
