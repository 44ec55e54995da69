//! The `azsnap` program: hands its arguments to the library and gives back the exit code.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    azsnap::cli::main()
}
