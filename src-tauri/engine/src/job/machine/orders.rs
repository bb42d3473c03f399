//! What a person wants of a job.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::ErrorCode;

use super::{Order, Refusal, Turn};
use crate::job::stage::{Stage, Submit, Wait};
use crate::job::state::State;
use crate::job::wish::Priority;
use crate::transfer::{self, Clash};

impl Turn<'_> {
    pub(super) fn order(&mut self, order: Order) -> Result<(), Refusal> {
        match order {
            Order::Cancel => self.cancel(),
            Order::Pause => self.pause(),
            Order::Resume => self.resume(),
            Order::Retry => self.retry(),
            Order::RetryAsNew => self.retry_as_new(),
            Order::Prioritize(priority) => self.prioritize(priority),
            Order::Settle(clash) => self.settle(clash),
            Order::Extend(limit) => self.extend(limit),
            Order::SignedIn => {
                if let State::NeedsSignIn { stage, .. } = &self.job.state {
                    self.go_on(stage.clone(), "Signed in again");
                }
                Ok(())
            }
            Order::LookAgain => {
                self.look_again();
                Ok(())
            }
            Order::Delete => self.delete(),
        }
    }

    fn pause(&mut self) -> Result<(), Refusal> {
        let stage = match &self.job.state {
            State::Active(stage) | State::Resting { stage, .. } | State::NeedsSignIn { stage, .. } => stage.clone(),
            State::Queued { submit, .. } => Stage::Submit(submit.clone()),
            State::Paused { .. } => return Ok(()),
            State::Cancelling(_) => return refuse("It is being cancelled"),
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
            State::Paused { stage: Stage::Submit(submit) } if !submit.sent && submit.step == 0 => {
                let submit = submit.clone();
                self.went_forward();
                self.note("Resumed");
                self.submit_in_time(submit);
                Ok(())
            }
            State::Paused { stage } | State::Resting { stage, .. } | State::NeedsSignIn { stage, .. } => {
                self.go_on(stage.clone(), "Resumed");
                Ok(())
            }
            State::Queued { submit, .. } => {
                let submit = submit.clone();
                self.submit_now(submit, "Resumed");
                Ok(())
            }
            State::Active(_) => Ok(()),
            State::Cancelling(_) => refuse("It is being cancelled"),
            State::Failed { .. } => refuse("It has failed; use retry"),
            State::Cancelled { .. } | State::Expired { .. } | State::Landed { .. } => {
                refuse("It has ended already; request it again if it is still wanted")
            }
        }
    }

    /// Now rather than then: the time that was set is over for good.
    fn submit_now(&mut self, submit: Submit, note: &str) {
        if self.job.wish.not_before.is_some() {
            Arc::make_mut(&mut self.job.wish).not_before = None;
        }
        self.go_on(Stage::Submit(submit), note);
    }

    fn retry(&mut self) -> Result<(), Refusal> {
        match &self.job.state {
            State::Failed { next, failure, remote } => {
                let next = if crate::transfer::is_sent_so(failure) {
                    Stage::Submit(Submit::default())
                } else {
                    self.renewed(next.clone())
                };
                // A request that no job came of is the same request; what failed on the server is asked for anew.
                let same_request = failure.code == ErrorCode::JobCreationFailed && remote.is_none();
                let anew = matches!(next, Stage::Submit(_)) && !same_request;
                if anew {
                    self.begin_anew();
                }
                self.go_on(next, if anew { "Retried as a new job on the server" } else { "Retried" });
                Ok(())
            }
            State::Expired { .. } => {
                self.begin_anew();
                self.go_on(Stage::Submit(Submit::default()), "Retried as a new job on the server");
                Ok(())
            }
            State::Resting { stage, .. } | State::NeedsSignIn { stage, .. } | State::Paused { stage } => {
                self.go_on(stage.clone(), "Retried");
                Ok(())
            }
            State::Queued { submit, .. } => {
                let submit = submit.clone();
                self.submit_now(submit, "Retried");
                Ok(())
            }
            State::Active(_) => refuse("It is under way already"),
            State::Cancelling(_) | State::Cancelled { .. } => {
                refuse("It was cancelled; request it again if it is still wanted")
            }
            State::Landed { .. } => self.extract_again(),
        }
    }

    fn retry_as_new(&mut self) -> Result<(), Refusal> {
        match &self.job.state {
            State::Failed { next: Stage::Finish(_), .. } => refuse("Its file has landed; use retry to do the rest"),
            State::Failed { .. } | State::Expired { .. } => {
                self.begin_anew();
                self.go_on(Stage::Submit(Submit::default()), "Retried as a new job on the server");
                Ok(())
            }
            State::Active(_)
            | State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. } => refuse("It goes on with the job that the server has; cancel that one first"),
            State::Cancelling(_) | State::Cancelled { .. } => {
                refuse("It was cancelled; request it again if it is still wanted")
            }
            State::Landed { .. } => refuse("It has landed; request it again if it is wanted once more"),
        }
    }

    fn prioritize(&mut self, priority: Priority) -> Result<(), Refusal> {
        if self.job.state.is_end() {
            return refuse("It has ended already, so it waits for no turn");
        }
        if self.job.wish.priority != priority {
            Arc::make_mut(&mut self.job.wish).priority = priority;
            self.changed = true;
            self.note(&format!("Priority set to {priority}"));
        }
        Ok(())
    }

    /// Said before the file is here, it holds for when it is.
    fn settle(&mut self, clash: Clash) -> Result<(), Refusal> {
        if self.job.state.is_end() || !self.job.state.files().is_empty() {
            return refuse("It has ended already, so it waits for no name");
        }
        if self.job.wish.clash != Some(clash) {
            Arc::make_mut(&mut self.job.wish).clash = Some(clash);
            self.changed = true;
        }
        let note = match clash {
            Clash::Number => "If its name is in use, it gets a number",
            Clash::Skip => "If its name is in use, the file that is there stays",
            Clash::Replace => "If its name is in use, it replaces the file that is there",
        };
        match &self.job.state {
            State::Resting { stage, failure, .. } if transfer::name_in_use_of(failure).is_some() => {
                self.go_on(stage.clone(), note);
            }
            _ => self.note(note),
        }
        Ok(())
    }

    /// A job that ran out of time is waited for as long again.
    fn renewed(&self, stage: Stage) -> Stage {
        match stage {
            Stage::Follow(follow) if follow.deadline <= self.now || follow.polls_left == Some(0) => {
                Stage::Follow(follow.again(self.now, self.rules.wait()))
            }
            Stage::Follow(_) | Stage::Submit(_) | Stage::Resolve(_) | Stage::Download(_) | Stage::Finish(_) => stage,
        }
    }

    /// After a sleep or on another network sockets are dead and waits are pointless. A request or a download that is
    /// under way notices that by itself; cutting it off could only make its fate unknown.
    fn look_again(&mut self) {
        match &self.job.state {
            State::Active(stage @ Stage::Follow(_)) | State::Resting { stage, .. } => {
                let stage = stage.clone();
                self.stop_work();
                self.work_on(stage);
            }
            State::Queued { submit, .. } => {
                let submit = submit.clone();
                self.submit_in_time(submit);
            }
            State::Cancelling(cancel) => {
                let cancel = cancel.clone();
                self.stop_work();
                self.enter(State::Cancelling(cancel.clone()));
                self.go_on_cancelling(cancel);
            }
            State::Active(Stage::Submit(_) | Stage::Resolve(_) | Stage::Download(_) | Stage::Finish(_))
            | State::Paused { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { .. } => {}
        }
    }

    fn extend(&mut self, limit: Duration) -> Result<(), Refusal> {
        let until = self.now.saturating_add(limit).unwrap_or(Timestamp::MAX);
        match &mut self.job.state {
            State::Failed { next: Stage::Follow(follow), .. } => {
                // From here on the time alone counts, and no longer how often is asked.
                let follow = follow.clone().again(self.now, Wait { limit, polls: None });
                self.go_on(Stage::Follow(follow), &format!("Waited for on the same server job until {until:.0}"));
                Ok(())
            }
            State::Active(Stage::Follow(follow))
            | State::Paused { stage: Stage::Follow(follow) }
            | State::Resting { stage: Stage::Follow(follow), .. }
            | State::NeedsSignIn { stage: Stage::Follow(follow), .. } => {
                follow.deadline = follow.deadline.max(until);
                follow.polls_left = None;
                self.changed = true;
                self.note(&format!("Waited for until {until:.0}"));
                Ok(())
            }
            State::Active(_)
            | State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelling(_)
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { .. } => refuse("It does not wait for the server, so there is no limit to extend"),
        }
    }
}

pub(super) fn refuse(why: &str) -> Result<(), Refusal> {
    Err(Refusal { why: why.to_owned() })
}
