//! `landfall fetch`: a plain download, resumable and verified. The same command again goes on where it was.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use landfall_engine::clock::{Clock, SystemClock};
use landfall_engine::digest::Sha256;
use landfall_engine::entropy::{Entropy as _, SystemEntropy};
use landfall_engine::net::{self, Network};
use landfall_engine::transfer::{
    self, Algorithm, Clash, Context, Digest, Doing, Expectation, Landing, Limits, Link, LinkNeed, LinkSource, Naming,
    Order, Progress, Rate,
};
use landfall_wire::{Failure, FileSnapshot, JobId, JobSnapshot, Method, Phase};
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Outcome, folder, header, present_folder, until_signal};
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
    if let Some(url) = args.urls.iter().find(|url| !matches!(url.scheme(), "http" | "https")) {
        return Err(Ending::usage(
            format!("{}: is not http or https", url.scheme()),
            "Name a URL that begins with https://",
        ));
    }
    if args.segments > 1 {
        console.say("landfall: one stream for now; --segments is taken as 1");
    }
    let clock = Arc::new(SystemClock::new());
    let network = Network { certificate_authorities: args.ca.iter().cloned().collect() };
    let context =
        Context { client: net::download_client(&network)?, clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
    let to = folder(args.to.clone().map_or_else(present_folder, Ok)?)?;
    let headers = headers(&args.headers)?;
    let board = Board::new(console);
    let stop = CancellationToken::new();
    let mut fetches: Vec<_> = Vec::new();
    for url in &args.urls {
        fetches.push(one(&args, url, &to, headers.clone(), &context, &board, &stop)?);
    }
    let all = futures_util::future::join_all(fetches);
    tokio::pin!(all);
    match until_signal(all.as_mut()).await {
        Ok(shots) => {
            let asked: Vec<_> = args.urls.iter().map(|url| json!({ "url": safe(url) })).collect();
            Ok(foreground::conclude(console, &shots, &asked, clock.monotonic()))
        }
        Err(status) => {
            stop.cancel();
            all.await;
            console.say("landfall: stopped; what has arrived is kept, and the same command goes on");
            Ok(status)
        }
    }
}

/// Brings one file and tells how it went, in the shape of a job.
fn one<'a>(
    args: &Fetch,
    url: &'a Url,
    to: &Path,
    headers: HeaderMap,
    context: &'a Context,
    board: &Board<'a>,
    stop: &'a CancellationToken,
) -> Result<BoxFuture<'a, JobSnapshot>, Ending> {
    let digest = args.sha256.as_deref().and_then(|hex| Digest::parse(Algorithm::Sha256, hex));
    let ticket = ticket(url, to, args.name.as_deref());
    let order = Order {
        ticket: ticket.clone(),
        folder: to.to_owned(),
        name: args.name.clone().map_or(Naming::FromServer { fallback: None }, Naming::Fixed),
        clash: Clash::Number,
        expect: Expectation { digests: digest.into_iter().collect(), ..Expectation::default() },
        limits: Limits { rate: Rate::new(args.limit_rate.unwrap_or(0)), idle: args.idle_timeout, ..Limits::default() },
        origin: json!({ "fetch": safe(url) }),
    };
    let mut source = Fixed(Link { headers, ..Link::plain(url.clone()) });
    let mut shot = blank(JobId::new(ticket), context);
    let mut bar = board.bar(&shot);
    Ok(Box::pin(async move {
        let (progress, mut watched) = watch::channel(Progress::default());
        let landing = {
            let landing = transfer::land(&order, &mut source, context, &progress, stop);
            tokio::pin!(landing);
            loop {
                tokio::select! {
                    landing = &mut landing => break landing,
                    Ok(()) = watched.changed() => {
                        show(&mut shot, &watched.borrow_and_update());
                        bar.show(&shot);
                    }
                }
            }
        };
        match landing {
            Ok(landing) => {
                landed(&mut shot, landing);
                // A journal that stays names a file that has landed; the next fetch of it starts anew.
                let _ = transfer::acknowledge(&order.ticket, &order.folder);
            }
            Err(error) => {
                shot.phase = Phase::Failed;
                shot.error = Some(Failure::from(error));
            }
        }
        shot.updated_at = context.clock.now();
        bar.finish(&shot);
        shot
    }))
}

fn blank(id: JobId, context: &Context) -> JobSnapshot {
    JobSnapshot {
        id,
        connection: None,
        connector: None,
        remote_id: None,
        phase: Phase::Downloading,
        stage: None,
        server_percent: None,
        bytes: 0,
        total: None,
        rate: None,
        eta_seconds: None,
        stalled: false,
        files: Vec::new(),
        method: Method::Primary,
        error: None,
        correlation_id: context.entropy.correlation_id().as_str().to_owned(),
        resting_until: None,
        troubled_since: None,
        created_at: context.clock.now(),
        updated_at: context.clock.now(),
    }
}

fn show(shot: &mut JobSnapshot, progress: &Progress) {
    (shot.bytes, shot.total) = (progress.bytes, progress.total);
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

fn headers(given: &[String]) -> Result<HeaderMap, Ending> {
    let mut headers = HeaderMap::new();
    for text in given {
        let (name, value) = header(text)?;
        let unsendable =
            |_| Ending::usage(format!("The header {name:?} cannot be sent"), "HTTP allows no such name or value");
        let key = HeaderName::try_from(name.as_str()).map_err(|_| unsendable(()))?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| unsendable(()))?;
        value.set_sensitive(true);
        headers.append(key, value);
    }
    Ok(headers)
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
