//! What goes into the machine and what comes out of it.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::Failure;

use crate::connector::{Kept, Report, Submitted};
use crate::job::stage::{LandedFile, Wait};
use crate::job::state::Extraction;
use crate::job::wish::Priority;
use crate::retry::Budget;
use crate::transfer::Clash;

/// What the connector says about time and abilities.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own that a connector has or has not")]
pub struct Rules {
    /// How long the server may take.
    pub deadline: Duration,
    /// How often it may be asked for one job before that job ends in JOB_TIMEOUT.
    pub poll_limit: Option<u32>,
    /// Without news for longer than this the job is shown as stalled.
    pub stall_after: Option<Duration>,
    /// How long the server usually takes; after twice that the job is shown as stalled.
    pub estimate: Option<Duration>,
    /// How often there may be nothing to download yet, though the server is done.
    pub resolve_tries: u32,
    /// Whether the server can be told to stop.
    pub cancels: bool,
    /// Whether the server tells a repeated submit from a new one.
    pub idempotent: bool,
    /// Whether the server lists its jobs, so that one of unknown fate can be looked for.
    pub lists: bool,
    /// Whether there is another submit for what failed on the server.
    pub falls_back: bool,
    /// Whether the server can be told to delete a result.
    pub deletes: bool,
    /// Whether the server wants to be told that the result has landed.
    pub acknowledges: bool,
}

impl Rules {
    /// How long a new server job is waited for.
    pub fn wait(&self) -> Wait {
        Wait { limit: self.deadline, polls: self.poll_limit }
    }
}

/// What happens to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A person wants something.
    Order(Order),
    /// An attempt tells something.
    News {
        /// Which attempt speaks.
        attempt: u64,
        /// What it tells.
        news: News,
    },
    /// The rest is over, by the timer of that attempt.
    Rested {
        /// Which attempt set the timer.
        attempt: u64,
    },
    /// The program has started and found the job.
    Revived,
}

/// What a person wants, or the machine that the program runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Stop for now.
    Pause,
    /// Go on.
    Resume,
    /// Stop for good, on the server too where it can be told.
    Cancel,
    /// Try again what failed.
    Retry,
    /// Ask the server for a new job after one that failed or whose result is gone.
    RetryAsNew,
    /// Take turns as that priority says.
    Prioritize(Priority),
    /// Do that about a name that is in use; what waits for this word goes on.
    Settle(Clash),
    /// Wait that much longer for the same job on the server.
    Extend(Duration),
    /// The sign-in was renewed.
    SignedIn,
    /// The machine woke up or its network changed: what rests goes on, and what is followed is asked for at once.
    LookAgain,
    /// Delete the server's copy of what has landed verified.
    Delete,
}

/// What an attempt tells.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A step of the request is about to be sent.
    Sending,
    /// It is sure that the server has not taken the step.
    NotTaken {
        /// What is to be noted about it.
        note: Option<String>,
    },
    /// A step is done, and another follows.
    Stepped {
        /// The server's id, if it has given one by now.
        remote_id: Option<String>,
        /// What later steps need.
        kept: Kept,
    },
    /// The server takes no request now, and nothing went wrong.
    Busy {
        /// Why, for the timeline.
        note: String,
        /// When to try again.
        wait: Duration,
        /// What the server said about it.
        words: Option<String>,
    },
    /// The server has taken the request.
    Submitted(Submitted),
    /// The server has the job already, and it is followed from now on.
    Adopted {
        /// The job.
        submitted: Submitted,
        /// How it was found.
        note: String,
    },
    /// The server was asked for its job and tells where it stands.
    Reported(Report),
    /// The server tells of its job by itself, through a stream.
    Heard {
        /// What.
        report: Report,
        /// The event's id, where the stream is the job's own.
        event_id: Option<String>,
    },
    /// No word of the job has come for longer than the connector expects; the server is asked meanwhile.
    Silent,
    /// The server has nothing to download yet.
    NothingYet,
    /// The server has told where the download is.
    Resolved,
    /// The file is under its final name.
    Landed(Vec<LandedFile>),
    /// What else was wanted of the landed file is done, or could not be.
    Finished {
        /// What became of unpacking it.
        extraction: Extraction,
        /// What is to be noted.
        notes: Vec<String>,
    },
    /// The server has been told to stop, or had ended already.
    CancelTold {
        /// What is to be noted about it.
        note: String,
    },
    /// The server has been told to stop, and is followed until it has.
    CancelHeard,
    /// The server's copy is gone.
    Deleted {
        /// What is to be noted about it.
        note: String,
    },
    /// Something went wrong.
    Troubled {
        /// What.
        failure: Failure,
        /// What the retry judge says.
        remedy: Remedy,
        /// The tries that it has left.
        budget: Budget,
    },
}

/// What is to be done about a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Try again after that long.
    Rest(Duration),
    /// Wait for a sign-in.
    SignIn,
    /// Nothing, by itself.
    Fail,
}

/// What the runner has to do once the new state is saved.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Drop whatever is under way for the job.
    StopWork,
    /// Do what the state wants, as the job's present attempt.
    Work,
    /// Come back with `Rested` at that moment.
    WakeAt(Timestamp),
    /// Write a line into the timeline.
    Note(String),
}

/// The new state's effects, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// What to do.
    pub effects: Vec<Effect>,
    /// Whether anything worth saving changed.
    pub changed: bool,
}

/// Why an order makes no sense now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// In words, with what to do instead.
    pub why: String,
}
