//! A result in pages: each is brought whole and joined to the file before the next is asked for.
//!
//! Where the walk is stands in memory only, since the way to a page is a link. A run that follows in the same process goes
//! on at the same page; after a restart the pages are begun anew, and nothing of before is kept.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use landfall_wire::{ErrorCode, Failure};
use tokio::sync::watch;

use super::tally::Tally;
use super::{Haul, discard};
use crate::connector::{PageHead, Pages, Part, PartAuth, Resolution};
use crate::job::work::Errand;
use crate::net::ANSWER_LIMIT;
use crate::site::{Pass, Setback};
use crate::transfer::{self, Building, Error, Expectation, Link, LinkNeed, LinkSource, Order, Progress, Seam};

/// No result has more pages: a server that never ends is not followed for ever.
const MOST_PAGES: usize = 100_000;

/// How far the pages were brought.
#[derive(Debug)]
pub(super) struct Walk {
    pages: Pages,
    /// The page at hand.
    next: Part,
    /// What its answer said besides its bytes: a continued answer may say less.
    head: Option<HeaderMap>,
    /// The addresses of all pages so far.
    seen: HashSet<u64>,
    seam: Seam,
    /// Bytes of the file that the pages before it make.
    bytes: u64,
}

impl Walk {
    pub(super) fn new(pages: Pages) -> Self {
        let next = pages.first.clone();
        let seen = HashSet::from([address(&next)]);
        Self { seam: Seam::new(pages.join), next, head: None, seen, bytes: 0, pages }
    }

    /// Goes on to the next page.
    fn step(&mut self, next: Part) -> Result<(), Failure> {
        let number = self.seen.len() + 1;
        if number > MOST_PAGES {
            return Err(endless(&format!("it has more than {MOST_PAGES} pages")));
        }
        if !self.seen.insert(address(&next)) {
            return Err(endless(&format!("page {number} is one that was fetched already")));
        }
        self.next = next;
        Ok(())
    }
}

impl Errand {
    /// All pages, joined to one file that is checked and waits for its name.
    pub(super) async fn hold_pages(&self, walk: Walk, haul: Haul<'_>, tally: &mut Tally<'_>) -> Result<(), Setback> {
        let mut walk = Box::new(walk);
        tally.done(walk.bytes);
        loop {
            let done = Box::pin(self.walk(&mut walk, haul, tally)).await;
            match done {
                Ok(true) => return Ok(()),
                Ok(false) => match self.result(haul.remote).await? {
                    Resolution::Pages(pages) => walk = Box::new(Walk::new(*pages)),
                    Resolution::Ready(_) | Resolution::NotYet => {
                        return Err(self.changed("it came in pages and does not any more").into());
                    }
                },
                Err(Halt::Passing(error)) => {
                    self.links.keep_walk(walk);
                    return Err(Failure::from(error).into());
                }
                Err(Halt::Over(setback)) => return Err(setback),
            }
        }
    }

    /// Page after page; false when they have to be brought once more.
    async fn walk(&self, walk: &mut Walk, haul: Haul<'_>, tally: &mut Tally<'_>) -> Result<bool, Halt> {
        let (first, ticket) = (walk.pages.first.clone(), self.job.ticket());
        let order = Order { expect: self.whole(&first), ..self.order(ticket.clone(), &first) };
        let refuse = first.refuse.filter(|_| !first.gunzip);
        let sent = Expectation { refuse, ..Expectation::default() };
        let piece = Order { ticket: format!("{ticket}{}", transfer::PIECE), expect: sent, ..order.clone() };
        if walk.head.is_none() {
            // What is there is of another page.
            discard(&piece)?;
        }
        let (of_file, file_seen) = watch::channel(Progress::default());
        let mut building = Building::open(&order, haul.context, &of_file, haul.stop, walk.bytes).await?;
        if building.bytes() != walk.bytes {
            return Ok(false);
        }
        loop {
            let (inner, seen) = watch::channel(Progress::default());
            let mut links = PageLinks { errand: self, haul, walk, signature: None };
            let held = transfer::hold(&piece, &mut links, haul.context, &inner, haul.stop);
            let held = tally.follow(seen, held).await?;
            let unpack = walk.next.gunzip && !held.coded;
            if walk.seam.pieces() == 0 {
                building.called_like(&piece.ticket, unpack)?;
            }
            let next = self.next_page(walk, &piece.ticket, unpack, haul).await?;
            let joined = building.append(&piece.ticket, unpack, &mut walk.seam).await;
            if matches!(joined, Ok(false) | Err(Error::Validation { .. })) {
                discard(&piece)?;
            }
            if !joined? {
                return Ok(false);
            }
            (walk.bytes, walk.head) = (building.bytes(), None);
            discard(&piece)?;
            tally.done(held.size);
            match next {
                Some(next) => walk.step(next).map_err(Setback::from)?,
                None => return Ok(tally.check(file_seen, building.hold()).await?.is_some()),
            }
        }
    }

