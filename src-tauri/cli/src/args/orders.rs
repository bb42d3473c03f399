//! What is typed to give orders to jobs that are there, or to take one over.

use std::path::PathBuf;

use clap::ValueEnum;
use landfall_engine::job::Priority;
use landfall_engine::transfer;

use super::{Many, Patience, duration};

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
    pub(crate) clash: Clash,
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

/// What is done about a name that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnClash {
    /// The new file gets a number
    Number,
    /// The file that is there stays, and nothing is fetched
    Skip,
    /// The new file takes its place once it is whole
    Replace,
}

impl From<OnClash> for transfer::Clash {
    fn from(wanted: OnClash) -> Self {
        match wanted {
            OnClash::Number => Self::Number,
            OnClash::Skip => Self::Skip,
            OnClash::Replace => Self::Replace,
        }
    }
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Clash {
    /// What to do when a file of that name is there: number the new one, skip it, or replace the old one
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true, default_value = "number")]
    pub(crate) on_clash: OnClash,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) jobs: Many,
    /// For a file that waits since its name is in use: number the new one, skip it, or replace the old one
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub(crate) on_clash: Option<OnClash>,
}
