//! Commands about checks: check, checks, report.

use super::{From, Narrow, Output, Rules};
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
