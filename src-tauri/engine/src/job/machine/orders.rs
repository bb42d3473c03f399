//! What a person wants of a job.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::ErrorCode;

use super::{Effect, Order, Refusal, Turn};
use crate::job::state::{Follow, Stage, State, Submit};

impl Turn<'_> {
    pub(super) fn order(&mut self, order: Order) -> Result<(), Refusal> {
        match order {
            Order::Cancel => self.cancel(),
            Order::Pause => self.pause(),
            Order::Resume => self.resume(),
            Order::Retry => self.retry(),
            Order::Extend(limit) => self.extend(limit),
            Order::SignedIn => {
                if let State::NeedsSignIn { stage, .. } = &self.job.state {
                    self.go_on(stage.clone(), "Signed in again");
                }
                Ok(())
            }
        }
    }

    fn cancel(&mut self) -> Result<(), Refusal> {
        let remote = match &self.job.state {
            State::Cancelling { .. } | State::Cancelled { .. } => return Ok(()),
            State::Landed { .. } => {
                return refuse("It has landed already; the file stays where it is");
            }
            State::Expired { .. } => {
                return refuse("It has ended already: the server no longer has the result");
            }
            State::Failed { remote, .. } => {
                let remote = remote.clone();
                self.note("Cancelled; a retry is no longer wanted");
                self.enter(State::Cancelled { remote });
                return Ok(());
            }
            State::Active(stage)
            | State::Paused { stage }
            | State::Resting { stage, .. }
            | State::NeedsSignIn { stage, .. } => stage.remote().cloned(),
        };
        self.stop_work();
        if let Some(Stage::Submit(Submit { sent: false })) = self.job.state.stage() {
            self.note("Cancelled before it was sent");
            self.enter(State::Cancelled { remote: None });
            return Ok(());
        }
        if !self.rules.cancels {
            let note = "Cancelled here; this server has no way to be told, so its own job goes on there";
            self.note(note);
            self.enter(State::Cancelled { remote });
            return Ok(());
        }
        self.note("Cancel wanted");
        self.enter(State::Cancelling { remote: remote.clone() });
        // Without the server's id the submit is repeated under the same key to learn it, and then cancelled.
        self.effects.push(remote.map_or(Effect::Work, Effect::TellCancel));
        Ok(())
    }

    fn pause(&mut self) -> Result<(), Refusal> {
        let stage = match &self.job.state {
            State::Active(stage) | State::Resting { stage, .. } | State::NeedsSignIn { stage, .. } => stage.clone(),
            State::Paused { .. } => return Ok(()),
            State::Cancelling { .. } => return refuse("It is being cancelled"),
            State::Cancelled { .. } | State::Failed { .. } | State::Expired { .. } | State::Landed { .. } => {
                return refuse("It has ended already, so there is nothing to pause");
            }
        };
        self.stop_work();
        self.note("Paused");
        self.enter(State::Paused { stage });
        Ok(())
    }

    fn resume(&mut self) -> Result<(), Refusal> {
        match &self.job.state {
            State::Paused { stage } | State::Resting { stage, .. } | State::NeedsSignIn { stage, .. } => {
                self.go_on(stage.clone(), "Resumed");
                Ok(())
            }
            State::Active(_) => Ok(()),
            State::Cancelling { .. } => refuse("It is being cancelled"),
            State::Failed { .. } => refuse("It has failed; use retry"),
            State::Cancelled { .. } | State::Expired { .. } | State::Landed { .. } => {
                refuse("It has ended already; request it again if it is still wanted")
            }
        }
    }

    fn retry(&mut self) -> Result<(), Refusal> {
        match &self.job.state {
            State::Failed { next, failure, .. } => {
                let next = self.renewed(next.clone());
                let anew = matches!(next, Stage::Submit(_)) && failure.code != ErrorCode::JobCreationFailed;
                if anew {
                    self.job.round += 1;
                }
                self.go_on(next, if anew { "Retried as a new job on the server" } else { "Retried" });
                Ok(())
            }
            State::Expired { .. } => {
                self.job.round += 1;
                self.go_on(Stage::Submit(Submit { sent: false }), "Retried as a new job on the server");
                Ok(())
            }
            State::Resting { stage, .. } | State::NeedsSignIn { stage, .. } | State::Paused { stage } => {
                self.go_on(stage.clone(), "Retried");
                Ok(())
            }
            State::Active(_) => refuse("It is under way already"),
            State::Cancelling { .. } | State::Cancelled { .. } => {
                refuse("It was cancelled; request it again if it is still wanted")
            }
            State::Landed { .. } => refuse("It has landed already; `landfall verify` proves it again"),
        }
    }

    /// A job that ran out of time is waited for as long again.
    fn renewed(&self, stage: Stage) -> Stage {
        match stage {
            Stage::Follow(follow) if follow.deadline <= self.now => {
                Stage::Follow(Follow::new(follow.remote, self.now, self.rules.deadline))
            }
            other => other,
        }
    }

    fn extend(&mut self, limit: Duration) -> Result<(), Refusal> {
        let until = self.now.saturating_add(limit).unwrap_or(Timestamp::MAX);
        match &mut self.job.state {
            State::Failed { next: Stage::Follow(follow), .. } => {
                let follow = Follow::new(follow.remote.clone(), self.now, limit);
                self.go_on(Stage::Follow(follow), &format!("Waited for on the same server job until {until:.0}"));
                Ok(())
            }
            State::Active(Stage::Follow(follow))
            | State::Paused { stage: Stage::Follow(follow) }
            | State::Resting { stage: Stage::Follow(follow), .. }
            | State::NeedsSignIn { stage: Stage::Follow(follow), .. } => {
                follow.deadline = follow.deadline.max(until);
                self.changed = true;
                self.note(&format!("Waited for until {until:.0}"));
                Ok(())
            }
            State::Active(_)
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelling { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { .. } => refuse("It does not wait for the server, so there is no limit to extend"),
        }
    }
}

fn refuse(why: &str) -> Result<(), Refusal> {
    Err(Refusal { why: why.to_owned() })
}
