//! `landfall fetch`: a plain download, resumable and verified. The same command again goes on where it was.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use landfall_engine::clock::{Clock, SystemClock};
use landfall_engine::digest::Sha256;
use landfall_engine::entropy::SystemEntropy;
use landfall_engine::net::{self, Network};
use landfall_engine::pace::Pace;
use landfall_engine::transfer::{
    self, Algorithm, Context, Digest, Doing, Expectation, Landing, Limits, Link, LinkNeed, LinkSource, Naming, Order,
    Progress, Rate, TakenNames,
};
use landfall_wire::{ErrorCode, Failure, FileSnapshot, JobId, JobSnapshot, Phase};
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Outcome, address, folder, header, present_folder, until_signal};
use crate::args::Fetch;
use crate::console::Console;
use crate::exit::Ending;
use crate::foreground;
use crate::progress::Board;

/// Parts of a query that change when a link is signed anew, so that they do not belong to the name of a transfer.
const SIGNATURES: &[&str] =
    &["x-amz-", "x-goog-", "signature", "expires", "key-pair-id", "policy", "sig", "se", "st", "token"];

pub(super) async fn run(args: Fetch, console: &Console) -> Outcome {
    if args.urls.len() > 1 && (args.name.is_some() || args.sha256.is_some()) {
        return Err(Ending::usage("--name and --sha256 belong to one URL", "Fetch the URLs one by one"));
    }
    let urls = args
        .urls
        .iter()
        .map(|url| address(url, "Name a URL that begins with https:// or http://"))
        .collect::<Result<Vec<_>, _>>()?;
    let headers = args.headers.iter().map(|text| header(text)).collect::<Result<HeaderMap, _>>()?;
    if args.segments > 1 {
        console.note("One stream for now; --segments is taken as 1");
    }
    let clock = Arc::new(SystemClock::new());
    let entropy = Arc::new(SystemEntropy);
    let network = Network { certificate_authorities: args.ca.iter().cloned().collect(), ..Network::default() };
    let context = Context {
        client: net::download_client(&network).map_err(Ending::slip)?,
        clock: clock.clone(),
        entropy,
        taken: TakenNames::default(),
    };
    let to = folder(&args.to.clone().map_or_else(present_folder, Ok)?)?;
    let board = Board::new(console);
    let stop = CancellationToken::new();
    let mut fetches = Vec::new();
    for url in &urls {
        let order = order(&args, url, &to);
        let source = Fixed(Link { headers: headers.clone(), ..Link::plain(url.clone()) });
        fetches.push(Box::pin(one(order, source, &context, &board, &stop)));
    }
    let all = futures_util::future::join_all(fetches);
    tokio::pin!(all);
    match until_signal(all.as_mut()).await {
        Ok(shots) => {
            let asked: Vec<_> = urls.iter().map(|url| json!({ "url": safe(url) })).collect();
            Ok(foreground::conclude(console, &shots, &asked, clock.monotonic()))
        }
        Err(status) => {
            stop.cancel();
            all.await;
            console.note("Stopped; what has arrived is kept, and the same command goes on");
            Ok(status)
        }
    }
}

/// What is to be brought, where to, and by which rules.
fn order(args: &Fetch, url: &Url, to: &Path) -> Order {
    let digest = args.sha256.as_deref().and_then(|hex| Digest::parse(Algorithm::Sha256, hex));
    Order {
        ticket: ticket(url, to, args.name.as_deref()),
        folder: to.to_owned(),
        name: args.name.clone().map_or(Naming::FromServer { fallback: None }, Naming::Fixed),
        clash: args.clash.on_clash.into(),
        expect: Expectation { digests: digest.into_iter().collect(), ..Expectation::default() },
        limits: Limits { rate: Rate::new(args.limit_rate.unwrap_or(0)), idle: args.idle_timeout, ..Limits::default() },
        origin: json!({ "fetch": safe(url) }),
    }
}

