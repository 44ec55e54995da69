//! What to ask: the user's selection and the specs in, tasks and their pages out. Knows specs and requests; never
//! Arrow, Parquet or DuckDB.

pub mod calls;
pub mod count;
mod details;
mod fetch;
pub mod groups;
pub mod proof;
pub mod schedule;
pub mod selection;
mod xml;

pub use calls::{Call, calls};
pub use fetch::{Fetched, Fetcher, ItemPage, PageStream, Parent};
pub use groups::{Group, MANAGEMENT_GROUPS};
pub use schedule::Queue;
pub use selection::{LOG_DAYS, Meant, Selection, SelectionError};
pub use xml::to_json as xml_to_json;
