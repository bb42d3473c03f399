//! How a transfer ends without a landing, by meaning; and what a person is told.

use std::io;
use std::path::PathBuf;

use landfall_wire::{ErrorCode, Failure};
use serde_json::json;

use super::plan::Why;
use crate::retry::Trouble;
use crate::units::size_text;
use crate::words;

/// The detail of a failure that says that only another result can help.
const SENT_SO: &str = "sentSo";

/// Whether what arrived was refused although the server sent what it had promised: it would come the same again.
pub(crate) fn is_sent_so(failure: &Failure) -> bool {
    failure.details.as_ref().is_some_and(|details| details[SENT_SO] == json!(true))
}

/// The detail of a failure that says which name a whole file waits for.
const NAME_IN_USE: &str = "nameInUse";

/// The name that a whole file waits for, since another file has it.
pub(crate) fn name_in_use_of(failure: &Failure) -> Option<&str> {
    failure.details.as_ref()?.get(NAME_IN_USE)?.as_str()
}

/// Why a transfer ended without a landing. What has arrived is kept in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It was told to stop.
    #[error("stopped")]
    Stopped,
    /// The tries are spent for now.
    #[error("gave up for now: {}", .0.words())]
    Network(Trouble),
    /// The server, or its certificate, refuses for good.
    #[error("refused: {}", .0.words())]
    Refused(Trouble),
    /// The server wants another sign-in.
    #[error("the server wants another sign-in")]
    SignIn,
    /// The link is dead and no other can be had, or it was refused though fresh.
    #[error("the link is refused with {status}")]
    LinkDead {
        /// The server's status.
        status: u16,
        /// Whether a job gave it, so that others could be had.
        renewable: bool,
    },
    /// The link works once and was used, and no other can be had.
    #[error("the link worked once and was used")]
    LinkSpent,
    /// No link was given.
    #[error("no link: {0}")]
    Source(Failure),
    /// The same reason made it begin again twice.
    #[error("twice: {}", .0.words())]
    Twice(Why),
    /// The answer breaks the rules of HTTP or of this transfer.
    #[error("{0}")]
    Answer(String),
    /// What arrived is not what was promised.
    #[error("not what was promised: {reason}")]
    Validation {
        /// In words.
        reason: String,
        /// Where it was put.
        set_aside: Option<PathBuf>,
        /// Whether it is byte for byte what the server promised to send, so that it would come the same again.
        sent_so: bool,
    },
    /// The disk or the folder refuses.
    #[error("{doing}: {error}")]
    Disk {
        /// What was tried.
        doing: &'static str,
        /// What came of it.
        error: io::Error,
    },
    /// Not enough room.
    #[error("{needed} bytes are needed and {free} are free")]
    Room {
        /// Bytes still to be written.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// A file of that name is there, and a person is to say which of the two stays.
    #[error("the name {0} is in use")]
    NameInUse(String),
    /// Another transfer with this ticket is running.
    #[error("another transfer has the same ticket")]
    Busy,
}

impl Error {
    /// Makes an IO error a disk error.
    pub(crate) fn disk(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Disk { doing, error }
    }

    /// Whether the whole transfer may simply be tried again later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Stopped | Self::Network(_) | Self::Busy)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Stopped => Failure::new(ErrorCode::Cancelled, "The download was stopped")
                .with_remediation("Resume it; what has arrived is kept"),
            Error::Network(trouble) => Failure::new(
                ErrorCode::NetworkError,
                format!("The download made no progress and gave up for now: {}", trouble.words()),
            )
            .with_remediation("Check the network and the server, then resume; what has arrived is kept"),
            Error::Refused(Trouble::Untrusted) => {
                Failure::new(ErrorCode::NetworkError, "The server's certificate is not trusted")
                    .with_remediation("Check the address; for a server with its own authority, name its certificate")
            }
            Error::Refused(trouble) => {
                Failure::new(ErrorCode::DownloadFailed, format!("The file cannot be had: {}", trouble.words()))
                    .with_remediation("Check the link, or request the export again")
                    .permanent()
            }
            Error::SignIn => {
                Failure::new(ErrorCode::AuthenticationError, "The server asks for a sign-in to give the file")
                    .with_remediation("Sign in again with a valid token; what has arrived is kept")
            }
            Error::LinkDead { status, renewable: true } => {
                Failure::new(ErrorCode::DownloadFailed, format!("A fresh link is refused with {status}"))
                    .with_remediation("Check that this account may read the result; what has arrived is kept")
                    .permanent()
            }
            Error::LinkDead { status, renewable: false } => Failure::new(
                ErrorCode::DownloadFailed,
                format!("The link is refused with {status}; it may have expired"),
            )
            .with_remediation("Fetch again with a new link to the same file; what has arrived is kept"),
            Error::LinkSpent => Failure::new(
                ErrorCode::DownloadFailed,
                "The download was cut, its link works once only, and the server gives no other",
            )
            .with_remediation("Request the export again; what has arrived is kept"),
            Error::Source(failure) => failure,
            Error::Twice(Why::Changed) => {
                Failure::new(ErrorCode::DownloadFailed, "The file on the server changed again while it was fetched")
                    .with_remediation(
                        "Wait until the server is done with it, then try again; all versions are set aside",
                    )
            }
            Error::Twice(why) => {
                Failure::new(ErrorCode::DownloadFailed, format!("The download cannot go on: twice {}", why.words()))
                    .with_remediation("Try again; if it stays, the server or a proxy before it is at fault")
            }
            Error::Answer(reason) => Failure::new(ErrorCode::DownloadFailed, reason)
                .with_remediation("Try again; if it stays, the server or a proxy before it is at fault"),
            Error::Validation { reason, set_aside, sent_so } => {
                let message = format!("What arrived is not what was promised: {reason}");
                let failure = Failure::new(ErrorCode::ValidationFailed, message);
                let failure = if sent_so {
                    failure.with_remediation("The server made it so; retry asks it to make the result anew")
                } else {
                    failure
                };
                match (set_aside, sent_so) {
                    (None, false) => failure,
                    (path, _) => failure.with_details(json!({ "setAside": path, (SENT_SO): sent_so })),
                }
            }
            Error::Disk { doing, error } => {
                Failure::new(ErrorCode::DiskError, format!("{doing}: {}", words::of_io(&error)))
            }
            Error::Room { needed, free } => Failure::new(
                ErrorCode::DiskError,
                format!("Not enough room: {} more are needed and {} are free", size_text(needed), size_text(free)),
            ),
            Error::NameInUse(name) => {
                Failure::new(ErrorCode::DiskError, format!("A file called {name} is there already"))
                    .with_remediation("Keep both, replace the file that is there, or leave it and drop the new one")
                    .with_details(json!({ (NAME_IN_USE): name }))
            }
            Error::Busy => Failure::new(ErrorCode::DownloadFailed, "This download is running already")
                .with_remediation("Wait for it, or stop the other one"),
        }
    }
}