/// Brings one file and tells how it went, in the shape of a job.
async fn one(
    order: Order,
    mut source: Fixed,
    context: &Context,
    board: &Board<'_>,
    stop: &CancellationToken,
) -> JobSnapshot {
    let mut shot = blank(JobId::new(order.ticket.clone()), context);
    let mut bar = board.bar(&shot);
    let mut pace = Pace::default();
    let (progress, mut watched) = watch::channel(Progress::default());
    let landing = {
        let landing = transfer::land(&order, &mut source, context, &progress, stop);
        tokio::pin!(landing);
        loop {
            tokio::select! {
                landing = &mut landing => break landing,
                Ok(()) = watched.changed() => {
                    show(&mut shot, &watched.borrow_and_update(), &mut pace, context.clock.monotonic());
                    bar.show(&shot);
                }
            }
        }
    };
    (shot.rate, shot.eta_seconds) = (None, None);
    match landing {
        Ok(landing) => {
            landed(&mut shot, landing);
            // A journal that stays names a file that has landed; the next fetch of it starts anew.
            let _ = transfer::acknowledge(&order.ticket, &order.folder);
        }
        Err(error) => {
            shot.phase = Phase::Failed;
            shot.error = Some(failure(error));
        }
    }
    shot.updated_at = context.clock.now();
    bar.finish(&shot);
    shot
}

/// There is no connection to sign in to again: what the server wants stands in a header.
fn failure(error: transfer::Error) -> Failure {
    let failure = Failure::from(error);
    match failure.code {
        ErrorCode::AuthenticationError => {
            failure.with_remediation("Give the sign-in with --header, such as --header Authorization=\"Bearer $TOKEN\"")
        }
        _ => failure,
    }
}

fn blank(id: JobId, context: &Context) -> JobSnapshot {
    let correlation = context.entropy.correlation_id();
    JobSnapshot::blank(id, Phase::Downloading, correlation.as_str().to_owned(), context.clock.now())
}

fn show(shot: &mut JobSnapshot, progress: &Progress, pace: &mut Pace, now: Duration) {
    (shot.bytes, shot.total) = (progress.bytes, progress.total);
    shot.rate = pace.rate(now, progress.bytes);
    shot.eta_seconds = match (progress.total, shot.rate) {
        (Some(total), Some(rate)) if rate > 0 => Some(total.saturating_sub(progress.bytes).div_ceil(rate)),
        _ => None,
    };
    (shot.phase, shot.stage) = match &progress.doing {
        Doing::Starting | Doing::Asking | Doing::Fetching => (Phase::Downloading, None),
        Doing::Resting { why, .. } => (Phase::Resting, Some(why.clone())),
        Doing::Checking | Doing::Publishing => (Phase::Verifying, None),
    };
}

fn landed(shot: &mut JobSnapshot, landing: Landing) {
    shot.phase = Phase::Landed;
    (shot.bytes, shot.total) = (landing.size, Some(landing.size));
    let verified = landing.vouched.is_verified();
    shot.files = vec![FileSnapshot { path: landing.path, size: landing.size, sha256: landing.sha256, verified }];
}

/// The transfer's name: the same for the same object, also behind a link that was signed anew.
fn ticket(url: &Url, folder: &Path, name: Option<&str>) -> String {
    let mut hash = Sha256::default();
    let mut part = |text: &str| {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    };
    part(url.host_str().unwrap_or(""));
    part(&url.port_or_known_default().unwrap_or(0).to_string());
    part(url.path());
    for (key, value) in url.query_pairs() {
        let key_in_small = key.to_ascii_lowercase();
        let signs = SIGNATURES
            .iter()
            .any(|sign| key_in_small == *sign || (sign.ends_with('-') && key_in_small.starts_with(sign)));
        if !signs {
            part(&key);
            part(&value);
        }
    }
    part(&folder.display().to_string());
    part(name.unwrap_or(""));
    format!("fetch-{}", &hash.finish()[..16])
}

fn safe(url: &Url) -> String {
    landfall_engine::secrets::SafeUrl::new(url.clone()).to_string()
}

/// A link that a person gave; no other can be had.
struct Fixed(Link);

impl LinkSource for Fixed {
    fn link(&mut self, _: LinkNeed) -> BoxFuture<'_, Result<Link, Failure>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}
