//! The command line's names and flags: a contract.

mod compare;
mod connect;
mod connectors;
mod orders;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use landfall_engine::units;

pub(crate) use compare::Compare;
pub(crate) use connect::{Connect, ConnectAdd, SecretsChoice};
pub(crate) use connectors::Connectors;
pub(crate) use orders::{Adopt, Afterwards, Clash, Extend, Foreground, Resume};

/// Request exports, follow them, and land the files whole and proven.
#[derive(Debug, Parser)]
#[command(
    name = "landfall",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 landed, 1 internal, 2 usage, 3 job refused or failed on the server, 4 download failed, \
5 extraction failed, 6 validation failed, 7 network, 8 authentication, 9 timed out, 10 cancelled, 11 another engine owns \
the home, 12 disk, 130/143 stopped by a signal.\n\nTry it without a server: landfall try"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Where all state lies (default: the platform's data folder)
    #[arg(long, global = true, env = "LANDFALL_HOME", hide_env_values = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// JSON on stdout, and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log more; again for still more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colours on stderr: auto, always or never (NO_COLOR is honoured)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub(crate) color: ColorChoice,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the sample export service
    Serve(Serve),
    /// Try it without a server: start the sample service, land one export of every kind, stop
    Try(Try),
    /// Connections to servers
    #[command(subcommand)]
    Connect(Connect),
    /// Connector files: how servers are driven
    #[command(subcommand)]
    Connectors(Connectors),
    /// Request exports, follow and land them
    Export(Export),
    /// Request many exports from a table or JSON Lines, and land them
    Batch(Batch),
    /// Download files: resumable and verified, without a connector
    Fetch(Fetch),
    /// List jobs
    Jobs(Jobs),
    /// Show a job with its timeline
    Show(One),
    /// Carry every interrupted job on to its end
    Recover(Recover),
    /// Pause jobs; nobody carries them on until they are resumed
    Pause(Many),
    /// Let paused jobs go on; `landfall recover` carries them
    Resume(Resume),
    /// Cancel jobs, on the server too where it can be told
    Cancel(Many),
    /// Try failed jobs again
    Retry(Foreground),
    /// Wait longer for jobs that ran out of time
    Extend(Extend),
    /// Follow and land a job that somebody else started on the server
    Adopt(Adopt),
    /// Stop following jobs and take them off the list; the server goes on
    Forget(Many),
    /// Delete the server's copy of what has landed verified
    Delete(Many),
    /// Hash landed files again, now
    Verify(Many),
    /// Show what landed, and the proof of it
    Receipt(One),
    /// Compare two packages by component: landed ones, or the same export of two environments
    Compare(Box<Compare>),
    /// Check this machine and the connections
    Doctor,
    /// Print shell completions
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = landfall_service::Faults::HELP)]
pub(crate) struct Serve {
    #[command(subcommand)]
    pub(crate) order: Option<ServeOrder>,
    /// Address to listen on; the default is for this machine only
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) host: std::net::IpAddr,
    /// Port to listen on; 0 takes any that is free
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// How clients reach the API, where that is another address, such as a proxy's
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Where queue and results lie (default: a folder in the home)
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A user and the token to sign in with; again for more
    #[arg(long = "user", value_name = "NAME=TOKEN")]
    pub(crate) users: Vec<String>,
    /// A user's OAuth client, in place of the user's name with its token; again for more
    #[arg(long = "client", value_name = "NAME=ID:SECRET")]
    pub(crate) clients: Vec<String>,
    /// How long an access token lives
    #[arg(long, value_name = "D", value_parser = duration, default_value = "1h")]
    pub(crate) token_ttl: Duration,
    /// How long a download link lives
    #[arg(long, value_name = "D", value_parser = duration, default_value = "1h")]
    pub(crate) link_ttl: Duration,
    /// Stretches the work; 0 is as fast as it goes, 1 some seconds a job
    #[arg(long, value_name = "FACTOR", value_parser = factor, allow_negative_numbers = true, default_value_t = 1.0)]
    pub(crate) pace: f64,
    /// Faults to make on purpose; --help explains them
    #[arg(long, value_name = "SPEC")]
    pub(crate) faults: Option<String>,
    /// Jobs that are worked on at the same time
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) workers: usize,
    /// Unfinished jobs that a user may have; 0 is any number
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) user_limit: u32,
    /// The queue: sqlite, or for any number of machines redis://host:port or rediss://host:port?ca=file&identity=file
    #[arg(long, global = true, value_name = "URL", default_value = "sqlite")]
    pub(crate) queue: String,
    /// Where results are stored: in --data, or s3://bucket?endpoint=http://host:port&region=name&public=http://host:port
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Which part to run on this machine: api, worker or all
    #[arg(long, default_value = "all")]
    pub(crate) role: String,
    /// A worker that is silent for so long has lost its job to the next
    #[arg(long, value_name = "D", value_parser = duration, default_value = "30s")]
    pub(crate) lease: Duration,
    /// How long an ended job can be asked for, with a queue on Redis
    #[arg(long, global = true, value_name = "D", value_parser = duration, default_value = "7d")]
    pub(crate) keep: Duration,
    /// How long a process that is told to stop still answers and says on /readyz that it stops, with a queue on Redis
    #[arg(long, value_name = "D", value_parser = duration, default_value = "2s")]
    pub(crate) drain: Duration,
}

