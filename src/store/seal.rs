//! The seal: SHA-256 of every file in `SHA256SUMS`, in the form of `sha256sum -c`; the seal itself is the SHA-256 of
//! that file. Checked again without network and without the program that wrote it.

use super::error::StoreError;
use super::snapshot::files_below;
use crate::columns::hash::hex;
use arrow::datatypes::Schema;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// File that names the digest of every other.
pub const SUMS: &str = "SHA256SUMS";

/// What verifying found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// SHA-256 of `SHA256SUMS`.
    pub seal: String,
    /// Files whose digest is right.
    pub good: usize,
    /// Files whose content changed.
    pub changed: Vec<String>,
    /// Files that are gone.
    pub missing: Vec<String>,
    /// Files that no seal covers.
    pub extra: Vec<String>,
}

impl VerifyReport {
    /// Whether the snapshot is as it was sealed.
    pub fn is_whole(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Writes `SHA256SUMS` over all that is in a folder but what is not kept there, and gives the seal.
pub(super) fn write(dir: &Path, not_kept: &[&str]) -> Result<String, StoreError> {
    let mut text = String::new();
    for file in files_below(dir)? {
        if let Some(name) = relative(dir, &file)
            && name != SUMS
            && !not_kept.contains(&name.split('/').next().unwrap_or_default())
        {
            text.push_str(&format!("{}  {name}\n", digest(&file)?));
        }
    }
    let path = dir.join(SUMS);
    let mut file = File::create(&path).map_err(StoreError::io("create", &path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(StoreError::io("write", &path))?;
    Ok(hex(&Sha256::digest(text.as_bytes())))
}

/// The seal of a folder.
pub(super) fn seal_of(dir: &Path) -> Result<String, StoreError> {
    digest(&dir.join(SUMS))
}

/// Reads every file of a snapshot again.
///
/// # Errors
/// A file cannot be read, or `SHA256SUMS` is missing or not in its form.
pub fn verify(dir: &Path) -> Result<VerifyReport, StoreError> {
    let sums = dir.join(SUMS);
    let text = std::fs::read_to_string(&sums).map_err(StoreError::io("read", &sums))?;
    let mut expected = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let entry = line.split_once("  ").filter(|(sum, name)| {
            sum.len() == 64 && !name.starts_with('/') && name.split('/').all(|part| !part.is_empty() && part != "..")
        });
        let Some((sum, name)) = entry else {
            return Err(StoreError::BadFile { path: sums, why: format!("line {} is no `<sha256>  <file>`", at + 1) });
        };
        expected.insert(name.to_owned(), sum.to_owned());
    }
    let mut report = VerifyReport { seal: hex(&Sha256::digest(text.as_bytes())), ..VerifyReport::default() };
    for file in files_below(dir)? {
        let Some(name) = relative(dir, &file) else { continue };
        if name == SUMS {
            continue;
        }
        match expected.remove(&name) {
            None => report.extra.push(name),
            Some(sum) if digest(&file)? == sum => report.good += 1,
            Some(_) => report.changed.push(name),
        }
    }
    report.missing = expected.into_keys().collect();
    Ok(report)
}

/// SHA-256 over column names and types, to see at once whether two snapshots have the same schema.
pub(super) fn schema_hash(schema: &Schema) -> String {
    let text: String =
        schema.fields().iter().map(|field| format!("{} {}\n", field.name(), field.data_type())).collect();
    hex(&Sha256::digest(text.as_bytes()))
}

fn relative(dir: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(dir).ok()?.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    Some(parts.collect::<Vec<_>>().join("/"))
}

fn digest(path: &Path) -> Result<String, StoreError> {
    let mut file = File::open(path).map_err(StoreError::io("open", path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1024 * 1024];
    loop {
        let n = file.read(&mut buffer).map_err(StoreError::io("read", path))?;
        if n == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..n]);
    }
}
