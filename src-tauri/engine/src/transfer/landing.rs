//! What comes of a transfer: a file that is whole, and what vouched for it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::verify::FileKind;

/// A file under its final name, whole and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// Where.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// What vouched for it.
    pub vouched: Vouched,
    /// The name was in use and the order said to leave it: what is described is the file that was there.
    pub skipped: bool,
    /// Bytes fetched more than once, over all runs of this transfer.
    pub bytes_twice: u64,
    /// What happened, for the timeline.
    pub notes: Vec<String>,
    /// Partial or refused files that were put beside.
    pub set_aside: Vec<PathBuf>,
}

/// By what a landed file was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// The server's or the caller's size fits.
    pub size: bool,
    /// These declared digests fit.
    pub digests: Vec<Digest>,
    /// It is whole as a file of this kind.
    pub structure: Option<FileKind>,
}

impl Vouched {
    /// Whether anything did: else it landed, but the server gave nothing to verify against.
    pub fn is_verified(&self) -> bool {
        self.size || !self.digests.is_empty() || self.structure.is_some()
    }

    /// In words, for a person.
    pub fn words(&self) -> String {
        let mut by: Vec<String> = self.digests.iter().map(|digest| digest.algorithm().word().to_uppercase()).collect();
        by.extend(self.size.then(|| "size".to_owned()));
        by.extend(self.structure.map(|kind| format!("{} structure", kind.word())));
        if by.is_empty() {
            return "landed, but the server gave nothing to verify against".to_owned();
        }
        format!("verified by {}", by.join(", "))
    }
}
