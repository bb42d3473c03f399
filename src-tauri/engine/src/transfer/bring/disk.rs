//! The disk side of bringing: the writer that takes the bytes, and what is saved whatever the end.

use bytes::Bytes;

use super::{Bringing, Brought};
use crate::transfer::Error;
use crate::transfer::land::{self, blocking};
use crate::transfer::writer::{Sheet, Writer};

impl Bringing<'_, '_> {
    pub(super) fn open_writer(&mut self) -> Result<Writer, Error> {
        if let Some(writer) = self.writer.take() {
            return Ok(writer);
        }
        let transfer = &self.transfer;
        let start = || {
            Writer::start(Sheet {
                file: transfer.file.try_clone()?,
                path: transfer.staging.part(),
                at: transfer.held.bytes,
                reserve: transfer.held.object.total.unwrap_or(0),
                also: transfer.promise().algorithms(),
                journal: transfer.journal.clone(),
                clock: transfer.context.clock.clone(),
            })
        };
        start().map_err(Error::disk("The file cannot be written"))
    }

    /// Waits until all is written; the next bytes need a new writer.
    pub(super) async fn close(&mut self) -> Result<(), Error> {
        if let Some(writer) = self.writer.take() {
            writer.finish().await.map_err(Error::disk("The file cannot be written"))?;
        }
        Ok(())
    }

    pub(super) async fn whole(&mut self) -> Result<Brought, Error> {
        let writer = self.open_writer()?;
        let written = writer.finish().await.map_err(Error::disk("The file cannot be written"))?;
        Ok(Brought::Whole(written, None))
    }

    /// The end of what is held, which the answer repeats; read when all before it is written.
    pub(super) async fn tail(&mut self, overlap: u64) -> Result<Bytes, Error> {
        if let Some(writer) = &mut self.writer {
            writer.settle().await.map_err(Error::disk("The file cannot be written"))?;
        }
        let (path, bytes) = (self.transfer.staging.part(), self.transfer.held.bytes);
        blocking(move || land::tail(&path, bytes, overlap))
            .await?
            .map_err(Error::disk("The partial file cannot be read"))
    }

    /// After an error: what has arrived is written, synced and recorded.
    pub(super) async fn save(&mut self) {
        let held = match self.writer.take() {
            Some(writer) => writer.finish().await.map(|written| (written.file, written.size)),
            None => self.transfer.file.try_clone().map(|file| (file, self.transfer.held.bytes)),
        };
        let Ok((file, size)) = held else { return };
        let journal = self.transfer.journal.clone();
        let saved = blocking(move || {
            file.sync_data()?;
            // A disk that refused holds less than was handed over.
            let size = size.min(file.metadata()?.len());
            journal.commit(|record| record.synced = size)
        });
        match saved.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "what has arrived could not be synced"),
            Err(error) => tracing::warn!(%error, "what has arrived could not be synced"),
        }
    }
}
