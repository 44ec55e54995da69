//! A held query result. Arrow batches in, texts out; it must never change a value.

use arrow::array::Array;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// Holds the whole result of a statement.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Columns, also when there is no row.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
}

impl Rows {
    /// Counts the rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Tells whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the display text of each value of a column, none for NULL; empty when there is no such column.
    #[must_use]
    pub fn strings(&self, column: &str) -> Vec<Option<String>> {
        let Ok(index) = self.schema.index_of(column) else { return Vec::new() };
        let options = FormatOptions::default();
        let mut texts = Vec::with_capacity(self.len());
        for batch in &self.batches {
            let array = batch.column(index);
            // Every type DuckDB hands over has a display form.
            let Ok(format) = ArrayFormatter::try_new(array.as_ref(), &options) else { return Vec::new() };
            texts.extend((0..array.len()).map(|row| array.is_valid(row).then(|| format.value(row).to_string())));
        }
        texts
    }

    /// Gives the first `n` rows.
    #[must_use]
    pub fn first(&self, n: usize) -> Rows {
        let mut left = n;
        let mut batches = Vec::new();
        for batch in &self.batches {
            let take = left.min(batch.num_rows());
            if take > 0 {
                batches.push(batch.slice(0, take));
            }
            left -= take;
        }
        Rows { schema: self.schema.clone(), batches }
    }
}
