//! What is done for a job, stage by stage: each a future that tells its news and ends.

use std::sync::Arc;
use std::time::Duration;

use futures_channel::mpsc;
use futures_util::future::BoxFuture;
use landfall_wire::{AtServer, ErrorCode};
use tokio::sync::oneshot;

use super::download::FreshLinks;
use super::gauge::{Gauge, Reins};
use super::{Cancel, Finish, Follow, Job, News, Remedy, Remote, Stage, State, Submit};
use crate::clock::Clock;
use crate::commons::Commons;
use crate::connector::{Kept, Resolution, Scope};
use crate::entropy::Entropy;
use crate::home::Home;
use crate::monitor;
use crate::retry::{self, Budget, Policy, Trouble, Verdict};
use crate::site::{Setback, Site};
use crate::store::Store;
use crate::turns::Urgency;

/// A job is tried again for as long as it lives: who waits for it in the foreground has a patience of their own.
pub(crate) const PATIENCE: Policy = Policy {
    first: Duration::from_secs(1),
    longest: Duration::from_mins(1),
    longest_asked: Duration::from_mins(15),
    tries: u32::MAX,
};

/// Within a transfer only short cuts are bridged: an outage is the job's to rest through, where a person sees it.
pub(super) const CUTS: Policy = Policy {
    first: Duration::from_millis(500),
    longest: Duration::from_secs(30),
    longest_asked: Duration::from_mins(15),
    tries: 3,
};

/// A disk that refused is tried again after that long, in case somebody has made room.
const DISK_REST: Duration = Duration::from_secs(30);

/// What a state wants to have done, with as much of the state as that needs.
#[derive(Debug)]
pub(crate) enum Task {
    /// The request is sent.
    Submit(Submit),
    /// The server's job is followed.
    Follow {
        /// That job.
        remote: Remote,
        /// Where its own stream goes on.
        last_event_id: Option<String>,
    },
    /// The download is asked for.
    Resolve(Remote),
    /// The result is brought. Only this holds something that has to be put down; all else can be dropped at any instant.
    Download(Remote, Reins),
    /// What else was wanted of the landed file is done.
    Finish(Finish),
    /// A cancel is brought to the server.
    Cancel(Cancel),
    /// The server's copy is deleted.
    Delete(Remote),
}

impl Task {
    /// What that state wants; `None` for one that waits or has ended. A download is looked at through its gauge.
    pub(crate) fn of(state: &State) -> Option<(Self, Option<Gauge>)> {
        let task = match state {
            State::Active(Stage::Submit(submit)) => Self::Submit(submit.clone()),
            State::Active(Stage::Follow(Follow { remote, last_event_id, .. })) => {
                Self::Follow { remote: remote.clone(), last_event_id: last_event_id.clone() }
            }
            State::Active(Stage::Resolve(resolve)) => Self::Resolve(resolve.remote.clone()),
            State::Active(Stage::Download(download)) => {
                let (gauge, reins) = Gauge::new();
                return Some((Self::Download(download.remote.clone(), reins), Some(gauge)));
            }
            State::Active(Stage::Finish(finish)) => Self::Finish(finish.clone()),
            State::Cancelling(cancel) => Self::Cancel(cancel.clone()),
            State::Landed { remote, at_server: AtServer::Deleting, .. } => Self::Delete(remote.clone()),
            State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { at_server: AtServer::Kept | AtServer::Deleted, .. } => return None,
        };
        Some((task, None))
    }

    /// Whether it was told to put down what it holds.
    fn is_stopped(&self) -> bool {
        matches!(self, Self::Download(_, reins) if reins.stop.is_cancelled())
    }
}

/// What the work of one job needs.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) site: Arc<Site>,
    pub(crate) commons: Arc<Commons>,
    pub(crate) home: Home,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The job as it was when the work began; of its wish only the priority ever changes.
    pub(crate) job: Arc<Job>,
    pub(crate) links: FreshLinks,
    /// How urgent it is by now.
    pub(crate) urgency: Urgency,
}

