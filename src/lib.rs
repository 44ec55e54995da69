//! azsnap
pub mod catalog;
pub mod columns;
pub mod store;
