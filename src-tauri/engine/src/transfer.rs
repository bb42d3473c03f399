//! Brings a file to disk: resumable across cuts, restarts and dead links, visible only when whole and checked.
//!
//! [`land()`] carries one [`Order`] to its [`Landing`]. It may be killed at any instant and called again with the same
//! ticket: a journal beside the destination says how far it was. [`plan`] decides about answers without touching
//! anything; `request` and `intake` speak HTTP; `writer` writes and hashes; `staging` alone gives a file its final name.
//!
//! The transfer knows links and bytes. It refuses to know jobs, connectors and the store: another link comes from a
//! [`LinkSource`], and whoever called records the landing and then calls [`acknowledge`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::package::ManifestSpec;
use crate::retry;
use crate::verify::{FileKind, Refusal};
use staging::Staging;

mod bring;
mod building;
mod check;
pub mod checksum;
mod conclude;
mod error;
mod gunzip;
mod hashing;
mod head;
mod intake;
mod join;
mod journal;
mod land;
pub mod name;
pub mod plan;
mod request;
mod source;
mod staging;
mod taken;
mod writer;

pub use building::Building;
pub use checksum::{Algorithm, Digest};
pub use error::Error;
pub(crate) use error::is_sent_so;
pub use head::{Coding, ETag, Head, Length, RangeSaid};
pub use join::{Join, Seam};
pub use journal::{Summary, journal_of, journals};
pub(crate) use land::blocking;
pub use name::SafeName;
pub use source::{Link, LinkNeed, LinkSource};
pub use taken::TakenNames;

/// What is to be landed, and where.
#[derive(Debug, Clone)]
pub struct Order {
    /// Names the transfer: letters, digits, `-`, `_`, `.`, at most 128. The same ticket in the same folder is the same
    /// transfer, before and after a restart.
    pub ticket: String,
    /// The folder to land in; it must exist.
    pub folder: PathBuf,
    /// How the file is called.
    pub name: Naming,
    /// What to do when that name is in use.
    pub clash: Clash,
    /// What the file must be.
    pub expect: Expectation,
    /// How fast and how patient.
    pub limits: Limits,
    /// The caller's own words, written to the journal so that a lost store can be rebuilt. Never secret.
    pub origin: serde_json::Value,
}

/// How a file is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// Like this, made safe.
    Fixed(String),
    /// As the server says in `Content-Disposition`, else like the fallback, else like the end of the link's path.
    FromServer {
        /// The caller's second choice.
        fallback: Option<String>,
    },
    /// Like this, with the ending of what it would be called otherwise.
    Stem {
        /// All but the ending.
        stem: String,
        /// What it would be called; without it, as the server says.
        like: Option<String>,
    },
}

/// What to do when the name is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clash {
    /// `name (2).ext`.
    #[default]
    Number,
    /// Leave what is there and fetch nothing.
    Skip,
    /// Put the new file in its place, atomically.
    Replace,
}

/// What the file must be; what is `None` or empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Exactly so many bytes.
    pub size: Option<u64>,
    /// At least so many bytes.
    pub min_size: Option<u64>,
    /// With these digests.
    pub digests: Vec<Digest>,
    /// Of this structure.
    pub kind: Option<FileKind>,
    /// With so many columns, where the kind has columns.
    pub columns: Option<usize>,
    /// With so many records, where the kind has records.
    pub records: Option<u64>,
    /// Not beginning like this.
    pub refuse: Option<Refusal>,
    /// A package that holds what its manifest says.
    pub package: Option<PackageExpectation>,
}

/// What a package must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageExpectation {
    /// What its manifest looks like.
    pub manifest: ManifestSpec,
    /// The name it comes under, by whose end `.br` one packed with brotli is known; whatever a person calls it.
    pub name: Option<String>,
}

/// How fast and how patient a transfer is.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes a second; may be changed while it runs.
    pub rate: Rate,
    /// What it shares with other transfers.
    pub shared: Throttle,
    /// Silence, or a mere trickle, for that long counts as a cut.
    pub idle: Duration,
    /// How often and how soon it is tried again.
    pub retry: retry::Policy,
}

