//! JSON items to Arrow rows by a spec: objects as received in, a `RecordBatch` of the spec's schema out, whatever the
//! JSON is. Knows no network and no file.

mod cells;
mod decode;
pub mod examples;
pub mod hash;
mod identity;
pub mod redact;
mod schema;
mod secrets;
mod sheaf;
mod walk;

pub use decode::{Context, Decoded, Decoder};
pub use hash::{RECIPE, row_hash};
pub use schema::{arrow_schema, own_type};
pub use sheaf::{Counts, Each, Sheaf, TaskRows};
