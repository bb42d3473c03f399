//! The writing side: one thread that writes what comes through a short channel, and hands it on to be hashed.
//!
//! Hashing and syncing run on threads of their own: SHA-256 costs as much time as receiving and writing together, and a
//! disk that is synced in steps does not wait at the end for all of it.

use std::fs::File;
use std::io::{self, IoSlice, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::checksum::{Algorithm, Digest};
use super::hashing::Hashing;
use super::journal::Journal;
use super::staging;
use crate::clock::Clock;
use crate::crash;

/// Batches in flight between network and disk; a batch is 128 KiB and what one more read brings, so this bounds memory.
const BATCHES: usize = 4;

/// Bytes after which what was written is synced, and the offset recorded: what a power cut may cost.
const SYNC_STEP: u64 = 64 * 1024 * 1024;

/// The same for slow transfers, in time.
const SYNC_SPAN: Duration = Duration::from_secs(10);

/// The threads need little stack, and there are many of them.
pub(super) const STACK: usize = 256 * 1024;

/// What a writer is made of.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// The partial file.
    pub(crate) file: File,
    /// Its path, to read it beside the writing.
    pub(crate) path: PathBuf,
    /// Bytes that are there already.
    pub(crate) at: u64,
    /// Room to keep on disk up to there, when the whole is known.
    pub(crate) reserve: u64,
    /// Digests to compute besides SHA-256.
    pub(crate) also: Vec<Algorithm>,
    /// Where synced offsets are recorded.
    pub(crate) journal: Journal,
    /// For the time between syncs.
    pub(crate) clock: Arc<dyn Clock>,
}

/// All that was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The file.
    pub(crate) file: File,
    /// Its length.
    pub(crate) size: u64,
    /// Its digests, SHA-256 first.
    pub(crate) digests: Vec<Digest>,
}

/// What is said to the writing thread.
#[derive(Debug)]
enum Message {
    Batch(Vec<Bytes>),
    /// Answer when all before it is written.
    Settle(oneshot::Sender<()>),
}

/// The handle of the writing thread.
#[derive(Debug)]
pub(crate) struct Writer {
    messages: Option<mpsc::Sender<Message>>,
    ended: oneshot::Receiver<io::Result<Written>>,
    accepted: u64,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(sheet: Sheet) -> io::Result<Self> {
        let (messages, incoming) = mpsc::channel(BATCHES);
        let (report, ended) = oneshot::channel();
        let accepted = sheet.at;
        thread::Builder::new().name("landfall-write".into()).stack_size(STACK).spawn(move || {
            // Nobody waits for the report when the transfer was dropped; the bytes are written all the same.
            let _ = report.send(run(sheet, incoming));
        })?;
        Ok(Self { messages: Some(messages), ended, accepted })
    }

    /// Bytes taken over so far, with those that were there: the position of the next.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Hands a batch over; waits while the disk is behind. An error says why the thread ended.
    pub(crate) async fn write(&mut self, batch: Vec<Bytes>) -> io::Result<()> {
        let bytes: u64 = batch.iter().map(|piece| piece.len() as u64).sum();
        self.send(Message::Batch(batch)).await?;
        self.accepted += bytes;
        Ok(())
    }

    /// Waits until all that was handed over can be read from the file.
    pub(crate) async fn settle(&mut self) -> io::Result<()> {
        let (done, settled) = oneshot::channel();
        self.send(Message::Settle(done)).await?;
        match settled.await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.reason().await),
        }
    }

    async fn send(&mut self, message: Message) -> io::Result<()> {
        let sent = match &self.messages {
            Some(messages) => messages.send(message).await.is_ok(),
            None => false,
        };
        if sent { Ok(()) } else { Err(self.reason().await) }
    }

    /// Why the thread ended.
    async fn reason(&mut self) -> io::Error {
        match self.messages.take() {
            Some(_) => match (&mut self.ended).await {
                Ok(Err(error)) => error,
                Ok(Ok(_)) | Err(_) => io::Error::other("the writing thread ended"),
            },
            None => io::Error::other("the writing thread has ended before"),
        }
    }

    /// Waits until all is written and hashed.
    pub(crate) async fn finish(mut self) -> io::Result<Written> {
        if self.messages.take().is_none() {
            return Err(io::Error::other("the writing thread has ended before"));
        }
        (&mut self.ended).await.unwrap_or_else(|_| Err(io::Error::other("the writing thread ended")))
    }
}

