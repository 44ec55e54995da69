//! Commands that ask Azure, or play it: snapshot, demo, sample-server, and how they connect.

use super::Output;
use chrono::TimeDelta;
use clap::Args;
use std::path::PathBuf;

/// `demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the demo's archive and report go [default: a folder azsnap-demo here]
    #[arg(long, value_name = "DIR", default_value = "azsnap-demo")]
    pub dir: PathBuf,
}

/// Endpoints and credentials
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

fn every(text: &str) -> Result<TimeDelta, String> {
    crate::config::values::duration(text).ok_or_else(|| "write a duration such as 30m, 24h or 7d".to_owned())
}

/// `sample-server`
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
