//! The one test binary. Each file is a wall of the program; see LAYOUT in docs/ARCHITECTURE.md.

#[cfg(feature = "collect")]
mod replay;
mod support;
