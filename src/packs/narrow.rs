//! A narrower choice: checks by severity, controls by level. Selections in, selections out.

use std::collections::BTreeSet;

use super::{Control, Library, PackError, Selection, Severity};

impl Library {
    /// Keeps of a selection the checks of these severities (all, if there are none), and of its packs the controls up to
    /// a level, with the checks that answer them.
    ///
    /// # Errors
    /// A level without a pack that has levels.
    pub fn narrow(
        &self,
        mut selection: Selection,
        level: Option<u8>,
        severities: &BTreeSet<Severity>,
    ) -> Result<Selection, PackError> {
        if let Some(level) = level {
            let with_levels = |name: &String| {
                self.pack(name).is_some_and(|pack| pack.controls.iter().any(|control| control.level.is_some()))
            };
            selection.packs.retain(with_levels);
            if selection.packs.is_empty() {
                return Err(PackError::NoLevels);
            }
            selection.level = Some(level);
            let kept: BTreeSet<String> = selection
                .packs
                .iter()
                .filter_map(|name| self.pack(name))
                .flat_map(|pack| {
                    pack.controls
                        .iter()
                        .filter(|control| selection.has(control))
                        .map(|control| format!("{}:{}", pack.name, control.id))
                })
                .collect();
            let answers = |slug: &String| {
                self.check(slug).is_some_and(|check| check.controls.iter().any(|control| kept.contains(control)))
            };
            selection.checks.retain(answers);
        }
        if !severities.is_empty() {
            selection.checks.retain(|slug| self.check(slug).is_some_and(|check| severities.contains(&check.severity)));
            selection.severities.clone_from(severities);
        }
        Ok(selection)
    }
}

impl Selection {
    /// Whether a control of a chosen pack is meant.
    #[must_use]
    pub fn has(&self, control: &Control) -> bool {
        self.level.is_none_or(|level| control.level.is_some_and(|own| own <= level))
            && (self.severities.is_empty()
                || control.severity.is_none_or(|severity| self.severities.contains(&severity)))
    }
}