impl Errand {
    /// What the connector's expressions see of this job.
    pub(crate) fn with_scope<T>(&self, remote: Option<&Remote>, use_it: impl FnOnce(&Scope<'_>) -> T) -> T {
        match remote {
            Some(remote) => self.with_kept(Some(&remote.id), &remote.kept, use_it),
            None => self.with_kept(None, &Kept::new(), use_it),
        }
    }

    /// The same while the server's id is not, or not quite, known.
    pub(super) fn with_kept<T>(&self, remote_id: Option<&str>, kept: &Kept, use_it: impl FnOnce(&Scope<'_>) -> T) -> T {
        let wish = &self.job.wish;
        use_it(&Scope {
            connection_name: &wish.connection,
            connection_url: &self.site.connection.url,
            params: &wish.params,
            remote_id,
            kept,
            created_at: wish.created_at,
            correlation_id: wish.correlation.as_str(),
            idempotency_key: &self.job.idempotency_key(),
            method: self.job.method(),
        })
    }

    /// Does what the state wants, and tells a setback if there is one.
    pub(crate) fn run(self, task: Task, teller: Teller) -> BoxFuture<'static, ()> {
        // A block and no async function, which would keep room for its arguments twice.
        Box::pin(async move {
            // Whoever stopped it takes the work away: that it was stopped is no setback.
            if let Err(setback) = self.work(&task, &teller).await
                && !task.is_stopped()
            {
                let mut budget = if setback.moved { Budget::default() } else { self.job.budget };
                let remedy = remedy(&setback, &mut budget, self.entropy.as_ref());
                teller.tell(News::Troubled { failure: setback.failure, remedy, budget }).await;
            }
        })
    }

    /// Each is boxed by itself, so that a job that waits does not hold the room of one that downloads.
    fn work<'a>(&'a self, task: &'a Task, teller: &'a Teller) -> BoxFuture<'a, Result<(), Setback>> {
        match task {
            Task::Submit(submit) => Box::pin(self.submit(submit, teller)),
            Task::Follow { remote, last_event_id } => {
                Box::pin(monitor::follow(self, remote, last_event_id.as_deref(), teller))
            }
            Task::Resolve(remote) => Box::pin(self.resolve(remote, teller)),
            Task::Download(remote, reins) => Box::pin(self.download(remote, teller, reins)),
            Task::Finish(finish) => Box::pin(async {
                self.finish(finish, teller).await;
                Ok(())
            }),
            Task::Cancel(cancel) => Box::pin(self.cancel(cancel, teller)),
            Task::Delete(remote) => Box::pin(self.delete(remote, teller)),
        }
    }

    async fn resolve(&self, remote: &Remote, teller: &Teller) -> Result<(), Setback> {
        let (every, _) = self.site.connector.resolve_pace();
        loop {
            match self.ask_for_links(remote).await? {
                told @ (Resolution::Ready(_) | Resolution::Pages(_)) => {
                    self.links.keep(told);
                    teller.tell(News::Resolved).await;
                    return Ok(());
                }
                Resolution::NotYet => teller.tell(News::NothingYet).await,
            }
            self.clock.sleep(every).await;
        }
    }

    pub(crate) async fn ask_for_links(&self, remote: &Remote) -> Result<Resolution, Setback> {
        let connector = &self.site.connector;
        let request = self.with_scope(Some(remote), |scope| connector.resolve_request(scope))?;
        let answer = self.site.ask(request).await?;
        Ok(self.with_scope(Some(remote), |scope| connector.read_resolve(scope, &answer))?)
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

/// How an attempt tells its news: each is saved before the attempt goes on, so that never more than one waits.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    attempt: u64,
    news: mpsc::UnboundedSender<Told>,
}

/// One piece of news on its way to the runner.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) attempt: u64,
    pub(crate) news: Box<News>,
    pub(crate) saved: oneshot::Sender<()>,
}

impl Teller {
    /// Speaks for that attempt.
    pub(crate) fn new(attempt: u64, news: mpsc::UnboundedSender<Told>) -> Self {
        Self { attempt, news }
    }

    /// Tells, and goes on once it is saved; never goes on when the job has moved on without this attempt.
    pub(crate) fn tell(&self, news: News) -> impl Future<Output = ()> + Send {
        // Boxed before anything waits: there are many places that tell, and each would keep room for all of it.
        let news = Box::new(news);
        async move {
            let (saved, waiting) = oneshot::channel();
            let told = Told { attempt: self.attempt, news, saved };
            if self.news.unbounded_send(told).is_err() || waiting.await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
