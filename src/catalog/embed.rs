//! The build script: lists the TOML, SQL and CSV files of the catalogue and of `queries/` and writes
//! `include_str!` lines for them, so that nothing is listed by hand. It parses nothing and reads no content.
#![allow(missing_docs, clippy::print_stdout, clippy::disallowed_methods, clippy::format_push_string)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    let mut text = String::new();
    families(&mut text, "TABLE_SPECS", &root.join("src/catalog/tables"), "toml")?;
    families(&mut text, "CHECKS", &root.join("queries/checks"), "sql")?;
    flat(&mut text, "PACKS", "pack", &root.join("queries/packs"), "toml")?;
    flat(&mut text, "VIEWS", "view", &root.join("queries/views"), "sql")?;
    flat(&mut text, "DATA", "data file", &root.join("queries/data"), "csv")?;
    samples(&mut text, &root.join("samples"))?;
    single(&mut text, "PARAMS", &root.join("queries/params.toml"));
    single(&mut text, "MACROS", &root.join("queries/macros.sql"));
    single(&mut text, "GRAPH", &root.join("queries/graph.sql"));
    fs::write(out.join("embedded.rs"), text)?;
    // Benches say how they were compiled and refuse to compare with an unoptimised DuckDB.
    println!("cargo::rustc-env=AZSNAP_PROFILE={}", env::var("PROFILE").unwrap_or_default());
    println!("cargo::rustc-env=AZSNAP_OPT_LEVEL={}", env::var("OPT_LEVEL").unwrap_or_default());
    for watched in ["src/catalog/tables", "queries", "samples"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    println!("cargo::rerun-if-changed=src/catalog/embed.rs");
    Ok(())
}

/// Writes `(family, stem, text)` for each `<dir>/<family>/<stem>.<extension>`, sorted by stem.
fn families(text: &mut String, name: &str, dir: &Path, extension: &str) -> io::Result<()> {
    let mut rows = Vec::new();
    for family in sorted(dir)? {
        if family.is_dir() {
            for file in with_extension(&family, extension)? {
                rows.push((stem(&file), stem(&family), file));
            }
        }
    }
    rows.sort();
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(io::Error::other(format!(
            "{} and {} have the same name",
            pair[0].2.display(),
            pair[1].2.display()
        )));
    }
    let _ = writeln!(text, "/// Every {extension} file of a family folder: (family, name, text), sorted by name.");
    let _ = writeln!(text, "pub static {name}: &[(&str, &str, &str)] = &[");
    for (stem, family, file) in rows {
        let _ = writeln!(text, "    ({family:?}, {stem:?}, {}),", include(&file));
    }
    text.push_str("];\n");
    Ok(())
}

/// Writes `(stem, text)` for each `<dir>/<stem>.<extension>`.
fn flat(text: &mut String, name: &str, what: &str, dir: &Path, extension: &str) -> io::Result<()> {
    let _ = writeln!(text, "/// Every bundled {what}: (name, text), sorted by name.");
    let _ = writeln!(text, "pub static {name}: &[(&str, &str)] = &[");
    for file in with_extension(dir, extension)? {
        let _ = writeln!(text, "    ({:?}, {}),", stem(&file), include(&file));
    }
    text.push_str("];\n");
    Ok(())
}

/// Writes `(tenant, date, file name, text)` for each file of `samples/<tenant>/<date>/`; files beside the dates have
/// an empty date.
fn samples(text: &mut String, dir: &Path) -> io::Result<()> {
    let _ = writeln!(text, "/// The made-up tenants: (tenant, date, file name, text).");
    let _ = writeln!(text, "pub static SAMPLES: &[(&str, &str, &str, &str)] = &[");
    for tenant in sorted(dir)?.into_iter().filter(|path| path.is_dir()) {
        let mut line = |date: &str, file: &Path| {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let _ = writeln!(text, "    ({:?}, {date:?}, {name:?}, {}),", stem(&tenant), include(file));
        };
        for entry in sorted(&tenant)? {
            if entry.is_dir() {
                sorted(&entry)?.iter().for_each(|file| line(&stem(&entry), file));
            } else if entry.extension().is_some_and(|found| found == "json") {
                line("", &entry);
            }
        }
    }
    text.push_str("];\n");
    Ok(())
}

fn single(text: &mut String, name: &str, file: &Path) {
    let _ = writeln!(text, "/// The text of one bundled file.");
    let _ = writeln!(text, "pub static {name}: &str = {};", include(file));
}

/// The expression that holds a file's text. Its path is told from the package's root, which the compiler fills in: two
/// clones may share one target folder, and cargo may then take the list that the other clone wrote.
fn include(file: &Path) -> String {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let inside = file.strip_prefix(&root).unwrap_or(file).display().to_string();
    format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?}))", format!("/{inside}"))
}

fn with_extension(dir: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let files = sorted(dir)?;
    Ok(files.into_iter().filter(|file| file.extension().is_some_and(|found| found == extension)).collect())
}

fn sorted(dir: &Path) -> io::Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries =
        fs::read_dir(dir)?.map(|entry| entry.map(|found| found.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