fn run(sheet: Sheet, mut incoming: mpsc::Receiver<Message>) -> io::Result<Written> {
    let Sheet { mut file, path, at, reserve, also, journal, clock } = sheet;
    staging::reserve(&file, at, reserve)?;
    file.seek(SeekFrom::Start(at))?;
    let mut hashing = Hashing::start(at, path, &also)?;
    let mut syncing = Syncing::new(file.try_clone()?, journal, at, clock);
    let mut written = at;
    while let Some(message) = incoming.blocking_recv() {
        let batch = match message {
            Message::Batch(batch) => batch,
            Message::Settle(done) => {
                // Who asked may be gone.
                let _ = done.send(());
                continue;
            }
        };
        write_all(&mut file, &batch)?;
        if written == 0 {
            crash::reach("transfer.first-bytes");
        }
        written += hashing.take(batch)?;
        syncing.written(written)?;
    }
    syncing.finish()?;
    let digests = hashing.finish()?;
    Ok(Written { file, size: written, digests })
}

fn write_all(file: &mut File, batch: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = batch.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = &mut slices[..];
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => IoSlice::advance_slices(&mut rest, count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Syncs in steps, on a thread that is started with the first step.
#[derive(Debug)]
struct Syncing {
    file: Option<File>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    asked_at: u64,
    asked_when: Duration,
    thread: Option<(std_mpsc::SyncSender<u64>, thread::JoinHandle<io::Result<()>>)>,
}

impl Syncing {
    fn new(file: File, journal: Journal, at: u64, clock: Arc<dyn Clock>) -> Self {
        let asked_when = clock.monotonic();
        Self { file: Some(file), journal, clock, asked_at: at, asked_when, thread: None }
    }

    /// Tells how far the file is written; asks for a sync when it is time and none is running.
    fn written(&mut self, offset: u64) -> io::Result<()> {
        let now = self.clock.monotonic();
        if offset - self.asked_at < SYNC_STEP && now.saturating_sub(self.asked_when) < SYNC_SPAN {
            return Ok(());
        }
        if let Some(file) = self.file.take() {
            let (ask, asked) = std_mpsc::sync_channel(0);
            let journal = self.journal.clone();
            let thread = thread::Builder::new()
                .name("landfall-sync".into())
                .stack_size(STACK)
                .spawn(move || sync_steps(&file, &asked, &journal))?;
            self.thread = Some((ask, thread));
        }
        if let Some((ask, _)) = &self.thread {
            match ask.try_send(offset) {
                Ok(()) => (self.asked_at, self.asked_when) = (offset, now),
                Err(std_mpsc::TrySendError::Full(_)) => {}
                Err(std_mpsc::TrySendError::Disconnected(_)) => return self.end(),
            }
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        match self.thread.take() {
            Some((ask, thread)) => {
                drop(ask);
                thread.join().unwrap_or_else(|_| Err(io::Error::other("the syncing thread ended")))
            }
            None => Ok(()),
        }
    }
}

fn sync_steps(file: &File, asked: &std_mpsc::Receiver<u64>, journal: &Journal) -> io::Result<()> {
    while let Ok(offset) = asked.recv() {
        file.sync_data()?;
        crash::reach("transfer.synced");
        journal.commit(|record| record.synced = offset)?;
        crash::reach("transfer.recorded");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
