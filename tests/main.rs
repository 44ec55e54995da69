//! The one test binary. Each file is a wall of the program; see the code map in docs/ARCHITECTURE.md.

mod checks;
mod cli;
#[cfg(feature = "collect")]
mod export;
#[cfg(feature = "collect")]
mod replay;
mod slt;
mod support;
mod tidy;
