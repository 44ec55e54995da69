//! Locks a connection: no network, no extensions, no files but those of the snapshots (and of the export folder).
//!
//! A fresh connection in, a locked one out. The order of the statements matters: what is locked cannot be set later.

use std::path::{Path, PathBuf};

use duckdb::Connection;

use super::{EngineError, EngineOptions, quote_text};

/// Settings that a user may still change.
pub(super) const OPEN_SETTINGS: [&str; 6] =
    ["threads", "memory_limit", "search_path", "schema", "preserve_insertion_order", "explain_output"];

/// What is set before anything is read.
pub(super) fn prepare(connection: &Connection, scratch: &Path, options: &EngineOptions) -> Result<(), EngineError> {
    let mut sql = format!(
        "SET temp_directory={}; \
         SET allow_community_extensions=false; \
         SET allow_extension_repositories='forbidden'; \
         SET autoinstall_known_extensions=false; \
         SET autoload_known_extensions=false; \
         SET allow_persistent_secrets=false; \
         SET GLOBAL parquet_metadata_cache=true; ",
        quote_text(&sql_path(scratch)?)
    );
    if let Some(threads) = options.threads {
        sql.push_str(&format!("SET threads={}; ", threads.max(1)));
    }
    if let Some(memory) =
        options.memory_mebibytes.filter(|memory| own_limit(connection).is_none_or(|own| *memory < own))
    {
        sql.push_str(&format!("SET memory_limit='{memory}MiB'; "));
    }
    connection.execute_batch(&sql).map_err(EngineError::setup("set DuckDB up"))
}

/// The limit that DuckDB sets itself, in MiB; none where it says it otherwise than it does today (`18.8 GiB`).
fn own_limit(connection: &Connection) -> Option<u64> {
    let told: String = connection.query_row("SELECT current_setting('memory_limit')", [], |row| row.get(0)).ok()?;
    let (number, unit) = told.split_once(' ')?;
    let power = ["bytes", "KiB", "MiB", "GiB", "TiB"].iter().position(|known| *known == unit)?;
    let whole: u64 = number.split('.').next()?.parse().ok()?;
    Some(whole.checked_mul(1024_u64.checked_pow(u32::try_from(power).ok()?)?)? / (1024 * 1024))
}

/// Allows the folders, then locks. Nothing outside can be read from here on, by views neither.
pub(super) fn lock(connection: &Connection, folders: &[PathBuf]) -> Result<(), EngineError> {
    let folders = folders.iter().map(|folder| Ok(quote_text(&format!("{}/", sql_path(folder)?))));
    let folders = folders.collect::<Result<Vec<_>, EngineError>>()?.join(", ");
    let settings = OPEN_SETTINGS.map(quote_text).join(", ");
    let sql = format!(
        "SET allowed_directories=[{folders}]; \
         SET enable_external_access=false; \
         SET allowed_configs=[{settings}]; \
         SET lock_configuration=true;"
    );
    connection.execute_batch(&sql).map_err(EngineError::setup("lock DuckDB"))
}

/// The folder without links and `..`.
pub(super) fn real_folder(folder: &Path) -> Result<PathBuf, EngineError> {
    let real =
        folder.canonicalize().map_err(|source| EngineError::Io { what: "open", path: folder.to_owned(), source })?;
    // Windows puts `\\?\` in front, which DuckDB does not read.
    let plain = real.to_str().and_then(|text| text.strip_prefix(r"\\?\")).map(PathBuf::from);
    Ok(plain.unwrap_or(real))
}

/// The path as SQL needs it: text.
pub(super) fn sql_path(path: &Path) -> Result<String, EngineError> {
    path.to_str().map(str::to_owned).ok_or_else(|| EngineError::Definition {
        what: format!("path {}", path.display()),
        why: "DuckDB needs a path that is Unicode".to_owned(),
    })
}
