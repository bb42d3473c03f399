//! Follows a job by its stream and by asking, and makes one stream of reports of both.
//!
//! While the stream is open it is believed; asking repairs: right after every opening, when something was missed, after a
//! silence, and instead of the stream while that cannot be had. So a job is never followed worse than by polling alone.

use std::time::Duration;

use landfall_wire::ErrorCode;

use super::ear::{Ear, Sound};
use super::end::End;
use super::poll::{Question, poll};
use crate::connector::{Item, RemoteState, Report, StreamPlan};
use crate::job::work::{Errand, Teller};
use crate::job::{News, Remote};
use crate::site::Setback;

/// A stream that says nothing of a job for so long is checked by asking, where the connector names no other time and the
/// server can be asked for the job itself.
const SILENCE: Duration = Duration::from_mins(1);

/// How often the result is asked for while the stream cannot be had and there is nothing else to ask.
const PACE: Duration = Duration::from_secs(15);

/// Follows the job, until the work is taken away because the job has moved on.
pub(crate) async fn follow(
    errand: &Errand,
    remote: &Remote,
    last_event_id: Option<&str>,
    teller: &Teller,
) -> Result<(), Setback> {
    let Some(plan) = errand.site.connector.stream() else {
        return poll(errand, remote, teller).await;
    };
    let question = Question::new(errand, remote);
    let ear = Some(Ear::open(errand, remote, plan, last_event_id).await?);
    let silence = plan.silence.or(errand.site.connector.has_poll().then_some(SILENCE));
    let mut follower = Follower { errand, teller, plan, remote, question, ear, silence, asking: false, next_ask: None };
    follower.heard_something();
    follower.run().await
}

struct Follower<'a> {
    errand: &'a Errand,
    teller: &'a Teller,
    plan: &'a StreamPlan,
    remote: &'a Remote,
    question: Question<'a>,
    /// `None` once the stream is over.
    ear: Option<Ear>,
    /// No word of the job for so long: ask.
    silence: Option<Duration>,
    /// The stream cannot be had; asking has taken over.
    asking: bool,
    /// When to ask next, by the monotonic clock.
    next_ask: Option<Duration>,
}

/// What to do after a sound.
enum Then {
    Listen,
    Ask,
}

