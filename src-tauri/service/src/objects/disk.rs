//! Objects as files: written aside, flushed, then given their key in one move.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::BytesMut;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::sign::Signer;
use super::store::{Bytestream, NewObject, Store, Upload};
use crate::ids;
use crate::queue::workers::Bounds;

/// So much is read from the disk at once, and held for one download.
const CHUNK: usize = 256 * 1024;

/// The folder of objects.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
    incoming: PathBuf,
    signer: Arc<Signer>,
}

impl Disk {
    /// Makes the folders and clears away what an earlier end left half-written.
    pub(crate) fn open(data: &Path, signer: Arc<Signer>) -> io::Result<Self> {
        let (root, incoming) = (data.join("objects"), data.join("incoming"));
        fs::create_dir_all(&root)?;
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&incoming)?,
        }
        Ok(Self { root, incoming, signer })
    }

    /// Where objects are while they are written.
    pub(crate) fn incoming(&self) -> &Path {
        &self.incoming
    }

    /// Where the object of this key lies; the key must be one of ours.
    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }
}

impl Store for Disk {
    fn begin(&self, object: &NewObject, _bounds: &Bounds) -> io::Result<Box<dyn Upload>> {
        let aside = self.incoming.join(ids::fresh());
        let file = OpenOptions::new().write(true).create_new(true).open(&aside)?;
        let folder = self.path(&object.key).parent().unwrap_or(&self.root).to_owned();
        Ok(Box::new(Aside { file: Some(file), path: aside, place: self.path(&object.key), folder }))
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Err(error) = tokio::fs::remove_file(self.path(key)).await
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "an object could not be removed");
            }
        })
    }

    fn read<'a>(&'a self, key: &'a str, first: u64, length: u64) -> BoxFuture<'a, io::Result<Bytestream>> {
        Box::pin(async move {
            let mut file = tokio::fs::File::open(self.path(key)).await?;
            file.seek(io::SeekFrom::Start(first)).await?;
            let chunks = stream::try_unfold((file, length), |(mut file, left)| async move {
                if left == 0 {
                    return Ok(None);
                }
                let size = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
                let mut chunk = BytesMut::with_capacity(size);
                if (&mut file).take(size as u64).read_buf(&mut chunk).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let left = left - chunk.len() as u64;
                Ok(Some((chunk.freeze(), (file, left))))
            });
            Ok(chunks.boxed())
        })
    }

    fn link<'a>(&'a self, key: &'a str, now: Timestamp, expired: bool) -> BoxFuture<'a, io::Result<String>> {
        let link = if expired { self.signer.expired_link(key, now) } else { self.signer.link(key, now) };
        Box::pin(std::future::ready(Ok(link)))
    }

    fn ready(&self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { tokio::fs::metadata(&self.root).await.map(drop) })
    }
}

/// A file that is no object yet; it is removed unless it becomes one.
struct Aside {
    file: Option<File>,
    path: PathBuf,
    place: PathBuf,
    folder: PathBuf,
}

impl Aside {
    fn file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

impl Upload for Aside {
    #[expect(clippy::disallowed_methods, reason = "the one place where an object gets its key")]
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file()?.sync_all()?;
        // Not every system moves a file that is open.
        self.file = None;
        fs::create_dir_all(&self.folder)?;
        fs::rename(&self.path, &self.place)?;
        sync_folder(&self.folder)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.file = None;
        // After a good end there is none of this name any more.
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a half-written object could not be removed");
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
