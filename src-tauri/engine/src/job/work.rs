//! What is done for a job, stage by stage: each a future that tells its news and ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Method};
use landfall_wire::{ErrorCode, Failure};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{Download, Follow, Job, LandedFile, News, Remedy, Remote, Resolve, Stage};
use crate::clock::Clock;
use crate::connector::{Kept, Part, PartAuth, Resolution, Scope};
use crate::entropy::Entropy;
use crate::home::Home;
use crate::net::Request;
use crate::receipt::Receipt;
use crate::retry::{self, Budget, Policy, Trouble, Verdict};
use crate::secrets::SafeUrl;
use crate::site::{Setback, Site};
use crate::transfer::{self, Digest, Expectation, Landing, Limits, Link, LinkNeed, LinkSource, Naming, Progress, Rate};
use crate::{crash, monitor};

/// A job is tried again for as long as it lives: who waits for it in the foreground has a patience of their own.
pub(crate) const PATIENCE: Policy = Policy {
    first: Duration::from_secs(1),
    longest: Duration::from_mins(1),
    longest_asked: Duration::from_mins(15),
    tries: u32::MAX,
};

/// Within a transfer only short cuts are bridged: an outage is the job's to rest through, where a person sees it.
const CUTS: Policy = Policy {
    first: Duration::from_millis(500),
    longest: Duration::from_secs(30),
    longest_asked: Duration::from_mins(15),
    tries: 3,
};

/// A disk that refused is tried again after that long, in case somebody has made room.
const DISK_REST: Duration = Duration::from_secs(30);

/// What the work of one job needs.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) site: Arc<Site>,
    pub(crate) home: Home,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The job as it was when the work began; its wish never changes.
    pub(crate) job: Job,
    pub(crate) links: FreshLinks,
}

