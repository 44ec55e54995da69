//! Which old snapshots of a tenant to let go, and how: names and a number in, the surplus out; removing one writes down
//! its name and seal first. Never the newest ones, never one in the making, never a folder that is no sealed snapshot of
//! that tenant, and nothing through a link.

use super::error::StoreError;
use super::manifest::Manifest;
use super::seal::SUMS;
use super::snapshot::Snapshot;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where removed snapshots are written down, beside the others of their tenant.
pub const REMOVED: &str = "removed.jsonl";

/// A snapshot that is more than is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surplus {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// Its seal.
    pub seal: String,
}

/// A line of [`REMOVED`].
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Removed {
    /// Name of the snapshot.
    pub snapshot: String,
    /// Its seal.
    pub seal: String,
    /// When it was removed: UTC, ISO 8601.
    pub removed_at: String,
}

/// The names that are more than `keep`, oldest first; the one just taken stays, whatever its name.
pub fn surplus<'n>(names: &[&'n str], keep: usize, taken: &str) -> Vec<&'n str> {
    let mut sorted = names.to_vec();
    // Names are instants, and sort like them.
    sorted.sort_unstable();
    sorted.dedup();
    let n_old = sorted.len().saturating_sub(keep.max(1));
    sorted.truncate(n_old);
    sorted.retain(|name| *name != taken);
    sorted
}

/// Finds what is more than `keep` among the snapshots of the tenant to which the one just taken belongs.
///
/// # Errors
/// The folder cannot be read.
pub fn find_surplus(archive: &Path, taken: &Snapshot, keep: usize) -> Result<Vec<Surplus>, StoreError> {
    let tenant = taken.tenant_id();
    let folder = archive.join(format!("tenant={tenant}"));
    if !is_folder(&folder) {
        return Ok(Vec::new());
    }
    let mut sealed = Vec::new();
    for entry in fs::read_dir(&folder).map_err(StoreError::io("read the folder", &folder))? {
        let path = entry.map_err(StoreError::io("read the folder", &folder))?.path();
        sealed.extend(sealed_snapshot(&path, taken.manifest()));
    }
    let names: Vec<&str> = sealed.iter().map(|one| one.name.as_str()).collect();
    let old = surplus(&names, keep, &taken.manifest().snapshot);
    Ok(old.into_iter().filter_map(|name| sealed.iter().find(|one| one.name == name).cloned()).collect())
}

/// The folder as a sealed snapshot that was taken as the newest one was: of its tenant and account, and no import, which
/// nobody could take again.
fn sealed_snapshot(dir: &Path, taken: &Manifest) -> Option<Surplus> {
    let name = dir.file_name()?.to_str()?.strip_prefix("snapshot=")?;
    let is_instant = NaiveDateTime::parse_from_str(name, "%Y%m%dT%H%M%SZ").is_ok();
    if !is_instant || !is_folder(dir) || !dir.join(SUMS).is_file() {
        return None;
    }
    let snapshot = Snapshot::open(dir).ok()?;
    let manifest = snapshot.manifest();
    let fits = manifest.tenant_id.eq_ignore_ascii_case(&taken.tenant_id)
        && manifest.snapshot == name
        && manifest.source == taken.source
        && manifest.account_name == taken.account_name;
    let seal = snapshot.seal().ok()?;
    fits.then(|| Surplus { name: name.to_owned(), dir: dir.to_owned(), seal })
}

