//! The one place that changes a job's state: an input goes in, a new state and effects come out.
//!
//! Pure: no clock, socket, task or database handle. The runner saves the new state first and then carries the effects
//! out, so that a crash repeats an effect and never loses one. A person's orders outrank everything else; news of an
//! attempt that may no longer speak for the job changes nothing.

mod news;
mod orders;

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};

use super::state::{Job, LandedFile, Remote, Stage, State, Submit};
use crate::connector::{Report, Submitted};
use crate::retry::Budget;

/// What the connector says about time and abilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long the server may take.
    pub deadline: Duration,
    /// Without news for longer than this the job is shown as stalled.
    pub stall_after: Option<Duration>,
    /// How often there may be nothing to download yet, though the server is done.
    pub resolve_tries: u32,
    /// Whether the server can be told to stop.
    pub cancels: bool,
    /// Whether the server tells a repeated submit from a new one.
    pub idempotent: bool,
}

/// What happens to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A person wants something.
    Order(Order),
    /// An attempt tells something.
    News {
        /// Which attempt speaks.
        attempt: u64,
        /// What it tells.
        news: News,
    },
    /// The rest is over, by the timer of that attempt.
    Rested {
        /// Which attempt set the timer.
        attempt: u64,
    },
    /// The program has started and found the job.
    Revived,
}

/// What a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Stop for now.
    Pause,
    /// Go on.
    Resume,
    /// Stop for good, on the server too where it can be told.
    Cancel,
    /// Try again what failed.
    Retry,
    /// Wait that much longer for the same job on the server.
    Extend(Duration),
    /// The sign-in was renewed.
    SignedIn,
}

/// What an attempt tells.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The request is about to be sent.
    Sending,
    /// The server has taken the request.
    Submitted(Submitted),
    /// The server tells of its job.
    Reported(Report),
    /// The server has nothing to download yet.
    NothingYet,
    /// The server has told where the download is.
    Resolved,
    /// The file is under its final name.
    Landed(Vec<LandedFile>),
    /// The server has been told to stop, or had ended already.
    CancelTold {
        /// What is to be noted about it.
        note: String,
    },
    /// Something went wrong.
    Troubled {
        /// What.
        failure: Failure,
        /// What the retry judge says.
        remedy: Remedy,
        /// The tries that it has left.
        budget: Budget,
    },
}

/// What is to be done about a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Try again after that long.
    Rest(Duration),
    /// Wait for a sign-in.
    SignIn,
    /// Nothing, by itself.
    Fail,
}

/// What the runner has to do once the new state is saved.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Drop whatever is under way for the job.
    StopWork,
    /// Do what the stage wants, as the job's present attempt.
    Work,
    /// Tell the server to stop.
    TellCancel(Remote),
    /// Come back with `Rested` at that moment.
    WakeAt(Timestamp),
    /// Write a line into the timeline.
    Note(String),
}

/// The new state's effects, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// What to do.
    pub effects: Vec<Effect>,
    /// Whether anything worth saving changed.
    pub changed: bool,
}

/// Why an order makes no sense now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// In words, with what to do instead.
    pub why: String,
}

/// Takes one input.
pub fn step(job: &mut Job, input: Input, rules: &Rules, now: Timestamp) -> Result<Step, Refusal> {
    let mut turn = Turn { job, rules, now, effects: Vec::new(), changed: false };
    match input {
        Input::Order(order) => turn.order(order)?,
        Input::News { attempt, news } => {
            if attempt == turn.job.attempt {
                turn.news(news);
            }
        }
        Input::Rested { attempt } => {
            if attempt == turn.job.attempt {
                turn.rested();
            }
        }
        Input::Revived => turn.revived(),
    }
    let step = Step { effects: turn.effects, changed: turn.changed };
    if step.changed {
        job.updated_at = now;
    }
    Ok(step)
}

struct Turn<'a> {
    job: &'a mut Job,
    rules: &'a Rules,
    now: Timestamp,
    effects: Vec<Effect>,
    changed: bool,
}

impl Turn<'_> {
    fn rested(&mut self) {
        match &self.job.state {
            State::Resting { stage, .. } => self.work_on(stage.clone()),
            State::Cancelling { remote } => {
                let effect = remote.clone().map_or(Effect::Work, Effect::TellCancel);
                self.effects.push(effect);
            }
            State::Active(_)
            | State::Paused { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { .. } => {}
        }
    }

    fn revived(&mut self) {
        match &self.job.state {
            State::Active(Stage::Submit(Submit { sent: true })) if !self.rules.idempotent => {
                let message = "It is not known whether the server took the request before the program ended";
                let failure = Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(
                    "Look on the server whether the job is there; `landfall retry` sends the request a second time",
                );
                let failure = self.told(failure);
                let next = Stage::Submit(Submit { sent: false });
                self.enter(State::Failed { failure, next, remote: None });
            }
            // What went wrong before the restart may be over; it is asked at once.
            State::Active(stage) | State::Resting { stage, .. } => {
                let stage = stage.clone();
                self.work_on(stage);
            }
            State::Cancelling { remote } => {
                let remote = remote.clone();
                self.enter(State::Cancelling { remote: remote.clone() });
                self.effects.push(remote.map_or(Effect::Work, Effect::TellCancel));
            }
            State::Paused { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { .. } => {}
        }
    }

    fn go_on(&mut self, stage: Stage, note: &str) {
        self.went_forward();
        self.stop_work();
        self.note(note);
        self.work_on(stage);
    }

    fn work_on(&mut self, stage: Stage) {
        self.enter(State::Active(stage));
        self.effects.push(Effect::Work);
    }

    /// All tries are there again.
    fn went_forward(&mut self) {
        self.changed |= self.job.budget.used() > 0 || self.job.troubled_since.is_some();
        self.job.budget.refill();
        self.job.troubled_since = None;
    }

    /// Something went wrong, with so many tries used since something last went forward.
    fn stumbled(&mut self, budget: Budget) {
        if budget.used() <= 1 || self.job.troubled_since.is_none() {
            self.job.troubled_since = Some(self.now);
        }
        self.job.budget = budget;
    }

    /// Every new state fences off the attempt that led to it.
    fn enter(&mut self, state: State) {
        self.job.state = state;
        self.job.attempt += 1;
        self.changed = true;
    }

    fn stop_work(&mut self) {
        self.effects.push(Effect::StopWork);
    }

    fn note(&mut self, text: &str) {
        self.effects.push(Effect::Note(text.to_owned()));
    }

    fn told(&self, failure: Failure) -> Failure {
        failure.with_correlation(&self.job.wish.correlation)
    }
}
