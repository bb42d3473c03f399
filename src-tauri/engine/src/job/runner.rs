//! Carries a job: saves what the machine decides, then does it.

use std::time::Duration;

use futures_util::future::{BoxFuture, OptionFuture};
use jiff::Timestamp;
use landfall_wire::{Failure, JobSnapshot, Method, Phase, TimelineEntry};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::work::{Errand, Task, Teller, Told};
use super::{Effect, Input, Interrupted, Job, Live, News, Order, Refusal, Rules, State, Step, snapshot, step};
use crate::changes::Face;
use crate::clock::Clock;
use crate::crash;
use crate::pace::Pace;
use crate::transfer::{Doing, Progress};

/// What moves is looked at that often: ten times a second is as fast as a face shows it.
const LOOK: Duration = Duration::from_millis(100);

/// Work that was told to stop gets that long to put down what it holds.
const STOP_LIMIT: Duration = Duration::from_millis(1500);

/// A store that refuses is asked again after that long.
const STORE_REST: Duration = Duration::from_secs(5);

/// An order on its way to the runner, with the way back.
pub(crate) type Letter = (Order, oneshot::Sender<Result<(), Refusal>>);

/// How whoever told news hears that it is saved, and the crash point in between.
type Heard = (oneshot::Sender<()>, Option<&'static str>);

/// One job being carried.
pub(crate) struct Runner {
    errand: Errand,
    rules: Rules,
    inbox: mpsc::Receiver<Letter>,
    face: Face,
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
    /// The attempt that it speaks for.
    attempt: u64,
    future: BoxFuture<'static, ()>,
    /// For work that holds something which has to be put down; all other work can be dropped at any instant.
    stop: Option<CancellationToken>,
}

impl Runner {
    /// Ready to carry the job, which is in the store already.
    pub(crate) fn new(errand: Errand, rules: Rules, inbox: mpsc::Receiver<Letter>, face: Face) -> Self {
        let (_, progress) = watch::channel(Progress::default());
        Self {
            errand,
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
            Ok(step) => (Ok(()), self.carry_out(job, step, None, stop).await),
            Err(refusal) => (Err(refusal), true),
        };
        if order == Order::LookAgain && self.live.interrupted.is_some() {
            // The download rests by itself before it tries again: it is put down and goes on at the same byte.
            self.start_work().await;
        }
        // Whoever gave the order may not wait for the answer.
        let _ = answer.send(result);
        going
    }

    async fn hear(&mut self, told: Told, stop: &CancellationToken) -> bool {
        let Told { attempt, news, saved } = told;
        if attempt != self.job().attempt {
            // It never hears that it was heard, and so goes no further.
            return true;
        }
        let mut job = self.job().clone();
        let point = point_of(&news, job.method());
        match step(&mut job, Input::News { attempt, news }, &self.rules, self.errand.clock.now()) {
            Ok(step) => {
                let fell_back = job.method() == Method::Fallback && self.job().method() == Method::Primary;
                let point = if fell_back { Some("job.fell-back") } else { point };
                self.carry_out(job, step, Some((saved, point)), stop).await
            }
            Err(refusal) => {
                tracing::debug!(%refusal, "news refused");
                true
            }
        }
    }

    async fn take(&mut self, input: Input, stop: &CancellationToken) -> bool {
        let mut job = self.job().clone();
        match step(&mut job, input, &self.rules, self.errand.clock.now()) {
            Ok(step) => self.carry_out(job, step, None, stop).await,
            Err(refusal) => {
                tracing::debug!(%refusal, "input refused");
                true
            }
        }
    }

    /// Saves the new state first and then does what it asks for; false when told to stop meanwhile. Whoever told the news
    /// hears that it is saved before the effects, so that it can put down what it holds when they take its work away.
    async fn carry_out(&mut self, job: Job, step: Step, heard: Option<Heard>, stop: &CancellationToken) -> bool {
        let now = self.errand.clock.now();
        let notes: Vec<TimelineEntry> = step
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Note(text) => Some(TimelineEntry { at: now, text: crate::secrets::redacted(text) }),
                Effect::StopWork | Effect::Work | Effect::WakeAt(_) => None,
            })
            .collect();
        if (step.changed || !notes.is_empty()) && !Box::pin(self.save(&job, notes, stop)).await {
            return false;
        }
        if job.attempt != self.job().attempt {
            self.wake = None;
        }
        self.errand.job = job;
        self.errand.urgency.set(self.job().wish.priority);
        if let Some((saved, point)) = heard {
            if let Some(point) = point {
                crash::reach(point);
            }
            // An attempt that was dropped meanwhile no longer listens.
            let _ = saved.send(());
        } else if matches!(self.job().state, State::Cancelling(_)) {
            crash::reach("job.cancel-wanted");
        }
        for effect in step.effects {
            match effect {
                Effect::Note(_) => {}
                Effect::StopWork => self.stop_work().await,
                Effect::Work => self.start_work().await,
                Effect::WakeAt(until) => {
                    let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                    self.wake = Some(self.errand.clock.sleep(wait));
                }
            }
        }
        // Work whose attempt no longer speaks for the job ends, once it has put down what it holds.
        if self.work.as_ref().is_some_and(|work| work.attempt != self.errand.job.attempt) {
            self.stop_work().await;
        }
        self.show();
        true
    }

    /// Nothing goes on that is not on disk; a store that refuses is shown, and asked until it takes it.
    async fn save(&mut self, job: &Job, notes: Vec<TimelineEntry>, stop: &CancellationToken) -> bool {
        while let Err(error) = self.errand.store.save(job, notes.clone()).await {
            let failure = Failure::from(error).with_correlation(&job.wish.correlation);
            tracing::warn!(%failure, "not saved");
            let shown = JobSnapshot { phase: Phase::Resting, error: Some(failure), ..snapshot(self.job(), &self.live) };
            self.face.show(shown);
            tokio::select! {
                () = stop.cancelled() => return false,
                () = self.errand.clock.sleep(STORE_REST) => {}
            }
        }
        true
    }

    async fn start_work(&mut self) {
        self.stop_work().await;
        let Some(task) = Task::of(&self.job().state) else { return };
        let (progress, watched) = watch::channel(Progress::default());
        (self.progress, self.noted, self.pace) = (watched, 0, Pace::default());
        (self.live.interrupted, self.cut_since) = (None, None);
        let attempt = self.job().attempt;
        let teller = Teller::new(attempt, self.news.0.clone());
        let token = CancellationToken::new();
        let stop = task.holds_something().then(|| token.clone());
        let future = Box::pin(self.errand.clone().run(task, teller, progress, token));
        self.work = Some(Work { attempt, future, stop });
    }

    /// Lets the work put down what it holds; what it still wants to tell is late.
    async fn stop_work(&mut self) {
        let Some(Work { mut future, stop: Some(stop), .. }) = self.work.take() else { return };
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
            if let Err(error) = self.errand.store.note(&self.job().wish.id, notes).await {
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
        self.face.show(snapshot(self.job(), &self.live));
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

/// The crash point right after that news is saved of a job that goes by that method.
fn point_of(news: &News, method: Method) -> Option<&'static str> {
    use crate::connector::RemoteState::Ready;
    match news {
        News::Stepped { .. } => Some("job.submit-stepped"),
        News::Submitted(_) | News::Adopted { .. } => Some(match method {
            Method::Primary => "job.submitted",
            Method::Fallback => "job.fallback-submitted",
        }),
        News::Reported(report) | News::Heard { report, .. } if report.state == Ready => Some("job.followed"),
        News::Resolved => Some("job.resolved"),
        News::Finished { .. } => Some("job.finished"),
        News::CancelHeard | News::CancelTold { .. } => Some("job.cancel-told"),
        News::Sending
        | News::NotTaken { .. }
        | News::Busy { .. }
        | News::Reported(_)
        | News::Heard { .. }
        | News::Silent
        | News::NothingYet
        | News::Landed(_)
        | News::Deleted { .. }
        | News::Troubled { .. } => None,
    }
}
