//! What the server tells of its job while it works.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};

use super::{Effect, Turn};
use crate::connector::{RemoteState, Report};
use crate::job::stage::{Cancel, Download, Follow, Resolve, Stage};
use crate::job::state::State;

/// A server gets that long to say that it is done before a deadline counts that passed while nobody looked: twice what
/// an answer may take.
const ASK_FIRST: Duration = Duration::from_mins(1);

/// The moment of what has no limit.
const NEVER: Timestamp = Timestamp::MAX;

impl Turn<'_> {
    /// An answer to a question, which counts against how often may be asked.
    pub(super) fn reported(&mut self, report: &Report) {
        match &self.job.state {
            State::Active(Stage::Follow(follow)) => {
                let mut follow = follow.clone();
                follow.polls_left = follow.polls_left.map(|left| left.saturating_sub(1));
                self.follow_on(follow, report);
            }
            State::Cancelling(Cancel::Await { .. }) => self.awaited(report),
            State::Cancelling(Cancel::Learn(_) | Cancel::Tell(_))
            | State::Active(Stage::Submit(_) | Stage::Resolve(_) | Stage::Download(_) | Stage::Finish(_))
            | State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::NeedsSignIn { .. }
            | State::Cancelled { .. }
            | State::Failed { .. }
            | State::Expired { .. }
            | State::Landed { .. } => {}
        }
    }

    /// What a stream tells by itself.
    pub(super) fn heard(&mut self, report: &Report, event_id: Option<String>) {
        if let State::Active(Stage::Follow(follow)) = &self.job.state {
            let mut follow = follow.clone();
            follow.last_event_id = event_id.or(follow.last_event_id);
            self.follow_on(follow, report);
        } else if let State::Cancelling(Cancel::Await { .. }) = &self.job.state {
            self.awaited(report);
        }
    }

    /// Shown, and not worth a write: the next word ends it.
    pub(super) fn silent(&mut self) {
        if let State::Active(Stage::Follow(follow)) = &mut self.job.state {
            follow.silent = true;
        }
    }

    /// Goes on from a report; `follow` is the present state, but for what only counts questions and events.
    pub(super) fn follow_on(&mut self, mut follow: Follow, report: &Report) {
        self.went_forward();
        follow.silent = false;
        for warning in &report.warnings {
            self.note(warning);
        }
        if report.unchanged {
            self.still_working(follow);
            return;
        }
        match report.state {
            RemoteState::Waiting | RemoteState::Preparing | RemoteState::Cancelling => {
                let before = follow.clone();
                follow.preparing = report.state != RemoteState::Waiting;
                follow.learn(report, self.now);
                if follow.preparing != before.preparing
                    || follow.percent != before.percent
                    || follow.stage != before.stage
                    || follow.queue_position != before.queue_position
                {
                    follow.changed_at = self.now;
                }
                self.still_working(follow);
            }
            RemoteState::Ready | RemoteState::Partial => {
                self.note(if report.state == RemoteState::Partial {
                    "The server is done, but with a part only of what was asked for"
                } else {
                    "The server is done"
                });
                let mut remote = follow.remote;
                remote.learn(report);
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

    fn still_working(&mut self, mut follow: Follow) {
        self.judge_pace(&mut follow);
        if self.now >= follow.deadline || follow.polls_left == Some(0) {
            self.out_of_time(follow);
            return;
        }
        let state = State::Active(Stage::Follow(follow));
        self.changed |= is_news(&self.job.state, &state);
        self.job.state = state;
    }

    /// No news came; time went on all the same.
    pub(super) fn looked_at_the_clock(&mut self, mut follow: Follow) {
        self.judge_pace(&mut follow);
        if self.now >= follow.deadline {
            self.out_of_time(follow);
            return;
        }
        self.effects.push(Effect::WakeAt(self.next_alarm(&follow)));
        let state = State::Active(Stage::Follow(follow));
        self.changed |= is_news(&self.job.state, &state);
        self.job.state = state;
    }

    /// Stalled is shown and noted; the server may still go on, so it ends nothing.
    fn judge_pace(&mut self, follow: &mut Follow) {
        let before = follow.stalled;
        let silent = self.now >= self.silent_at(follow);
        let slow = self.now >= self.slow_at(follow);
        follow.stalled = silent || slow;
        if follow.stalled && !before {
            self.note(if silent {
                "Nothing new from the server for longer than usual; it may be stuck"
            } else {
                "The server has been at it for more than twice as long as usual"
            });
        }
    }

    fn out_of_time(&mut self, follow: Follow) {
        let remote = Some(follow.remote.clone());
        let failure = Failure::new(ErrorCode::JobTimeout, "The server has not finished within the time limit")
            .with_remediation("Wait longer for the same job with `landfall extend`; nothing is lost");
        self.stop_work();
        self.fail(failure, Stage::Follow(follow), remote);
    }

    /// When to look at the clock next, if no news comes before. After a long sleep the deadline may have passed: the
    /// server is asked before that is believed.
    pub(super) fn next_alarm(&self, follow: &Follow) -> Timestamp {
        let moments = [self.silent_at(follow), self.slow_at(follow), follow.deadline];
        let next = moments.into_iter().filter(|moment| *moment > self.now && *moment < NEVER).min();
        next.unwrap_or_else(|| after(self.now, Some(ASK_FIRST)))
    }

    fn silent_at(&self, follow: &Follow) -> Timestamp {
        after(follow.changed_at, self.rules.stall_after)
    }

    fn slow_at(&self, follow: &Follow) -> Timestamp {
        after(follow.since, self.rules.estimate.map(|estimate| estimate.saturating_mul(2)))
    }
}

fn after(start: Timestamp, span: Option<Duration>) -> Timestamp {
    span.and_then(|span| start.saturating_add(span).ok()).unwrap_or(NEVER)
}

/// Whether the new state is worth a write. How often was asked, and until when the server thinks it needs, change with
/// every answer and are saved along with anything else.
fn is_news(before: &State, after: &State) -> bool {
    match (before, after) {
        (State::Active(Stage::Follow(before)), State::Active(Stage::Follow(after))) => {
            let polls_left = before.polls_left;
            Follow { polls_left, ready_at: before.ready_at, silent: before.silent, ..after.clone() } != *before
        }
        (before, after) => before != after,
    }
}
