//! From an order to a landing: looks at what is there, brings what is missing, checks, publishes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::bring::{self, Brought};
use super::conclude;
use super::journal::{self, Journal, Landed, Record, Stage, Summary};
use super::name::SafeName;
use super::plan::Held;
use super::staging::{self, Staging};
use super::{Clash, Context, Doing, Error, Landing, LinkSource, Naming, Order, Progress, Ready};
use crate::crash;

/// An earlier run that was dropped may still write its last batch; it is waited for that long.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_STEP: Duration = Duration::from_millis(25);

/// Notes kept of one transfer; a line that is cut ten thousand times has told its story by then.
const NOTES: usize = 200;

/// One run of one transfer.
#[derive(Debug)]
pub(crate) struct Transfer<'a> {
    pub(crate) order: &'a Order,
    pub(crate) context: &'a Context,
    pub(crate) progress: &'a watch::Sender<Progress>,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) staging: Staging,
    pub(crate) journal: Journal,
    /// The partial file, locked.
    pub(crate) file: File,
    pub(crate) held: Held,
}

/// See [`super::land()`].
pub(crate) async fn run(
    order: &Order,
    source: &mut dyn LinkSource,
    context: &Context,
    progress: &watch::Sender<Progress>,
    stop: &CancellationToken,
) -> Result<Landing, Error> {
    let staging = Staging::of(&order.folder, &order.ticket)?;
    if let Some(landing) = conclude::revive(&staging)? {
        return Ok(landing);
    }
    if let (Clash::Skip, Naming::Fixed(name)) = (order.clash, &order.name)
        && let Some(landing) = conclude::skip(&staging, &SafeName::of(name)).await?
    {
        return Ok(landing);
    }
    let mut transfer = Transfer::open(order, context, progress, stop, staging).await?;
    match transfer.bring(source).await? {
        Proved::Skipped(landing) => Ok(landing),
        Proved::Whole(file, landed) => transfer.publish(file, landed).await,
    }
}

/// See [`super::hold()`].
pub(crate) async fn hold(
    order: &Order,
    source: &mut dyn LinkSource,
    context: &Context,
    progress: &watch::Sender<Progress>,
    stop: &CancellationToken,
) -> Result<Ready, Error> {
    let staging = Staging::of(&order.folder, &order.ticket)?;
    if let Some(Summary { ready: Some(size), .. }) = journal::journal_of(&order.folder, &order.ticket) {
        let coded = journal::read(&staging.journal()).is_some_and(|record| record.is_coded());
        return Ok(Ready { size, coded });
    }
    let mut transfer = Transfer::open(order, context, progress, stop, staging).await?;
    match transfer.bring(source).await? {
        Proved::Skipped(landing) => Ok(Ready { size: landing.size, coded: false }),
        Proved::Whole(file, landed) => {
            let ready = Ready { size: landed.size, coded: transfer.held.object.coded };
            transfer.wait_for_name(file, landed).await?;
            Ok(ready)
        }
    }
}

/// What came of bringing and checking.
enum Proved {
    Skipped(Landing),
    Whole(File, Landed),
}

/// Runs work that waits for the disk off the runtime's thread.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::disk("The work on disk ended early")(io::ErrorKind::Other.into()))
}

impl<'a> Transfer<'a> {
    /// Brings and checks, once more by itself where what came is not what was promised.
    async fn bring(&mut self, source: &mut dyn LinkSource) -> Result<Proved, Error> {
        loop {
            match bring::bring(self, source).await? {
                Brought::Skipped(landing) => return Ok(Proved::Skipped(landing)),
                Brought::Whole(written, vouched) => {
                    if let Some((file, landed)) = self.prove(written, vouched).await? {
                        return Ok(Proved::Whole(file, landed));
                    }
                }
            }
        }
    }

    pub(super) async fn open(
        order: &'a Order,
        context: &'a Context,
        progress: &'a watch::Sender<Progress>,
        stop: &'a CancellationToken,
        staging: Staging,
    ) -> Result<Self, Error> {
        let file = lock(&staging, context, stop).await?;
        let disk = Error::disk;
        let length = file.metadata().map_err(disk("The partial file cannot be read"))?.len();
        let record =
            journal::read(&staging.journal()).unwrap_or_else(|| Record::new(&order.ticket, order.origin.clone()));
        let journal = Journal::new(&staging, record);
        let (held, lost) = journal.alter(|record| resume(record, length));
        file.set_len(held.bytes).map_err(disk("The partial file cannot be cut to what is sure"))?;
        journal
            .note(|record| {
                record.boot = staging::boot();
                record.bytes_twice += lost;
                record.origin = order.origin.clone();
            })
            .map_err(disk("The journal cannot be written"))?;
        crash::reach("transfer.staged");
        let (name, notes) = journal.look(|record| (record.name.clone(), record.notes.clone()));
        progress.send_replace(Progress {
            doing: Doing::Starting,
            bytes: held.bytes,
            total: held.object.total,
            name,
            told_before: notes.len(),
            notes,
        });
        let mut transfer = Self { order, context, progress, stop, staging, journal, file, held };
        if transfer.held.bytes > 0 {
            transfer.tell(format!("resumed at byte {}", transfer.held.bytes));
        }
        Ok(transfer)
    }

