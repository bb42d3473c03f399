//! The way from a wish to a job on the server, step by step.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};

use super::{Effect, Turn};
use crate::connector::{Kept, Submitted};
use crate::job::stage::{Cancel, Follow, Remote, Stage, Submit};
use crate::job::state::State;

impl Turn<'_> {
    /// The request under way, also while its job is being cancelled. The same attempt goes on, so it is not fenced off.
    fn submit(&mut self) -> Option<&mut Submit> {
        match &mut self.job.state {
            State::Active(Stage::Submit(submit)) | State::Cancelling(Cancel::Learn(submit)) => Some(submit),
            State::Active(Stage::Follow(_) | Stage::Resolve(_) | Stage::Download(_) | Stage::Finish(_))
            | State::Cancelling(Cancel::Tell(_) | Cancel::Await { .. })
            | State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { .. } => None,
        }
    }

    pub(super) fn sending(&mut self) {
        if let Some(submit) = self.submit() {
            submit.sent = true;
            self.changed = true;
        }
    }

    pub(super) fn not_taken(&mut self, note: Option<&str>) {
        let Some(submit) = self.submit() else { return };
        submit.sent = false;
        self.changed = true;
        if let Some(note) = note {
            self.note(note);
        }
        self.nothing_left_to_cancel("Cancelled; the server had not taken the request");
    }

    pub(super) fn stepped(&mut self, remote_id: Option<String>, kept: Kept) {
        let Some(submit) = self.submit() else { return };
        submit.sent = false;
        submit.step += 1;
        submit.remote_id = remote_id.or(submit.remote_id.take());
        submit.kept.extend(kept);
        let (done, remote) = (submit.step, submit.remote());
        self.changed = true;
        self.went_forward();
        self.note(&match &remote {
            Some(remote) => format!("Step {done} of the request is done; the server's job is {}", remote.id),
            None => format!("Step {done} of the request is done"),
        });
        if let (State::Cancelling(_), Some(remote)) = (&self.job.state, remote) {
            self.tell_cancel(remote);
        }
    }

    pub(super) fn busy(&mut self, note: &str, wait: Duration, words: Option<String>) {
        let Some(submit) = self.submit() else { return };
        let submit = Submit { sent: false, ..submit.clone() };
        self.went_forward();
        if let State::Cancelling(_) = self.job.state {
            self.nothing_left_to_cancel("Cancelled; the server took no requests then, and it had not taken this one");
            return;
        }
        self.note(note);
        let until = self.now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        self.enter(State::Queued { submit, until, words });
        self.effects.push(Effect::WakeAt(until));
    }

    pub(super) fn submitted(&mut self, submitted: Submitted) {
        let note = format!("The server has taken it as {}", submitted.remote_id);
        self.taken(submitted, &note);
    }

    pub(super) fn taken(&mut self, submitted: Submitted, note: &str) {
        let Some(submit) = self.submit() else { return };
        let mut remote = Remote::new(submitted.remote_id, std::mem::take(&mut submit.kept));
        remote.keep(&submitted.kept);
        self.went_forward();
        self.note(note);
        if let State::Cancelling(_) = self.job.state {
            self.tell_cancel(remote);
            return;
        }
        let follow = Follow::new(remote, self.now, self.rules.wait());
        match submitted.report {
            Some(report) if report.state.is_end() => {
                self.fence();
                self.follow_on(follow, &report);
            }
            Some(report) => {
                self.work_on(Stage::Follow(follow.clone()));
                self.follow_on(follow, &report);
            }
            None => self.work_on(Stage::Follow(follow)),
        }
    }

    /// The program or the network ended between the request and its answer, and the server cannot be asked.
    pub(super) fn lost_sight_of_it(&mut self) {
        let message = "It is not known whether the server took the request before it was interrupted";
        let failure = Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(
            "Look on the server whether the job is there, and adopt it with `landfall adopt`; `landfall retry` sends the request a second time",
        );
        self.fail(failure, Stage::Submit(Submit::default()), None);
    }
}
