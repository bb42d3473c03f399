//! How a job ends: landed and finished, given up on the server, failed, deleted there.

use jiff::Timestamp;
use landfall_wire::{AtServer, ErrorCode, Failure};
use serde_json::json;

use super::orders::refuse;
use super::{Effect, Refusal, Remedy, Turn};
use crate::connector::{RemoteState, Report};
use crate::job::stage::{Download, Finish, LandedFile, Remote, Stage, Submit};
use crate::job::state::{Extraction, Route, State};
use crate::retry::Budget;

impl Turn<'_> {
    /// The server says that its job has ended, and not with a result.
    pub(super) fn ended_on_the_server(&mut self, remote: Remote, report: &Report) {
        let Some(failure) = report.state.failure() else {
            self.note("The server is done; there was nothing to export");
            self.enter(State::landed(remote, Vec::new()));
            return;
        };
        let failure = self.told(failure);
        let gave_up = matches!(report.state, RemoteState::Failed { .. }) && failure.code == ErrorCode::JobFailed;
        if failure.code == ErrorCode::ResultExpired {
            self.enter(State::Expired { failure, remote });
        } else if gave_up && self.rules.falls_back && self.job.route == Route::Primary {
            self.fall_back(failure, remote);
        } else {
            self.fail(failure, Stage::Submit(Submit::default()), Some(remote));
        }
    }

    /// Once, and by itself (P-8).
    fn fall_back(&mut self, failure: Failure, remote: Remote) {
        self.note(&failure.message);
        self.note("It is tried once more by the connector's fallback");
        // What a step of the submit gave may be another id than that of the job that was found.
        let of_a_step = self.job.state.remote_id().filter(|id| *id != remote.id).map(str::to_owned);
        self.job.past.extend(of_a_step);
        self.job.past.push(remote.id);
        self.job.route = Route::Fallback { primary: failure };
        self.work_on(Stage::Submit(Submit::default()));
    }

    /// Ends with an error; when the fallback failed too, with both reasons.
    pub(super) fn fail(&mut self, failure: Failure, next: Stage, remote: Option<Remote>) {
        let failure = self.told(failure);
        let (failure, next) = match (&self.job.route, failure.code) {
            (Route::Fallback { primary }, ErrorCode::JobFailed | ErrorCode::JobCreationFailed) => {
                let both = both_failed(primary, &failure);
                (self.told(both), Stage::Submit(Submit::default()))
            }
            (Route::Fallback { .. } | Route::Primary, _) => (failure, next),
        };
        self.enter(State::Failed { failure, next, remote });
    }

    /// The next request makes another job on the server, by the connector's own submit.
    pub(super) fn begin_anew(&mut self) {
        let earlier = self.job.state.remote_id().map(str::to_owned);
        self.job.past.extend(earlier);
        self.job.round += 1;
        self.job.route = Route::Primary;
    }

    pub(super) fn landed(&mut self, files: Vec<LandedFile>) {
        let State::Active(Stage::Download(Download { remote, .. })) = &self.job.state else { return };
        let remote = remote.clone();
        self.went_forward();
        if self.rules.acknowledges || self.job.wish.extract {
            self.work_on(Stage::Finish(Finish { remote, files }));
        } else {
            self.enter(State::landed(remote, files));
        }
    }

    pub(super) fn finished(&mut self, extraction: Extraction, notes: &[String]) {
        let State::Active(Stage::Finish(Finish { remote, files })) = &self.job.state else { return };
        let (remote, files) = (remote.clone(), files.clone());
        for note in notes {
            self.note(note);
        }
        let extraction = match extraction {
            Extraction::Failed(failure) => {
                self.note(&failure.message);
                Extraction::Failed(self.told(failure))
            }
            Extraction::NotWanted | Extraction::Done(_) => extraction,
        };
        self.enter(State::Landed { remote, files, extraction, at_server: AtServer::Kept });
    }

    /// The files are here whatever went wrong with what else was wanted of them: the job stays landed.
    pub(super) fn unfinished(&mut self, failure: Failure) {
        if self.job.wish.extract {
            self.finished(Extraction::Failed(failure), &[]);
        } else {
            self.finished(Extraction::NotWanted, &[failure.message]);
        }
    }

    /// The landed file is there: what could not be unpacked is unpacked again.
    pub(super) fn extract_again(&mut self) -> Result<(), Refusal> {
        match &self.job.state {
            State::Landed { remote, files, extraction: Extraction::Failed(_), .. } => {
                let finish = Finish { remote: remote.clone(), files: files.clone() };
                self.go_on(Stage::Finish(finish), "Unpacked again from the landed file");
                Ok(())
            }
            State::Landed { extraction: Extraction::NotWanted | Extraction::Done(_), .. }
            | State::Active(_)
            | State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelling(_)
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. } => refuse("It has landed already; `landfall verify` proves it again"),
        }
    }

    pub(super) fn delete(&mut self) -> Result<(), Refusal> {
        let State::Landed { files, at_server, .. } = &mut self.job.state else {
            return refuse("It has not landed; the server's result is deleted only once it is here and verified");
        };
        match at_server {
            AtServer::Deleting => return Ok(()),
            AtServer::Deleted => return refuse("The server's copy was deleted already"),
            AtServer::Kept => {}
        }
        if !self.rules.deletes {
            return refuse("This server has no way to be told to delete a result; it goes by the server's own rules");
        }
        if !files.iter().all(|file| file.vouched.is_verified()) {
            return refuse(
                "The server gave nothing to verify the file against, so its copy may be the only good one and is left there",
            );
        }
        *at_server = AtServer::Deleting;
        self.fence();
        self.note("The server's copy is to be deleted");
        self.effects.push(Effect::Work);
        Ok(())
    }

    pub(super) fn deleted(&mut self, note: &str) {
        self.deletion_ended(AtServer::Deleted, note);
    }

    pub(super) fn delete_troubled(&mut self, failure: &Failure, remedy: Remedy, budget: Budget) {
        self.stumbled(budget);
        match remedy {
            Remedy::Rest(wait) => {
                self.fence();
                self.effects.push(Effect::WakeAt(self.now.saturating_add(wait).unwrap_or(Timestamp::MAX)));
            }
            Remedy::SignIn | Remedy::Fail => {
                let note = format!("The server's copy was not deleted: {}", failure.message);
                self.deletion_ended(AtServer::Kept, &note);
            }
        }
    }

    fn deletion_ended(&mut self, outcome: AtServer, note: &str) {
        if let State::Landed { at_server: at_server @ AtServer::Deleting, .. } = &mut self.job.state {
            *at_server = outcome;
            self.went_forward();
            self.fence();
            self.note(note);
        }
    }
}

fn both_failed(primary: &Failure, fallback: &Failure) -> Failure {
    let message = format!("{}; its fallback failed too: {}", primary.message, fallback.message);
    Failure::new(ErrorCode::JobFailed, message)
        .with_remediation(primary.remediation.clone())
        .with_details(json!({ "primary": primary, "fallback": fallback }))
}