    /// Adds to the timeline; written with the next change of the journal.
    pub(crate) fn tell(&mut self, note: String) {
        tracing::info!(ticket = self.staging.ticket(), "{note}");
        if self.journal.look(|record| record.notes.len() >= NOTES) {
            return;
        }
        self.journal.alter(|record| record.notes.push(note.clone()));
        self.progress.send_modify(|progress| progress.notes.push(note));
    }

    pub(crate) fn doing(&self, doing: Doing) {
        let (bytes, total) = (self.held.bytes, self.held.object.total);
        self.progress.send_modify(|progress| {
            (progress.doing, progress.bytes, progress.total) = (doing, bytes, total);
        });
    }

    /// Forgets what is held: the same bytes come again, or they are worth nothing.
    pub(crate) fn truncate(&mut self) -> Result<(), Error> {
        let lost = self.held.bytes;
        self.note(|record| {
            record.begin_again();
            record.bytes_twice += lost;
        })?;
        self.file.set_len(0).map_err(Error::disk("The partial file cannot be emptied"))?;
        self.held = Held::default();
        Ok(())
    }

    /// Puts what is held beside, under a name that says why, and begins with an empty file.
    pub(crate) async fn set_aside(&mut self, word: &str) -> Result<Option<PathBuf>, Error> {
        if self.held.bytes == 0 {
            self.truncate()?;
            return Ok(None);
        }
        let lost = self.held.bytes;
        self.note(|record| {
            record.begin_again();
            record.bytes_twice += lost;
        })?;
        let path =
            self.staging.set_aside(&self.name(), word).map_err(Error::disk("The partial file cannot be put beside"))?;
        self.note(|record| record.set_aside.push(path.clone()))?;
        self.file = lock(&self.staging, self.context, self.stop).await?;
        self.held = Held::default();
        Ok(Some(path))
    }

    pub(crate) fn note(&self, change: impl FnOnce(&mut Record)) -> Result<(), Error> {
        self.journal.note(change).map_err(Error::disk("The journal cannot be written"))
    }

    /// The name as far as it is decided.
    pub(crate) fn name(&self) -> SafeName {
        match (&self.order.name, self.journal.look(|record| record.name.clone())) {
            (Naming::Fixed(name), _) => SafeName::of(name),
            (Naming::FromServer { .. } | Naming::Stem { .. }, Some(name)) => SafeName::of(&name),
            (Naming::Stem { stem, .. }, None) => SafeName::of(stem),
            (Naming::FromServer { fallback }, None) => SafeName::of(fallback.as_deref().unwrap_or_default()),
        }
    }
}

/// What of the partial file can be trusted, and how many bytes cannot.
///
/// Within one boot the page cache is true, so all that was written counts; after a reboot only what was synced.
fn resume(record: &mut Record, length: u64) -> (Held, u64) {
    let boot = staging::boot();
    let sure = if !boot.is_empty() && record.boot == boot { length } else { record.synced.min(length) };
    record.stage = Stage::Fetching;
    match record.object.clone() {
        Some(object) if !object.coded && object.total.is_none_or(|total| sure <= total) => {
            record.synced = record.synced.min(sure);
            (Held { bytes: sure, object }, length - sure)
        }
        _ => {
            record.begin_again();
            (Held::default(), length)
        }
    }
}

async fn lock(staging: &Staging, context: &Context, stop: &CancellationToken) -> Result<File, Error> {
    let give_up = context.clock.monotonic() + LOCK_PATIENCE;
    loop {
        match staging.open_part() {
            Ok(file) => return Ok(file),
            Err(error) if error.kind() != io::ErrorKind::ResourceBusy => {
                return Err(Error::disk("The partial file cannot be opened")(error));
            }
            Err(_) if context.clock.monotonic() >= give_up => return Err(Error::Busy),
            Err(_) => tokio::select! {
                () = stop.cancelled() => return Err(Error::Stopped),
                () = context.clock.sleep(LOCK_STEP) => {}
            },
        }
    }
}

/// Fewer bytes free than are still to be written is known before the first is asked for.
pub(crate) fn look_for_room(staging: &Staging, file: &File, total: u64, held: u64) -> Result<(), Error> {
    let Some(free) = staging.room() else { return Ok(()) };
    let needed = total.saturating_sub(held.max(allocated(file)));
    if needed > free { Err(Error::Room { needed, free }) } else { Ok(()) }
}

/// Bytes that the disk already keeps for the file.
fn allocated(file: &File) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        file.metadata().map_or(0, |about| about.blocks().saturating_mul(512))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        0
    }
}

/// The last bytes of what is held, to compare with what comes again.
pub(crate) fn tail(path: &Path, bytes: u64, overlap: u64) -> io::Result<bytes::Bytes> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = staging::open_plain(path, false)?;
    file.seek(SeekFrom::Start(bytes - overlap))?;
    let mut tail = Vec::new();
    file.take(overlap).read_to_end(&mut tail)?;
    Ok(tail.into())
}
