//! Follows a job by its stream and by asking, and makes one stream of reports of both.
//!
//! While the stream is open it is believed; asking repairs: right after every opening, when something was missed, after a
//! silence, and instead of the stream while that cannot be had. So a job is never followed worse than by polling alone.

use std::pin::pin;
use std::time::Duration;

use landfall_wire::ErrorCode;

use super::ear::{Ear, Sound};
use super::end::End;
use super::poll::{Question, poll};
use crate::connector::{RemoteState, Report, StreamPlan};
use crate::job::work::{Errand, Teller};
use crate::job::{News, Remote};
use crate::site::Setback;

/// A stream that says nothing of a job for so long is checked by asking, where the connector names no other time and the
/// server can be asked for the job itself.
const SILENCE: Duration = Duration::from_mins(1);

/// How often the result is asked for while the stream cannot be had and there is nothing else to ask.
const PACE: Duration = Duration::from_secs(15);

/// So many sounds are taken while a question is on its way; who has more to say waits in its socket or in the hub.
const MEANWHILE: usize = 64;

/// Follows the job, until the work is taken away because the job has moved on.
pub(crate) async fn follow(
    errand: &Errand,
    remote: &Remote,
    last_event_id: Option<&str>,
    teller: &Teller,
) -> Result<(), Setback> {
    let Some(plan) = errand.site.connector.stream() else {
        return Box::pin(poll(errand, remote, teller)).await;
    };
    let mut follower = Follower {
        errand,
        teller,
        plan,
        remote,
        question: Question::new(errand, remote),
        ear: Some(Box::pin(Ear::open(errand, remote, plan, last_event_id)).await?),
        last_event_id: last_event_id.map(str::to_owned),
        silence: plan.silence.or(errand.site.connector.has_poll().then_some(SILENCE)),
        standing: Standing::Believed,
        was_open: false,
        asked_at: None,
        next_ask: None,
        owed: false,
    };
    follower.heard_something();
    follower.run().await
}

struct Follower<'a> {
    errand: &'a Errand,
    teller: &'a Teller,
    plan: &'a StreamPlan,
    remote: &'a Remote,
    question: Question<'a>,
    /// `None` once the stream is over.
    ear: Option<Ear>,
    /// Where a stream of its own goes on.
    last_event_id: Option<String>,
    /// No word of the job for so long: ask.
    silence: Option<Duration>,
    standing: Standing,
    /// Whether this ear has heard its stream open: only then is a refused sign-in one that has grown old.
    was_open: bool,
    /// When the last question was answered, by the monotonic clock.
    asked_at: Option<Duration>,
    /// When to ask if nothing is heard before.
    next_ask: Option<Duration>,
    /// A snapshot is wanted as soon as one may be asked for again.
    owed: bool,
}

/// What the stream is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is believed, and asking only repairs.
    Believed,
    /// It cannot be had; asking has taken over.
    Replaced,
    /// The same, until an answer shows that there is a new sign-in.
    Locked,
}

/// What was heard while a question was on its way. Only what an event means is kept: the event may be large.
enum Meanwhile {
    Report(Box<Report>, Option<String>),
    Sound(Sound),
}

impl Meanwhile {
    fn is_end(&self) -> bool {
        matches!(self, Self::Report(report, _) if report.state.is_end())
    }
}

