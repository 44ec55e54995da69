//! One answer feeds several tables: an item in, rows for the table itself, for tables that share its list, and for
//! those cut from its JSON, out.

use super::decode::{Context, Decoded, Decoder};
use crate::catalog::{Catalog, CatalogError, Leaf, ScopeKind, TableSpec};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use serde_json::Value;

/// Decoders for everything that one list gives.
pub struct Sheaf<'c> {
    members: Vec<Member<'c>>,
}

struct Member<'c> {
    spec: &'c TableSpec,
    decoder: Decoder<'c>,
    /// Index of the table it is cut from.
    parent: Option<usize>,
    rows: u64,
    coercions: u64,
}

/// Is shown the rows that an item gives.
pub type Each<'e> = dyn FnMut(&TableSpec, &Decoded) + 'e;

/// Rows of a table, with the number of the task that read each.
pub type TaskRows<'c> = (&'c TableSpec, RecordBatch, Vec<u32>);

/// Rows and misfits of one table since they were last asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows pushed.
    pub rows: u64,
    /// Values that did not fit.
    pub coercions: u64,
}

impl<'c> Sheaf<'c> {
    /// Decoders for `roots` (tables of one list) and all that is cut from them.
    ///
    /// # Errors
    /// A spec of the catalogue is bad.
    pub fn new(catalog: &'c Catalog, roots: &[&'c TableSpec]) -> Result<Sheaf<'c>, CatalogError> {
        let member = |spec, parent| Member { spec, decoder: Decoder::new(spec), parent, rows: 0, coercions: 0 };
        let mut members: Vec<Member<'c>> = roots.iter().map(|spec| member(*spec, None)).collect();
        let mut at = 0;
        while at < members.len() {
            for spec in catalog.all()? {
                if spec.fetch.scope == ScopeKind::Embedded && spec.fetch.parents[0] == members[at].spec.name {
                    members.push(member(spec, Some(at)));
                }
            }
            at += 1;
        }
        Ok(Sheaf { members })
    }

    /// The tables, roots first.
    pub fn tables(&self) -> impl Iterator<Item = &'c TableSpec> {
        self.members.iter().map(|member| member.spec)
    }

    /// Adds an item to each table it belongs to.
    pub fn push(&mut self, item: Value, context: &Context<'_>) {
        self.push_each(item, context, &mut |_, _| ());
    }

    /// As [`Sheaf::push`], and shows each row it gives.
    pub fn push_each(&mut self, item: Value, context: &Context<'_>, each: &mut Each<'_>) {
        let takes = |member: &Member<'_>| {
            member.parent.is_none() && member.spec.fetch.filter.as_ref().is_none_or(|filter| filter.keeps(&item))
        };
        let Some(last) = self.members.iter().rposition(takes) else { return };
        for at in 0..last {
            if takes(&self.members[at]) {
                self.push_at(at, &[], item.clone(), context, each);
            }
        }
        self.push_at(last, &[], item, context, each);
    }

    /// Adds an item cut from `above`, whose secrets are gone: what a table hides, no table cut from it shows.
    fn push_at(&mut self, at: usize, above: &[&Value], item: Value, context: &Context<'_>, each: &mut Each<'_>) {
        let member = &mut self.members[at];
        let decoded = member.decoder.push(above, item, context);
        member.rows += 1;
        member.coercions += decoded.coercions;
        each(member.spec, &decoded);
        let stack = [above, &[&decoded.raw]].concat();
        for child in at + 1..self.members.len() {
            let spec = self.members[child].spec;
            if self.members[child].parent != Some(at) {
                continue;
            }
            for cut in &spec.fetch.cut {
                for leaf in cut.find(&[&decoded.raw]) {
                    if let Leaf::Value(part) = leaf {
                        let inside = Context { parent_id: Some(&decoded.id), not_asked: &[], ..context.clone() };
                        self.push_at(child, &stack, part.clone(), &inside, each);
                    }
                }
            }
        }
    }

    /// Bytes held by all tables.
    pub fn n_bytes(&self) -> usize {
        self.members.iter().map(|member| member.decoder.n_bytes()).sum()
    }

    /// Takes the rows held: table and batch, for tables that have any.
    ///
    /// # Errors
    /// As for [`Decoder::take`].
    pub fn take(&mut self) -> Result<Vec<(&'c TableSpec, RecordBatch)>, ArrowError> {
        let mut batches = Vec::new();
        for member in &mut self.members {
            if member.decoder.n_rows() > 0 {
                batches.push((member.spec, member.decoder.take()?));
            }
        }
        Ok(batches)
    }

    /// As [`Sheaf::take`], with the number of the task that read each row.
    ///
    /// # Errors
    /// As for [`Decoder::take`].
    pub fn take_with_tasks(&mut self) -> Result<Vec<TaskRows<'c>>, ArrowError> {
        let mut batches = Vec::new();
        for member in &mut self.members {
            if member.decoder.n_rows() > 0 {
                let (batch, tasks) = member.decoder.take_with_tasks()?;
                batches.push((member.spec, batch, tasks));
            }
        }
        Ok(batches)
    }

    /// Rows and misfits per table since the last call, in the order of [`Sheaf::tables`].
    pub fn take_counts(&mut self) -> Vec<Counts> {
        let take = |member: &mut Member<'_>| Counts {
            rows: std::mem::take(&mut member.rows),
            coercions: std::mem::take(&mut member.coercions),
        };
        self.members.iter_mut().map(take).collect()
    }
}
