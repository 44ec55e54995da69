//! azsnap
pub mod catalog;
#[cfg(feature = "collect")]
pub mod client;
#[cfg(feature = "collect")]
pub mod collect;
pub mod columns;
#[cfg(feature = "collect")]
pub mod export;
pub mod store;
