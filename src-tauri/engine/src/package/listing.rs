//! What is in a package: its components by kind.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use super::document::{self, Flaw};
use super::{Bounds, Refused};
use crate::digest::Sha256;
use crate::verify::{Defect, FileKind, examine_stream};

/// How much of a component tells its encoding.
const START: usize = 1 << 10;

/// How a package came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A ZIP archive of files.
    Zip,
    /// One JSON document of all components.
    Json,
}

/// What a package that passed has in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// How it came.
    pub form: Form,
    /// Every component, in the order of kind, name and file.
    pub components: Vec<Component>,
    /// Files that the manifest does not name.
    pub others: u64,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// The heading it is listed under.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its file in the package.
    pub file: String,
    /// The server's word for its kind.
    pub provider: String,
    /// Bytes, as they are in the package.
    pub size: u64,
    /// SHA-256 in lower-case hex: of the canonical JSON where [`Component::canonical`], else of the bytes.
    pub sha256: String,
    /// Whether it is JSON that was read whole, so that order of names, white space and spelling of numbers do not count.
    pub canonical: bool,
}

impl Listing {
    /// The components under their headings, in order.
    pub fn by_kind(&self) -> BTreeMap<&str, Vec<&Component>> {
        let mut kinds: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
        for component in &self.components {
            kinds.entry(&component.kind).or_default().push(component);
        }
        kinds
    }
}

/// Size and digest of one file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) size: u64,
    pub(super) sha256: String,
    pub(super) canonical: bool,
}

/// Reads a component to its end: whether it is what its name says, its size and its digest.
pub(super) fn prove(file: &str, body: &mut impl Read, bounds: &Bounds) -> Result<Proof, Refused> {
    let kind = FileKind::of_name(file);
    let mut head = Vec::new();
    body.take(bounds.component + 1).read_to_end(&mut head).map_err(Refused::Unreadable)?;
    let refused = |why: String| Refused::Component { file: file.to_owned(), why };
    if kind == Some(FileKind::Json) && head.len() as u64 <= bounds.component {
        match document::parse(&head, bounds.values) {
            Ok(value) => {
                let (sha256, _) = document::digest(&value);
                return Ok(Proof { size: head.len() as u64, sha256, canonical: true });
            }
            Err(Flaw::Syntax(why)) => return Err(refused(why)),
            // Too many values to be held: looked at in passing, like one that is too long.
            Err(Flaw::TooManyValues) => {}
        }
    }
    let start = head[..head.len().min(START)].to_vec();
    let mut stream = Hashed { inner: head.chain(body), hash: Sha256::default(), size: 0 };
    if let Some(kind) = kind {
        examine_stream(kind, &mut stream, &start).map_err(|defect| match defect {
            Defect::Content(why) => refused(why),
            Defect::Disk(error) => Refused::Unreadable(error),
        })?;
    }
    io::copy(&mut stream, &mut io::sink()).map_err(Refused::Unreadable)?;
    Ok(Proof { size: stream.size, sha256: stream.hash.finish(), canonical: false })
}

/// Hashes what passes.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
    size: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}
