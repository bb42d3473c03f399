//! The ZIP behind a package: one pass over its entries at a time, each looked at before it is handed on.
//!
//! The directory is never held whole, duplicate names are seen, and what comes out is counted as it comes. What an entry's
//! own header says must agree with the directory, so that no other program sees another package in the same file.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipReadOptions;
use zip::read::{Config, OwnedZipFileEntry, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::entry::{Body, Meter};
use super::names::{self, Names};
use super::refused::named;
use super::{Bounds, Refused};

/// Directory records are small and lie beside each other, but each is sought anew.
const RECORD: usize = 1 << 10;

/// Types of files in a Unix mode (`inode(7)`).
const TYPE: u32 = 0o170_000;

/// An archive that is open for any number of passes.
#[derive(Debug)]
pub(super) struct Archive {
    directory: ZipIterable<BufReader<File>>,
    body: File,
    size: u64,
    bounds: Bounds,
}

impl Archive {
    /// Reads the end of the archive, where its directory is told.
    pub(super) fn open(file: &File, bounds: &Bounds) -> Result<Self, Refused> {
        let size = file.metadata().map_err(Refused::Unreadable)?.len();
        let other = || file.try_clone().map_err(Refused::Unreadable);
        // Both share one position; each seeks before it reads.
        let (directory, body) = (BufReader::with_capacity(RECORD, other()?), other()?);
        let directory = ZipIterable::try_new(directory, Config::default())
            .map_err(|error| match refusal(error, None) {
                Refused::Damaged(_) => Refused::NoPackage("it is no ZIP archive, or it was cut short".to_owned()),
                other => other,
            })?
            .enforce_header_consistency(true);
        if directory.len() > bounds.entries {
            return Err(Refused::TooMany { found: directory.len(), most: bounds.entries });
        }
        Ok(Self { directory, body, size, bounds: *bounds })
    }

    /// Hands on every entry in the order of the directory: its name, whether it is a folder, and its content, which is
    /// read as far as the visitor wants. Stops at the first entry that is refused.
    pub(super) fn walk(
        &mut self,
        mut visit: impl FnMut(&str, bool, &mut Body<'_>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let mut seen = Names::new(&self.bounds);
        let mut meter = Meter::new(self.size, self.bounds);
        let mut packed = 0_u64;
        for entry in self.directory.files().map_err(|error| refusal(error, None))? {
            let entry = entry.map_err(|error| refusal(error, None))?;
            let name = entry.name().map_err(|error| refusal(error, None))?.into_owned();
            let is_folder = examine(&name, &entry)?;
            seen.admit(&name, is_folder)?;
            packed = packed.saturating_add(entry.compressed_size());
            if packed > self.size {
                return Err(Refused::Overlap);
            }
            let reader = entry
                .with_reader(&mut self.body, ZipReadOptions::new())
                .map_err(|error| refusal(error, Some(&name)))?;
            let visited = visit(&name, is_folder, &mut Body::new(reader, &name, &mut meter));
            // Why reading stopped outranks what the visitor made of it.
            match meter.refusal.take() {
                Some(refusal) => return Err(refusal),
                None => visited?,
            }
        }
        Ok(())
    }

    /// Where the entries of these names are.
    pub(super) fn locate(&mut self, wanted: &HashSet<&str>) -> Result<HashMap<String, OwnedZipFileEntry>, Refused> {
        let mut found = HashMap::new();
        for entry in self.directory.files().map_err(|error| refusal(error, None))? {
            let entry = entry.map_err(|error| refusal(error, None))?;
            let name = entry.name().map_err(|error| refusal(error, None))?.into_owned();
            if wanted.contains(name.as_str()) {
                found.insert(name, entry.into());
            }
        }
        Ok(found)
    }

    /// The whole content of one entry, which must fit.
    pub(super) fn read(&mut self, name: &str, entry: &OwnedZipFileEntry, most: u64) -> Result<Vec<u8>, Refused> {
        let reader = entry
            .as_ref()
            .with_reader(&mut self.body, ZipReadOptions::new())
            .map_err(|error| refusal(error, Some(name)))?;
        let mut meter = Meter::new(self.size, Bounds { bytes: most, ..self.bounds });
        let mut bytes = Vec::new();
        let read = Body::new(reader, name, &mut meter).read_to_end(&mut bytes);
        match (meter.refusal, read) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(error)) => Err(Refused::Unreadable(error)),
            (None, Ok(_)) => Ok(bytes),
        }
    }
}

/// Whether the entry is one that may be taken, and a folder.
fn examine(name: &str, entry: &ZipFileEntry<'_>) -> Result<bool, Refused> {
    let is_folder = names::examine(name).map_err(|why| Refused::Name { entry: name.to_owned(), why })?;
    if entry.encrypted() {
        return Err(Refused::Encrypted(name.to_owned()));
    }
    let what = match entry.unix_mode().map_or(0, |mode| mode & TYPE) {
        0 | 0o100_000 => None,
        0o040_000 if is_folder => None,
        0o040_000 => Some("a folder with a file's name"),
        0o120_000 => Some("a symbolic link"),
        _ => Some("a device or a pipe"),
    };
    match what {
        Some(what) => Err(Refused::Special { entry: name.to_owned(), what }),
        None => Ok(is_folder),
    }
}

fn refusal(error: ZipError, entry: Option<&str>) -> Refused {
    let place = || entry.map_or_else(|| "its directory".to_owned(), |name| format!("its entry {}", named(name)));
    match error {
        ZipError::Io(error) => reading(error, &place()),
        error => Refused::Damaged(format!("{} cannot be read ({error})", place())),
    }
}

/// What a reading library says: a broken end is the archive's, a broken disk is not.
pub(super) fn reading(error: std::io::Error, place: &str) -> Refused {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof, Unsupported};
    match error.kind() {
        Unsupported => Refused::Damaged(format!("{place} is packed in a way that is not known ({error})")),
        UnexpectedEof | InvalidData | InvalidInput | Other => {
            Refused::Damaged(format!("{place} is damaged or was cut short ({error})"))
        }
        _ => Refused::Unreadable(error),
    }
}
