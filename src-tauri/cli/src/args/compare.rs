//! What is typed to compare packages.

use std::path::PathBuf;

use super::Patience;

#[derive(Debug, clap::Args)]
#[command(
    override_usage = "landfall compare [OPTIONS] A B\n       \
landfall compare [OPTIONS] --connection NAME --across PARAM=A,B [KEY=VALUE]...",
    after_help = "The exit code is 0 when they were compared, whether they differ or not: what differs is printed. With \
--across it is that of the export that did not land."
)]
pub(crate) struct Compare {
    /// Two packages, each a file or the id of the job that landed it; or, with --connection, parameters KEY=VALUE. What is
    /// told as added is what only the second one has
    #[arg(value_name = "A B")]
    pub(crate) what: Vec<String>,
    /// Ask this connection for both, fresh and side by side
    #[arg(long, value_name = "NAME", requires = "across")]
    pub(crate) connection: Option<String>,
    /// The parameter in which the two differ, and its two values
    #[arg(long, value_name = "PARAM=A,B", requires = "connection")]
    pub(crate) across: Option<String>,
    /// Where both land (default: compare in the connection's folder, else in the present one)
    #[arg(long, value_name = "DIR", requires = "connection")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) patience: Patience,
}
