//! Extraction: all of a package under its final name, or nothing.
//!
//! Files are written into a hidden folder beside the target, which gets its name by one rename when all of them are there
//! and on disk. Only plain files and folders come out, with the modes of any new file: what may be run, or run as somebody
//! else, is for the person to say.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use landfall_wire::{ErrorCode, Failure};

use super::archive::Archive;
use super::open::plain_file;
use super::{Bounds, ManifestSpec, Package, Refused};
use crate::{durable, words};

/// Bytes written at once.
const PIECE: usize = 128 << 10;

/// What was extracted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// Where: the target, or the target with a number where that was taken.
    pub folder: PathBuf,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Extracts a landed package into a new folder, after validating it where it has a manifest. Nothing is put under the
/// folder's name before all of it is there; a failure (EXTRACTION_FAILED) leaves the landed file alone and can be tried
/// again.
pub fn extract(
    package: &Path,
    spec: Option<&ManifestSpec>,
    target: &Path,
    bounds: &Bounds,
) -> Result<Extracted, Failure> {
    let refused = |refusal: Refused| refusal.extraction(package);
    let mut archive = match spec {
        Some(spec) => Package::open(package, spec, bounds).map_err(refused)?.into_archive().ok_or_else(|| {
            let message = format!("{} is one JSON document, in which there is nothing to extract", package.display());
            Failure::new(ErrorCode::ExtractionFailed, message)
                .with_remediation("Use the file as it is, or export it as ZIP")
                .permanent()
        })?,
        None => plain_file(package).and_then(|file| Archive::open(&file, bounds)).map_err(refused)?,
    };
    let staging = Staging::open(target).map_err(|error| unwritable(target, &error))?;
    let done = write_all(&mut archive, &staging.folder).map_err(refused).and_then(|(files, bytes)| {
        let published = durable::publish_folder(&staging.folder, target);
        let folder = published.map_err(|error| unwritable(target, &error))?;
        Ok(Extracted { folder, files, bytes })
    });
    if done.is_err() {
        staging.clear();
    }
    done
}

fn unwritable(target: &Path, error: &io::Error) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::ResourceBusy => "it is being extracted there already".to_owned(),
        _ => words::of_io(error),
    };
    Failure::new(ErrorCode::ExtractionFailed, format!("The folder {} cannot be made: {why}", target.display()))
        .with_remediation("Make room, or choose another folder; then extract again from the landed file")
}

/// The hidden folder beside the target, ours alone while it is locked.
struct Staging {
    folder: PathBuf,
    _lock: Option<File>,
}

impl Staging {
    /// Makes it, or takes over and empties what an extraction that was cut off has left.
    fn open(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(".landfall-extracting");
        let folder = target.with_file_name(hidden);
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        if !std::fs::symlink_metadata(&folder)?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something that is no folder is in the way"));
        }
        let lock = File::open(&folder).ok();
        if let Some(Err(std::fs::TryLockError::WouldBlock)) = lock.as_ref().map(File::try_lock) {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { folder, _lock: lock })
    }

    /// Takes away what was written.
    fn clear(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "a half-extracted folder is left");
        }
    }
}

/// Writes every entry under the folder; how many files, and their bytes.
pub(super) fn write_all(archive: &mut Archive, folder: &Path) -> Result<(u64, u64), Refused> {
    let (mut files, mut bytes) = (0, 0);
    let mut piece = vec![0; PIECE];
    archive.walk(|name, is_folder, body| {
        // Every name was examined: it is a path downwards and nothing else.
        let path = folder.join(name);
        if is_folder {
            return std::fs::create_dir_all(&path).map_err(Refused::Unwritable);
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(Refused::Unwritable)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(Refused::Unwritable)?;
        loop {
            let count = match body.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(Refused::Unreadable)?,
            };
            if count == 0 {
                break;
            }
            file.write_all(&piece[..count]).map_err(Refused::Unwritable)?;
            bytes += count as u64;
        }
        files += 1;
        Ok(())
    })?;
    Ok((files, bytes))
}
