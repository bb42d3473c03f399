//! The one place that changes a job's state: an input goes in, a new state and effects come out.
//!
//! Pure: no clock, socket, task or database handle. The runner saves the new state first and then carries the effects
//! out, so that a crash repeats an effect and never loses one. A person's orders outrank everything else; news of an
//! attempt that may no longer speak for the job changes nothing.

mod cancelling;
mod ending;
mod following;
mod inputs;
mod news;
mod orders;
mod submitting;

use jiff::Timestamp;
use landfall_wire::{AtServer, Failure};

pub use inputs::{Effect, Input, News, Order, Refusal, Remedy, Rules, Step};

use super::stage::{Stage, Submit};
use super::state::{Job, Route, State};
use crate::retry::Budget;

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
            State::Queued { submit, .. } => self.work_on(Stage::Submit(submit.clone())),
            State::Active(Stage::Follow(follow)) => {
                let follow = follow.clone();
                self.looked_at_the_clock(follow);
            }
            State::Cancelling(cancel) => {
                let cancel = cancel.clone();
                self.go_on_cancelling(cancel);
            }
            State::Landed { at_server: AtServer::Deleting, .. } => self.effects.push(Effect::Work),
            State::Active(Stage::Submit(_) | Stage::Resolve(_) | Stage::Download(_) | Stage::Finish(_))
            | State::Paused { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { at_server: AtServer::Kept | AtServer::Deleted, .. } => {}
        }
    }

    fn revived(&mut self) {
        match &self.job.state {
            // What went wrong before the restart may be over; it is asked at once.
            State::Active(stage) | State::Resting { stage, .. } => {
                let stage = stage.clone();
                self.work_on(stage);
            }
            State::Queued { submit, .. } => self.submit_in_time(submit.clone()),
            State::Cancelling(cancel) => {
                let cancel = cancel.clone();
                self.enter(State::Cancelling(cancel.clone()));
                self.go_on_cancelling(cancel);
            }
            State::Landed { at_server: AtServer::Deleting, .. } => {
                self.fence();
                self.effects.push(Effect::Work);
            }
            State::Paused { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { at_server: AtServer::Kept | AtServer::Deleted, .. } => {}
        }
    }

    /// Sends the request now, or when the time comes that a person has set.
    fn submit_in_time(&mut self, submit: Submit) {
        match self.job.wish.not_before.filter(|time| *time > self.now) {
            Some(until) => {
                self.enter(State::Queued { submit, until, words: None });
                self.effects.push(Effect::WakeAt(until));
            }
            None => self.work_on(Stage::Submit(submit)),
        }
    }

    fn go_on(&mut self, stage: Stage, note: &str) {
        self.went_forward();
        self.stop_work();
        self.note(note);
        self.work_on(stage);
    }

    /// A request whose fate is unknown is looked for or repeated under its key; where neither can be done, a person
    /// has to say so first.
    fn work_on(&mut self, mut stage: Stage) {
        if let Stage::Submit(submit) = &stage
            && submit.is_fate_unknown()
            && !self.rules.idempotent
            && !self.can_look_for_it()
        {
            self.lost_sight_of_it();
            return;
        }
        let alarm = match &mut stage {
            Stage::Follow(follow) => {
                follow.silent = false;
                Some(self.next_alarm(follow))
            }
            Stage::Submit(_) | Stage::Resolve(_) | Stage::Download(_) | Stage::Finish(_) => None,
        };
        self.enter(State::Active(stage));
        self.effects.push(Effect::Work);
        self.effects.extend(alarm.map(Effect::WakeAt));
    }

    /// Lists tell of the connector's own submit only.
    fn can_look_for_it(&self) -> bool {
        self.rules.lists
            && match &self.job.route {
                Route::Primary => true,
                Route::Fallback { .. } => false,
            }
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
        self.changed = true;
    }

    /// Every new state fences off the attempt that led to it.
    fn enter(&mut self, state: State) {
        self.job.state = state;
        self.fence();
    }

    fn fence(&mut self) {
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
