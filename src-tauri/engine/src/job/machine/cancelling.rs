//! A person cancelled it: from the wish to the server's last word.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::Failure;

use super::orders::refuse;
use super::{Effect, Refusal, Remedy, Turn};
use crate::connector::Report;
use crate::job::cancelling::last_words;
use crate::job::stage::{Cancel, Remote, Stage, Submit};
use crate::job::state::State;
use crate::retry::Budget;

/// A server that was told gets that long to stop, after which our job ends whatever becomes of its own.
const STOP_LIMIT: Duration = Duration::from_mins(5);

impl Turn<'_> {
    pub(super) fn cancel(&mut self) -> Result<(), Refusal> {
        match &self.job.state {
            State::Cancelling(_) | State::Cancelled { .. } => Ok(()),
            State::Landed { .. } => refuse("It has landed already; the file stays where it is"),
            State::Expired { .. } => refuse("It has ended already: the server no longer has the result"),
            State::Failed { next: Stage::Follow(follow), .. } => {
                // It ran out of our time only: the server may still be at it.
                let remote = follow.remote.clone();
                self.cancel_there(remote);
                Ok(())
            }
            State::Failed { remote, .. } => {
                let remote = remote.clone();
                self.note("Cancelled; a retry is no longer wanted");
                self.enter(State::Cancelled { remote });
                Ok(())
            }
            State::Queued { submit, .. } => {
                let submit = submit.clone();
                self.cancel_request(submit);
                Ok(())
            }
            State::Active(stage)
            | State::Paused { stage }
            | State::Resting { stage, .. }
            | State::NeedsSignIn { stage, .. } => match stage.clone() {
                Stage::Finish(_) => refuse("It has landed already; the file stays where it is"),
                Stage::Submit(submit) => {
                    self.cancel_request(submit);
                    Ok(())
                }
                stage @ (Stage::Follow(_) | Stage::Resolve(_) | Stage::Download(_)) => {
                    if let Some(remote) = stage.remote() {
                        self.cancel_there(remote.clone());
                    }
                    Ok(())
                }
            },
        }
    }

    /// Nothing is known of a job on the server yet, or only by a step.
    fn cancel_request(&mut self, submit: Submit) {
        if let Some(remote) = submit.remote() {
            self.cancel_there(remote);
            return;
        }
        self.stop_work();
        if !submit.sent {
            self.note("Cancelled before the server had taken it");
            self.enter(State::Cancelled { remote: None });
        } else if self.rules.cancels && (self.rules.idempotent || self.can_look_for_it()) {
            // Its id is needed to cancel it.
            self.note("Cancel wanted");
            self.go_on_cancelling_as(Cancel::Learn(submit));
        } else {
            self.note("Cancelled here; the server may have taken the request and cannot be told, so look there");
            self.enter(State::Cancelled { remote: None });
        }
    }

    fn cancel_there(&mut self, remote: Remote) {
        self.stop_work();
        if self.rules.cancels {
            self.note("Cancel wanted");
            self.go_on_cancelling_as(Cancel::Tell(remote));
        } else {
            self.note("Cancelled here; this server has no way to be told, so its own job goes on there");
            self.enter(State::Cancelled { remote: Some(remote) });
        }
    }

    /// The id was learned: now the server is told.
    pub(super) fn tell_cancel(&mut self, remote: Remote) {
        self.go_on_cancelling_as(Cancel::Tell(remote));
    }

    fn go_on_cancelling_as(&mut self, cancel: Cancel) {
        self.enter(State::Cancelling(cancel.clone()));
        self.go_on_cancelling(cancel);
    }

    pub(super) fn go_on_cancelling(&mut self, cancel: Cancel) {
        match cancel {
            Cancel::Learn(_) | Cancel::Tell(_) => self.effects.push(Effect::Work),
            Cancel::Await { remote, until } => {
                if self.now >= until {
                    self.note("Cancelled; the server was told, but has not said that it stopped");
                    self.stop_work();
                    self.enter(State::Cancelled { remote: Some(remote) });
                } else {
                    self.effects.push(Effect::Work);
                    self.effects.push(Effect::WakeAt(until));
                }
            }
        }
    }

    /// There is no job on the server: the cancel is at its end.
    pub(super) fn nothing_left_to_cancel(&mut self, note: &str) {
        if let State::Cancelling(_) = self.job.state {
            self.note(note);
            self.enter(State::Cancelled { remote: None });
        }
    }

    pub(super) fn cancel_told(&mut self, note: &str) {
        if let State::Cancelling(cancel) = &self.job.state {
            let remote = cancel.remote().cloned();
            self.went_forward();
            self.note(note);
            self.enter(State::Cancelled { remote });
        }
    }

    pub(super) fn cancel_heard(&mut self) {
        if let State::Cancelling(Cancel::Tell(remote)) = &self.job.state {
            let remote = remote.clone();
            self.went_forward();
            self.note("The server was told to stop its job");
            let until = self.now.saturating_add(STOP_LIMIT).unwrap_or(Timestamp::MAX);
            self.go_on_cancelling_as(Cancel::Await { remote, until });
        }
    }

    /// What the server says of a job that it was told to stop.
    pub(super) fn awaited(&mut self, report: &Report) {
        self.went_forward();
        if !report.unchanged && report.state.is_end() {
            self.cancel_told(&last_words(&report.state));
        }
    }

    pub(super) fn cancel_troubled(&mut self, cancel: Cancel, failure: &Failure, remedy: Remedy, budget: Budget) {
        self.stumbled(budget);
        match remedy {
            Remedy::Rest(wait) => {
                // The attempt changes hands, so that only this timer wakes it.
                self.enter(State::Cancelling(cancel));
                let until = self.now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                self.effects.push(Effect::WakeAt(until));
            }
            Remedy::SignIn | Remedy::Fail => {
                self.note(&format!("Cancelled here; the server could not be told: {}", failure.message));
                self.enter(State::Cancelled { remote: cancel.remote().cloned() });
            }
        }
    }
}
