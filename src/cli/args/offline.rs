//! Commands that read files or snapshots, and nothing else: import, query, shell, diff, verify, tables.

use super::{From, Output, Rules};
use clap::Args;
use std::path::PathBuf;

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