/// What can be done to a queue without serving it.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ServeOrder {
    /// Jobs that failed for good: see them, put them back, drop them
    #[command(subcommand)]
    Dead(DeadOrder),
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum DeadOrder {
    /// List them, newest first
    List,
    /// Put them back into their queues, with all their attempts before them
    Retry {
        /// Ids of jobs
        #[arg(value_name = "JOB", required_unless_present = "all")]
        jobs: Vec<String>,
        /// All that there are
        #[arg(long, conflicts_with = "jobs")]
        all: bool,
    },
    /// Take them off the list for good
    Drop {
        /// Ids of jobs
        #[arg(value_name = "JOB", required_unless_present = "all")]
        jobs: Vec<String>,
        /// All that there are
        #[arg(long, conflicts_with = "jobs")]
        all: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Try {
    /// Where the files go (default: landfall-try in the present folder)
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    /// Stretches the sample service's work
    #[arg(long, value_name = "FACTOR", value_parser = factor, allow_negative_numbers = true, default_value_t = 1.0)]
    pub(crate) pace: f64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The connection
    pub(crate) connection: String,
    /// Parameters; several values of one make several jobs where the connector says so
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) params: Vec<String>,
    /// Parameters from a JSON file
    #[arg(long = "params", value_name = "FILE.json")]
    pub(crate) params_file: Option<PathBuf>,
    /// Where the files go (default: the connection's folder, else the present one)
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    /// The name of the file
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The SHA-256 that the file must have
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    pub(crate) sha256: Option<String>,
    /// Bytes a second at most, such as 2MB
    #[arg(long, value_name = "R", value_parser = size)]
    pub(crate) limit_rate: Option<u64>,
    #[command(flatten)]
    pub(crate) clash: Clash,
    #[command(flatten)]
    pub(crate) afterwards: Afterwards,
    #[command(flatten)]
    pub(crate) patience: Patience,
    #[command(flatten)]
    pub(crate) not_yet: NotYet,
}

/// Flags that the contract names and this version does not know how to honour: refused, and never ignored.
#[derive(Debug, clap::Args)]
pub(crate) struct NotYet {
    /// Leave the job to a daemon; not supported yet
    #[arg(long, hide = true)]
    pub(crate) detach: bool,
}

impl NotYet {
    /// The first of them that was given, with what to do instead.
    pub(crate) fn given(&self) -> Option<(&'static str, &'static str)> {
        self.detach.then_some(("--detach", "Leave it out: the command stays until the file has landed"))
    }
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A table has the parameters' names in its first line and a row for each export; empty cells are left out. \
JSON Lines have an object a line. Several cameras and one time range are several rows, or one export with \
camera=NORTH,SOUTH. Rows that fail are written beside FILE with their reasons, as a file that can be run again; columns \
that begin with _ are passed over."
)]
pub(crate) struct Batch {
    /// The connection
    pub(crate) connection: String,
    /// The wishes: FILE.csv or FILE.jsonl
    pub(crate) file: PathBuf,
    /// Submissions and downloads at once (default: the connection's, else 5)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) limit: Option<u32>,
    /// Where the files go (default: the connection's folder, else the present one)
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) clash: Clash,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Patience {
    /// How long to go on without any progress while the server cannot be reached; the job is kept
    #[arg(long, value_name = "D", value_parser = duration, default_value = "10min")]
    pub(crate) patience: Duration,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Fetch {
    /// What to download
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// Where the files go (default: the present folder)
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    /// The name of the file (one URL only)
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The SHA-256 that the file must have (one URL only)
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    pub(crate) sha256: Option<String>,
    /// Streams at once; more than one is not supported yet and taken as one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), default_value_t = 1)]
    pub(crate) segments: u32,
    /// Bytes a second at most, such as 2MB
    #[arg(long, value_name = "R", value_parser = size)]
    pub(crate) limit_rate: Option<u64>,
    /// Silence for that long counts as a cut
    #[arg(long, value_name = "D", value_parser = duration, default_value = "30s")]
    pub(crate) idle_timeout: Duration,
    /// A header for the URL's own server; never sent elsewhere
    #[arg(long = "header", value_name = "K=V")]
    pub(crate) headers: Vec<String>,
    /// Certificates (PEM) to trust besides the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) clash: Clash,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Jobs {
    /// Only those in this phase
    #[arg(long, value_name = "P")]
    pub(crate) phase: Option<String>,
    /// Only those of this connection
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// The job's id, or enough of its beginning
    pub(crate) id: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Many {
    /// The jobs' ids, or enough of their beginnings
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Recover {
    #[command(flatten)]
    pub(crate) patience: Patience,
}

fn duration(text: &str) -> Result<Duration, String> {
    units::duration(text).ok_or_else(|| "write a number with its unit, such as 500ms, 30s, 10min, 2h or 1d".to_owned())
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor >= 0.0);
    factor.ok_or_else(|| "write a number from 0 up, such as 0, 0.5 or 10".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    units::size(text).ok_or_else(|| "write a number with its unit, such as 500kB, 2MB or 1GiB".to_owned())
}

fn sha256(text: &str) -> Result<String, String> {
    let hex = text.to_ascii_lowercase();
    if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(hex)
    } else {
        Err("write the 64 hexadecimal digits that `sha256sum` prints".to_owned())
    }
}
