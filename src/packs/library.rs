//! All checks and packs at hand: the bundled files and a user's folder in, checks by slug and selections by name out.
//!
//! Reads the user's folder and nothing else. A name that is there twice is an error, so that nobody's file silently
//! replaces another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::reads::{direct_views, reaches};
use super::{Check, Pack, PackError, Severity};
use crate::catalog::{SUBSCRIPTIONS, embedded, near_names};

const EDGES: &str = "azure_relationship";

/// Holds every check and pack at hand.
#[derive(Debug, Clone, Default)]
pub struct Library {
    checks: BTreeMap<String, Check>,
    packs: BTreeMap<String, Pack>,
    views: BTreeMap<String, View>,
    folder: Option<PathBuf>,
}

/// Holds the text of a view that checks may read.
#[derive(Debug, Clone)]
struct View {
    sql: String,
    file: String,
}

/// Names the checks to run and the packs they were chosen by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Slugs of the checks.
    pub checks: BTreeSet<String>,
    /// Packs whose controls are to be answered.
    pub packs: BTreeSet<String>,
    /// Highest level of the controls that are meant; all, if there is none.
    pub level: Option<u8>,
    /// Severities that are meant; all, if there are none.
    pub severities: BTreeSet<Severity>,
}

impl Library {
    /// Reads the bundled checks and packs.
    ///
    /// # Errors
    /// A file is wrong, which tests rule out for the bundled ones.
    pub fn bundled() -> Result<Library, PackError> {
        let mut library = Library::default();
        for (family, slug, text) in embedded::CHECKS {
            let check = Check::parse(family, slug, &format!("queries/checks/{family}/{slug}.sql"), text)?;
            library.add_check(Check { bundled: true, ..check })?;
        }
        for (name, text) in embedded::PACKS {
            library.add_pack(Pack::parse(name, &format!("queries/packs/{name}.toml"), text)?)?;
        }
        for (name, text) in embedded::VIEWS {
            library.add_view(name, format!("queries/views/{name}.sql"), text)?;
        }
        Ok(library)
    }

    /// Reads the bundled checks and packs and those of a user's folder: `checks/**/<slug>.sql`, `packs/<name>.toml`,
    /// `views/<name>.sql`.
    ///
    /// # Errors
    /// A file cannot be read, is wrong, or has the name of another.
    pub fn with_user(dir: &Path) -> Result<Library, PackError> {
        let mut library = Library::bundled()?;
        library.add_folder(dir)?;
        Ok(library)
    }

    /// The bundled packs with a few of the checks: what tests say of them stays true when checks come.
    #[cfg(test)]
    pub(crate) fn few() -> Library {
        const FEW: [&str; 22] = [
            "defender_plan_servers",
            "entra_guest_invites_admins_only",
            "jit_policy_max_duration_limited",
            "jit_policy_no_deleted_vms",
            "jit_policy_source_restricted",
            "keyvault_key_expiry_rbac",
            "keyvault_logging_enabled",
            "keyvault_purge_protection",
            "network_nsg_rdp_restricted",
            "network_nsg_ssh_restricted",
            "policy_jit_monitoring_not_disabled",
            "rbac_no_custom_subscription_admin_role",
            "rbac_subscription_owners_2_to_3",
            "sql_server_no_any_ip_ingress",
            "storage_account_blob_anonymous_access_disabled",
            "storage_account_blob_soft_delete",
            "storage_account_default_network_deny",
            "storage_account_min_tls_1_2",
            "storage_account_secure_transfer_required",
            "vm_trusted_launch",
            "webapp_https_only",
            "webapp_min_tls_1_2",
        ];
        let mut library = Library::bundled().expect("bundled files are right");
        library.checks.retain(|slug, _| FEW.contains(&slug.as_str()));
        library
    }

