//! The same snapshot from JSON files: a folder (or recordings) in, an unsealed snapshot out, equal to what a run over
//! HTTP would give. No network.

mod folder;
mod recordings;
mod records;
mod rows;

use crate::catalog::{Catalog, CatalogError, SUBSCRIPTIONS};
use crate::columns::RECIPE;
use crate::store::inherit::{self, Coverage, InheritError};
use crate::store::manifest::{FORMAT_VERSION, Totals};
use crate::store::{
    JournalGroup, JournalHead, LedgerRow, Manifest, Partial, Status, StoreError, Unsealed, Written, snapshot_name,
};
use chrono::NaiveDateTime;
use rows::Importer;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What an import needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder with `<table>.json` or `<table>.jsonl`, a folder of recordings, or one recording.
    pub source: PathBuf,
    /// Where snapshots are kept.
    pub archive: PathBuf,
    /// Time and name of the snapshot; also the time of every row.
    pub at: NaiveDateTime,
    /// GUID of the tenant, when the files hold several or none.
    pub tenant: Option<String>,
    /// Tables without a file are empty instead of not collected.
    pub assume_empty: bool,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read or is not what it should be.
    #[error("{}{}: {why}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// Line, from 1, where it is known.
        line: Option<usize>,
        /// What is wrong.
        why: String,
    },
    /// Nothing to import.
    #[error("{} holds no <table>.json, <table>.jsonl or recording", path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// The tenant cannot be told.
    #[error("{why}: name one with --tenant")]
    WhichTenant {
        /// What was found instead.
        why: String,
    },
    /// A bad spec.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger could not be completed.
    #[error(transparent)]
    Ledger(#[from] InheritError),
}

impl ImportError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ImportError {
        let path = path.to_owned();
        move |source| ImportError::Store(StoreError::Io { what: "read", path, source })
    }
}

/// What an import gives.
#[derive(Debug)]
pub struct Imported {
    /// The folder to seal.
    pub unsealed: Unsealed,
    /// Rows of the ledger that are no knowledge.
    pub unread: usize,
    /// Files and recorded answers that fit no table.
    pub ignored: Vec<String>,
}

/// What a source says: objects per table, and statuses.
pub(crate) struct Sources {
    /// Objects of each table, in the order of files.
    pub(crate) tables: BTreeMap<String, Vec<rows::Source>>,
    /// (table, subscription or none, status, code).
    pub(crate) statuses: Vec<(String, Option<String>, Status, Option<String>)>,
    /// Tenant ids seen.
    pub(crate) tenants: BTreeSet<String>,
    /// What fits no table.
    pub(crate) ignored: Vec<String>,
}

/// Imports a folder or recordings, up to the derived tables and the seal.
///
/// # Errors
/// A file cannot be read, the tenant cannot be told, or the disk refuses.
pub fn run(options: &Options) -> Result<Imported, ImportError> {
    let catalog = Catalog::bundled();
    let sources = if records::is_recording(&options.source)? {
        recordings::read(catalog, options)?
    } else {
        folder::read(catalog, &options.source)?
    };
    let tenant = which_tenant(&sources.tenants, options)?;
    let asked = serde_json::json!({ "assume_empty": options.assume_empty });
    let head = JournalHead {
        catalog: String::new(),
        principal: None,
        written_by: concat!("azsnap ", env!("CARGO_PKG_VERSION")).to_owned(),
        tenant_id: tenant.clone(),
        asked: asked.clone(),
        started_at: options.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    let partial = Partial::create(&options.archive, &snapshot_name(options.at), &head)?;
    let dir = partial.dir().to_owned();
    finish(catalog, options, sources, tenant, asked, partial).inspect_err(|_| {
        // An import can simply be made again: nothing of a failed one is worth keeping.
        let _ = std::fs::remove_dir_all(&dir);
    })
}

fn finish(
    catalog: &'static Catalog,
    options: &Options,
    sources: Sources,
    tenant: String,
    asked: serde_json::Value,
    partial: Partial,
) -> Result<Imported, ImportError> {
    let mut importer = Importer::new(catalog, &partial, &tenant, options.at);
    let Sources { tables, statuses, ignored, .. } = sources;
    // Subscriptions and management groups first: they say where inherited objects are seen.
    let first = [SUBSCRIPTIONS, "azure_management_group"];
    let order = first.into_iter().chain(tables.keys().map(String::as_str).filter(|table| !first.contains(table)));
    for table in order.filter(|table| tables.contains_key(*table)).collect::<Vec<_>>() {
        importer.table(table, &tables[table])?;
    }
    let (entry, counted, subscriptions) = importer.finish()?;
    let names: BTreeSet<String> = tables.keys().cloned().collect();
    let ledger = ledger(catalog, options, &tenant, &subscriptions, &names, &statuses, &counted)?;
    let unread = ledger.iter().filter(|row| !row.status.is_knowledge()).count();
    let assumed = ledger.iter().filter(|row| row.code.as_deref() == Some("Assumed"));
    let assumed_tables: BTreeSet<String> = assumed.map(|row| row.table_name.clone()).collect();
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        written_by: concat!("azsnap ", env!("CARGO_PKG_VERSION")).to_owned(),
        tenant_id: tenant,
        snapshot: snapshot_name(options.at),
        source: "import".to_owned(),
        asked,
        principal: None,
        started_at: options.at,
        finished_at: options.at,
        clock_offset_seconds: None,
        resumed_at: Vec::new(),
        tables: Vec::new(),
        derived: Vec::new(),
        row_hash_recipe: RECIPE.to_owned(),
        totals: Totals::default(),
        params: BTreeMap::new(),
        sources: tables
            .values()
            .flatten()
            .map(|source| source.label.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        assumed_tables: assumed_tables.into_iter().collect(),
        pruning: None,
        resource_counts: Default::default(),
        population_differences: Vec::new(),
        proven_subscriptions: Vec::new(),
        account_name: None,
        description: None,
    };
    let mut written = Written::default();
    written.add(JournalGroup { tasks: vec![entry], ..JournalGroup::default() });
    let unsealed = partial
        .write_tables::<StoreError>(catalog, &written, manifest, |_, give| ledger.into_iter().try_for_each(give))?;
    Ok(Imported { unsealed, unread, ignored })
}

fn which_tenant(found: &BTreeSet<String>, options: &Options) -> Result<String, ImportError> {
    if let Some(tenant) = &options.tenant {
        return Ok(tenant.to_lowercase());
    }
    let mut found = found.iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.to_lowercase()),
        (None, _) => Err(ImportError::WhichTenant { why: "the files do not say which tenant they are of".to_owned() }),
        (Some(one), Some(other)) => {
            let all: Vec<&str> = [one, other].into_iter().chain(found).map(String::as_str).collect();
            Err(ImportError::WhichTenant { why: format!("the files are of several tenants ({})", all.join(", ")) })
        }
    }
}