impl Errand {
    /// What the connector's expressions see of this job.
    pub(crate) fn with_scope<T>(&self, remote: Option<&Remote>, use_it: impl FnOnce(&Scope<'_>) -> T) -> T {
        let nothing = Kept::new();
        let wish = &self.job.wish;
        use_it(&Scope {
            connection_name: &wish.connection,
            connection_url: &self.site.connection.url,
            params: &wish.params,
            remote_id: remote.map(|remote| remote.id.as_str()),
            kept: remote.map_or(&nothing, |remote| &remote.kept),
            created_at: wish.created_at,
            correlation_id: wish.correlation.as_str(),
            idempotency_key: &self.job.idempotency_key(),
        })
    }

    /// Does what the stage wants, and tells a setback if there is one.
    pub(crate) async fn run(
        self,
        stage: Stage,
        teller: Teller,
        progress: watch::Sender<Progress>,
        stop: CancellationToken,
    ) {
        let done = match &stage {
            Stage::Submit(_) => self.submit(&teller).await,
            Stage::Follow(Follow { remote, .. }) => monitor::poll(&self, remote, &teller).await,
            Stage::Resolve(Resolve { remote, .. }) => self.resolve(remote, &teller).await,
            Stage::Download(Download { remote }) => self.download(remote, &teller, &progress, &stop).await,
        };
        if let Err(setback) = done {
            let mut budget = if setback.moved { Budget::default() } else { self.job.budget };
            let remedy = remedy(&setback, &mut budget, self.entropy.as_ref());
            teller.tell(News::Troubled { failure: setback.failure, remedy, budget }).await;
        }
    }

    async fn submit(&self, teller: &Teller) -> Result<(), Setback> {
        let connector = &self.site.connector;
        let _turn = self.site.submit_turns.acquire().await;
        let request = self.with_scope(None, |scope| connector.submit_request(scope))?;
        teller.tell(News::Sending).await;
        let answer = self.site.ask(request).await.map_err(|setback| self.maybe_arrived(setback))?;
        crash::reach("job.submit-sent");
        let submitted = self.with_scope(None, |scope| connector.read_submit(scope, &answer))?;
        teller.tell(News::Submitted(submitted)).await;
        Ok(())
    }

    /// A server that cannot tell a repeated submit from a new one is not asked twice without a person's word.
    fn maybe_arrived(&self, setback: Setback) -> Setback {
        match &setback.trouble {
            Some(Trouble::Cut | Trouble::Silent | Trouble::Garbled) if !self.site.connector.is_idempotent() => {
                let message =
                    format!("It is not known whether the server took the request: {}", setback.failure.message);
                Setback::from(Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(
                    "Look on the server whether the job is there; `landfall retry` sends the request a second time",
                ))
            }
            _ => setback,
        }
    }

    async fn resolve(&self, remote: &Remote, teller: &Teller) -> Result<(), Setback> {
        let (every, _) = self.site.connector.resolve_pace();
        loop {
            match self.ask_for_links(remote).await? {
                Resolution::Ready(parts) => {
                    self.links.put(&parts);
                    teller.tell(News::Resolved).await;
                    return Ok(());
                }
                Resolution::NotYet => teller.tell(News::NothingYet).await,
            }
            self.clock.sleep(every).await;
        }
    }

    async fn ask_for_links(&self, remote: &Remote) -> Result<Resolution, Setback> {
        let connector = &self.site.connector;
        let request = self.with_scope(Some(remote), |scope| connector.resolve_request(scope))?;
        let answer = self.site.ask(request).await?;
        Ok(self.with_scope(Some(remote), |scope| connector.read_resolve(scope, &answer))?)
    }

    /// The part to download, asked for again until it is there.
    async fn part(&self, remote: &Remote) -> Result<Part, Setback> {
        let (every, tries) = self.site.connector.resolve_pace();
        for _ in 0..tries.max(1) {
            if let Resolution::Ready(parts) = self.ask_for_links(remote).await?
                && let Some(part) = parts.into_iter().next()
            {
                return Ok(part);
            }
            self.clock.sleep(every).await;
        }
        Err(self.site.connector.no_download().into())
    }

    async fn download(
        &self,
        remote: &Remote,
        teller: &Teller,
        progress: &watch::Sender<Progress>,
        stop: &CancellationToken,
    ) -> Result<(), Setback> {
        let _turn = self.site.download_turns.acquire().await;
        let folder = &self.job.wish.folder;
        let ticket = self.job.ticket();
        let journal = transfer::journal_of(folder, &ticket);
        let held = journal.as_ref().map_or(0, |journal| journal.bytes);
        // A landing that was not recorded before a crash is found again without asking anybody.
        let landing = match journal.and_then(|journal| journal.landing) {
            Some(landing) => landing,
            None => self
                .bring(remote, progress, stop)
                .await
                .map_err(|setback| Setback { moved: progress.borrow().bytes > held, ..setback })?,
        };
        crash::reach("job.published");
        let file = LandedFile::from(landing);
        Receipt::of(&self.job, &remote.id, file.clone(), self.clock.now()).write(&self.home)?;
        teller.tell(News::Landed(vec![file])).await;
        crash::reach("job.landed");
        // A journal that stays is removed at the next start; the landing is recorded already.
        let _ = transfer::acknowledge(&ticket, folder);
        Ok(())
    }

    async fn bring(
        &self,
        remote: &Remote,
        progress: &watch::Sender<Progress>,
        stop: &CancellationToken,
    ) -> Result<Landing, Setback> {
        let wish = &self.job.wish;
        let part = match self.links.take() {
            Some(part) => part,
            None => self.part(remote).await?,
        };
        let order = transfer::Order {
            ticket: self.job.ticket(),
            folder: wish.folder.clone(),
            name: match wish.name.clone().or_else(|| part.name.clone()) {
                Some(name) => Naming::Fixed(name),
                None => Naming::FromServer { fallback: None },
            },
            clash: transfer::Clash::Number,
            expect: self.expectation(&part),
            limits: Limits { rate: Rate::new(wish.rate.unwrap_or(0)), retry: CUTS, ..Limits::default() },
            origin: serde_json::to_value(&self.job).unwrap_or_default(),
        };
        let context = transfer::Context {
            client: self.site.downloads.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            taken: self.site.taken.clone(),
        };
        let mut links = JobLinks { errand: self, remote, fresh: Some(part) };
        match transfer::land(&order, &mut links, &context, progress, stop).await {
            Ok(landing) => Ok(landing),
            // Whoever stopped it takes the work away; until then there is nothing to tell.
            Err(transfer::Error::Stopped) => std::future::pending().await,
            Err(error) => Err(Setback::from(Failure::from(error))),
        }
    }

    fn expectation(&self, part: &Part) -> Expectation {
        let mut digests = part.digests.clone();
        if let Some(sha256) = &self.job.wish.sha256 {
            digests.extend(Digest::parse(transfer::Algorithm::Sha256, sha256));
        }
        Expectation { size: part.size, min_size: part.min_size, digests, kind: part.kind, columns: None }
    }

    async fn link(&self, part: Part) -> Result<Link, Failure> {
        let mut headers = HeaderMap::new();
        if part.auth == PartAuth::Inherit {
            let mut request = Request::new(Method::GET, part.url.reveal().clone());
            self.site.sign(&mut request).await?;
            headers = request.headers;
        }
        Ok(Link {
            url: part.url.into_inner(),
            headers,
            renewable: true,
            renew_on: part.renew_on,
            ranges: true,
            expires_at: part.expires_at,
        })
    }
}

/// What is to be done about a setback.
fn remedy(setback: &Setback, budget: &mut Budget, entropy: &dyn Entropy) -> Remedy {
    let trouble = match (&setback.trouble, setback.failure.code) {
        (Some(trouble), _) => trouble,
        (None, ErrorCode::NetworkError) if setback.failure.recoverable => &Trouble::Garbled,
        (None, ErrorCode::AuthenticationError) => return Remedy::SignIn,
        (None, ErrorCode::DiskError) => return Remedy::Rest(DISK_REST),
        (None, _) => return Remedy::Fail,
    };
    match retry::judge(trouble, &PATIENCE, budget, entropy) {
        Verdict::Again(wait) => Remedy::Rest(wait),
        Verdict::Spent => Remedy::Rest(PATIENCE.longest),
        Verdict::SignIn => Remedy::SignIn,
        Verdict::Fatal => Remedy::Fail,
    }
}

/// The links that were just told, kept in memory only: they are keys, and soon dead.
#[derive(Debug, Clone, Default)]
pub(crate) struct FreshLinks(Arc<Mutex<Option<Part>>>);

impl FreshLinks {
    /// Keeps the link of a report that carries one.
    pub(crate) fn put(&self, parts: &[Part]) {
        if let Some(part) = parts.first() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(part.clone());
        }
    }

