//! What a job promised is brought: one file, several that land together, or one that comes packed or in pages.
//!
//! Everything but one plain file goes in two strides: first all is brought and checked without a final name, then all
//! get theirs. Journals say how far each is, so that a crash between two names goes on with the rest, without network.

mod earlier;
mod links;
mod naming;
mod pages;
mod tally;

use landfall_wire::{ErrorCode, Failure};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::gauge::Reins;
use super::work::{CUTS, Errand, Teller};
use super::{LandedFile, News, Remote};
use crate::connector::{Part, Resolution};
use crate::crash;
use crate::receipt::Receipt;
use crate::site::Setback;
use crate::transfer::{
    self, Algorithm, Building, Clash, Context, Digest, Error, Expectation, Join, Landing, Limits, Order,
    PackageExpectation, Progress, Rate, Seam,
};
use earlier::{Earlier, Identity};
pub(crate) use links::FreshLinks;
use links::{Fresh, PartLinks};
use naming::naming;
use tally::Tally;

/// Where everything goes while it is brought.
#[derive(Clone, Copy)]
struct Haul<'a> {
    remote: &'a Remote,
    context: &'a Context,
    stop: &'a CancellationToken,
}

impl Errand {
    /// Brings and lands all that the server's job made, and tells so.
    pub(super) async fn download(&self, remote: &Remote, teller: &Teller, reins: &Reins) -> Result<(), Setback> {
        let _turn = self.site.download_turns.take(self.urgency.clone()).await;
        let _of_all = self.commons.downloads.take(self.urgency.clone()).await;
        // Boxed, so that those who wait for their turn do not hold the room of who has it.
        Box::pin(self.download_now(remote, teller, reins)).await
    }

