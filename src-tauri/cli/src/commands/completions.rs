//! `landfall completions`

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Args;
use crate::exit;

pub(super) fn run(shell: Shell) -> u8 {
    clap_complete::generate(shell, &mut Args::command(), "landfall", &mut std::io::stdout());
    exit::OK
}
