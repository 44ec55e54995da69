//! Finding and opening snapshots: a folder, an archive, or `archive@DATE` in, opened snapshots out.

use super::error::StoreError;
use super::manifest::{FORMAT_VERSION, Manifest};
use super::seal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// An opened, sealed snapshot.
#[derive(Debug, Clone)]
pub struct Snapshot {
    dir: PathBuf,
    manifest: Manifest,
}

impl Snapshot {
    /// Opens a snapshot folder: reads its manifest, not its tables.
    ///
    /// # Errors
    /// No manifest, or one of a newer form.
    pub fn open(dir: &Path) -> Result<Snapshot, StoreError> {
        let not = |why: &str| StoreError::NotASnapshot { path: dir.to_owned(), why: why.to_owned() };
        if !dir.is_dir() {
            return Err(not("there is no such folder"));
        }
        let path = dir.join("manifest.json");
        if !path.is_file() {
            return Err(not("it has no manifest.json"));
        }
        let text = fs::read_to_string(&path).map_err(StoreError::io("read", &path))?;
        let bad = |why: String| StoreError::BadFile { path: path.clone(), why };
        let version = serde_json::from_str::<serde_json::Value>(&text).map_err(|error| bad(error.to_string()))?;
        let version = version.get("format_version").and_then(serde_json::Value::as_u64);
        if version.is_none_or(|version| version > u64::from(FORMAT_VERSION)) {
            let found = version.map_or("none".to_owned(), |version| version.to_string());
            return Err(bad(format!("its format_version is {found}, this azsnap reads up to {FORMAT_VERSION}")));
        }
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        let dir = fs::canonicalize(dir).map_err(StoreError::io("open", dir))?;
        Ok(Snapshot { dir, manifest })
    }

    /// The folder, absolute.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Parts of a table (or derived table); none when this snapshot does not have the table.
    pub fn parts(&self, table: &str) -> Vec<PathBuf> {
        let all = self.manifest.tables.iter().chain(&self.manifest.derived);
        let entry = all.into_iter().find(|entry| entry.name == table);
        entry.map(|entry| entry.files.iter().map(|file| self.dir.join(file)).collect()).unwrap_or_default()
    }

    /// The ledger's file.
    pub fn ledger_path(&self) -> PathBuf {
        self.dir.join("ledger.parquet")
    }

    /// SHA-256 of `SHA256SUMS`.
    ///
    /// # Errors
    /// The file is missing.
    pub fn seal(&self) -> Result<String, StoreError> {
        seal::seal_of(&self.dir)
    }

    /// The clock of all checks: when the snapshot was begun, UTC.
    pub fn time(&self) -> NaiveDateTime {
        self.manifest.started_at
    }

    /// GUID of the tenant.
    pub fn tenant_id(&self) -> &str {
        &self.manifest.tenant_id
    }
}

/// The name of a snapshot taken at an instant: `YYYYMMDDTHHMMSSZ`.
pub fn snapshot_name(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// The snapshots of an archive, by tenant, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    /// Tenant, name and folder of each sealed snapshot.
    pub snapshots: Vec<(String, String, PathBuf)>,
    /// Folders of unfinished ones.
    pub partials: Vec<PathBuf>,
}

/// Lists an archive.
///
/// # Errors
/// The folder cannot be read.
pub fn find_snapshots(archive: &Path) -> Result<Archive, StoreError> {
    let mut found = Archive::default();
    for tenant in folders(archive)? {
        let Some(id) = name_after(&tenant, "tenant=") else { continue };
        for folder in folders(&tenant)? {
            let Some(name) = name_after(&folder, "snapshot=") else { continue };
            if name.ends_with(".partial") {
                found.partials.push(folder);
            } else {
                found.snapshots.push((id.clone(), name, folder));
            }
        }
    }
    found.snapshots.sort();
    Ok(found)
}

/// Finds what `S` names: a snapshot folder, an archive (its newest), or `archive@DATE` (the last at or before then).
///
/// # Errors
/// Nothing fits, several tenants and none named, or the snapshot cannot be opened.
pub fn resolve(text: &str, tenant: Option<&str>) -> Result<Snapshot, StoreError> {
    let whole = Path::new(text);
    if whole.join("manifest.json").is_file() {
        return Snapshot::open(whole);
    }
    let not_found = |why: String| StoreError::NotFound { why };
    let (archive, date) = match text.rsplit_once('@') {
        Some((archive, date)) if !whole.is_dir() => {
            let until = end_of(date).ok_or_else(|| {
                not_found(format!("`{date}` is no date: write 2026-10-01, 2026-10-01T06:00:00Z or 20261001T060000Z"))
            })?;
            (Path::new(archive), Some(until))
        }
        _ => (whole, None),
    };
    if !archive.is_dir() {
        return Err(not_found(format!("there is no folder {}", archive.display())));
    }
    let mut found = find_snapshots(archive)?.snapshots;
    if found.is_empty() {
        return Snapshot::open(archive).map_err(|error| match error {
            StoreError::NotASnapshot { .. } => {
                not_found(format!("{} is neither a snapshot nor an archive with one", archive.display()))
            }
            other => other,
        });
    }
    if let Some(tenant) = tenant {
        found.retain(|(id, _, _)| id.eq_ignore_ascii_case(tenant));
    }
    let tenants: BTreeSet<&String> = found.iter().map(|(id, _, _)| id).collect();
    if tenants.len() > 1 {
        let tenants = tenants.into_iter().cloned().collect();
        return Err(StoreError::SeveralTenants { path: archive.to_owned(), tenants });
    }
    let fits = |name: &str| date.is_none_or(|until| instant(name).is_some_and(|at| at <= until));
    let newest = found.into_iter().rev().find(|(_, name, _)| fits(name));
    let (_, _, folder) = newest.ok_or_else(|| not_found(format!("none in {} at or before that", archive.display())))?;
    Snapshot::open(&folder)
}

fn instant(name: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(name, "%Y%m%dT%H%M%SZ").ok()
}

/// The last instant that a date covers.
fn end_of(date: &str) -> Option<NaiveDateTime> {
    instant(date)
        .or_else(|| NaiveDateTime::parse_from_str(date.trim_end_matches(['Z', 'z']), "%Y-%m-%dT%H:%M:%S%.f").ok())
        .or_else(|| {
            let day = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
            Some(day.and_time(NaiveTime::from_hms_opt(23, 59, 59)?))
        })
}

fn name_after(folder: &Path, prefix: &str) -> Option<String> {
    folder.file_name()?.to_string_lossy().strip_prefix(prefix).map(str::to_owned)
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    Ok(entries(dir)?.into_iter().filter(|entry| entry.is_dir()).collect())
}

/// Every file below a folder, sorted; none when the folder is not there.
pub(super) fn files_below(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = Vec::new();
    if !dir.is_dir() {
        return Ok(files);
    }
    for entry in entries(dir)? {
        if entry.is_dir() {
            files.extend(files_below(&entry)?);
        } else {
            files.push(entry);
        }
    }
    Ok(files)
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let read = fs::read_dir(dir).map_err(StoreError::io("read the folder", dir))?;
    let mut found = read
        .map(|entry| entry.map(|found| found.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(StoreError::io("read the folder", dir))?;
    found.sort();
    Ok(found)
}
