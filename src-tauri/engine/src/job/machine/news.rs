//! What an attempt tells of a job: each piece goes to the room it belongs to, and what does not belong to the state is
//! late or repeated and changes nothing.

use jiff::Timestamp;
use landfall_wire::{AtServer, ErrorCode, Failure};

use super::{Effect, News, Remedy, Turn};
use crate::job::stage::{Download, Resolve, Stage, Submit};
use crate::job::state::State;
use crate::retry::Budget;

impl Turn<'_> {
    pub(super) fn news(&mut self, news: News) {
        match news {
            News::Sending => self.sending(),
            News::NotTaken { note } => self.not_taken(note.as_deref()),
            News::Stepped { remote_id, kept } => self.stepped(remote_id, kept),
            News::Busy { note, wait, words } => self.busy(&note, wait, words),
            News::Submitted(submitted) => self.submitted(submitted),
            News::Adopted { submitted, note } => self.taken(submitted, &note),
            News::Reported(report) => self.reported(&report),
            News::Heard { report, event_id } => self.heard(&report, event_id),
            News::Silent => self.silent(),
            News::NothingYet => self.nothing_yet(),
            News::Resolved => self.resolved(),
            News::Landed(files) => self.landed(files),
            News::Finished { extraction, notes } => self.finished(extraction, &notes),
            News::CancelTold { note } => self.cancel_told(&note),
            News::CancelHeard => self.cancel_heard(),
            News::Deleted { note } => self.deleted(&note),
            News::Troubled { failure, remedy, budget } => self.troubled(failure, remedy, budget),
        }
    }

    fn nothing_yet(&mut self) {
        let State::Active(Stage::Resolve(resolve)) = &mut self.job.state else { return };
        resolve.tries += 1;
        self.changed = true;
        if resolve.tries < self.rules.resolve_tries {
            return;
        }
        let resolve = Resolve { tries: 0, ..resolve.clone() };
        let message = "The server says the export is complete but gives no download";
        let remote = Some(resolve.remote.clone());
        self.fail(Failure::new(ErrorCode::DownloadFailed, message), Stage::Resolve(resolve), remote);
    }

    fn resolved(&mut self) {
        if let State::Active(Stage::Resolve(Resolve { remote, .. })) = &self.job.state {
            let remote = remote.clone();
            self.work_on(Stage::Download(Download { remote }));
        }
    }

    fn troubled(&mut self, failure: Failure, remedy: Remedy, budget: Budget) {
        match &self.job.state {
            State::Active(stage) => {
                let stage = stage.clone();
                self.work_troubled(stage, failure, remedy, budget);
            }
            State::Cancelling(cancel) => {
                let cancel = cancel.clone();
                self.cancel_troubled(cancel, &failure, remedy, budget);
            }
            State::Landed { at_server: AtServer::Deleting, .. } => self.delete_troubled(&failure, remedy, budget),
            State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { at_server: AtServer::Kept | AtServer::Deleted, .. } => {}
        }
    }

    fn work_troubled(&mut self, stage: Stage, failure: Failure, remedy: Remedy, budget: Budget) {
        self.stumbled(budget);
        let failure = self.told(failure);
        match remedy {
            Remedy::Rest(wait) => {
                if let Stage::Follow(follow) = &stage
                    && self.now >= follow.deadline
                {
                    let remote = stage.remote().cloned();
                    self.enter(State::Failed { failure, next: stage, remote });
                    return;
                }
                let until = self.now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                self.enter(State::Resting { stage, until, failure });
                self.effects.push(Effect::WakeAt(until));
            }
            Remedy::SignIn => self.enter(State::NeedsSignIn { stage, failure }),
            Remedy::Fail => self.work_failed(stage, failure),
        }
    }

    fn work_failed(&mut self, stage: Stage, failure: Failure) {
        match stage {
            Stage::Submit(submit) => {
                let remote = submit.remote();
                // A later step that is refused does not get better: a retry begins with the first one.
                let next = if remote.is_some() { Submit::default() } else { Submit { sent: false, ..submit } };
                self.fail(failure, Stage::Submit(next), remote);
            }
            Stage::Finish(_) => self.unfinished(failure),
            Stage::Follow(_) | Stage::Resolve(_) | Stage::Download(_) => {
                match (failure.code, stage.remote().cloned()) {
                    (ErrorCode::ResultExpired, Some(remote)) => self.enter(State::Expired { failure, remote }),
                    (ErrorCode::JobFailed, remote) => {
                        self.fail(failure, Stage::Submit(Submit::default()), remote);
                    }
                    (_, remote) => self.fail(failure, stage, remote),
                }
            }
        }
    }
}
