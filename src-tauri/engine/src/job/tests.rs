//! The job machine, by its properties and by its rules.

mod following;
mod lives;
mod recovery;
mod rules;

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{CorrelationId, ErrorCode, Failure, JobId};

use super::*;
use crate::connector::{Kept, Params, RemoteState, Report, Submitted};
use crate::retry::Budget;
use crate::transfer::{Clash, Vouched};

fn job() -> Job {
    Job::new(Wish {
        id: JobId::new("k7f3q9xa01"),
        connection: "demo".into(),
        connector: "download-jobs".into(),
        params: Params::default(),
        folder: "/tmp/exports".into(),
        name: None,
        sha256: None,
        rate: None,
        extract: false,
        priority: Priority::NORMAL,
        clash: Some(Clash::Number),
        not_before: None,
        correlation: CorrelationId::new("c0ffee"),
        created_at: Timestamp::UNIX_EPOCH,
    })
}

fn rules(cancels: bool, idempotent: bool) -> Rules {
    Rules {
        deadline: Duration::from_mins(30),
        poll_limit: None,
        stall_after: Some(Duration::from_mins(10)),
        estimate: None,
        resolve_tries: 3,
        cancels,
        idempotent,
        lists: false,
        falls_back: false,
        deletes: false,
        acknowledges: false,
    }
}

fn landed_file(verified: bool) -> LandedFile {
    let vouched = Vouched { size: verified, ..Vouched::default() };
    LandedFile { path: "/tmp/a.zip".into(), size: 3, sha256: "00".into(), vouched }
}

/// A job on its way, with the time it lives in.
struct Life {
    job: Job,
    rules: Rules,
    now: Timestamp,
}

impl Life {
    fn of(rules: Rules) -> Self {
        Self { job: job(), rules, now: Timestamp::UNIX_EPOCH }
    }

    /// The present attempt tells something.
    fn tell(&mut self, news: News) -> Step {
        let attempt = self.job.attempt;
        self.take(Input::News { attempt, news })
    }

    fn order(&mut self, order: Order) -> Step {
        self.take(Input::Order(order))
    }

    /// The present attempt's timer ends.
    fn wake(&mut self) -> Step {
        let attempt = self.job.attempt;
        self.take(Input::Rested { attempt })
    }

    fn take(&mut self, input: Input) -> Step {
        step(&mut self.job, input, &self.rules, self.now).expect("the order makes sense")
    }

    fn refused(&mut self, order: Order) -> String {
        step(&mut self.job, Input::Order(order), &self.rules, self.now).expect_err("the order makes no sense").why
    }

    /// The server has taken it as that job.
    fn submitted(&mut self, id: &str) -> Step {
        self.tell(News::Sending);
        self.tell(News::Submitted(Submitted::of(id, Kept::new())))
    }

    fn passes(&mut self, span: Duration) {
        self.now += span;
    }

    fn reads_back(&mut self) -> &mut Self {
        let text = serde_json::to_string(&self.job).expect("a job is written");
        self.job = serde_json::from_str(&text).expect("and read");
        self
    }
}

/// The lines of the timeline.
fn notes(step: &Step) -> Vec<&str> {
    step.effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Note(text) => Some(text.as_str()),
            Effect::StopWork | Effect::Work | Effect::WakeAt(_) => None,
        })
        .collect()
}

fn report(state: RemoteState) -> News {
    News::Reported(Report::of(state))
}

fn failed(reason: &str) -> News {
    report(RemoteState::failed(Some(reason.to_owned())))
}

fn trouble(code: ErrorCode, remedy: Remedy) -> News {
    News::Troubled { failure: Failure::new(code, "Something went wrong"), remedy, budget: Budget::default() }
}

fn shot(life: &Life) -> landfall_wire::JobSnapshot {
    snapshot(&life.job, &Live::default())
}

fn kept(name: &str, value: &str) -> Kept {
    Kept::from([(name.to_owned(), value.into())])
}
