//! The end of a transfer: what has arrived is checked, and gets its final name at once or when it is told to.

use std::fs::File;
use std::io;
use std::path::Path;

use super::check::{self, Objection, Promise};
use super::journal::{self, Journal, Landed, Record, Stage};
use super::land::{Transfer, blocking};
use super::name::SafeName;
use super::plan::Why;
use super::staging::{Publishing, Staging};
use super::writer::Written;
use super::{Clash, Context, Doing, Error, Landing, Vouched};
use crate::crash;

/// The landing that an earlier run already reached, if any.
pub(super) fn revive(staging: &Staging) -> Result<Option<Landing>, Error> {
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
        Stage::Fetching | Stage::Checked(_) | Stage::Publishing(_) => Ok(None),
    }
}

/// The landing that describes the file that is there already, when it is to be left alone.
pub(super) async fn skip(staging: &Staging, name: &SafeName) -> Result<Option<Landing>, Error> {
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

/// See [`super::publish`].
pub(super) async fn publish(ticket: &str, folder: &Path, clash: Clash, context: &Context) -> Result<Landing, Error> {
    let staging = Staging::of(folder, ticket)?;
    if let Some(landing) = revive(&staging)? {
        return Ok(landing);
    }
    let gone = || Error::disk("The file that was to get its name is not there")(io::ErrorKind::NotFound.into());
    let record = journal::read(&staging.journal()).ok_or_else(gone)?;
    let landed = match &record.stage {
        Stage::Checked(landed) | Stage::Publishing(landed) if staging.holds(landed) => landed.clone(),
        Stage::Fetching | Stage::Checked(_) | Stage::Publishing(_) | Stage::Published(_) => return Err(gone()),
    };
    let wanted = SafeName::of(record.name.as_deref().unwrap_or_default());
    let journal = Journal::new(&staging, record);
    let file = staging.open_part().map_err(Error::disk("The partial file cannot be opened"))?;
    give_name(&staging, &journal, file, wanted, clash, landed, context).await
}

/// See [`super::name_in_use`].
pub(super) async fn name_in_use(ticket: &str, folder: &Path, context: &Context) -> Result<Option<String>, Error> {
    let staging = Staging::of(folder, ticket)?;
    let Some(Record { name: Some(name), stage: Stage::Checked(_), .. }) = journal::read(&staging.journal()) else {
        return Ok(None);
    };
    let (taken, now, name) = (context.taken.clone(), context.clock.monotonic(), SafeName::of(&name));
    let looked = move || Ok(taken.has(staging.folder(), &name, now)?.then(|| name.as_str().to_owned()));
    blocking(looked).await?.map_err(Error::disk("The folder cannot be read"))
}

async fn give_name(
    staging: &Staging,
    journal: &Journal,
    file: File,
    wanted: SafeName,
    clash: Clash,
    landed: Landed,
    context: &Context,
) -> Result<Landing, Error> {
    if clash == Clash::Skip
        && let Some(landing) = skip(staging, &wanted).await?
    {
        return Ok(landing);
    }
    let (theirs, record) = (staging.clone(), journal.clone());
    let (taken, now) = (context.taken.clone(), context.clock.monotonic());
    let publish = move || {
        let naming = Publishing { wanted: &wanted, clash, taken: &taken, now };
        theirs.publish(&file, naming, landed, &record)
    };
    let landed = blocking(publish).await?.map_err(Error::disk("The file cannot be given its name"))?;
    Ok(journal.look(|record| record.landing(staging.folder(), &landed)))
}

impl Transfer<'_> {
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

    /// Checks all that has arrived; `None` when it has to be brought once more.
    pub(super) async fn prove(
        &mut self,
        written: Written,
        vouched: Option<Vouched>,
    ) -> Result<Option<(File, Landed)>, Error> {
        self.doing(Doing::Checking);
        crash::reach("transfer.whole");
        let (written, found) = match vouched {
            Some(vouched) => (written, Ok(vouched)),
            None => self.check(written).await?,
        };
        let vouched = match found {
            Ok(vouched) => vouched,
            Err(Objection::Disk(error)) => return Err(Error::disk("The file cannot be read again")(error)),
            Err(objection @ (Objection::Mismatch(_) | Objection::SentSo(_))) => {
                let sent_so = matches!(objection, Objection::SentSo(_));
                let (Objection::Mismatch(reason) | Objection::SentSo(reason)) = objection else { return Ok(None) };
                drop(written);
                let again = self.journal.alter(|record| record.memory.may_restart(Why::Mismatch));
                let path = self.set_aside("refused").await?;
                self.tell(format!("set aside: {reason}"));
                return if again { Ok(None) } else { Err(Error::Validation { reason, set_aside: path, sent_so }) };
            }
        };
        crash::reach("transfer.verified");
        self.tell(vouched.words());
        let sha256 = written.digests.first().map(super::Digest::hex).unwrap_or_default();
        Ok(Some((written.file, Landed { name: String::new(), size: written.size, sha256, vouched })))
    }

    /// Gives the file its name.
    pub(super) async fn publish(&mut self, file: File, landed: Landed) -> Result<Landing, Error> {
        self.doing(Doing::Publishing);
        give_name(&self.staging, &self.journal, file, self.name(), self.order.clash, landed, self.context).await
    }

    /// Leaves the file without its name, so that it is found whole and checked whatever happens.
    pub(super) async fn wait_for_name(&mut self, file: File, landed: Landed) -> Result<(), Error> {
        let (journal, name) = (self.journal.clone(), self.name().as_str().to_owned());
        let done = blocking(move || {
            file.sync_all()?;
            journal.commit(|record| {
                record.name = Some(name);
                record.stage = Stage::Checked(landed);
            })
        });
        done.await?.map_err(Error::disk("The file cannot be made durable"))
    }
}
