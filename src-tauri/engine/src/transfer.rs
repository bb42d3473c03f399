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
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::entropy::Entropy;
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
mod landing;
mod limits;
pub mod name;
mod order;
pub mod plan;
mod request;
mod source;
mod staging;
mod taken;
mod writer;

pub use building::Building;
pub use checksum::{Algorithm, Digest};
pub use error::Error;
pub(crate) use error::{is_sent_so, name_in_use_of};
pub use head::{Coding, ETag, Head, Length, RangeSaid};
pub use join::{Join, Seam};
pub use journal::{Summary, journal_of, journals};
pub(crate) use land::blocking;
pub use landing::{Landing, Vouched};
pub use limits::{Limits, Rate, Throttle};
pub use name::SafeName;
pub use order::{Clash, Expectation, Naming, Order, PackageExpectation};
pub use source::{Link, LinkNeed, LinkSource};
pub use taken::TakenNames;

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

/// The name that a file waits for, if it is in use; without network.
pub async fn name_in_use(ticket: &str, folder: &Path, context: &Context) -> Result<Option<String>, Error> {
    conclude::name_in_use(ticket, folder, context).await
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
