//! An object on its way into a bucket: a small one goes in one piece at its end, a large one in parts as they fill up.
//!
//! Whatever it waits for ends with the attempt that it is for: nobody waits for a bucket that does not answer longer than he must.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{Attributes, ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload};
use tokio::runtime::Handle;

use super::ledger::Begun;
use super::{CLEANUP, Clients};
use crate::objects::store::Upload;
use crate::queue::workers::Bounds;

/// Bytes of a part. S3 takes none under 5 MiB but the last, and 10,000 of them: 80 GB are enough for anything made here.
const PART: usize = 8 * 1024 * 1024;

/// It goes in pieces of so many bytes, so that it can be seen to move.
const PIECE: usize = 64 * 1024;

pub(super) struct Parts {
    pub(super) clients: Arc<Clients>,
    pub(super) path: Path,
    pub(super) attributes: Attributes,
    pub(super) bounds: Bounds,
    pub(super) runtime: Handle,
    /// What is not sent yet.
    part: Vec<u8>,
    begun: Option<Begun>,
    sent: Vec<PartId>,
    /// Whether the object may be there, whatever was answered.
    named: bool,
}

impl Parts {
    pub(super) fn new(clients: Arc<Clients>, path: Path, attributes: Attributes, bounds: Bounds) -> Self {
        let runtime = Handle::current();
        let (part, sent) = (Vec::new(), Vec::new());
        Self { clients, path, attributes, bounds, runtime, part, begun: None, sent, named: false }
    }

    /// Waits for an answer, unless the attempt is to end before that.
    fn wait<T>(&self, asked: impl Future<Output = object_store::Result<T>>) -> io::Result<T> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                answer = asked => answer.map_err(io::Error::other),
                _ = self.bounds.interrupted() => Err(io::Error::other("the attempt is over")),
            }
        })
    }

    /// The upload in parts, which begins with the first.
    fn begun(&mut self) -> io::Result<Begun> {
        if let Some(begun) = &self.begun {
            return Ok(begun.clone());
        }
        let options = PutMultipartOptions { attributes: self.attributes.clone(), ..Default::default() };
        let id = self.wait(self.clients.uploads.create_multipart_opts(&self.path, options))?;
        let begun = Begun { id, key: self.path.to_string() };
        self.begun = Some(begun.clone());
        if let Err(error) = self.runtime.block_on(self.clients.ledger.note(&begun)) {
            tracing::warn!(%error, "an upload is not noted; if this process dies the bucket's own rule must end it");
        }
        Ok(begun)
    }

    fn send_part(&mut self) -> io::Result<()> {
        let begun = self.begun()?;
        let part = pieces(std::mem::take(&mut self.part));
        let sent = self.wait(self.clients.uploads.put_part(&self.path, &begun.id, self.sent.len(), part))?;
        self.sent.push(sent);
        Ok(())
    }

    fn send_all(&mut self) -> io::Result<()> {
        if self.begun.is_some() {
            if !self.part.is_empty() {
                self.send_part()?;
            }
            let (begun, sent) = (self.begun()?, std::mem::take(&mut self.sent));
            self.named = true;
            self.wait(self.clients.uploads.complete_multipart(&self.path, &begun.id, sent))?;
            self.begun = None;
            self.strike(&begun);
        } else {
            let options = PutOptions { attributes: self.attributes.clone(), ..Default::default() };
            let whole = pieces(std::mem::take(&mut self.part));
            self.named = true;
            self.wait(object_store::ObjectStore::put_opts(&self.clients.uploads, &self.path, whole, options))?;
        }
        self.named = false;
        Ok(())
    }

    fn strike(&self, begun: &Begun) {
        if let Err(error) = self.runtime.block_on(self.clients.ledger.strike(begun)) {
            tracing::warn!(%error, "an upload that has ended stays noted for a while");
        }
    }

    /// What there is of it goes, if the bucket answers soon; else what is noted is ended later.
    fn throw_away(&mut self) {
        let (begun, named) = (self.begun.take(), std::mem::take(&mut self.named));
        if begun.is_none() && !named {
            return;
        }
        let thrown = self.runtime.block_on(async {
            let all = async {
                let aborted = match &begun {
                    Some(begun) => ended(self.clients.brief.abort_multipart(&self.path, &begun.id).await),
                    None => Ok(()),
                };
                let deleted = if named { ended(self.clients.brief.delete(&self.path).await) } else { Ok(()) };
                aborted.and(deleted)
            };
            tokio::time::timeout(CLEANUP, all).await
        });
        match (thrown, begun) {
            (Ok(Ok(())), Some(begun)) => self.strike(&begun),
            (Ok(Ok(())), None) => {}
            (Ok(Err(error)), _) => tracing::warn!(%error, "an unfinished upload could not be thrown away"),
            (Err(_), _) => tracing::warn!("an unfinished upload could not be thrown away: the bucket does not answer"),
        }
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PART - self.part.len());
        self.part.extend_from_slice(&bytes[..count]);
        if self.part.len() == PART {
            self.send_part()?;
        }
        Ok(count)
    }

    /// A part goes when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for Parts {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.send_all()
    }
}

impl Drop for Parts {
    /// Also when the work on it has panicked. A runtime that ends before it takes the way to the bucket along, and says so by a
    /// panic: what is noted is ended by another process then.
    fn drop(&mut self) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.throw_away()));
    }
}

/// What is not there any more has ended too.
pub(super) fn ended(done: object_store::Result<()>) -> object_store::Result<()> {
    match done {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        done => done,
    }
}

fn pieces(part: Vec<u8>) -> PutPayload {
    let part = Bytes::from(part);
    (0..part.len()).step_by(PIECE).map(|from| part.slice(from..part.len().min(from + PIECE))).collect()
}
