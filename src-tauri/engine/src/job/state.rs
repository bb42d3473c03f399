//! What of a job survives a restart.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{CorrelationId, Failure, JobId, Method};
use serde::{Deserialize, Serialize};

use crate::connector::{Kept, Params};
use crate::retry::Budget;
use crate::transfer::{Landing, Vouched};

/// What was asked for. Written before anything is sent, and never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// Ours.
    pub id: JobId,
    /// The connection's name.
    pub connection: String,
    /// The connector's id.
    pub connector: String,
    /// The parameters, checked against the connector.
    pub params: Params,
    /// Where the file goes.
    pub folder: PathBuf,
    /// The name a person wants, instead of the connector's or the server's.
    pub name: Option<String>,
    /// The SHA-256 a person expects, in lower-case hex.
    pub sha256: Option<String>,
    /// Bytes per second at most.
    pub rate: Option<u64>,
    /// One for the job's whole life.
    pub correlation: CorrelationId,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A job: its wish and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// What was asked for.
    pub wish: Wish,
    /// Where it stands.
    pub state: State,
    /// The number of the attempt that may speak for the job; news of an older one is late and dropped.
    pub attempt: u64,
    /// How many server jobs were asked for before this one; a new one gets a new idempotency key.
    pub round: u32,
    /// Tries used since something last went forward.
    pub budget: Budget,
    /// Since when nothing has gone forward, if something went wrong.
    pub troubled_since: Option<Timestamp>,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

impl Job {
    /// A job whose wish is about to be written.
    pub fn new(wish: Wish) -> Self {
        let updated_at = wish.created_at;
        let state = State::Active(Stage::Submit(Submit { sent: false }));
        Self { wish, state, attempt: 0, round: 0, budget: Budget::default(), troubled_since: None, updated_at }
    }

    /// The key by which the server tells a repeated submit from a new one: the same until a person wants a new job.
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.wish.correlation, self.round)
    }

    /// The transfer's name for its staging file: the same for the same server job.
    pub fn ticket(&self) -> String {
        format!("{}-{}", self.wish.id, self.round)
    }

    /// By which submit the job goes.
    pub fn method(&self) -> Method {
        Method::Primary
    }
}

/// Where a job stands. Every state has exactly the data it needs, and a way out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Being worked on.
    Active(Stage),
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
    Cancelling {
        /// The server's job; `None` while a submit may be on its way, whose id is needed to cancel it.
        remote: Option<Remote>,
    },
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
    },
}

/// What is being done for an active job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The request is sent, again with the same key if need be.
    Submit(Submit),
    /// The server's job is followed.
    Follow(Follow),
    /// The download is asked for.
    Resolve(Resolve),
    /// The file is brought and checked.
    Download(Download),
}

/// What is known while the request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    /// Whether it may have reached the server; written before it is sent.
    pub sent: bool,
}

/// The server's job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remote {
    /// The server's id for it.
    pub id: String,
    /// What the connector wanted kept of the answers.
    pub kept: Kept,
}

/// What is known while the server works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// The server's job.
    pub remote: Remote,
    /// When waiting for it ends.
    pub deadline: Timestamp,
    /// When the server last told something new.
    pub changed_at: Timestamp,
    /// No news for longer than the connector expects.
    pub stalled: bool,
    /// Whether the server works on it already.
    pub preparing: bool,
    /// The server's own word for the stage.
    pub stage: Option<String>,
    /// 0 to 100.
    pub percent: Option<f64>,
}

impl Follow {
    /// Nothing is known yet.
    pub fn new(remote: Remote, now: Timestamp, limit: Duration) -> Self {
        Self {
            remote,
            deadline: now.saturating_add(limit).unwrap_or(Timestamp::MAX),
            changed_at: now,
            stalled: false,
            preparing: false,
            stage: None,
            percent: None,
        }
    }
}

/// What is known while the download is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolve {
    /// The server's job.
    pub remote: Remote,
    /// How often the server had nothing to download yet.
    pub tries: u32,
}

/// What is known while the file is brought. The link itself is not kept: it is a key to the result, and soon dead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Download {
    /// The server's job.
    pub remote: Remote,
}

/// A file under its final name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// What vouched for it; nothing when the server gave nothing to verify against.
    pub vouched: Vouched,
}

impl From<Landing> for LandedFile {
    fn from(landing: Landing) -> Self {
        Self { path: landing.path, size: landing.size, sha256: landing.sha256, vouched: landing.vouched }
    }
}

impl Stage {
    /// The server's job, once it has one.
    pub fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Submit(_) => None,
            Self::Follow(follow) => Some(&follow.remote),
            Self::Resolve(resolve) => Some(&resolve.remote),
            Self::Download(download) => Some(&download.remote),
        }
    }
}

impl State {
    /// The stage that goes on, now or later.
    pub fn stage(&self) -> Option<&Stage> {
        match self {
            Self::Active(stage)
            | Self::Paused { stage }
            | Self::Resting { stage, .. }
            | Self::NeedsSignIn { stage, .. }
            | Self::Failed { next: stage, .. } => Some(stage),
            Self::Cancelling { .. } | Self::Cancelled { .. } | Self::Expired { .. } | Self::Landed { .. } => None,
        }
    }

    /// The server's job that the state is about.
    pub fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Cancelling { remote } | Self::Cancelled { remote } | Self::Failed { remote, .. } => remote.as_ref(),
            Self::Expired { remote, .. } | Self::Landed { remote, .. } => Some(remote),
            Self::Active(stage)
            | Self::Paused { stage }
            | Self::Resting { stage, .. }
            | Self::NeedsSignIn { stage, .. } => stage.remote(),
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_end(&self) -> bool {
        match self {
            Self::Cancelled { .. } | Self::Failed { .. } | Self::Expired { .. } | Self::Landed { .. } => true,
            Self::Active(_)
            | Self::Paused { .. }
            | Self::Resting { .. }
            | Self::NeedsSignIn { .. }
            | Self::Cancelling { .. } => false,
        }
    }

    /// Why it is not landed, if something went wrong.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Resting { failure, .. }
            | Self::NeedsSignIn { failure, .. }
            | Self::Failed { failure, .. }
            | Self::Expired { failure, .. } => Some(failure),
            Self::Active(_)
            | Self::Paused { .. }
            | Self::Cancelling { .. }
            | Self::Cancelled { .. }
            | Self::Landed { .. } => None,
        }
    }
}
