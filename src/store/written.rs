//! What of a run is on disk, in little memory: groups of finished tasks in, runs and their order out.

use super::journal::JournalGroup;
use super::run::RunFile;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Groups of finished tasks that are on disk.
#[derive(Debug, Default)]
pub struct Written {
    /// The tasks of all groups, one group after the other.
    tasks: Vec<Task>,
    scopes: Vec<Scope>,
    known_scopes: BTreeMap<Scope, u32>,
    groups: Vec<Group>,
}

/// Kind and id.
type Scope = (String, String);

#[derive(Debug)]
struct Task {
    /// Tasks are put in order by a hash of their names: whatever order they finished in, it is the same.
    key: u64,
    scope: u32,
}

#[derive(Debug)]
struct Group {
    /// Its first task.
    first: usize,
    n_tasks: usize,
    /// Runs of its own that a task wrote: the task, the table and the file.
    own: Vec<(usize, String, String)>,
    shared: BTreeMap<String, String>,
    ledger: Option<String>,
}

/// By this tasks are put in order.
pub(super) fn key_of(task: &str) -> u64 {
    let hash = Sha256::digest(task);
    u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}

impl Written {
    /// Adds a group.
    pub fn add(&mut self, group: JournalGroup) {
        let first = self.tasks.len();
        let mut own = Vec::new();
        for (at, entry) in group.tasks.into_iter().enumerate() {
            let next = u32::try_from(self.scopes.len()).unwrap_or(u32::MAX);
            let scope = *self.known_scopes.entry(entry.scope.clone()).or_insert(next);
            if scope == next {
                self.scopes.push(entry.scope);
            }
            self.tasks.push(Task { key: key_of(&entry.task), scope });
            for (table, files) in entry.runs {
                own.extend(files.into_iter().map(|file| (at, table.clone(), file)));
            }
        }
        let n_tasks = self.tasks.len() - first;
        self.groups.push(Group { first, n_tasks, own, shared: group.runs, ledger: group.ledger });
    }

    /// The files that hold rows of a table, relative to the folder.
    pub fn files_of<'w>(&'w self, table: &'w str) -> impl Iterator<Item = &'w str> {
        self.groups.iter().flat_map(move |group| {
            let own = group.own.iter().filter(move |(_, of, _)| of == table).map(|(_, _, file)| file.as_str());
            own.chain(group.shared.get(table).map(String::as_str))
        })
    }

    /// The parts of the ledger, relative to the folder.
    pub(super) fn ledgers(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().filter_map(|group| group.ledger.as_deref())
    }

    /// The runs per table, and for each place in the order of tasks the scope that repeated rows count against.
    pub(super) fn runs(&self, dir: &Path) -> (BTreeMap<&str, Vec<RunFile>>, Vec<&Scope>) {
        let mut order: Vec<usize> = (0..self.tasks.len()).collect();
        order.sort_by_key(|at| (self.tasks[*at].key, *at));
        let mut places = vec![0_u32; order.len()];
        for (place, at) in (0..).zip(&order) {
            places[*at] = place;
        }
        let mut runs: BTreeMap<&str, Vec<RunFile>> = BTreeMap::new();
        let path = |file: &String| -> PathBuf { dir.join(file) };
        for group in &self.groups {
            let of_group: Arc<[u32]> = places[group.first..group.first + group.n_tasks].into();
            for (at, table, file) in &group.own {
                runs.entry(table).or_default().push(RunFile::of_one(path(file), of_group[*at]));
            }
            for (table, file) in &group.shared {
                runs.entry(table).or_default().push(RunFile::of_many(path(file), of_group.clone()));
            }
        }
        (runs, order.into_iter().map(|at| &self.scopes[self.tasks[at].scope as usize]).collect())
    }
}
