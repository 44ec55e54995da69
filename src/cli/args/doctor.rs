//! The command doctor.

#[cfg(feature = "collect")]
use super::Connect;
use clap::Args;
use std::path::PathBuf;

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
