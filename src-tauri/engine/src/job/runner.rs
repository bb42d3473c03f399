//! Carries a job: saves what the machine decides, then does it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, OptionFuture};
use jiff::Timestamp;
use landfall_wire::{Failure, JobSnapshot, Phase, TimelineEntry};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::work::{Errand, Teller, Told};
use super::{
    Effect, Input, Interrupted, Job, Live, News, Order, Refusal, Rules, Stage, State, Step, Submit, snapshot, step,
};
use crate::clock::Clock;
use crate::crash;
use crate::pace::Pace;
use crate::store::Store;
use crate::transfer::{Doing, Progress};

/// What moves is looked at that often: ten times a second is as fast as a face shows it.
const LOOK: Duration = Duration::from_millis(100);

/// Work that was told to stop gets that long to put down what it holds.
const STOP_LIMIT: Duration = Duration::from_millis(1500);

/// A store that refuses is asked again after that long.
const STORE_REST: Duration = Duration::from_secs(5);

/// An order on its way to the runner, with the way back.
pub(crate) type Letter = (Order, oneshot::Sender<Result<(), Refusal>>);

/// One job being carried.
pub(crate) struct Runner {
    errand: Errand,
    store: Arc<Store>,
    rules: Rules,
    inbox: mpsc::Receiver<Letter>,
    face: watch::Sender<JobSnapshot>,
    live: Live,
    news: (mpsc::Sender<Told>, mpsc::Receiver<Told>),
    progress: watch::Receiver<Progress>,
    noted: usize,
    /// The download's first trouble since a byte came.
    cut_since: Option<Timestamp>,
    pace: Pace,
    looked_at: Duration,
    work: Option<Work>,
    wake: Option<BoxFuture<'static, ()>>,
}

struct Work {
    future: BoxFuture<'static, ()>,
    /// For work that holds something which has to be put down; all other work can be dropped at any instant.
    stop: Option<CancellationToken>,
}

impl Runner {
    /// Ready to carry the job, which is in the store already.
    pub(crate) fn new(
        errand: Errand,
        store: Arc<Store>,
        rules: Rules,
        inbox: mpsc::Receiver<Letter>,
        face: watch::Sender<JobSnapshot>,
    ) -> Self {
        let (_, progress) = watch::channel(Progress::default());
        Self {
            errand,
            store,
            rules,
            inbox,
            face,
            live: Live::default(),
            news: mpsc::channel(1),
            progress,
            noted: 0,
            cut_since: None,
            pace: Pace::default(),
            looked_at: Duration::ZERO,
            work: None,
            wake: None,
        }
    }

