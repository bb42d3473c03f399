//! Why a package is refused, for a person, and what to do about it.

use std::io;
use std::path::Path;

use landfall_wire::{ErrorCode, Failure};

use crate::units::size_text;
use crate::words;

/// Entries are named in messages up to this many characters.
const LONGEST_NAME: usize = 80;

/// Why a package is refused, as the end of a sentence.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Nothing is in the file.
    #[error("it is empty")]
    Empty,
    /// Neither an archive nor a document.
    #[error("it is no package: {0}")]
    NoPackage(String),
    /// More entries than the bounds allow.
    #[error("it has {found} entries, and no more than {most} are read")]
    TooMany {
        /// Entries, or folders they would need.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// More comes out of it than the bounds allow.
    #[error("more than {} come out of it ({why})", size_text(*.bytes))]
    TooLarge {
        /// Bytes after which reading was stopped.
        bytes: u64,
        /// Which bound that is.
        why: &'static str,
    },
    /// Entries lie over each other.
    #[error("its entries are larger together than the archive, so they lie over each other")]
    Overlap,
    /// An entry's name cannot be a file inside a folder.
    #[error("its entry {} {why}", named(.entry))]
    Name {
        /// The entry.
        entry: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two entries would be the same file.
    #[error("its entries {} and {} would be the same file", named(.one), named(.other))]
    Clash {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// An entry that is a link, a device or a pipe.
    #[error("its entry {} is {what}, and only files and folders are taken", named(.entry))]
    Special {
        /// The entry.
        entry: String,
        /// What it is.
        what: &'static str,
    },
    /// An entry that needs a password.
    #[error("its entry {} is encrypted", named(.0))]
    Encrypted(String),
    /// An entry, or what leads to it, is damaged.
    #[error("{0}")]
    Damaged(String),
    /// No manifest: perhaps a package of another kind.
    #[error("it has no {}, which says what is in it", named(.0))]
    NoManifest(String),
    /// The manifest cannot be used.
    #[error("its manifest {0}")]
    Manifest(String),
    /// A file that the manifest names is not there.
    #[error("its manifest names {}, which is not in it{}", named(.file), and_others(*.others))]
    Missing {
        /// The file.
        file: String,
        /// How many more are missing.
        others: usize,
    },
    /// A component is not what its name says.
    #[error("its component {} cannot be used: {why}", named(.file))]
    Component {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// It cannot be read.
    #[error("it cannot be read: {}", words::of_io(.0))]
    Unreadable(io::Error),
    /// What comes out of it cannot be written.
    #[error("what is in it cannot be written: {}", words::of_io(.0))]
    Unwritable(io::Error),
}

impl Refused {
    /// Whether only the manifest is missing, so that it may be a package of another kind.
    pub fn is_without_manifest(&self) -> bool {
        matches!(self, Self::NoManifest(_))
    }

    /// The refusal as VALIDATION_FAILED; a file that cannot be read is DISK_ERROR.
    pub fn failure(&self, package: &Path) -> Failure {
        let code = match self {
            Self::Unreadable(_) | Self::Unwritable(_) => ErrorCode::DiskError,
            _ => ErrorCode::ValidationFailed,
        };
        let message = format!("The package {} was refused: {self}", package.display());
        Failure::new(code, message).with_remediation(self.remediation())
    }

    /// The same as EXTRACTION_FAILED.
    pub(super) fn extraction(&self, package: &Path) -> Failure {
        let message = format!("The package {} was not extracted: {self}", package.display());
        Failure::new(ErrorCode::ExtractionFailed, message).with_remediation(self.remediation())
    }

    fn remediation(&self) -> &'static str {
        match self {
            Self::Empty | Self::NoPackage(_) | Self::Damaged(_) => {
                "Export it again; if it comes the same, tell whoever runs the server"
            }
            Self::Name { .. } | Self::Clash { .. } | Self::Special { .. } | Self::Overlap | Self::TooLarge { .. } => {
                "Do not open it with another program before whoever runs the server has said why it is like that"
            }
            Self::TooMany { .. } => "Export less at once",
            Self::Encrypted(_) => "Export it again without a password",
            Self::NoManifest(_) | Self::Manifest(_) | Self::Missing { .. } | Self::Component { .. } => {
                "Export it again; if it comes the same, show this sentence to whoever runs the server"
            }
            Self::Unreadable(_) => "Check that the file is still there and that you may read it",
            Self::Unwritable(_) => "Make room, or choose another folder; then extract again from the landed file",
        }
    }
}

/// A name from outside as it is safe to print: escaped, and not longer than a line.
pub(super) fn named(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((cut, _)) => format!("{:?}… ({} bytes)", &name[..cut], name.len()),
        None => format!("{name:?}"),
    }
}

fn and_others(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", nor are {count} others") }
}
