//! What tests share: scratch folders, servers that end with the test, rows as text.

pub mod cli;

use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Recorded answers beside the project, where the machine has them.
pub fn recordings() -> Option<PathBuf> {
    let dir = root().join("../shared/recordings");
    dir.is_dir().then_some(dir)
}

/// The papers of the data model beside the project, where the machine has them.
pub fn model() -> Option<PathBuf> {
    let dir = root().join("../shared/model");
    dir.is_dir().then_some(dir)
}

/// The lists of controls beside the project, where the machine has them.
pub fn compliance() -> Option<PathBuf> {
    let dir = root().join("../shared/compliance");
    dir.is_dir().then_some(dir)
}

/// The specification of the just-in-time checks beside the project, where the machine has it.
pub fn jit_spec() -> Option<PathBuf> {
    let file = root().join("../shared/jit/SPEC.md");
    file.is_file().then_some(file)
}

/// The tool that plays recordings, where the machine has it and Python.
pub fn replay_tool() -> Option<PathBuf> {
    let tool = root().join("../shared/tools/replay_azure.py");
    let python = std::process::Command::new("python3").arg("--version").output().is_ok_and(|out| out.status.success());
    (tool.is_file() && python).then_some(tool)
}

/// The id column of a sealed table, sorted.
pub fn ids(snapshot: &azsnap::store::Snapshot, table: &str) -> Vec<String> {
    column(snapshot, table, "id").into_iter().flatten().collect()
}

/// A text column of a sealed table.
pub fn column(snapshot: &azsnap::store::Snapshot, table: &str, name: &str) -> Vec<Option<String>> {
    use arrow::array::{Array, AsArray};
    let mut values = Vec::new();
    for part in snapshot.parts(table) {
        azsnap::store::read_columns::<azsnap::store::StoreError>(&part, &[name], |batch| {
            let array = batch.column(0).as_string::<i32>();
            values.extend((0..array.len()).map(|at| array.is_valid(at).then(|| array.value(at).to_owned())));
            Ok(())
        })
        .unwrap();
    }
    values
}

/// Every file below a folder.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
