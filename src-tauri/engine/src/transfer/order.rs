//! What is asked for: a file, its name, and what it must be.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Digest, Limits};
use crate::package::ManifestSpec;
use crate::verify::{FileKind, Refusal};

/// What is to be landed, and where.
#[derive(Debug, Clone)]
pub struct Order {
    /// Names the transfer: letters, digits, `-`, `_`, `.`, at most 128. The same ticket in the same folder is the same
    /// transfer, before and after a restart.
    pub ticket: String,
    /// The folder to land in; it must exist.
    pub folder: PathBuf,
    /// How the file is called.
    pub name: Naming,
    /// What to do when that name is in use.
    pub clash: Clash,
    /// What the file must be.
    pub expect: Expectation,
    /// How fast and how patient.
    pub limits: Limits,
    /// The caller's own words, written to the journal so that a lost store can be rebuilt. Never secret.
    pub origin: serde_json::Value,
}

/// How a file is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// Like this, made safe.
    Fixed(String),
    /// As the server says in `Content-Disposition`, else like the fallback, else like the end of the link's path.
    FromServer {
        /// The caller's second choice.
        fallback: Option<String>,
    },
    /// Like this, with the ending of what it would be called otherwise.
    Stem {
        /// All but the ending.
        stem: String,
        /// What it would be called; without it, as the server says.
        like: Option<String>,
    },
}

/// What to do when the name is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clash {
    /// `name (2).ext`.
    #[default]
    Number,
    /// Leave what is there and fetch nothing.
    Skip,
    /// Put the new file in its place, atomically.
    Replace,
}

/// What the file must be; what is `None` or empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Exactly so many bytes.
    pub size: Option<u64>,
    /// At least so many bytes.
    pub min_size: Option<u64>,
    /// With these digests.
    pub digests: Vec<Digest>,
    /// Of this structure.
    pub kind: Option<FileKind>,
    /// With so many columns, where the kind has columns.
    pub columns: Option<usize>,
    /// With so many records, where the kind has records.
    pub records: Option<u64>,
    /// Not beginning like this.
    pub refuse: Option<Refusal>,
    /// A package that holds what its manifest says.
    pub package: Option<PackageExpectation>,
}

/// What a package must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageExpectation {
    /// What its manifest looks like.
    pub manifest: ManifestSpec,
    /// The name it comes under, by whose end `.br` one packed with brotli is known; whatever a person calls it.
    pub name: Option<String>,
}
