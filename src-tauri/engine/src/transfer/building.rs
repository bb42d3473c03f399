//! A file that is put together here, of pieces that were brought whole: pages of one result, or what comes packed.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use bytes::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::check;
use super::join::{Misfit, Seam, Unpacked};
use super::journal;
use super::land::{Transfer, blocking};
use super::plan::{Object, Why};
use super::staging::{self, Staging};
use super::writer::Written;
use super::{Algorithm, Context, Digest, Error, Order, Progress, Ready};

/// The file, as far as it is put together; locked while this lives.
#[derive(Debug)]
pub struct Building<'a>(Transfer<'a>);

impl<'a> Building<'a> {
    /// Opens the file of that order with so many bytes that are known to be sound; where they are not there, with none.
    /// Nothing is known after a restart: what pieces are in it stands in memory only.
    pub async fn open(
        order: &'a Order,
        context: &'a Context,
        progress: &'a watch::Sender<Progress>,
        stop: &'a CancellationToken,
        sound: u64,
    ) -> Result<Self, Error> {
        let staging = Staging::of(&order.folder, &order.ticket)?;
        let mut transfer = Transfer::open(order, context, progress, stop, staging).await?;
        if sound > 0 && transfer.held.bytes >= sound {
            transfer.file.set_len(sound).map_err(Error::disk("The partial file cannot be cut to what is sure"))?;
            transfer.held.bytes = sound;
        } else {
            transfer.truncate()?;
        }
        transfer.note(|record| record.object = Some(Object::default()))?;
        Ok(Self(transfer))
    }

    /// What it is called where the order leaves that to the server: as the server called its first piece, and without
    /// the ending of what is unpacked.
    pub fn called_like(&self, piece: &str, unpack: bool) -> Result<(), Error> {
        let piece = Staging::of(self.0.staging.folder(), piece)?;
        let name = journal::read(&piece.journal()).and_then(|record| record.name).unwrap_or_default();
        let name = if unpack { name.strip_suffix(".gz").unwrap_or(&name) } else { &name };
        self.0.note(|record| record.name = Some(name.to_owned()))
    }

    /// Bytes that are in it.
    pub fn bytes(&self) -> u64 {
        self.0.held.bytes
    }

    /// Appends the held file of that ticket, unpacked if told; false when it does not fit, and all has to be brought once
    /// more.
    pub async fn append(&mut self, piece: &str, unpack: bool, seam: &mut Seam) -> Result<bool, Error> {
        let piece = Staging::of(self.0.staging.folder(), piece)?.part();
        let reading = Error::disk("A piece of the file cannot be read");
        let piece = staging::open_plain(&piece, false).map_err(reading)?;
        let file = self.0.file.try_clone().map_err(Error::disk("The file cannot be written"))?;
        let (at, mut joining) = (self.0.held.bytes, seam.clone());
        let (joined, written) = blocking(move || {
            let written = append(piece, unpack, file, at, &mut joining);
            (joining, written)
        })
        .await?;
        match written {
            Ok(bytes) => {
                (*seam, self.0.held.bytes) = (joined, at + bytes);
                Ok(true)
            }
            Err(Misfit::Disk(error)) => Err(Error::disk("The file cannot be written")(error)),
            Err(Misfit::Content(reason)) => {
                let again = self.0.journal.alter(|record| record.memory.may_restart(Why::Mismatch));
                let path = self.0.set_aside("refused").await?;
                self.0.tell(format!("set aside: {reason}"));
                if again { Ok(false) } else { Err(Error::Validation { reason, set_aside: path, sent_so: false }) }
            }
        }
    }

    /// Checks the file and leaves it to [`super::publish`]; `None` when all of it has to be brought once more.
    pub async fn hold(mut self) -> Result<Option<Ready>, Error> {
        let mut file = self.0.file.try_clone().map_err(Error::disk("The file cannot be read again"))?;
        let measured = blocking(move || check::measure(&mut file).map(|(size, sha256)| (file, size, sha256)));
        let (file, size, sha256) = measured.await?.map_err(Error::disk("The file cannot be read again"))?;
        let digests = Digest::parse(Algorithm::Sha256, &sha256).into_iter().collect();
        let proved = self.0.prove(Written { file, size, digests }, None).await?;
        let Some((file, landed)) = proved else { return Ok(None) };
        self.0.wait_for_name(file, landed).await?;
        Ok(Some(Ready { size, coded: false }))
    }
}

fn append(piece: File, unpack: bool, mut file: File, at: u64, seam: &mut Seam) -> Result<u64, Misfit> {
    let disk = |done: io::Result<()>| done.map_err(Misfit::Disk);
    disk(file.set_len(at))?;
    disk(file.seek(SeekFrom::Start(at)).map(drop))?;
    let mut out = BufWriter::new(file);
    let written = if unpack { seam.append(Unpacked::new(piece), &mut out) } else { seam.append(piece, &mut out) };
    let written = written?;
    disk(out.flush())?;
    Ok(written)
}

/// The bytes of a held file, unpacked if told; `None` when there are more.
pub(super) async fn held_bytes(ticket: &str, folder: &Path, unpack: bool, most: usize) -> Result<Option<Bytes>, Error> {
    let path = Staging::of(folder, ticket)?.part();
    let read = move || {
        let file = staging::open_plain(&path, false)?;
        let (mut bytes, limit) = (Vec::new(), most as u64 + 1);
        if unpack {
            Unpacked::new(file).take(limit).read_to_end(&mut bytes)
        } else {
            file.take(limit).read_to_end(&mut bytes)
        }?;
        Ok((bytes.len() <= most).then(|| Bytes::from(bytes)))
    };
    blocking(read).await?.map_err(Error::disk("A piece of the file cannot be read"))
}
