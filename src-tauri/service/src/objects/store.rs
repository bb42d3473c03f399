//! Objects as the systems see them: written in one go, and there only when they are whole.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use super::scratch::{Scratch, Scratches};
use super::stored::StoredObject;
use crate::clock::Clock;
use crate::faults::{Fault, Faults};
use crate::queue::workers::{Bounds, Ended};

/// An object to be.
#[derive(Debug)]
pub(crate) struct NewObject {
    /// Made of ids of ours: no part of it comes from outside as it is.
    pub(crate) key: String,
    pub(crate) content_type: &'static str,
    /// What a person would call the file.
    pub(crate) name: String,
}

/// Bytes of an object as they come.
pub(crate) type Bytestream = BoxStream<'static, io::Result<Bytes>>;

/// Where objects lie.
pub(crate) trait Store: fmt::Debug + Send + Sync {
    /// Begins an object. To be called from a thread that may block, within a runtime.
    /// What it waits for ends with these bounds.
    fn begin(&self, object: &NewObject, bounds: &Bounds) -> io::Result<Box<dyn Upload>>;

    /// Removes an object that nobody asks for any more; one that is not there is removed already.
    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, ()>;

    /// So many bytes of an object, from one of them on. The error is `TimedOut` where they can be had later.
    fn read<'a>(&'a self, key: &'a str, first: u64, length: u64) -> BoxFuture<'a, io::Result<Bytestream>>;

    /// A link to the object that is good from now on, or one that was good until a moment ago.
    fn link<'a>(&'a self, key: &'a str, now: Timestamp, expired: bool) -> BoxFuture<'a, io::Result<String>>;

    /// Whether objects can be had at the moment.
    fn ready(&self) -> BoxFuture<'_, io::Result<()>>;
}

/// An object on its way into the store. Its key means nothing until it is finished; one that is dropped is thrown away.
pub(crate) trait Upload: Write + Send {
    /// Gives it its key, once every byte is safe.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// The store, and what is the same in each.
#[derive(Debug, Clone)]
pub(crate) struct ObjectStore {
    store: Arc<dyn Store>,
    scratches: Scratches,
    faults: Faults,
    clock: Clock,
    taking: u32,
}

impl ObjectStore {
    pub(crate) fn new(store: Arc<dyn Store>, scratches: Scratches, faults: Faults, clock: Clock) -> Self {
        Self { store, scratches, faults, clock, taking: 1 }
    }

    /// The store for one taking of a job. What an attempt writes that has lost its job meanwhile must not lie under the key of
    /// the next: the first taking writes under the plain key, the others have their number in it.
    pub(crate) fn for_taking(&self, taking: u32) -> Self {
        Self { taking, ..self.clone() }
    }

    /// Writes an object. Its key means nothing until it is whole and safe; on any error nothing is left.
    pub(crate) fn put(
        &self,
        bounds: &Bounds,
        mut object: NewObject,
        write: impl FnOnce(&mut Writer) -> Result<(), Ended>,
    ) -> Result<StoredObject, Ended> {
        if self.taking > 1 {
            object.key = numbered(&object.key, self.taking);
        }
        let mut writer = Writer::new(self.store.begin(&object, bounds)?);
        let mut written = write(&mut writer);
        if written.is_ok() && self.faults.strikes(Fault::StorageFails, None) {
            written = Err(io::Error::other("told to break off").into());
        }
        if let Err(ended) = written {
            drop(writer);
            // An upload that was broken off for the end of its attempt is no fault of the store.
            if matches!(ended, Ended::Passing(_)) {
                bounds.check()?;
            }
            return Err(ended);
        }
        let Writer { upload, context, size } = writer;
        if let Err(error) = upload.finish() {
            bounds.check()?;
            return Err(error.into());
        }
        Ok(StoredObject {
            key: object.key,
            size,
            sha256: context.finish().as_ref().to_vec(),
            content_type: object.content_type.to_owned(),
            name: object.name,
            stored_at: self.clock.now(),
        })
    }

    /// A folder for what a program makes on the way to an object.
    pub(crate) fn scratch(&self) -> io::Result<Scratch> {
        self.scratches.make()
    }

    /// Removes an object that nobody asks for any more.
    pub(crate) async fn remove(&self, key: &str) {
        self.store.remove(key).await;
    }

    /// So many bytes of an object, from one of them on.
    pub(crate) async fn read(&self, key: &str, first: u64, length: u64) -> io::Result<Bytestream> {
        self.store.read(key, first, length).await
    }

    /// A link to the object that is good from now on, or one that was good until a moment ago.
    pub(crate) async fn link(&self, key: &str, expired: bool) -> io::Result<String> {
        self.store.link(key, self.clock.now(), expired).await
    }

    /// Whether objects can be had at the moment.
    pub(crate) async fn ready(&self) -> io::Result<()> {
        self.store.ready().await
    }
}

/// The key with a number before its last ending: `downloads/ab.2.zip`.
fn numbered(key: &str, number: u32) -> String {
    let name = key.rfind('/').map_or(0, |slash| slash + 1);
    match key[name..].find('.') {
        Some(dot) => format!("{}.{number}{}", &key[..name + dot], &key[name + dot..]),
        None => format!("{key}.{number}"),
    }
}

/// What an object is written to: digest and size are made on the way, so that nothing is read again. It cannot go back.
pub(crate) struct Writer {
    upload: Box<dyn Upload>,
    context: digest::Context,
    size: u64,
}

impl Writer {
    fn new(upload: Box<dyn Upload>) -> Self {
        Self { upload, context: digest::Context::new(&digest::SHA256), size: 0 }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.upload.write(bytes)?;
        self.context.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.upload.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn d_5_a_later_taking_has_its_number_in_the_key() {
        for (key, expected) in [
            ("downloads/ab.zip", "downloads/ab.2.zip"),
            ("packages/ab.json.gz", "packages/ab.2.json.gz"),
            ("a.b/c", "a.b/c.2"),
        ] {
            assert_eq!(numbered(key, 2), expected);
        }
    }
}