    fn take(&self) -> Option<Part> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Gives links through the job: the one that was just told, then fresh ones.
struct JobLinks<'a> {
    errand: &'a Errand,
    remote: &'a Remote,
    fresh: Option<Part>,
}

impl LinkSource for JobLinks<'_> {
    fn link(&mut self, need: LinkNeed) -> futures_util::future::BoxFuture<'_, Result<Link, Failure>> {
        Box::pin(async move {
            let part = match (need, self.fresh.take()) {
                (LinkNeed::First, Some(part)) => part,
                (LinkNeed::First | LinkNeed::Renew { .. }, _) => {
                    self.errand.part(self.remote).await.map_err(|setback| setback.failure)?
                }
            };
            tracing::debug!(url = %SafeUrl::new(part.url.reveal().clone()), "link");
            self.errand.link(part).await
        })
    }
}

/// How an attempt tells its news: each is saved before the attempt goes on.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    attempt: u64,
    news: mpsc::Sender<Told>,
}

/// One piece of news on its way to the runner.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) attempt: u64,
    pub(crate) news: News,
    pub(crate) saved: oneshot::Sender<()>,
}

impl Teller {
    /// Speaks for that attempt.
    pub(crate) fn new(attempt: u64, news: mpsc::Sender<Told>) -> Self {
        Self { attempt, news }
    }

    /// Tells, and goes on once it is saved; never goes on when the job has moved on without this attempt.
    pub(crate) async fn tell(&self, news: News) {
        let (saved, waiting) = oneshot::channel();
        let told = Told { attempt: self.attempt, news, saved };
        if self.news.send(told).await.is_err() || waiting.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
