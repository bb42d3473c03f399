//! Objects as files: written aside, flushed, then given their key in one move.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest;

use super::index::StoredObject;
use crate::clock::Clock;
use crate::faults::{Fault, Faults};
use crate::ids;
use crate::queue::workers::Ended;

/// An object to be.
#[derive(Debug)]
pub(crate) struct NewObject {
    /// Made of ids of ours: no part of it comes from outside as it is.
    pub(crate) key: String,
    pub(crate) content_type: &'static str,
    /// What a person would call the file.
    pub(crate) name: String,
}

/// The folder of objects.
#[derive(Debug, Clone)]
pub(crate) struct ObjectStore {
    root: Arc<Path>,
    incoming: Arc<Path>,
    faults: Faults,
    clock: Clock,
}

impl ObjectStore {
    /// Makes the folders and clears away what an earlier end left half-written.
    pub(crate) fn open(data: &Path, faults: Faults, clock: Clock) -> io::Result<Self> {
        let (root, incoming) = (data.join("objects"), data.join("incoming"));
        fs::create_dir_all(&root)?;
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&incoming)?,
        }
        Ok(Self { root: root.into(), incoming: incoming.into(), faults, clock })
    }

    /// Writes an object. Its key means nothing until it is whole and on the disk; on any error nothing is left.
    pub(crate) fn put(
        &self,
        object: NewObject,
        write: impl FnOnce(&mut File) -> Result<(), Ended>,
    ) -> Result<StoredObject, Ended> {
        let aside = self.incoming.join(ids::fresh());
        let stored = self.put_by_way_of(&aside, object, write);
        if stored.is_err()
            && let Err(error) = fs::remove_file(&aside)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a half-written object could not be removed");
        }
        stored
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where an object gets its key")]
    fn put_by_way_of(
        &self,
        aside: &Path,
        object: NewObject,
        write: impl FnOnce(&mut File) -> Result<(), Ended>,
    ) -> Result<StoredObject, Ended> {
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(aside)?;
        write(&mut file)?;
        if self.faults.strikes(Fault::StorageFails, None) {
            file.set_len(file.metadata()?.len() / 2)?;
            return Err(io::Error::other("told to break off").into());
        }
        file.sync_all()?;
        let (size, sha256) = digest_of(&mut file)?;
        // Not every system moves a file that is open.
        drop(file);
        let place = self.path(&object.key);
        let folder = place.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        fs::rename(aside, &place)?;
        sync_folder(folder)?;
        Ok(StoredObject {
            key: object.key,
            size,
            sha256,
            content_type: object.content_type.to_owned(),
            name: object.name,
            stored_at: self.clock.now(),
        })
    }

    /// A folder for what a program makes on the way to an object; it goes when this is dropped, or at the next start.
    pub(crate) fn scratch(&self) -> io::Result<Scratch> {
        let folder = self.incoming.join(ids::fresh());
        fs::create_dir(&folder)?;
        Ok(Scratch(folder))
    }

    /// Removes the file of an object that has no row any more; one that is not there is removed already.
    pub(crate) fn remove(&self, key: &str) {
        if let Err(error) = fs::remove_file(self.path(key))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an object could not be removed");
        }
    }

    /// Where the object of this key lies; the key must be one of ours.
    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }
}

/// A folder that is gone when this is.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a scratch folder could not be removed");
        }
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere folders cannot be opened for this; the move is as durable as the file system makes it.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Size and digest of what is really in the file: a ZIP writer goes back to fill in its headers.
fn digest_of(file: &mut File) -> io::Result<(u64, Vec<u8>)> {
    file.seek(SeekFrom::Start(0))?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((size, context.finish().as_ref().to_vec())),
            count => {
                context.update(&buffer[..count]);
                size += count as u64;
            }
        }
    }
}