impl Follower<'_> {
    /// What is done about a sound or a silence is boxed: a job that only listens does not hold the room for it.
    async fn run(&mut self) -> Result<(), Setback> {
        loop {
            let wait = self.due().map(|at| at.saturating_sub(self.errand.clock.monotonic()));
            // Looked at first: a stream that never stops talking would not let a timer ring.
            if wait != Some(Duration::ZERO) {
                tokio::select! {
                    biased;
                    sound = next(&mut self.ear) => {
                        Box::pin(self.hear(sound)).await;
                        continue;
                    }
                    () = rest(self.errand, wait) => {}
                }
            }
            if self.standing == Standing::Believed && !self.owed {
                self.teller.tell(News::Silent).await;
            }
            Box::pin(self.ask()).await?;
        }
    }

    /// When to ask. What a stream does is never a reason to ask more often than who only asks would.
    fn due(&self) -> Option<Duration> {
        let repair = self.owed.then(|| self.asked_at.map_or(Duration::ZERO, |at| at + self.pace()));
        [repair, self.next_ask].into_iter().flatten().min()
    }

    async fn hear(&mut self, sound: Sound) {
        match sound {
            Sound::Item(item, id) => {
                self.heard_something();
                if let Some(heard) = meanwhile(self.errand, self.remote, Sound::Item(item, id)) {
                    self.pass_on(heard).await;
                }
            }
            Sound::Unknown(kind) => {
                let kind = crate::connector::sentence(&kind);
                self.question.warn(format!("The server sent an event \"{kind}\", which this connector does not know"));
            }
            Sound::Opened => {
                (self.standing, self.was_open) = (Standing::Believed, true);
                self.heard_something();
                // Where the server cannot be asked for the job itself, it says all it knows to whoever connects.
                self.owed |= self.errand.site.connector.has_poll();
            }
            Sound::Missed => self.owed = true,
            Sound::Down { spent: true } => self.ask_from_now_on(Standing::Replaced),
            Sound::Down { spent: false } => {}
            Sound::Ended(end) => {
                tracing::debug!(why = %end.words(), "asking instead of listening");
                self.ear = None;
                let is_old = end == End::SignIn && self.was_open;
                self.ask_from_now_on(if is_old { Standing::Locked } else { Standing::Replaced });
            }
        }
    }

    fn ask_from_now_on(&mut self, standing: Standing) {
        self.owed |= self.standing == Standing::Believed;
        self.standing = standing;
    }

    /// Passes on what was understood already.
    async fn pass_on(&mut self, heard: Meanwhile) {
        match heard {
            Meanwhile::Report(report, id) => {
                let report = self.question.fresh(*report);
                self.errand.links.put(&report.parts);
                self.last_event_id = id.clone().or(self.last_event_id.take());
                self.teller.tell(News::Heard { report, event_id: id }).await;
            }
            Meanwhile::Sound(sound) => Box::pin(self.hear(sound)).await,
        }
    }

    /// Takes a snapshot. What the stream says meanwhile waits, and is passed on unless it is behind the answer.
    async fn ask(&mut self) -> Result<(), Setback> {
        self.owed = false;
        let mut waiting = Vec::new();
        let answer = {
            let mut asked = pin!(self.question.ask());
            loop {
                tokio::select! {
                    biased;
                    answer = &mut asked => break answer,
                    sound = next(&mut self.ear), if waiting.len() < MEANWHILE => {
                        waiting.extend(meanwhile(self.errand, self.remote, sound));
                        // Whatever the answer would be, it would be older.
                        if waiting.last().is_some_and(Meanwhile::is_end) {
                            break Ok(None);
                        }
                    }
                }
            }
        };
        self.asked_at = Some(self.errand.clock.monotonic());
        self.heard_something();
        let (snapshot, setback) = match answer {
            Ok(snapshot) => (snapshot, None),
            Err(setback) => (None, Some(setback)),
        };
        if let Some(report) = &snapshot {
            let report = self.question.fresh(report.clone());
            self.errand.links.put(&report.parts);
            self.teller.tell(News::Reported(report)).await;
        }
        for heard in waiting {
            match heard {
                Meanwhile::Report(report, _) if snapshot.as_ref().is_some_and(|now| is_behind(&report, now)) => {}
                heard => self.pass_on(heard).await,
            }
        }
        match setback {
            None => self.unlock().await,
            // The stream may still speak; only who has nothing else is in trouble.
            Some(setback) if self.standing == Standing::Believed && passes(&setback) => Ok(()),
            Some(setback) => Err(setback),
        }
    }

    /// Opens the stream anew once the sign-in was accepted that its own had grown too old for.
    async fn unlock(&mut self) -> Result<(), Setback> {
        if self.standing == Standing::Locked {
            self.ear = Some(Ear::open(self.errand, self.remote, self.plan, self.last_event_id.as_deref()).await?);
            (self.standing, self.was_open) = (Standing::Replaced, false);
        }
        Ok(())
    }

    /// Sets the time of the next question.
    fn heard_something(&mut self) {
        let pace = match self.standing {
            Standing::Believed => self.silence,
            Standing::Replaced | Standing::Locked => Some(self.pace()),
        };
        self.next_ask = pace.map(|pace| self.errand.clock.monotonic() + pace);
    }

    /// How long from an answer to the next question where asking is all there is.
    fn pace(&self) -> Duration {
        if self.errand.site.connector.has_poll() { self.question.pace() } else { self.plan.silence.unwrap_or(PACE) }
    }
}

/// What a sound means; nothing where it says nothing of the job's state. What cannot be read was missed.
fn meanwhile(errand: &Errand, remote: &Remote, sound: Sound) -> Option<Meanwhile> {
    let Sound::Item(item, id) = sound else { return Some(Meanwhile::Sound(sound)) };
    match errand.with_scope(Some(remote), |scope| errand.site.connector.read_item(scope, &item)) {
        Ok(report) => Some(Meanwhile::Report(Box::new(report?), id)),
        Err(failure) => {
            tracing::debug!(why = %failure, "an event that cannot be read");
            Some(Meanwhile::Sound(Sound::Missed))
        }
    }
}

/// The next sound; none from a stream that is over.
async fn next(ear: &mut Option<Ear>) -> Sound {
    match ear {
        Some(ear) => ear.next().await,
        None => std::future::pending().await,
    }
}

async fn rest(errand: &Errand, wait: Option<Duration>) {
    match wait {
        Some(wait) => errand.clock.sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// Whether a question may be answered later, though it was not now.
fn passes(setback: &Setback) -> bool {
    setback.failure.code == ErrorCode::NetworkError
}

/// Whether an event was overtaken by the answer to a question: it tells of an earlier state of work.
fn is_behind(heard: &Report, snapshot: &Report) -> bool {
    let working = |state: &RemoteState| matches!(state, RemoteState::Waiting | RemoteState::Preparing);
    working(&heard.state)
        && (!working(&snapshot.state)
            || (heard.state == RemoteState::Waiting && snapshot.state == RemoteState::Preparing)
            || heard.percent.zip(snapshot.percent).is_some_and(|(heard, snapshot)| heard < snapshot))
}
