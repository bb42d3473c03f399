//! What of a job survives a restart.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use landfall_wire::{AtServer, ErrorCode, Failure, Method};
use serde::{Deserialize, Serialize};

use super::stage::{Cancel, LandedFile, Remote, Stage, Submit};
use super::wish::Wish;
use crate::retry::Budget;

/// A job: its wish and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// What was asked for; shared, since little of it ever changes and everything that is known of the job goes with it.
    #[serde(with = "super::shared_wish")]
    pub wish: Arc<Wish>,
    /// Where it stands.
    pub state: State,
    /// The number of the attempt that may speak for the job; news of an older one is late and dropped.
    pub attempt: u64,
    /// How many server jobs a person asked for before this one; a new one gets a new idempotency key.
    pub round: u32,
    /// By which submit the present round goes.
    #[serde(default)]
    pub route: Route,
    /// The server's ids of earlier rounds and routes: its jobs that are ours, and that the state no longer names.
    #[serde(default)]
    pub past: Vec<String>,
    /// Tries used since something last went forward.
    pub budget: Budget,
    /// Since when nothing has gone forward, if something went wrong.
    pub troubled_since: Option<Timestamp>,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

/// By which submit a job goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// The connector's own submit.
    #[default]
    Primary,
    /// The connector's fallback, after the first way failed on the server.
    Fallback {
        /// Why it failed.
        primary: Failure,
    },
}

impl Job {
    /// A job whose wish is about to be written.
    pub fn new(wish: Wish) -> Self {
        Self::of(Arc::new(wish))
    }

    /// The same of a wish that others know as well.
    pub(crate) fn of(wish: Arc<Wish>) -> Self {
        let updated_at = wish.created_at;
        let submit = Submit::default();
        let state = match wish.not_before {
            Some(until) => State::Queued { submit, until, words: None },
            None => State::Active(Stage::Submit(submit)),
        };
        Self {
            wish,
            state,
            attempt: 0,
            round: 0,
            route: Route::Primary,
            past: Vec::new(),
            budget: Budget::default(),
            troubled_since: None,
            updated_at,
        }
    }

    /// The key by which the server tells a repeated submit from a new one: the same until a person wants a new job, and
    /// another for the fallback.
    pub fn idempotency_key(&self) -> String {
        match &self.route {
            Route::Primary => format!("{}-{}", self.wish.correlation, self.round),
            Route::Fallback { .. } => format!("{}-{}-fallback", self.wish.correlation, self.round),
        }
    }

    /// The transfer's name for its staging file: the same for the same server job.
    pub fn ticket(&self) -> String {
        match &self.route {
            Route::Primary => format!("{}-{}", self.wish.id, self.round),
            Route::Fallback { .. } => format!("{}-{}-fallback", self.wish.id, self.round),
        }
    }

    /// By which submit the job goes.
    pub fn method(&self) -> Method {
        match &self.route {
            Route::Primary => Method::Primary,
            Route::Fallback { .. } => Method::Fallback,
        }
    }

    /// Every server job that is, or was, this one's.
    pub fn remote_ids(&self) -> impl Iterator<Item = &str> {
        self.past.iter().map(String::as_str).chain(self.state.remote_id())
    }
}

/// Where a job stands. Every state has exactly the data it needs, and a way out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Being worked on.
    Active(Stage),
    /// The server takes no more at the moment, or its time has not come: the request stays queued here.
    Queued {
        /// The request.
        submit: Submit,
        /// When it is sent again.
        until: Timestamp,
        /// What the server said, for a person.
        words: Option<String>,
    },
    /// A person paused it.
    Paused {
        /// Where it goes on.
        stage: Stage,
    },
    /// Something went wrong that may pass.
    Resting {
        /// Where it goes on.
        stage: Stage,
        /// When.
        until: Timestamp,
        /// What went wrong.
        failure: Failure,
    },
    /// The server wants another sign-in.
    NeedsSignIn {
        /// Where it goes on.
        stage: Stage,
        /// What the server said.
        failure: Failure,
    },
    /// A person cancelled it, and the server is being told.
    Cancelling(Cancel),
    /// A person cancelled it.
    Cancelled {
        /// The server's job, if it had come to one.
        remote: Option<Remote>,
    },
    /// Ended with an error.
    Failed {
        /// Which.
        failure: Failure,
        /// Where a retry goes on; a submit here means a new job on the server.
        next: Stage,
        /// The server's job that failed, if it had come to one.
        remote: Option<Remote>,
    },
    /// The server no longer has the result.
    Expired {
        /// What it said.
        failure: Failure,
        /// The server's job whose result is gone.
        remote: Remote,
    },
    /// Under its final name, checked.
    Landed {
        /// The server's job that it came from.
        remote: Remote,
        /// What landed.
        files: Vec<LandedFile>,
        /// What became of unpacking it.
        #[serde(default)]
        extraction: Extraction,
        /// What became of the server's result.
        #[serde(default)]
        at_server: AtServer,
    },
}