    /// Reads a folder on top of what is there.
    ///
    /// # Errors
    /// As [`Library::with_user`].
    pub fn add_folder(&mut self, dir: &Path) -> Result<(), PackError> {
        // A folder that is not there is a mistyped option, an absent subfolder is none.
        fs::read_dir(dir).map_err(|source| PackError::Read { path: dir.to_owned(), source })?;
        self.folder = Some(dir.to_owned());
        for file in files(&dir.join("checks"), "sql")? {
            let family = file.parent().filter(|parent| *parent != dir.join("checks")).map_or("user".to_owned(), stem);
            self.add_check(Check::parse(&family, &stem(&file), &file.display().to_string(), &read(&file)?)?)?;
        }
        for file in files(&dir.join("packs"), "toml")? {
            self.add_pack(Pack::parse(&stem(&file), &file.display().to_string(), &read(&file)?)?)?;
        }
        for file in files(&dir.join("views"), "sql")? {
            self.add_view(&stem(&file), file.display().to_string(), &read(&file)?)?;
        }
        Ok(())
    }

    /// Adds a check.
    ///
    /// # Errors
    /// Its slug is taken.
    pub fn add_check(&mut self, check: Check) -> Result<(), PackError> {
        let (slug, file) = (check.slug.clone(), check.file.clone());
        match self.checks.insert(slug.clone(), check) {
            Some(first) => Err(PackError::Twice { what: "check", name: slug, first: first.file, second: file }),
            None => Ok(()),
        }
    }

    /// Adds a pack.
    ///
    /// # Errors
    /// Its name is taken.
    pub fn add_pack(&mut self, pack: Pack) -> Result<(), PackError> {
        let (name, file) = (pack.name.clone(), pack.file.clone());
        match self.packs.insert(name.clone(), pack) {
            Some(first) => Err(PackError::Twice { what: "pack", name, first: first.file, second: file }),
            None => Ok(()),
        }
    }

    fn add_view(&mut self, name: &str, file: String, text: &str) -> Result<(), PackError> {
        match self.views.insert(name.to_owned(), View { sql: text.to_owned(), file: file.clone() }) {
            Some(first) => {
                Err(PackError::Twice { what: "view", name: name.to_owned(), first: first.file, second: file })
            }
            None => Ok(()),
        }
    }

    /// Gives the folder of the user's, if one was read.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Gives the check of that slug.
    #[must_use]
    pub fn check(&self, slug: &str) -> Option<&Check> {
        self.checks.get(slug)
    }

    /// Gives every check, by slug.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.checks.values()
    }

    /// Gives the pack of that name.
    #[must_use]
    pub fn pack(&self, name: &str) -> Option<&Pack> {
        self.packs.get(name)
    }

    /// Gives every pack, by name.
    pub fn packs(&self) -> impl Iterator<Item = &Pack> {
        self.packs.values()
    }

    /// Gives the SQL of a view that checks may read.
    #[must_use]
    pub fn view(&self, name: &str) -> Option<&str> {
        self.views.get(name).map(|view| view.sql.as_str())
    }

    /// Gives the text of a query and of every view that it uses, itself or through views.
    pub fn whole_text(&self, sql: &str) -> String {
        super::reads::whole_text(sql, &|name| self.view(name))
    }

    /// Turns names of packs, checks or families into the checks meant; no names mean everything.
    ///
    /// A name that is both a pack's and a family's means the pack.
    ///
    /// # Errors
    /// Nothing has one of the names.
    pub fn select(&self, names: &[String]) -> Result<Selection, PackError> {
        let mut selection = Selection::default();
        if names.is_empty() {
            selection.checks.extend(self.checks.keys().cloned());
            selection.packs.extend(self.packs.keys().cloned());
        }
        for name in names {
            let slugs = |wanted: &dyn Fn(&Check) -> bool| {
                self.checks.values().filter(|check| wanted(check)).map(|check| check.slug.clone()).collect::<Vec<_>>()
            };
            if self.packs.contains_key(name) {
                selection.packs.insert(name.clone());
                selection.checks.extend(slugs(&|check| check.controls_of(name).next().is_some()));
            } else if self.checks.contains_key(name) {
                selection.checks.insert(name.clone());
            } else {
                let family = slugs(&|check| check.family == *name);
                if family.is_empty() {
                    return Err(self.no_such(name));
                }
                selection.checks.extend(family);
            }
        }
        Ok(selection)
    }

    /// Gives the tables and views that the selected checks read, for an engine that needs no others.
    #[must_use]
    pub fn relations(&self, selection: &Selection) -> BTreeSet<String> {
        let mut names = BTreeSet::from([SUBSCRIPTIONS.to_owned()]);
        for check in selection.checks.iter().filter_map(|slug| self.check(slug)) {
            let view = |name: &str| self.view(name);
            names.extend(check.named_tables().map(str::to_owned));
            names.extend(direct_views(&check.sql, &view));
            // The one table that is computed from the others.
            names.extend(Some(EDGES.to_owned()).filter(|name| reaches(&check.sql, &view, name)));
        }
        names
    }

    fn no_such(&self, name: &str) -> PackError {
        let mut known: BTreeSet<&str> = self.packs.keys().chain(self.checks.keys()).map(String::as_str).collect();
        known.extend(self.checks.values().map(|check| check.family.as_str()));
        PackError::NoSuchName { name: name.to_owned(), near: near_names(name, known.into_iter()) }
    }
}