impl Follower<'_> {
    async fn run(&mut self) -> Result<(), Setback> {
        loop {
            let until = self.next_ask.map(|at| at.saturating_sub(self.errand.clock.monotonic()));
            let then = tokio::select! {
                biased;
                sound = next(&mut self.ear) => self.hear(sound).await,
                () = wait(self.errand, until) => {
                    if !self.asking {
                        self.teller.tell(News::Silent).await;
                    }
                    Then::Ask
                }
            };
            if matches!(then, Then::Ask) {
                self.ask().await?;
            }
        }
    }

    async fn hear(&mut self, sound: Sound) -> Then {
        match sound {
            Sound::Item(item, id) => return self.tell(&item, id).await,
            Sound::Unknown(kind) => {
                let kind = crate::connector::sentence(&kind);
                self.question.warn(format!("The server sent an event \"{kind}\", which this connector does not know"));
            }
            Sound::Opened => {
                self.asking = false;
                self.heard_something();
                // Where the server cannot be asked for the job itself, it says all it knows to whoever connects.
                if self.errand.site.connector.has_poll() {
                    return Then::Ask;
                }
            }
            Sound::Missed => return Then::Ask,
            Sound::Down { spent: true } if !self.asking => return self.ask_from_now_on(),
            Sound::Down { .. } => {}
            Sound::Ended(end) => {
                tracing::debug!(why = %end.words(), "asking instead of listening");
                if end == End::SignIn {
                    self.errand.site.sign_in_again().await;
                }
                self.ear = None;
                return self.ask_from_now_on();
            }
        }
        Then::Listen
    }

    fn ask_from_now_on(&mut self) -> Then {
        self.asking = true;
        Then::Ask
    }

    /// Passes on what the stream says; what cannot be read is a reason to ask.
    async fn tell(&mut self, item: &Item, id: Option<String>) -> Then {
        self.heard_something();
        match self.read(item) {
            Ok(Some(report)) => {
                self.heard(report, id).await;
                Then::Listen
            }
            Ok(None) => Then::Listen,
            Err(setback) => {
                tracing::debug!(why = %setback.failure, "an event that cannot be read");
                Then::Ask
            }
        }
    }

    fn read(&self, item: &Item) -> Result<Option<Report>, Setback> {
        let connector = &self.errand.site.connector;
        Ok(self.errand.with_scope(Some(self.remote), |scope| connector.read_item(scope, item))?)
    }

    async fn heard(&mut self, report: Report, event_id: Option<String>) {
        let report = self.question.fresh(report);
        self.errand.links.put(&report.parts);
        self.teller.tell(News::Heard { report, event_id }).await;
    }

    /// Takes a snapshot. What the stream says meanwhile waits, and is passed on unless it is behind the answer.
    async fn ask(&mut self) -> Result<(), Setback> {
        let mut meanwhile = Vec::new();
        let answer = {
            // Boxed: a job that only listens should not hold the room that a request takes.
            let mut asked = Box::pin(self.question.ask());
            loop {
                tokio::select! {
                    biased;
                    answer = &mut asked => break answer,
                    sound = next(&mut self.ear) => meanwhile.push(sound),
                }
            }
        };
        let snapshot = match answer {
            Ok(snapshot) => snapshot,
            // The stream may still speak; only who has nothing else is in trouble.
            Err(setback) if !self.asking && passes(&setback) => None,
            Err(setback) => return Err(setback),
        };
        self.heard_something();
        if let Some(report) = &snapshot {
            let report = self.question.fresh(report.clone());
            self.errand.links.put(&report.parts);
            self.teller.tell(News::Reported(report)).await;
        }
        for sound in meanwhile {
            if let Sound::Item(item, id) = sound {
                match self.read(&item) {
                    Ok(Some(report)) if snapshot.as_ref().is_none_or(|snapshot| !is_behind(&report, snapshot)) => {
                        self.heard(report, id).await;
                    }
                    Ok(_) | Err(_) => {}
                }
            } else {
                // Whatever else it is, an answer has just come: there is nothing to ask again.
                self.hear_without_asking(sound).await;
            }
        }
        Ok(())
    }

    async fn hear_without_asking(&mut self, sound: Sound) {
        let _ = Box::pin(self.hear(sound)).await;
        self.heard_something();
    }

    /// Sets the time of the next question.
    fn heard_something(&mut self) {
        let pace = if !self.asking {
            self.silence
        } else if self.errand.site.connector.has_poll() {
            Some(self.question.pace())
        } else {
            Some(self.plan.silence.unwrap_or(PACE))
        };
        self.next_ask = pace.map(|pace| self.errand.clock.monotonic() + pace);
    }
}

/// The next sound; none from a stream that is over.
async fn next(ear: &mut Option<Ear>) -> Sound {
    match ear {
        Some(ear) => ear.next().await,
        None => std::future::pending().await,
    }
}

async fn wait(errand: &Errand, until: Option<Duration>) {
    match until {
        Some(until) => errand.clock.sleep(until).await,
        None => std::future::pending().await,
    }
}

/// Whether a question may be answered later, though it was not now.
fn passes(setback: &Setback) -> bool {
    setback.trouble.is_some() && setback.failure.code == ErrorCode::NetworkError
}

/// Whether an event was overtaken by the answer to a question: it tells of an earlier state of work.
fn is_behind(heard: &Report, snapshot: &Report) -> bool {
    let working = |state: &RemoteState| matches!(state, RemoteState::Waiting | RemoteState::Preparing);
    working(&heard.state)
        && (!working(&snapshot.state)
            || (heard.state == RemoteState::Waiting && snapshot.state == RemoteState::Preparing)
            || heard.percent.zip(snapshot.percent).is_some_and(|(heard, snapshot)| heard < snapshot))
}