/// What became of unpacking what landed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extraction {
    /// Nobody asked for it.
    #[default]
    NotWanted,
    /// It is unpacked.
    Done(Extracted),
    /// It could not be; the landed file is untouched, and a retry unpacks it again.
    Failed(Failure),
}

/// What was unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// Where to.
    pub folder: PathBuf,
    /// How many files.
    pub files: usize,
}

impl State {
    /// Under its final name, with nothing else known yet.
    pub fn landed(remote: Remote, files: Vec<LandedFile>) -> Self {
        Self::Landed { remote, files, extraction: Extraction::NotWanted, at_server: AtServer::Kept }
    }

    /// The stage that goes on, now or later.
    pub fn stage(&self) -> Option<&Stage> {
        match self {
            Self::Active(stage)
            | Self::Paused { stage }
            | Self::Resting { stage, .. }
            | Self::NeedsSignIn { stage, .. }
            | Self::Failed { next: stage, .. } => Some(stage),
            Self::Queued { .. }
            | Self::Cancelling(_)
            | Self::Cancelled { .. }
            | Self::Expired { .. }
            | Self::Landed { .. } => None,
        }
    }

    /// The server's job that the state is about.
    pub fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Cancelled { remote } | Self::Failed { remote, .. } => remote.as_ref(),
            Self::Expired { remote, .. } | Self::Landed { remote, .. } => Some(remote),
            Self::Cancelling(cancel) => cancel.remote(),
            Self::Active(stage)
            | Self::Paused { stage }
            | Self::Resting { stage, .. }
            | Self::NeedsSignIn { stage, .. } => stage.remote(),
            Self::Queued { .. } => None,
        }
    }

    /// The server's id for the job, as soon as there is one.
    pub fn remote_id(&self) -> Option<&str> {
        let of_submit = match self {
            Self::Active(stage)
            | Self::Paused { stage }
            | Self::Resting { stage, .. }
            | Self::NeedsSignIn { stage, .. } => stage.remote_id(),
            Self::Queued { submit, .. } | Self::Cancelling(Cancel::Learn(submit)) => submit.remote_id.as_deref(),
            Self::Cancelling(Cancel::Tell(_) | Cancel::Await { .. })
            | Self::Cancelled { .. }
            | Self::Failed { .. }
            | Self::Expired { .. }
            | Self::Landed { .. } => None,
        };
        of_submit.or_else(|| self.remote().map(|remote| remote.id.as_str()))
    }

    /// What is under its final name.
    pub fn files(&self) -> &[LandedFile] {
        match self {
            Self::Landed { files, .. } => files,
            Self::Active(stage)
            | Self::Paused { stage }
            | Self::Resting { stage, .. }
            | Self::NeedsSignIn { stage, .. }
            | Self::Failed { next: stage, .. } => match stage {
                Stage::Finish(finish) => &finish.files,
                Stage::Submit(_) | Stage::Follow(_) | Stage::Resolve(_) | Stage::Download(_) => &[],
            },
            Self::Queued { .. } | Self::Cancelling(_) | Self::Cancelled { .. } | Self::Expired { .. } => &[],
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_end(&self) -> bool {
        match self {
            Self::Cancelled { .. } | Self::Failed { .. } | Self::Expired { .. } => true,
            Self::Landed { at_server, .. } => match at_server {
                AtServer::Kept | AtServer::Deleted => true,
                AtServer::Deleting => false,
            },
            Self::Active(_)
            | Self::Queued { .. }
            | Self::Paused { .. }
            | Self::Resting { .. }
            | Self::NeedsSignIn { .. }
            | Self::Cancelling(_) => false,
        }
    }

    /// Whether it goes on when somebody goes on with what was interrupted: what has not ended, but for what a person
    /// paused; and what failed for a reason that passes.
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::Active(_)
            | Self::Queued { .. }
            | Self::Resting { .. }
            | Self::NeedsSignIn { .. }
            | Self::Cancelling(_) => true,
            Self::Failed { failure, .. } => matches!(failure.code, ErrorCode::NetworkError | ErrorCode::DiskError),
            // The server is still to be told to delete its copy.
            Self::Landed { .. } => !self.is_end(),
            Self::Paused { .. } | Self::Cancelled { .. } | Self::Expired { .. } => false,
        }
    }

    /// Why it is not landed, or not all that was wanted of it is done.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Resting { failure, .. }
            | Self::NeedsSignIn { failure, .. }
            | Self::Failed { failure, .. }
            | Self::Expired { failure, .. }
            | Self::Landed { extraction: Extraction::Failed(failure), .. } => Some(failure),
            Self::Active(_)
            | Self::Queued { .. }
            | Self::Paused { .. }
            | Self::Cancelling(_)
            | Self::Cancelled { .. }
            | Self::Landed { extraction: Extraction::NotWanted | Extraction::Done(_), .. } => None,
        }
    }
}
