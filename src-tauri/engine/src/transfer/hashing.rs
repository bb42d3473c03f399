//! The digests of a file while it is written, on a thread of its own once it is no small one.
//!
//! What is on disk already when a transfer resumes is hashed again from there, beside the new bytes being written, until
//! it has caught up with them; from then on the bytes come from memory.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::Bytes;

use super::checksum::{Algorithm, Digest, Digester};
use super::staging;
use super::writer::STACK;

/// Batches between writing and hashing: enough that neither waits for a turn of the other.
const BATCHES: usize = 2;

/// Up to so many bytes of a file are hashed where they are written: a thread costs more than hashing them.
const SMALL: u64 = 1024 * 1024;

/// Bytes read at once when hashing again.
const READ_STEP: usize = 1024 * 1024;

/// How far the file is written, for whoever hashes it from the disk.
#[derive(Debug)]
struct Relay {
    written: u64,
    /// All that is written is hashed: what comes now comes from memory.
    caught_up: bool,
}

/// The hashing of one file.
#[derive(Debug)]
pub(super) struct Hashing {
    path: PathBuf,
    relay: Arc<Mutex<Relay>>,
    /// While there is no thread yet: the file is small so far.
    alone: Option<Digester>,
    batches: Option<SyncSender<Vec<Bytes>>>,
    thread: Option<thread::JoinHandle<io::Result<Vec<Digest>>>>,
}

impl Hashing {
    /// Begins with the bytes before `at` that are on disk.
    pub(super) fn start(at: u64, path: PathBuf, also: &[Algorithm]) -> io::Result<Self> {
        let relay = Arc::new(Mutex::new(Relay { written: at, caught_up: at == 0 }));
        let mut hashing = Self { path, relay, alone: None, batches: None, thread: None };
        let digester = Digester::new(also);
        if at == 0 {
            hashing.alone = Some(digester);
        } else {
            hashing.go_on_beside(digester)?;
        }
        Ok(hashing)
    }

    /// Starts the thread.
    fn go_on_beside(&mut self, digester: Digester) -> io::Result<()> {
        let (batches, incoming) = sync_channel(BATCHES);
        let (path, relay) = (self.path.clone(), Arc::clone(&self.relay));
        let thread = thread::Builder::new()
            .name("landfall-hash".into())
            .stack_size(STACK)
            .spawn(move || hash(digester, &path, &relay, &incoming))?;
        (self.batches, self.thread) = (Some(batches), Some(thread));
        Ok(())
    }

    /// Takes a batch that is on disk now; gives its bytes. Waits while the hashing is behind.
    pub(super) fn take(&mut self, batch: Vec<Bytes>) -> io::Result<u64> {
        let bytes = batch.iter().map(|piece| piece.len() as u64).sum();
        let written = {
            let mut relay = lock(&self.relay);
            relay.written += bytes;
            if !relay.caught_up {
                return Ok(bytes);
            }
            relay.written
        };
        if let Some(mut digester) = self.alone.take() {
            if written > SMALL {
                self.go_on_beside(digester)?;
            } else {
                for piece in &batch {
                    digester.update(piece);
                }
                self.alone = Some(digester);
                return Ok(bytes);
            }
        }
        match &self.batches {
            Some(batches) if batches.send(batch).is_ok() => Ok(bytes),
            // The thread has ended early; its error says why.
            _ => self.end().map(|_| bytes),
        }
    }

    /// The digests of all that was taken, SHA-256 first.
    pub(super) fn finish(mut self) -> io::Result<Vec<Digest>> {
        match self.alone.take() {
            Some(digester) => Ok(digester.finish()),
            None => self.end(),
        }
    }

    fn end(&mut self) -> io::Result<Vec<Digest>> {
        drop(self.batches.take());
        let ended = || io::Error::other("the hashing thread ended");
        self.thread.take().ok_or_else(ended)?.join().map_err(|_| ended())?
    }
}

fn hash(
    mut digester: Digester,
    path: &Path,
    relay: &Mutex<Relay>,
    incoming: &Receiver<Vec<Bytes>>,
) -> io::Result<Vec<Digest>> {
    catch_up(&mut digester, path, relay)?;
    while let Ok(batch) = incoming.recv() {
        for piece in batch {
            digester.update(&piece);
        }
    }
    Ok(digester.finish())
}

/// Hashes the file from its beginning until all that is written is hashed.
fn catch_up(digester: &mut Digester, path: &Path, relay: &Mutex<Relay>) -> io::Result<()> {
    if lock(relay).caught_up {
        return Ok(());
    }
    let mut file = staging::open_plain(path, false)?;
    let mut buffer = vec![0; READ_STEP];
    let mut position = 0;
    loop {
        let left = {
            let mut relay = lock(relay);
            if position == relay.written {
                relay.caught_up = true;
                return Ok(());
            }
            relay.written - position
        };
        let step = usize::try_from(left).map_or(READ_STEP, |left| left.min(READ_STEP));
        file.read_exact(&mut buffer[..step])?;
        digester.update(&buffer[..step]);
        position += step as u64;
    }
}

fn lock(relay: &Mutex<Relay>) -> MutexGuard<'_, Relay> {
    relay.lock().unwrap_or_else(PoisonError::into_inner)
}
