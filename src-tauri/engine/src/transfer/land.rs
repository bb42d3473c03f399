//! From an order to a landing: looks at what is there, brings what is missing, checks, publishes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::bring::{self, Brought};
use super::check::{self, Objection, Promise};
use super::journal::{self, Journal, Landed, Record, Stage};
use super::name::SafeName;
use super::plan::{Held, Why};
use super::staging::{self, Publishing, Staging};
use super::writer::Written;
use super::{Clash, Context, Doing, Error, Landing, LinkSource, Naming, Order, Progress, Vouched};
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
    let staging = Staging::new(&order.folder, &order.ticket)
        .ok_or_else(|| Error::Answer(format!("The ticket {:?} is no file name", order.ticket)))?;
    match std::fs::metadata(staging.folder()) {
        Ok(about) if about.is_dir() => {}
        Ok(_) => return Err(Error::disk("The folder is no folder")(io::ErrorKind::NotADirectory.into())),
        Err(error) => return Err(Error::disk("The folder cannot be used")(error)),
    }
    if let Some(landing) = revive(&staging)? {
        return Ok(landing);
    }
    if let (Clash::Skip, Naming::Fixed(name)) = (order.clash, &order.name)
        && let Some(landing) = skip(&staging, &SafeName::of(name)).await?
    {
        return Ok(landing);
    }
    let mut transfer = Transfer::open(order, context, progress, stop, staging).await?;
    loop {
        match bring::bring(&mut transfer, source).await? {
            Brought::Skipped(landing) => return Ok(landing),
            Brought::Whole(written, vouched) => {
                if let Some(landing) = transfer.conclude(written, vouched).await? {
                    return Ok(landing);
                }
            }
        }
    }
}

/// The landing that an earlier run already reached, if any.
fn revive(staging: &Staging) -> Result<Option<Landing>, Error> {
    let Some(record) = journal::read(&staging.journal()) else { return Ok(None) };
    match &record.stage {
        Stage::Published(landed) => {
            let mut landing = record.landing(staging.folder(), landed);
            staging.clear_part().map_err(Error::disk("The partial file cannot be removed"))?;
            if !landing.path.exists() {
                landing.notes.push("landed earlier; the file is no longer where it landed".into());
            }
            Ok(Some(landing))
        }
        Stage::Publishing(landed) if staging.was_published(landed) => {
            let landed = landed.clone();
            let journal = Journal::new(staging, record);
            let landed =
                staging.settle(landed, &journal).map_err(Error::disk("The landed file cannot be made durable"))?;
            Ok(Some(journal.look(|record| record.landing(staging.folder(), &landed))))
        }
        Stage::Fetching | Stage::Publishing(_) => Ok(None),
    }
}

/// The landing that describes the file that is there already, when it is to be left alone.
pub(crate) async fn skip(staging: &Staging, name: &SafeName) -> Result<Option<Landing>, Error> {
    let path = staging.folder().join(name.as_str());
    if !std::fs::symlink_metadata(&path).is_ok_and(|about| about.is_file()) {
        return Ok(None);
    }
    let (path, measured) = blocking(move || {
        let measured = File::open(&path).and_then(|mut file| check::measure(&mut file));
        (path, measured)
    })
    .await?;
    let (size, sha256) = measured.map_err(Error::disk("The file that is there cannot be read"))?;
    staging.clear().map_err(Error::disk("The partial file cannot be removed"))?;
    Ok(Some(Landing {
        notes: vec![format!("{name} is there already and was left as it is")],
        path,
        size,
        sha256,
        vouched: Vouched::default(),
        skipped: true,
        bytes_twice: 0,
        set_aside: Vec::new(),
    }))
}

/// Runs work that waits for the disk off the runtime's thread.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::disk("The work on disk ended early")(io::ErrorKind::Other.into()))
}

impl<'a> Transfer<'a> {
    async fn open(
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
            (Naming::FromServer { .. }, Some(name)) => SafeName::of(&name),
            (Naming::FromServer { fallback }, None) => SafeName::of(fallback.as_deref().unwrap_or_default()),
        }
    }

    /// What both sides promise about the file as it is known now.
    pub(crate) fn promise(&self) -> Promise {
        Promise { expect: self.order.expect.clone(), object: self.held.object.clone() }
    }

    /// Checks a whole file.
    pub(crate) async fn check(&self, written: Written) -> Result<(Written, Result<Vouched, Objection>), Error> {
        let promise = self.promise();
        blocking(move || {
            let mut written = written;
            let found = promise.check(&mut written.file, written.size, &written.digests);
            (written, found)
        })
        .await
    }

    /// Checks and publishes; `None` when it has to be brought once more.
    async fn conclude(&mut self, written: Written, vouched: Option<Vouched>) -> Result<Option<Landing>, Error> {
        self.doing(Doing::Checking);
        crash::reach("transfer.whole");
        let (written, found) = match vouched {
            Some(vouched) => (written, Ok(vouched)),
            None => self.check(written).await?,
        };
        let vouched = match found {
            Ok(vouched) => vouched,
            Err(Objection::Disk(error)) => return Err(Error::disk("The file cannot be read again")(error)),
            Err(Objection::Mismatch(reason)) => {
                drop(written);
                let again = self.journal.alter(|record| record.memory.may_restart(Why::Mismatch));
                let path = self.set_aside("refused").await?;
                self.tell(format!("set aside: {reason}"));
                return if again { Ok(None) } else { Err(Error::Validation { reason, set_aside: path }) };
            }
        };
        crash::reach("transfer.verified");
        self.tell(vouched.words());
        self.doing(Doing::Publishing);
        let sha256 = written.digests.first().map(super::Digest::hex).unwrap_or_default();
        let landed = Landed { name: String::new(), size: written.size, sha256, vouched };
        let (staging, journal, wanted, clash) =
            (self.staging.clone(), self.journal.clone(), self.name(), self.order.clash);
        let (taken, now) = (self.context.taken.clone(), self.context.clock.monotonic());
        let publish = move || {
            let naming = Publishing { wanted: &wanted, clash, taken: &taken, now };
            staging.publish(&written.file, naming, landed, &journal)
        };
        let landed = blocking(publish).await?.map_err(Error::disk("The file cannot be given its name"))?;
        Ok(Some(self.journal.look(|record| record.landing(self.staging.folder(), &landed))))
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
