//! What an attempt tells of a job.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};

use super::{Effect, News, Remedy, Turn};
use crate::connector::{RemoteState, Report, Submitted};
use crate::job::state::{Download, Follow, Remote, Resolve, Stage, State, Submit};
use crate::retry::Budget;

impl Turn<'_> {
    pub(super) fn news(&mut self, news: News) {
        match (&self.job.state, news) {
            (State::Active(Stage::Submit(_)), News::Sending) => {
                // The same attempt goes on, so it is not fenced off.
                self.job.state = State::Active(Stage::Submit(Submit { sent: true }));
                self.changed = true;
            }
            (State::Active(Stage::Submit(_)), News::Submitted(submitted)) => self.submitted(submitted),
            (State::Active(Stage::Follow(follow)), News::Reported(report)) => {
                let follow = follow.clone();
                self.reported(follow, &report);
            }
            (State::Active(Stage::Resolve(resolve)), News::NothingYet) => {
                let resolve = Resolve { tries: resolve.tries + 1, ..resolve.clone() };
                self.nothing_yet(resolve);
            }
            (State::Active(Stage::Resolve(Resolve { remote, .. })), News::Resolved) => {
                let remote = remote.clone();
                self.work_on(Stage::Download(Download { remote }));
            }
            (State::Active(Stage::Download(Download { remote })), News::Landed(files)) => {
                let remote = remote.clone();
                self.enter(State::Landed { remote, files });
            }
            (State::Active(stage), News::Troubled { failure, remedy, budget }) => {
                let stage = stage.clone();
                self.troubled(stage, failure, remedy, budget);
            }
            (State::Cancelling { remote: None }, News::Submitted(submitted)) => {
                let remote = Remote { id: submitted.remote_id, kept: submitted.kept };
                self.enter(State::Cancelling { remote: Some(remote.clone()) });
                self.effects.push(Effect::TellCancel(remote));
            }
            (State::Cancelling { remote }, News::CancelTold { note }) => {
                let remote = remote.clone();
                self.note(&note);
                self.enter(State::Cancelled { remote });
            }
            (State::Cancelling { remote }, News::Troubled { failure, remedy, budget }) => {
                let remote = remote.clone();
                self.cancel_troubled(remote, &failure, remedy, budget);
            }
            // What does not belong to the stage is late or repeated.
            _ => {}
        }
    }

    fn submitted(&mut self, submitted: Submitted) {
        self.went_forward();
        let remote = Remote { id: submitted.remote_id, kept: submitted.kept };
        self.note(&format!("The server has taken it as {}", remote.id));
        self.work_on(Stage::Follow(Follow::new(remote, self.now, self.rules.deadline)));
    }

    fn reported(&mut self, follow: Follow, report: &Report) {
        self.went_forward();
        for warning in &report.warnings {
            self.note(warning);
        }
        match report.state {
            RemoteState::Waiting | RemoteState::Preparing | RemoteState::Cancelling => {
                self.still_working(follow, report);
            }
            RemoteState::Ready | RemoteState::Partial => {
                self.note("The server is done");
                let remote = follow.remote;
                // A report that carries the link needs no second question.
                if report.parts.is_empty() {
                    self.work_on(Stage::Resolve(Resolve { remote, tries: 0 }));
                } else {
                    self.work_on(Stage::Download(Download { remote }));
                }
            }
            RemoteState::Empty
            | RemoteState::Failed { .. }
            | RemoteState::Cancelled
            | RemoteState::Expired
            | RemoteState::Lost => self.ended_on_the_server(follow.remote, report),
        }
    }

    fn still_working(&mut self, mut follow: Follow, report: &Report) {
        let before = follow.clone();
        follow.preparing = report.state != RemoteState::Waiting;
        if report.percent.is_some() {
            follow.percent = report.percent;
        }
        if report.stage.is_some() {
            follow.stage.clone_from(&report.stage);
        }
        if follow.preparing != before.preparing || follow.percent != before.percent || follow.stage != before.stage {
            follow.changed_at = self.now;
        }
        let silent = Duration::try_from(self.now.duration_since(follow.changed_at)).unwrap_or_default();
        follow.stalled = self.rules.stall_after.is_some_and(|limit| silent >= limit);
        if follow.stalled && !before.stalled {
            self.note("Nothing new from the server for longer than usual; it may be stuck");
        }
        if self.now >= follow.deadline {
            let remote = Some(follow.remote.clone());
            let failure = Failure::new(ErrorCode::JobTimeout, "The server has not finished within the time limit")
                .with_remediation("Wait longer for the same job with `landfall extend`; nothing is lost");
            self.enter(State::Failed { failure: self.told(failure), next: Stage::Follow(follow), remote });
            return;
        }
        if follow != before {
            self.changed = true;
            self.job.state = State::Active(Stage::Follow(follow));
        }
    }

    /// The server says that its job has ended, and not with a result.
    fn ended_on_the_server(&mut self, remote: Remote, report: &Report) {
        match report.state.failure() {
            None => {
                self.note("The server is done; there was nothing to export");
                self.enter(State::Landed { remote, files: Vec::new() });
            }
            Some(failure) => {
                let failure = self.told(failure);
                if failure.code == ErrorCode::ResultExpired {
                    self.enter(State::Expired { failure, remote });
                } else {
                    let next = Stage::Submit(Submit { sent: false });
                    self.enter(State::Failed { failure, next, remote: Some(remote) });
                }
            }
        }
    }

    fn nothing_yet(&mut self, resolve: Resolve) {
        if resolve.tries < self.rules.resolve_tries {
            self.changed = true;
            self.job.state = State::Active(Stage::Resolve(resolve));
            return;
        }
        let message = "The server says the export is complete but gives no download";
        let failure = self.told(Failure::new(ErrorCode::DownloadFailed, message));
        let remote = Some(resolve.remote.clone());
        self.enter(State::Failed { failure, next: Stage::Resolve(Resolve { tries: 0, ..resolve }), remote });
    }

    fn troubled(&mut self, stage: Stage, failure: Failure, remedy: Remedy, budget: Budget) {
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
            Remedy::Fail => match (failure.code, stage.remote().cloned()) {
                (ErrorCode::ResultExpired, Some(remote)) => self.enter(State::Expired { failure, remote }),
                (ErrorCode::JobFailed, remote) => {
                    let next = Stage::Submit(Submit { sent: false });
                    self.enter(State::Failed { failure, next, remote });
                }
                (_, remote) => self.enter(State::Failed { failure, next: stage, remote }),
            },
        }
    }

    fn cancel_troubled(&mut self, remote: Option<Remote>, failure: &Failure, remedy: Remedy, budget: Budget) {
        self.stumbled(budget);
        match remedy {
            Remedy::Rest(wait) => {
                // The attempt changes hands, so that only this timer wakes it.
                self.enter(State::Cancelling { remote });
                let until = self.now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                self.effects.push(Effect::WakeAt(until));
            }
            Remedy::SignIn | Remedy::Fail => {
                self.note(&format!("Cancelled here; the server could not be told: {}", failure.message));
                self.enter(State::Cancelled { remote });
            }
        }
    }
}
