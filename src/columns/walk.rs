//! Walks a JSON value while following spec paths: a value and paths in, at each node the set of paths that end there.

use crate::catalog::{Path, Step};

/// Where a set of paths stands at one node of a JSON value.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'p> {
    open: Vec<&'p [Step]>,
    /// A path of the set ends at this node or above it.
    pub(super) hit: bool,
    /// Lists may come where the paths say none, and where they say a map.
    is_wide: bool,
}

impl<'p> Cursor<'p> {
    /// Stands at the root of a value.
    pub(super) fn new(paths: &'p [Path]) -> Cursor<'p> {
        Cursor {
            open: paths.iter().filter(|path| path.up == 0).map(|path| path.steps.as_slice()).collect(),
            hit: false,
            is_wide: false,
        }
    }

    /// The same for paths whose text must be found whatever shape it comes in.
    pub(super) fn wide(paths: &'p [Path]) -> Cursor<'p> {
        Cursor { is_wide: true, ..Cursor::new(paths) }
    }

    /// Steps into a field.
    pub(super) fn field(&self, key: &str) -> Cursor<'p> {
        self.step(|step| match step {
            Step::Key(name) => name.eq_ignore_ascii_case(key),
            Step::Entries => true,
            Step::Each => self.is_wide,
        })
    }

    /// Steps into an element of an array. A path that does not say `[]` covers the elements too.
    pub(super) fn element(&self) -> Cursor<'p> {
        let is_wide = self.is_wide;
        let mut next = self.step(|step| matches!(step, Step::Each) || is_wide && matches!(step, Step::Entries));
        next.hit |= self.hit;
        if is_wide {
            next.open.extend(&self.open);
        }
        next
    }

    fn step(&self, fits: impl Fn(&Step) -> bool) -> Cursor<'p> {
        let mut next = Cursor { open: Vec::new(), hit: self.hit, is_wide: self.is_wide };
        for steps in &self.open {
            // `a[].b` also finds `b` of a single object where a list may come.
            let candidates = [Some(*steps), steps.strip_prefix(&[Step::Each])];
            for candidate in candidates.into_iter().flatten() {
                if let Some((first, rest)) = candidate.split_first()
                    && fits(first)
                {
                    next.hit |= rest.is_empty() || rest == [Step::Each];
                    next.open.push(rest);
                }
            }
        }
        next
    }
}