impl Default for Limits {
    /// No limit on rate; half a minute of silence, which is twice what storage needs for its slowest first byte.
    fn default() -> Self {
        Self {
            rate: Rate::default(),
            shared: Throttle::default(),
            idle: Duration::from_secs(30),
            retry: retry::Policy::default(),
        }
    }
}

/// A limit in bytes a second, shared: changing one clone changes all.
#[derive(Debug, Clone, Default)]
pub struct Rate(Arc<AtomicU64>);

impl Rate {
    /// At most so many bytes a second; 0 is no limit.
    pub fn new(bytes_per_second: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes_per_second)))
    }

    /// Changes it, also for transfers that run.
    pub fn set(&self, bytes_per_second: u64) {
        self.0.store(bytes_per_second, Ordering::Relaxed);
    }

    /// The limit now; 0 is none.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A limit in bytes a second for several transfers together: each piece takes its time of all.
#[derive(Debug, Clone, Default)]
pub struct Throttle {
    rate: Rate,
    pace: Arc<Mutex<intake::Pace>>,
}

impl Throttle {
    /// At most so many bytes a second from now on; 0 is no limit.
    pub fn set(&self, bytes_per_second: u64) {
        self.rate.set(bytes_per_second);
    }

    /// The limit now; 0 is none.
    pub fn get(&self) -> u64 {
        self.rate.get()
    }

    /// How long whoever took that many bytes has to wait.
    fn wait(&self, bytes: usize, now: Duration) -> Duration {
        match self.rate.get() {
            0 => Duration::ZERO,
            rate => self.pace.lock().unwrap_or_else(PoisonError::into_inner).wait(rate, bytes, now),
        }
    }
}

/// What a transfer needs from outside.
#[derive(Debug, Clone)]
pub struct Context {
    /// A client of [`crate::net::download_client`]: HTTP/1.1, no redirects, no decoding.
    pub client: reqwest::Client,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for the jitter of waits.
    pub entropy: Arc<dyn Entropy>,
    /// Names in use, as far as they are known.
    pub taken: TakenNames,
}

/// How far a transfer is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it does.
    pub doing: Doing,
    /// Bytes held.
    pub bytes: u64,
    /// Bytes of the whole, if known.
    pub total: Option<u64>,
    /// The name it will have, once decided.
    pub name: Option<String>,
    /// What happened so far, for the timeline; only ever grows.
    pub notes: Vec<String>,
    /// How many of the notes an earlier run has told already.
    pub told_before: usize,
}

/// What a transfer does at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Doing {
    /// Looks at what is there, or waits for a link.
    #[default]
    Starting,
    /// Waits for the server's answer.
    Asking,
    /// Bytes are coming.
    Fetching,
    /// Waits before it tries again.
    Resting {
        /// Until then.
        until: Timestamp,
        /// What went wrong, in words.
        why: String,
    },
    /// All bytes are here and are checked.
    Checking,
    /// Gets its final name.
    Publishing,
}

/// A file under its final name, whole and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// Where.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// What vouched for it.
    pub vouched: Vouched,
    /// The name was in use and the order said to leave it: what is described is the file that was there.
    pub skipped: bool,
    /// Bytes fetched more than once, over all runs of this transfer.
    pub bytes_twice: u64,
    /// What happened, for the timeline.
    pub notes: Vec<String>,
    /// Partial or refused files that were put beside.
    pub set_aside: Vec<PathBuf>,
}

/// By what a landed file was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// The server's or the caller's size fits.
    pub size: bool,
    /// These declared digests fit.
    pub digests: Vec<Digest>,
    /// It is whole as a file of this kind.
    pub structure: Option<FileKind>,
}

impl Vouched {
    /// Whether anything did: else it landed, but the server gave nothing to verify against.
    pub fn is_verified(&self) -> bool {
        self.size || !self.digests.is_empty() || self.structure.is_some()
    }

    /// In words, for a person.
    pub fn words(&self) -> String {
        let mut by: Vec<String> = self.digests.iter().map(|digest| digest.algorithm().word().to_uppercase()).collect();
        by.extend(self.size.then(|| "size".to_owned()));
        by.extend(self.structure.map(|kind| format!("{} structure", kind.word())));
        if by.is_empty() {
            return "landed, but the server gave nothing to verify against".to_owned();
        }
        format!("verified by {}", by.join(", "))
    }
}

