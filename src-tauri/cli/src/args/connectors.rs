//! What is typed about connector files.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Connectors {
    /// List the connectors: built in, your own, and the gallery
    List,
    /// Print a connector file
    Show {
        /// Which: see `landfall connectors list`
        id: String,
    },
    /// Check a connector file, and try it against recorded answers
    Check {
        /// The connector file
        file: PathBuf,
        /// Recorded answers (default: FILE with .recorded.toml, where it exists)
        #[arg(long, value_name = "FILE")]
        recorded: Option<PathBuf>,
    },
    /// Check a connector file and make it one of your own
    Add {
        /// The connector file; FILE with .recorded.toml comes along, where it exists
        file: PathBuf,
    },
    /// List the choices that a server offers for a parameter
    Choices {
        /// The connection
        connection: String,
        /// The parameter
        param: String,
        /// What is chosen already, where the choices depend on it
        #[arg(value_name = "KEY=VALUE")]
        params: Vec<String>,
    },
    /// Print the JSON Schema of connector files, by which editors complete and check them
    Schema,
}
