//! `landfall-desktop`: the window.

use std::process::ExitCode;

use clap::Parser as _;
use landfall_desktop::args::Args;

/// Downloads allocate and free a buffer of some 400 KiB per read, which the system's allocator maps and unmaps each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    landfall_desktop::run(Args::parse())
}