/// Whether there is a folder, and no link to one.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Writes down that a snapshot goes, and removes it.
///
/// # Errors
/// The disk refuses: then nothing was removed, or a folder `removed=<name>` is left of it.
pub fn remove(surplus: &Surplus, at: NaiveDateTime) -> Result<(), StoreError> {
    let folder = surplus.dir.parent().unwrap_or(Path::new(""));
    let path = folder.join(REMOVED);
    let line = Removed {
        snapshot: surplus.name.clone(),
        seal: surplus.seal.clone(),
        removed_at: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    let bad = |error: serde_json::Error| StoreError::BadFile { path: path.clone(), why: error.to_string() };
    let mut text = serde_json::to_string(&line).map_err(bad)?;
    text.push('\n');
    let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(StoreError::io("open", &path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(StoreError::io("write", &path))?;
    // Under its own name a snapshot is whole or gone, also when removing it ends half way.
    let going = folder.join(format!("removed={}", surplus.name));
    fs::rename(&surplus.dir, &going).map_err(StoreError::io("rename", &surplus.dir))?;
    fs::remove_dir_all(&going).map_err(StoreError::io("remove", &going))?;
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::find_snapshots;
    use tempfile::TempDir;

    #[test]
    fn what_is_more_than_is_kept() {
        for (names, keep, taken, expected) in [
            (&["c", "a", "b"][..], 2, "c", &["a"][..]),
            (&["a", "b", "c"], 3, "c", &[]),
            (&["a", "b", "c"], 9, "c", &[]),
            (&["a", "b", "c"], 1, "c", &["a", "b"]),
            (&["a", "b", "c"], 0, "c", &["a", "b"]),
            // One that was taken for an earlier time is not removed at once.
            (&["a", "b", "c"], 1, "a", &["b"]),
            (&[], 1, "a", &[]),
        ] {
            assert_eq!(surplus(names, keep, taken), expected, "{names:?} {keep} {taken}");
        }
    }

    const TENANT: &str = "0c803b5d-13f7-49ec-a422-f1665c722fae";

    /// A folder with a manifest that says so, sealed or not.
    fn folder(at: &Path, tenant: &str, name: &str, is_sealed: bool) {
        fs::create_dir_all(at.join("tables")).unwrap();
        // As it was written before there were accounts.
        let manifest = serde_json::json!({
            "format_version": 1, "written_by": "test", "tenant_id": tenant, "snapshot": name, "source": "azure",
            "asked": null, "principal": null, "started_at": "2026-10-01T06:00:00Z", "finished_at": "2026-10-01T06:00:00Z",
            "clock_offset_seconds": null, "tables": [], "derived": [], "row_hash_recipe": "",
            "totals": {"rows": 0, "requests": 0, "retries": 0, "waited_ms": 0, "bytes": 0},
        });
        let text = manifest.to_string();
        fs::write(at.join("manifest.json"), text).unwrap();
        if is_sealed {
            fs::write(at.join(SUMS), name).unwrap();
        }
    }

    #[test]
    fn only_sealed_snapshots_of_the_tenant_go() {
        let dir = TempDir::new().unwrap();
        let tenant = dir.path().join(format!("tenant={TENANT}"));
        let name = |day: u32| format!("202610{day:02}T060000Z");
        for day in [1, 2, 3, 4] {
            folder(&tenant.join(format!("snapshot={}", name(day))), TENANT, &name(day), true);
        }
        let other = |day: u32, end: &str| tenant.join(format!("snapshot=202609{day:02}T060000Z{end}"));
        folder(&other(1, ".partial"), TENANT, "20260901T060000Z", true);
        folder(&other(2, ""), TENANT, "20260902T060000Z", false);
        folder(&other(3, ""), "another", "20260903T060000Z", true);
        folder(&other(4, ""), TENANT, "20260905T060000Z", true);
        folder(&tenant.join("snapshot=mine"), TENANT, "mine", true);
        fs::create_dir_all(tenant.join("notes")).unwrap();
        fs::create_dir_all(other(6, "")).unwrap();
        let elsewhere = dir.path().join("elsewhere");
        folder(&elsewhere, TENANT, "20260907T060000Z", true);
        #[cfg(unix)]
        std::os::unix::fs::symlink(&elsewhere, other(7, "")).unwrap();
        let count = || fs::read_dir(&tenant).unwrap().count();
        let before = count();

        let taken = Snapshot::open(&tenant.join(format!("snapshot={}", name(4)))).unwrap();
        let found = find_surplus(dir.path(), &taken, 2).unwrap();
        assert_eq!(found.iter().map(|one| one.name.clone()).collect::<Vec<_>>(), [name(1), name(2)]);
        assert_eq!(count(), before, "looking removes nothing");
        let at = NaiveDateTime::parse_from_str("2026-10-04T07:00:00", "%Y-%m-%dT%H:%M:%S").unwrap();
        for one in &found {
            remove(one, at).unwrap();
        }
        let told = fs::read_to_string(tenant.join(REMOVED)).unwrap();
        let lines: Vec<Removed> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines.iter().map(|line| (line.snapshot.clone(), line.seal.clone())).collect::<Vec<_>>(),
            found.iter().map(|one| (one.name.clone(), one.seal.clone())).collect::<Vec<_>>()
        );
        assert_eq!(lines[0].removed_at, "2026-10-04T07:00:00Z");
        // Two went, the list came.
        assert_eq!(count(), before - 2 + 1);
        assert!(elsewhere.join("manifest.json").is_file());
        assert!(find_surplus(dir.path(), &taken, 2).unwrap().is_empty());
        let left = find_snapshots(dir.path()).unwrap().snapshots;
        assert!(left.iter().all(|(_, left, _)| *left != name(1) && *left != name(2)));
    }
}
