//! azsnap reads an Azure tenant into a sealed folder of Parquet tables, once, and then lets people work on that copy
//! offline.
//!
//! Data flows one way. [`catalog`] says what tables exist and where Azure hands them out; `client` makes one request;
//! `collect` turns a selection and the specs into calls; [`columns`] turns answers into Arrow rows; [`store`] keeps a
//! snapshot on disk; `export` conducts a run, and [`import`] does the same from files. Everything after that reads the
//! sealed folder and nothing else: [`engine`] is DuckDB over it, [`packs`] runs checks, [`diff`] compares two dates,
//! [`report`] writes documents, [`shell`] is the prompt, [`config`] reads settings files, [`doctor`] tells what stands in the
//! way of a run and what it costs, [`cli`] is what people type.
//!
//! The feature `collect` (on by default) holds everything that can open a socket.

pub mod catalog;
pub mod cli;
#[cfg(feature = "collect")]
pub mod client;
#[cfg(feature = "collect")]
pub mod collect;
pub mod columns;
pub mod config;
pub mod diff;
pub mod doctor;
pub mod engine;
#[cfg(feature = "collect")]
pub mod export;
pub mod import;
pub mod packs;
pub mod report;
#[cfg(feature = "collect")]
pub mod sample;
pub mod shell;
pub mod store;