    /// Carries it until it is told to stop or nobody can give it orders any more.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut going = self.take(Input::Revived, &stop).await;
        while going {
            going = tokio::select! {
                biased;
                () = stop.cancelled() => false,
                letter = self.inbox.recv() => match letter {
                    Some((order, answer)) => self.obey(order, answer, &stop).await,
                    None => false,
                },
                Some(told) = self.news.1.recv() => self.hear(told, &stop).await,
                Some(()) = OptionFuture::from(self.work.as_mut().map(|work| &mut work.future)) => {
                    self.work = None;
                    true
                }
                Some(()) = OptionFuture::from(self.wake.as_mut()) => {
                    self.wake = None;
                    let attempt = self.job().attempt;
                    self.take(Input::Rested { attempt }, &stop).await
                }
                Ok(()) = next_look(self.errand.clock.as_ref(), self.looked_at, &mut self.progress) => {
                    self.look_at_progress().await;
                    true
                }
            };
        }
        self.stop_work().await;
    }

    fn job(&self) -> &Job {
        &self.errand.job
    }

    async fn obey(
        &mut self,
        order: Order,
        answer: oneshot::Sender<Result<(), Refusal>>,
        stop: &CancellationToken,
    ) -> bool {
        if order == Order::SignedIn || order == Order::Resume || order == Order::Retry {
            self.errand.site.sign_in_again().await;
        }
        let mut job = self.job().clone();
        let result = step(&mut job, Input::Order(order), &self.rules, self.errand.clock.now());
        let (result, going) = match result {
            Ok(step) => (Ok(()), self.carry_out(job, step, stop).await),
            Err(refusal) => (Err(refusal), true),
        };
        // Whoever gave the order may not wait for the answer.
        let _ = answer.send(result);
        going
    }

    async fn hear(&mut self, told: Told, stop: &CancellationToken) -> bool {
        let point = point_of(&told.news);
        let going = self.take(Input::News { attempt: told.attempt, news: told.news }, stop).await;
        if going {
            if let Some(point) = point {
                crash::reach(point);
            }
            // An attempt that the job has left behind no longer listens.
            let _ = told.saved.send(());
        }
        going
    }

    async fn take(&mut self, input: Input, stop: &CancellationToken) -> bool {
        let mut job = self.job().clone();
        match step(&mut job, input, &self.rules, self.errand.clock.now()) {
            Ok(step) => self.carry_out(job, step, stop).await,
            Err(refusal) => {
                tracing::debug!(%refusal, "input refused");
                true
            }
        }
    }

    /// Saves the new state first and then does what it asks for; false when told to stop meanwhile.
    async fn carry_out(&mut self, job: Job, step: Step, stop: &CancellationToken) -> bool {
        let now = self.errand.clock.now();
        let notes: Vec<TimelineEntry> = step
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Note(text) => Some(TimelineEntry { at: now, text: crate::secrets::redacted(text) }),
                Effect::StopWork | Effect::Work | Effect::TellCancel(_) | Effect::WakeAt(_) => None,
            })
            .collect();
        if (step.changed || !notes.is_empty()) && !self.save(&job, notes, stop).await {
            return false;
        }
        if job.attempt != self.job().attempt {
            self.wake = None;
        }
        self.errand.job = job;
        for effect in step.effects {
            match effect {
                Effect::Note(_) => {}
                Effect::StopWork => self.stop_work().await,
                Effect::Work => self.start_work().await,
                Effect::TellCancel(_) => self.tell_cancel(),
                Effect::WakeAt(until) => {
                    let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                    self.wake = Some(self.errand.clock.sleep(wait));
                }
            }
        }
        self.show();
        true
    }

    /// Nothing goes on that is not on disk; a store that refuses is shown, and asked until it takes it.
    async fn save(&mut self, job: &Job, notes: Vec<TimelineEntry>, stop: &CancellationToken) -> bool {
        while let Err(error) = self.store.save(job, notes.clone()).await {
            let failure = Failure::from(error).with_correlation(&job.wish.correlation);
            tracing::warn!(%failure, "not saved");
            let shown = JobSnapshot { phase: Phase::Resting, error: Some(failure), ..snapshot(self.job(), &self.live) };
            self.face.send_replace(shown);
            tokio::select! {
                () = stop.cancelled() => return false,
                () = self.errand.clock.sleep(STORE_REST) => {}
            }
        }
        true
    }

    async fn start_work(&mut self) {
        self.stop_work().await;
        let stage = match &self.job().state {
            State::Active(stage) => stage.clone(),
            // The server's id is needed to cancel: the submit is repeated under its key to learn it.
            State::Cancelling { remote: None } => Stage::Submit(Submit { sent: true }),
            _ => return,
        };
        let (progress, watched) = watch::channel(Progress::default());
        (self.progress, self.noted, self.pace) = (watched, 0, Pace::default());
        (self.live.interrupted, self.cut_since) = (None, None);
        let teller = Teller::new(self.job().attempt, self.news.0.clone());
        let token = CancellationToken::new();
        let stop = matches!(stage, Stage::Download(_)).then(|| token.clone());
        let future = Box::pin(self.errand.clone().run(stage, teller, progress, token));
        self.work = Some(Work { future, stop });
    }

    /// No connector can say yet how a server is told; `Rules::cancels` keeps jobs from coming here.
    fn tell_cancel(&mut self) {
        let teller = Teller::new(self.job().attempt, self.news.0.clone());
        let note = "This server has no way to be told".to_owned();
        let future: Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(async move { teller.tell(News::CancelTold { note }).await });
        self.work = Some(Work { future, stop: None });
    }

    /// Lets the work put down what it holds; what it still wants to tell is late.
    async fn stop_work(&mut self) {
        let Some(Work { mut future, stop: Some(stop) }) = self.work.take() else { return };
        stop.cancel();
        let limit = self.errand.clock.sleep(STOP_LIMIT);
        tokio::pin!(limit);
        loop {
            tokio::select! {
                biased;
                () = &mut future => return,
                Some(_late) = self.news.1.recv() => {}
                () = &mut limit => return,
            }
        }
    }

    async fn look_at_progress(&mut self) {
        self.looked_at = self.errand.clock.monotonic();
        let progress = self.progress.borrow_and_update().clone();
        let now = self.errand.clock.now();
        let notes: Vec<TimelineEntry> = progress
            .notes
            .iter()
            .skip(self.noted.max(progress.told_before))
            .map(|text| TimelineEntry { at: now, text: crate::secrets::redacted(text) })
            .collect();
        if !notes.is_empty() {
            self.noted = progress.notes.len();
            if let Err(error) = self.store.note(&self.job().wish.id, notes).await {
                tracing::warn!(%error, "timeline not written");
            }
        }
        if progress.bytes > self.live.bytes {
            self.cut_since = None;
        }
        let verifying = matches!(progress.doing, Doing::Checking | Doing::Publishing);
        let interrupted = match progress.doing {
            Doing::Resting { until, why } => {
                Some(Interrupted { since: *self.cut_since.get_or_insert(now), until, why })
            }
            Doing::Starting | Doing::Asking | Doing::Fetching | Doing::Checking | Doing::Publishing => None,
        };
        self.live = Live {
            interrupted,
            bytes: progress.bytes,
            total: progress.total,
            rate: self.pace.rate(self.errand.clock.monotonic(), progress.bytes),
            verifying,
        };
        self.show();
    }

    fn show(&self) {
        self.face.send_replace(snapshot(self.job(), &self.live));
    }
}

/// The next change, at most ten a second.
async fn next_look(
    clock: &dyn Clock,
    looked_at: Duration,
    progress: &mut watch::Receiver<Progress>,
) -> Result<(), watch::error::RecvError> {
    clock.sleep((looked_at + LOOK).saturating_sub(clock.monotonic())).await;
    progress.changed().await
}

/// The crash point right after that news is saved.
fn point_of(news: &News) -> Option<&'static str> {
    use crate::connector::RemoteState;
    match news {
        News::Submitted(_) => Some("job.submitted"),
        News::Reported(report) if report.state == RemoteState::Ready => Some("job.followed"),
        News::Resolved => Some("job.resolved"),
        News::Sending
        | News::Reported(_)
        | News::NothingYet
        | News::Landed(_)
        | News::CancelTold { .. }
        | News::Troubled { .. } => None,
    }
}
