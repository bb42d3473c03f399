//! `landfall`: the command line. Takes its arguments, calls the engine, shows what comes back.
//!
//! A contract with scripts: names, flags, JSON and exit codes change only by addition. It refuses to know how an export
//! is done; that is the engine's.

mod args;
mod commands;
mod console;
mod exit;
mod foreground;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command};
use crate::console::Console;

/// Downloads allocate and free a buffer of some 400 KiB per read, which the system's allocator maps and unmaps each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(refusal) => return console::tell_refusal(&refusal),
    };
    let console = Console::new(&args.global);
    console.start_log(args.global.verbose);
    // One thread moves the bytes of a command faster than several that hand them over; the sample service has workers.
    let runtime = match &args.command {
        Command::Serve(_) | Command::Try(_) => tokio::runtime::Builder::new_multi_thread().enable_all().build(),
        _ => tokio::runtime::Builder::new_current_thread().enable_all().build(),
    };
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            console.tell_broken(
                &format!("The program cannot start: {}", landfall_engine::words::of_io(&error)),
                "Close other programs or raise their limits (`ulimit -n`), then type the same again; nothing was changed",
            );
            return ExitCode::from(exit::INTERNAL);
        }
    };
    let status = runtime.block_on(commands::run(args, &console));
    // Whatever still blocks (a name look-up, a keychain) does not hold up the end.
    runtime.shutdown_background();
    ExitCode::from(status)
}
