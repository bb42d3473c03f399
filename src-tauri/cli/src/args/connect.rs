//! What is typed about connections.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Connect {
    /// Add or change a connection
    Add(Box<ConnectAdd>),
    /// List the connections
    List,
    /// Ask a server whether the sign-in works
    Test {
        /// The connection
        name: String,
    },
    /// Remove a connection and its secrets
    Remove {
        /// The connection
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConnectAdd {
    /// What to call it
    pub(crate) name: String,
    /// Which kind of server: see `landfall connectors list`
    #[arg(long, value_name = "ID")]
    pub(crate) connector: String,
    /// The server's base URL
    #[arg(long)]
    pub(crate) url: String,
    /// Read the token from standard input
    #[arg(long, conflicts_with = "token_env")]
    pub(crate) token_stdin: bool,
    /// Read the token from that environment variable
    #[arg(long, value_name = "VAR")]
    pub(crate) token_env: Option<String>,
    /// A secret by its name, such as client_secret, read from standard input as a line NAME=VALUE; again for more
    #[arg(long, value_name = "NAME", conflicts_with = "token_stdin")]
    pub(crate) secret: Vec<String>,
    /// A secret by its name, read from that environment variable; again for more
    #[arg(long, value_name = "NAME=VAR")]
    pub(crate) secret_env: Vec<String>,
    /// A further host that may get the sign-in, where the connector lists one; again for more
    #[arg(long = "allow-host", value_name = "HOST")]
    pub(crate) allow_hosts: Vec<String>,
    /// A header for every request to the server; kept like a token
    #[arg(long = "header", value_name = "K=V")]
    pub(crate) headers: Vec<String>,
    /// Certificates (PEM) to trust besides the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Where its files go
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    /// Submissions and downloads at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) limit: Option<u32>,
    /// Where the token is kept: in the system's keychain, in an encrypted file, or for this login session
    #[arg(long, value_name = "WHERE")]
    pub(crate) secrets: Option<SecretsChoice>,
}

/// Where secrets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretsChoice {
    /// The system's keychain
    Keychain,
    /// A file, encrypted with LANDFALL_PASSPHRASE or else with a key file only you can read
    File,
    /// The kernel's memory, until this login session ends
    Session,
}
