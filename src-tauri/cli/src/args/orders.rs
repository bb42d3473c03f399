//! What is typed to give orders to jobs that are there, or to take one over.

use std::path::PathBuf;

use landfall_engine::job::Priority;

use super::{Patience, duration};

#[derive(Debug, clap::Args)]
pub(crate) struct Adopt {
    /// The connection
    pub(crate) connection: String,
    /// The server's id of the job; without it, the jobs there that nobody follows here are listed
    pub(crate) remote_id: Option<String>,
    /// The job's parameters, as far as they are known; names of files may be made of them
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) params: Vec<String>,
    /// Where the files go (default: the connection's folder, else the present one)
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    /// The name of the file
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) afterwards: Afterwards,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

/// What is done with what lands, and whose turn comes first.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Afterwards {
    /// Unpack what lands into a folder beside it
    #[arg(long)]
    pub(crate) extract: bool,
    /// Whose turn comes first: low, normal, high, or a number from -100 to 100
    #[arg(long, value_name = "P", value_parser = priority, default_value = "normal", allow_negative_numbers = true)]
    pub(crate) priority: Priority,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Foreground {
    /// The jobs' ids, or enough of their beginnings
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Extend {
    /// The jobs' ids, or enough of their beginnings
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    /// How much longer
    #[arg(long, value_name = "D", value_parser = duration, default_value = "30min")]
    pub(crate) by: std::time::Duration,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

fn priority(text: &str) -> Result<Priority, String> {
    Priority::parse(text).ok_or_else(|| "write low, normal, high, or a whole number from -100 to 100".to_owned())
}
