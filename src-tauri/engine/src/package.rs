//! Packages: archives of components with a manifest that says what is in them.
//!
//! A package is validated, listed, extracted and compared, in bounded memory and on bounded disk: what it declares about
//! itself (sizes, names, modes) is not believed but counted and looked at. What a manifest looks like comes from outside
//! as a [`ManifestSpec`]; no server is known by name here. All of it blocks: async callers go through `spawn_blocking`.

mod archive;
mod array;
mod compare;
mod difference;
mod document;
mod entry;
mod extract;
mod listing;
mod manifest;
mod names;
mod open;
mod refused;
mod report;
mod single;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::Path;

use landfall_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};

pub use compare::{ChangedComponent, Comparison, Named, Repetition, compare};
pub use difference::{Change, Shown};
pub use extract::{Extracted, extract};
pub use listing::{Component, Form, Listing};
pub use open::Package;
pub use refused::Refused;

/// What a package's manifest looks like; a connector gives it, and it is kept with what landed.
///
/// `each`, `file`, `name` and `kind` are keys with dots between them (`steps.list`), and nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestSpec {
    /// The manifest's file in the archive, such as `manifest.json`.
    pub path: String,
    /// Where in it the list of components is.
    pub each: String,
    /// Where in an item of the list the component's file is.
    pub file: String,
    /// Where in an item its name is.
    pub name: String,
    /// Where in an item its kind is, in the server's word.
    pub kind: String,
    /// The server's words for kinds, each with the heading it is listed under; any other word is its own heading.
    #[serde(default)]
    pub kinds: BTreeMap<String, String>,
}

/// How much of a package is read, written and held. A package beyond them is refused, never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Entries of the archive, and folders made for them.
    pub entries: usize,
    /// Bytes that may come out of the archive altogether.
    pub bytes: u64,
    /// How many times its own size may come out of the archive, once [`Bounds::unsuspicious`] bytes have.
    pub ratio: u64,
    /// Bytes that may come out whatever the ratio: small files of one letter compress a thousandfold.
    pub unsuspicious: u64,
    /// Bytes of the manifest.
    pub manifest: u64,
    /// Bytes of one component up to which it is compared inside; a larger one is compared as a whole.
    pub component: u64,
    /// Bytes of a package that is one JSON document, which is held in memory.
    pub document: u64,
    /// Values (objects, lists, texts, numbers) held of one document; each takes some hundred bytes.
    pub values: u64,
    /// Differences kept for one component; the others are counted.
    pub changes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            entries: 100_000,
            bytes: 64 << 30,
            ratio: 200,
            unsuspicious: 64 << 20,
            manifest: 32 << 20,
            component: 16 << 20,
            document: 64 << 20,
            values: 2_000_000,
            changes: 100,
        }
    }
}

/// Whether a landed package is what its manifest says: an archive that is whole, every named file there and readable.
pub fn validate(path: &Path, spec: &ManifestSpec, bounds: &Bounds) -> Result<Listing, Refused> {
    Package::open(path, spec, bounds).map(Package::into_listing)
}

/// Opens a package as the first manifest that is in it says, of those it may have; any other fault than a missing manifest
/// ends the search.
pub fn open_as_any(path: &Path, known: &[ManifestSpec], bounds: &Bounds) -> Result<Package, Failure> {
    let mut last = None;
    for spec in known {
        match Package::open(path, spec, bounds) {
            Err(refused) if refused.is_without_manifest() => last = Some(refused),
            opened => return opened.map_err(|refused| refused.failure(path)),
        }
    }
    Err(last.map_or_else(
        || {
            Failure::new(ErrorCode::ValidationFailed, "No connector here says what is in a package")
                .with_remediation("See which there are: landfall connectors list")
        },
        |refused| refused.failure(path),
    ))
}

/// The same of a file that has not got its name yet; the name tells how one JSON document is packed, as in
/// [`Package::open`].
pub(crate) fn validate_file(file: &File, name: &str, spec: &ManifestSpec, bounds: &Bounds) -> Result<Listing, Refused> {
    let mut file = file.try_clone().map_err(Refused::Unreadable)?;
    if file.seek(SeekFrom::End(0)).map_err(Refused::Unreadable)? == 0 {
        return Err(Refused::Empty);
    }
    file.seek(SeekFrom::Start(0)).map_err(Refused::Unreadable)?;
    Package::of(file, Path::new(name), spec, bounds).map(Package::into_listing)
}

#[cfg(test)]
mod tests;
