//! Carries a job: saves what the machine decides, then does it.

use std::sync::Arc;
use std::time::Duration;

use futures_channel::mpsc;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, OptionFuture};
use landfall_wire::{Failure, JobSnapshot, Method, Phase, TimelineEntry, WaitingFor};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::gauge::Gauge;
use super::work::{Errand, Task, Teller, Told};
use super::{Effect, Input, Job, Live, News, Order, Refusal, Rules, State, Step, snapshot, step};
use crate::changes::Face;
use crate::crash;

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
    inbox: mpsc::UnboundedReceiver<Letter>,
    face: Face,
    live: Live,
    news: (mpsc::UnboundedSender<Told>, mpsc::UnboundedReceiver<Told>),
    /// While a download is under way, and until other work begins.
    gauge: Option<Box<Gauge>>,
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
    pub(crate) fn new(errand: Errand, rules: Rules, inbox: mpsc::UnboundedReceiver<Letter>, face: Face) -> Self {
        let news = mpsc::unbounded();
        Self { errand, rules, inbox, face, live: Live::default(), news, gauge: None, work: None, wake: None }
    }

    /// Carries it until it is told to stop or nobody can give it orders any more. What is done about an input is boxed:
    /// a job that waits does not hold the room for it.
    pub(crate) async fn run(mut self: Box<Self>, stop: CancellationToken) {
        let clock = self.errand.clock.clone();
        let mut going = Box::pin(self.take(Input::Revived, &stop)).await;
        while going {
            going = tokio::select! {
                biased;
                () = stop.cancelled() => false,
                letter = self.inbox.next() => match letter {
                    Some((order, answer)) => Box::pin(self.obey(order, answer, &stop)).await,
                    None => false,
                },
                Some(told) = self.news.1.next() => Box::pin(self.hear(told, &stop)).await,
                Some(()) = OptionFuture::from(self.work.as_mut().map(|work| &mut work.future)) => {
                    self.work = None;
                    true
                }
                Some(()) = OptionFuture::from(self.wake.as_mut()) => {
                    self.wake = None;
                    let attempt = self.job().attempt;
                    Box::pin(self.take(Input::Rested { attempt }, &stop)).await
                }
                Some(Ok(())) = OptionFuture::from(self.gauge.as_mut().map(|gauge| gauge.changed(clock.as_ref()))) => {
                    Box::pin(self.look_at_progress()).await;
                    true
                }
            };
        }
        Box::pin(self.stop_work()).await;
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
        let mut job = Job::clone(self.job());
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
        let mut job = Job::clone(self.job());
        let point = point_of(&news, job.method());
        match step(&mut job, Input::News { attempt, news: *news }, &self.rules, self.errand.clock.now()) {
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
        let mut job = Job::clone(self.job());
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
        self.errand.job = Arc::new(job);
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
            let shown = JobSnapshot {
                phase: Phase::Resting,
                waiting_for: Some(WaitingFor::Disk),
                error: Some(failure),
                ..snapshot(self.job(), &self.live)
            };
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
        let Some((task, gauge)) = Task::of(&self.job().state) else { return };
        self.live.interrupted = None;
        let attempt = self.job().attempt;
        let teller = Teller::new(attempt, self.news.0.clone());
        let future = self.errand.clone().run(task, teller);
        let stop = gauge.as_ref().map(|gauge| gauge.stop.clone());
        self.gauge = gauge.map(Box::new);
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
                Some(_late) = self.news.1.next() => {}
                () = &mut limit => return,
            }
        }
    }

    async fn look_at_progress(&mut self) {
        let Some(gauge) = &mut self.gauge else { return };
        let notes = gauge.look(self.errand.clock.as_ref(), &mut self.live);
        if !notes.is_empty()
            && let Err(error) = self.errand.store.note(&self.job().wish.id, notes).await
        {
            tracing::warn!(%error, "timeline not written");
        }
        self.show();
    }

    fn show(&self) {
        self.face.show(snapshot(self.job(), &self.live));
    }
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