    /// Where the page after the one that is held lies.
    async fn next_page(&self, walk: &Walk, piece: &str, unpack: bool, haul: Haul<'_>) -> Result<Option<Part>, Halt> {
        let body = if walk.pages.named_in_body {
            transfer::held_bytes(piece, &self.job.wish.folder, unpack, ANSWER_LIMIT).await?
        } else {
            None
        };
        let head =
            PageHead { status: 200, headers: walk.head.clone().unwrap_or_default(), url: walk.next.url.clone(), body };
        let connector = &self.site.connector;
        let next = self.with_scope(Some(haul.remote), |scope| connector.next_page(scope, &head));
        Ok(next.map_err(Setback::from)?)
    }
}

/// Why the walk stopped.
enum Halt {
    /// It can go on at the same page.
    Passing(Error),
    /// It cannot.
    Over(Setback),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::Stopped
            | Error::Network(_)
            | Error::SignIn
            | Error::Busy
            | Error::Disk { .. }
            | Error::Room { .. } => Self::Passing(error),
            Error::Source(ref failure) if failure.code != ErrorCode::DownloadFailed => Self::Passing(error),
            error => Self::Over(Failure::from(error).into()),
        }
    }
}

impl From<Setback> for Halt {
    fn from(setback: Setback) -> Self {
        Self::Over(setback)
    }
}

/// Gives the link of the page at hand.
struct PageLinks<'a> {
    errand: &'a Errand,
    haul: Haul<'a>,
    walk: &'a mut Walk,
    signature: Option<Arc<Pass>>,
}

impl PageLinks<'_> {
    /// Only the first page can be asked for anew; of the others, one that goes with the sign-in is asked with a new one.
    async fn renew(&mut self) -> Result<(), Failure> {
        let number = self.walk.seen.len();
        if number == 1 {
            if let Resolution::Pages(pages) =
                self.errand.result(self.haul.remote).await.map_err(|setback| setback.failure)?
            {
                self.walk.next = pages.first;
                self.walk.seen = HashSet::from([address(&self.walk.next)]);
                return Ok(());
            }
        } else if self.walk.next.auth == PartAuth::Inherit {
            self.errand.site.sign_in_again().await;
            return Ok(());
        }
        let message = format!("The link to page {number} of the result is dead, and the server gives no other");
        Err(Failure::new(ErrorCode::DownloadFailed, message)
            .with_remediation("Retry; the pages are fetched again from the first"))
    }
}

impl LinkSource for PageLinks<'_> {
    fn link(&mut self, need: LinkNeed) -> BoxFuture<'_, Result<Link, Failure>> {
        Box::pin(async move {
            if let LinkNeed::Renew { .. } = need {
                self.renew().await?;
            }
            self.errand.link(self.walk.next.clone(), need, &mut self.signature).await
        })
    }

    fn answered(&mut self, status: u16, headers: &HeaderMap) {
        match &mut self.walk.head {
            // A part's head need not repeat what the whole's said (RFC 9110 section 15.3.7).
            Some(known) if status == 206 => known.extend(headers.clone()),
            head => *head = Some(headers.clone()),
        }
    }
}

fn address(part: &Part) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.url.reveal().hash(&mut hasher);
    hasher.finish()
}

fn endless(why: &str) -> Failure {
    Failure::new(ErrorCode::DownloadFailed, format!("The pages of the result do not end: {why}"))
        .with_remediation("Tell whoever runs the server, or mend the connector's `next`")
        .permanent()
}