/// The rows that the files speak for, completed by inheritance.
fn ledger(
    catalog: &Catalog,
    options: &Options,
    tenant: &str,
    subscriptions: &BTreeSet<String>,
    files: &BTreeSet<String>,
    statuses: &[(String, Option<String>, Status, Option<String>)],
    counted: &[LedgerRow],
) -> Result<Vec<LedgerRow>, ImportError> {
    let at = options.at.and_utc().timestamp_micros();
    let mut rows = Vec::new();
    for spec in catalog.all()? {
        let source = catalog.source_of(spec)?;
        let given = files.contains(&source.name) || files.contains(&spec.name);
        let wide = catalog.is_tenant_wide(spec)?;
        let scopes: Vec<(&str, &str)> = if wide || subscriptions.is_empty() {
            vec![("tenant", tenant)]
        } else {
            subscriptions.iter().map(|id| ("subscription", id.as_str())).collect()
        };
        for (kind, id) in scopes {
            let mut row =
                LedgerRow { started_at: Some(at), finished_at: Some(at), ..LedgerRow::new(&spec.name, kind, id) };
            row.permission = Some(spec.permission.clone());
            row.api_version = Some(source.fetch.api_version.clone());
            let said = statuses.iter().rev().find(|(table, scope, _, _)| {
                (*table == spec.name || *table == source.name)
                    && scope.as_deref().is_none_or(|scope| scope.eq_ignore_ascii_case(id))
            });
            if let Some((_, _, status, code)) = said {
                (row.status, row.code) = (*status, code.clone());
            } else if !given && options.assume_empty {
                row.code = Some("Assumed".to_owned());
            } else if !given {
                row.status = Status::NotCollected;
                row.code = Some("NoFile".to_owned());
            }
            rows.push(row);
        }
    }
    let counted =
        counted.iter().map(|row| ((row.table_name.as_str(), row.scope_id.as_str()), row)).collect::<BTreeMap<_, _>>();
    for row in &mut rows {
        if let Some(found) = counted.get(&(row.table_name.as_str(), row.scope_id.as_str())) {
            (row.rows, row.coercions) = (found.rows, found.coercions);
            if row.status == Status::Ok && found.status != Status::Ok {
                (row.status, row.code) = (found.status, found.code.clone());
            }
        }
    }
    inherit::lower(catalog, &mut rows, tenant)?;
    let every: BTreeMap<String, bool> = subscriptions.iter().map(|id| (id.clone(), true)).collect();
    let coverage = Coverage {
        tenant_id: tenant,
        subscriptions: &every,
        tables: &catalog.names().collect(),
        // Files are taken to be what they say; a list that hid things is marked by its own ledger line.
        proven: &subscriptions.clone(),
    };
    Ok(inherit::complete_all(catalog, rows, &coverage)?)
}