    async fn download_now(&self, remote: &Remote, teller: &Teller, reins: &Reins) -> Result<(), Setback> {
        let Reins { progress, stop } = reins;
        let folder = &self.job.wish.folder;
        let context = Context {
            client: self.site.downloads(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            taken: self.site.taken.clone(),
        };
        let haul = Haul { remote, context: &context, stop };
        let earlier = Earlier::look(folder, &self.job.ticket());
        // What was whole before a crash lands without asking anybody.
        let landings = match earlier.all_ready() {
            Some(files) => self.publish(files, haul, progress).await?,
            None => self
                .bring(haul, &earlier, progress)
                .await
                .map_err(|setback| Setback { moved: progress.borrow().bytes > earlier.bytes(), ..setback })?,
        };
        crash::reach("job.published");
        let tickets = self.tickets(landings.len());
        let files: Vec<LandedFile> = landings.into_iter().map(LandedFile::from).collect();
        let receipt = Receipt::of(&self.job, &remote.id, files.clone(), self.clock.now());
        let home = self.home.clone();
        // Off the runtime's thread: it waits for the disk, and others download meanwhile.
        transfer::blocking(move || receipt.write(&home)).await.map_err(Failure::from)??;
        teller.tell(News::Landed(files)).await;
        crash::reach("job.landed");
        for ticket in tickets {
            // A journal that stays is removed at the next start; the landing is recorded already.
            let _ = transfer::acknowledge(&ticket, folder);
        }
        Ok(())
    }

    /// The transfers of so many files.
    fn tickets(&self, files: usize) -> Vec<String> {
        let ticket = self.job.ticket();
        if files == 1 { vec![ticket] } else { (0..files).map(|index| format!("{ticket}-{index}")).collect() }
    }

    async fn bring(
        &self,
        haul: Haul<'_>,
        earlier: &Earlier,
        progress: &watch::Sender<Progress>,
    ) -> Result<Vec<Landing>, Setback> {
        let fresh = match self.links.take() {
            Some(fresh) => fresh,
            None => Fresh::Told(self.result(haul.remote).await?),
        };
        let parts = match fresh {
            Fresh::Told(Resolution::Ready(parts)) => parts,
            Fresh::Told(Resolution::NotYet) => return Err(self.site.connector.no_download().into()),
            Fresh::Told(Resolution::Pages(pages)) => {
                self.admit(earlier, 1, |_| None)?;
                self.hold_pages(pages::Walk::new(*pages), haul, &mut Tally::of_one(progress)).await?;
                return self.publish(1, haul, progress).await;
            }
            Fresh::Walked(walk) => {
                self.hold_pages(*walk, haul, &mut Tally::of_one(progress)).await?;
                return self.publish(1, haul, progress).await;
            }
        };
        self.admit(earlier, parts.len(), |index| parts.get(index).map(Identity::of))?;
        match <[Part; 1]>::try_from(parts) {
            Ok([part]) if let (false, Some(clash)) = (part.gunzip, self.job.wish.clash) => {
                Ok(vec![self.land(part, clash, haul, progress).await?])
            }
            Ok([part]) => {
                self.hold_all(vec![part], haul, &mut Tally::of_one(progress)).await?;
                self.publish(1, haul, progress).await
            }
            Err(parts) => {
                if self.job.wish.sha256.is_some() {
                    return Err(one_digest_for_many(parts.len()).into());
                }
                let files = parts.len();
                let sizes = parts.iter().map(|part| part.size).collect();
                self.hold_all(parts, haul, &mut Tally::new(progress, sizes)).await?;
                self.publish(files, haul, progress).await
            }
        }
    }

    /// One plain file, all the way.
    async fn land(
        &self,
        part: Part,
        clash: Clash,
        haul: Haul<'_>,
        progress: &watch::Sender<Progress>,
    ) -> Result<Landing, Setback> {
        let order = Order { clash, expect: self.whole(&part).and_sent(&part), ..self.order(self.job.ticket(), &part) };
        let mut links = PartLinks::new(self, haul.remote, 0, 1, part);
        let landing = transfer::land(&order, &mut links, haul.context, progress, haul.stop).await;
        self.unless_changed(landing, &links)
    }

    /// All files, each whole and checked and without its name.
    async fn hold_all(&self, parts: Vec<Part>, haul: Haul<'_>, tally: &mut Tally<'_>) -> Result<(), Setback> {
        let tickets = self.tickets(parts.len());
        let of = parts.len();
        for (index, (part, ticket)) in parts.into_iter().zip(tickets).enumerate() {
            let identity = Identity::of(&part).at(index, of);
            let order = self.order(ticket, &part);
            let order = Order { origin: identity.beside(order.origin), ..order };
            let gunzip = part.gunzip;
            let (whole, sent) = (self.whole(&part), Expectation::default().and_sent(&part));
            let mut links = PartLinks::new(self, haul.remote, index, of, part);
            let held = if gunzip {
                self.hold_unpacked(&Order { expect: whole, ..order }, sent, &mut links, haul, tally).await
            } else {
                let order = Order { expect: whole.and_sent_as(sent), ..order };
                let (inner, seen) = watch::channel(Progress::default());
                let held = transfer::hold(&order, &mut links, haul.context, &inner, haul.stop);
                tally.follow(seen, held).await.map(|ready| ready.size)
            };
            let bytes = self.unless_changed(held, &links)?;
            tally.done(bytes);
        }
        Ok(())
    }

    /// A file that comes packed: what is sent is brought and checked, then unpacked beside it and checked. Gives the bytes
    /// that were sent.
    async fn hold_unpacked(
        &self,
        order: &Order,
        sent: Expectation,
        links: &mut PartLinks<'_>,
        haul: Haul<'_>,
        tally: &mut Tally<'_>,
    ) -> Result<u64, Error> {
        let piece = Order { ticket: format!("{}{}", order.ticket, transfer::PIECE), expect: sent, ..order.clone() };
        if earlier::is_of_another(&piece) {
            discard(&piece)?;
        }
        if let Some(bytes) = earlier::ready(&order.folder, &order.ticket) {
            return Ok(bytes);
        }
        loop {
            let (inner, seen) = watch::channel(Progress::default());
            let held = transfer::hold(&piece, links, haul.context, &inner, haul.stop);
            let held = tally.follow(seen, held).await?;
            let (inner, seen) = watch::channel(Progress::default());
            let mut building = Building::open(order, haul.context, &inner, haul.stop, 0).await?;
            building.called_like(&piece.ticket, !held.coded)?;
            let joined = building.append(&piece.ticket, !held.coded, &mut Seam::new(Join::Raw)).await;
            let whole = match joined {
                Ok(true) => tally.check(seen, building.hold()).await,
                Ok(false) => Ok(None),
                Err(error) => Err(error),
            };
            // What was refused is asked for anew, now or when a person says so.
            if matches!(whole, Ok(_) | Err(Error::Validation { .. })) {
                discard(&piece)?;
            }
            if whole?.is_some() {
                return Ok(held.size);
            }
        }
    }

    /// An order for that file, as far as it does not matter how it comes.
    fn order(&self, ticket: String, part: &Part) -> Order {
        let wish = &self.job.wish;
        Order {
            ticket,
            folder: wish.folder.clone(),
            name: naming(wish.name.as_deref(), part.name.as_deref()),
            // What is held gets its name later.
            clash: Clash::Number,
            expect: Expectation::default(),
            limits: Limits {
                rate: Rate::new(wish.rate.unwrap_or(0)),
                shared: self.commons.throttle.clone(),
                retry: CUTS,
                ..Limits::default()
            },
            origin: serde_json::to_value(&*self.job).unwrap_or_default(),
        }
    }

    /// What the landed file must be, however it comes.
    fn whole(&self, part: &Part) -> Expectation {
        let manifest = self.site.connector.manifest().cloned();
        let wanted = self.job.wish.sha256.as_deref();
        Expectation {
            min_size: part.min_size,
            digests: wanted.and_then(|hex| Digest::parse(Algorithm::Sha256, hex)).into_iter().collect(),
            kind: part.kind,
            records: part.records,
            refuse: part.refuse.clone(),
            package: manifest.map(|manifest| PackageExpectation { manifest, name: part.name.clone() }),
            ..Expectation::default()
        }
    }

    /// Nothing of an earlier run that belongs to another result is gone on with.
    fn admit(
        &self,
        earlier: &Earlier,
        files: usize,
        identity: impl Fn(usize) -> Option<Identity>,
    ) -> Result<(), Setback> {
        match earlier.objection(files, identity) {
            None => Ok(()),
            Some(why) => Err(self.changed(&why).into()),
        }
    }

    /// The server's result is another one than what was begun: what was begun is put beside, so that whoever tries again
    /// gets what is there now.
    fn changed(&self, why: &str) -> Failure {
        let failure = Failure::new(ErrorCode::DownloadFailed, format!("The result on the server changed: {why}"));
        match transfer::set_aside(&self.job.ticket(), &self.job.wish.folder, "changed") {
            Ok(_) => failure.with_remediation("Retry to fetch what is there now; what had arrived is set aside"),
            Err(error) => {
                let why = crate::words::of_io(&error);
                let message = format!("What belongs to an earlier result cannot be set aside: {why}");
                Failure::new(ErrorCode::DiskError, message)
            }
        }
    }

    fn unless_changed<T>(&self, done: Result<T, Error>, links: &PartLinks<'_>) -> Result<T, Setback> {
        match (done, &links.changed) {
            (Err(Error::Source(_)), Some(why)) => Err(self.changed(why).into()),
            (done, _) => Ok(done.map_err(Failure::from)?),
        }
    }
}

impl Expectation {
    /// With what is promised of the bytes that are sent.
    fn and_sent(self, part: &Part) -> Self {
        self.and_sent_as(Self { size: part.size, digests: part.digests.clone(), ..Self::default() })
    }

    fn and_sent_as(mut self, sent: Self) -> Self {
        self.size = sent.size;
        self.digests.extend(sent.digests);
        self
    }
}

fn discard(piece: &Order) -> Result<(), Error> {
    transfer::discard(&piece.ticket, &piece.folder).map_err(Error::disk("A piece of the file cannot be removed"))
}

fn one_digest_for_many(files: usize) -> Failure {
    let message = format!("The SHA-256 that is expected is one file's, and the server's result has {files}");
    Failure::new(ErrorCode::ValidationFailed, message).with_remediation("Ask for it again without the SHA-256")
}