/// Lists the files with that ending in a folder and those below it, sorted; none when there is no such folder.
fn files(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, PackError> {
    let wrap = |source| PackError::Read { path: dir.to_owned(), source };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrap(error)),
    };
    let mut paths =
        entries.map(|entry| entry.map(|found| found.path())).collect::<io::Result<Vec<_>>>().map_err(wrap)?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|ending| ending == extension) {
            found.push(path);
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<String, PackError> {
    fs::read_to_string(path).map_err(|source| PackError::Read { path: path.to_owned(), source })
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Library {
        let mut library = Library::default();
        for (family, slug, controls) in
            [("vm", "vm_a", "\"p:1\", \"q:1\""), ("vm", "vm_b", "\"p:2\""), ("net", "net_c", "")]
        {
            let text = format!(
                "-- title = \"t\"\n-- severity = \"low\"\n-- subject = \"azure_vm\"\n-- tables = [\"azure_vm\"]\n-- controls = [{controls}]\n-- rationale = \"\"\n-- remediation = \"\"\nSELECT 1"
            );
            library.add_check(Check::parse(family, slug, slug, &text).unwrap()).unwrap();
        }
        for name in ["p", "pp"] {
            library.add_pack(Pack::parse(name, name, "title = \"x\"").unwrap()).unwrap();
        }
        library
    }

    fn check(names: &[&str], expected: Result<(&[&str], &[&str]), &str>) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let found = library().select(&names).map_err(|error| error.to_string());
        let found = found.map(|s| (s.checks.into_iter().collect::<Vec<_>>(), s.packs.into_iter().collect::<Vec<_>>()));
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(found, expected.map(|(checks, packs)| (list(checks), list(packs))).map_err(str::to_owned));
    }

    #[test]
    fn selections() {
        check(&[], Ok((&["net_c", "vm_a", "vm_b"], &["p", "pp"])));
        check(&["p"], Ok((&["vm_a", "vm_b"], &["p"])));
        check(&["pp"], Ok((&[], &["pp"])));
        check(&["net_c", "vm_b"], Ok((&["net_c", "vm_b"], &[])));
        check(&["net"], Ok((&["net_c"], &[])));
        check(&["vm_aa"], Err("no pack, check or family is named `vm_aa` (did you mean vm_a, vm_b?)"));
        check(&["somethingelse"], Err("no pack, check or family is named `somethingelse`"));
    }

    #[test]
    fn a_users_folder() {
        let dir = tempfile::tempdir().unwrap();
        let sub = dir.path().join("checks/own/deep");
        fs::create_dir_all(&sub).unwrap();
        fs::create_dir_all(dir.path().join("packs")).unwrap();
        let text = library().check("vm_a").unwrap().text.clone();
        fs::write(sub.join("mine.sql"), &text).unwrap();
        fs::write(dir.path().join("packs/own.toml"), "title = \"Own\"").unwrap();
        let mut both = library();
        both.add_folder(dir.path()).unwrap();
        assert_eq!((both.check("mine").unwrap().family.as_str(), both.packs().count()), ("deep", 3));
        fs::write(dir.path().join("checks/vm_a.sql"), &text).unwrap();
        let error = library().add_folder(dir.path()).unwrap_err().to_string();
        assert!(error.starts_with("the check vm_a is defined twice: in vm_a and in "), "{error}");
        let gone = library().add_folder(&dir.path().join("gone")).unwrap_err();
        assert!(matches!(gone, PackError::Read { .. }));
    }
}
