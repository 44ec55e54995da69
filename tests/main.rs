//! The one test binary. Each file is a wall of the program; see the code map in docs/ARCHITECTURE.md.

// Tests may stop at the first surprise, and set the scene from this machine's clock and path.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod checks;
mod cli;
#[cfg(feature = "collect")]
mod export;
mod jit_spec;
mod model;
#[cfg(feature = "collect")]
mod replay;
#[cfg(feature = "collect")]
mod secrets;
mod slt;
mod support;
mod tidy;
mod verdicts;
#[cfg(all(feature = "collect", target_os = "linux"))]
mod workpaper;