/// Carries an order to its landing.
///
/// May be killed, dropped or stopped at any instant and called again with the same ticket; then it goes on. After a
/// landing the journal stays until [`acknowledge`], so that a crash of the caller finds the same landing again, without
/// network and without a second file.
pub async fn land(
    order: &Order,
    source: &mut dyn LinkSource,
    context: &Context,
    progress: &watch::Sender<Progress>,
    stop: &CancellationToken,
) -> Result<Landing, Error> {
    Box::pin(land::run(order, source, context, progress, stop)).await
}

/// Brings and checks like [`land()`], but leaves the file without its final name until [`publish`]: so that several
/// files get theirs together. Called again for a file that waits already, it asks nobody.
pub async fn hold(
    order: &Order,
    source: &mut dyn LinkSource,
    context: &Context,
    progress: &watch::Sender<Progress>,
    stop: &CancellationToken,
) -> Result<Ready, Error> {
    Box::pin(land::hold(order, source, context, progress, stop)).await
}

/// Gives a file that waits its final name; without network. Called again, it finds the same landing.
pub async fn publish(ticket: &str, folder: &Path, clash: Clash, context: &Context) -> Result<Landing, Error> {
    Box::pin(conclude::publish(ticket, folder, clash, context)).await
}

/// The bytes of a file that waits, unpacked if told; `None` when there are more than so many.
pub async fn held_bytes(ticket: &str, folder: &Path, unpack: bool, most: usize) -> Result<Option<Bytes>, Error> {
    building::held_bytes(ticket, folder, unpack, most).await
}

/// A file that is whole and checked and waits for its final name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// Bytes.
    pub size: u64,
    /// Whether the server had packed it for the way, and it was unpacked already.
    pub coded: bool,
}

/// Free bytes for us on the disk of that folder; `None` where the system does not say.
pub fn room(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let about = rustix::fs::statvfs(folder).ok()?;
        Some(about.f_bavail.saturating_mul(about.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// Removes a transfer's journal, and what is left of a piece, once its landing is recorded elsewhere.
pub fn acknowledge(ticket: &str, folder: &Path) -> io::Result<()> {
    clear(ticket, folder)?;
    clear(&format!("{ticket}{PIECE}"), folder)
}

/// Gives a transfer up, with all that belong to it: removes their partial files and journals. Files set aside stay.
pub fn discard(ticket: &str, folder: &Path) -> io::Result<()> {
    for found in staging::tickets(folder)?.iter().filter(|found| belongs(found, ticket)) {
        clear(found, folder)?;
    }
    Ok(())
}

/// Puts what a transfer, and all that belong to it, holds beside, under names that say why, and begins anew.
pub fn set_aside(ticket: &str, folder: &Path, why: &str) -> io::Result<Vec<PathBuf>> {
    let mut beside = Vec::new();
    for found in staging::tickets(folder)?.iter().filter(|found| belongs(found, ticket)) {
        let Some(staging) = Staging::new(folder, found) else { continue };
        let name = journal::read(&staging.journal()).and_then(|record| record.name).unwrap_or_default();
        if std::fs::metadata(staging.part()).is_ok_and(|about| about.len() > 0) {
            beside.push(staging.set_aside(&SafeName::of(&name), why)?);
        }
        staging.clear()?;
    }
    Ok(beside)
}

/// Whether a ticket is that transfer's, or of a piece of it: `T`, `T-2`, `T-piece`, `T-2-piece`.
pub fn belongs(ticket: &str, to: &str) -> bool {
    let Some(rest) = ticket.strip_prefix(to) else { return false };
    let rest = rest.strip_suffix(PIECE).unwrap_or(rest);
    rest.is_empty()
        || rest.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|one| one.is_ascii_digit()))
}

/// How the ticket of a piece ends, of which a file is built.
pub const PIECE: &str = "-piece";

fn clear(ticket: &str, folder: &Path) -> io::Result<()> {
    Staging::new(folder, ticket).map_or(Ok(()), |staging| staging.clear())
}
