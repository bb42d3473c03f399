//! What is being done for a job, and what is known while it is.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connector::{Eta, Kept, Report};
use crate::transfer::{Landing, Vouched};

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
    /// The file is under its final name; what else was wanted of it is done.
    Finish(Finish),
}

/// What is known while the request is sent, step by step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Submit {
    /// Whether the step in flight may have reached the server; written before it is sent, and taken back once it is
    /// sure that the server has not taken it.
    pub sent: bool,
    /// The step in flight, from 0; those before it are done and saved.
    #[serde(default)]
    pub step: usize,
    /// The server's id, where an earlier step has given it.
    #[serde(default)]
    pub remote_id: Option<String>,
    /// What the earlier steps left for later.
    #[serde(default)]
    pub kept: Kept,
}

impl Submit {
    /// The server's job, once a step has made it.
    pub fn remote(&self) -> Option<Remote> {
        let id = self.remote_id.clone()?;
        Some(Remote::new(id, self.kept.clone()))
    }

    /// Whether there may be a job on the server that we know nothing of.
    pub fn is_fate_unknown(&self) -> bool {
        self.sent && self.remote_id.is_none()
    }
}

/// The server's job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remote {
    /// The server's id for it.
    pub id: String,
    /// What the connector wanted kept of the answers.
    pub kept: Kept,
    /// When its result will be gone, as far as the server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What is known while the server works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// The server's job.
    pub remote: Remote,
    /// Since when it is followed.
    #[serde(default = "never")]
    pub since: Timestamp,
    /// When waiting for it ends.
    pub deadline: Timestamp,
    /// How often it may still be asked for; `None` without such a limit. Counted in memory and saved along with what
    /// else is new, so that a poll that tells nothing costs no write.
    #[serde(default)]
    pub polls_left: Option<u32>,
    /// When the server last told something new.
    pub changed_at: Timestamp,
    /// Nothing new for longer than the connector expects, or twice as long under way as it estimates.
    pub stalled: bool,
    /// No word of it for longer than the connector expects, so that the server is asked; until its next word.
    #[serde(skip)]
    pub silent: bool,
    /// Whether the server works on it already.
    pub preparing: bool,
    /// The server's own word for the stage.
    pub stage: Option<String>,
    /// 0 to 100.
    pub percent: Option<f64>,
    /// A sentence of the server.
    #[serde(default)]
    pub message: Option<String>,
    /// The place in the server's queue, from 1.
    #[serde(default)]
    pub queue_position: Option<u64>,
    /// When the server expects to be done.
    #[serde(default)]
    pub ready_at: Option<Timestamp>,
    /// Bytes of the result, as far as the server tells.
    #[serde(default)]
    pub size: Option<u64>,
    /// The last event of the job's own stream whose news is saved: where a new stream begins (`Last-Event-ID`).
    #[serde(default)]
    pub last_event_id: Option<String>,
}

/// For rows that were written before it was known since when.
fn never() -> Timestamp {
    Timestamp::MAX
}

/// How long a server's job is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// For so long.
    pub limit: Duration,
    /// And asked for so often, at most.
    pub polls: Option<u32>,
}

impl Follow {
    /// Nothing is known yet.
    pub fn new(remote: Remote, now: Timestamp, wait: Wait) -> Self {
        Self {
            remote,
            since: now,
            deadline: now.saturating_add(wait.limit).unwrap_or(Timestamp::MAX),
            polls_left: wait.polls,
            changed_at: now,
            stalled: false,
            silent: false,
            preparing: false,
            stage: None,
            percent: None,
            message: None,
            queue_position: None,
            ready_at: None,
            size: None,
            last_event_id: None,
        }
    }

    /// The same server job, waited for anew.
    #[must_use]
    pub fn again(self, now: Timestamp, wait: Wait) -> Self {
        let deadline = now.saturating_add(wait.limit).unwrap_or(Timestamp::MAX);
        Self { since: now, deadline, polls_left: wait.polls, changed_at: now, stalled: false, ..self }
    }

    /// Takes over what a report tells about the way there; what it leaves out stays as it was.
    pub(super) fn learn(&mut self, report: &Report, now: Timestamp) {
        fn newer<T: Clone>(known: &mut Option<T>, told: Option<&T>) {
            if let Some(told) = told {
                *known = Some(told.clone());
            }
        }
        newer(&mut self.percent, report.percent.as_ref());
        newer(&mut self.stage, report.stage.as_ref());
        newer(&mut self.message, report.message.as_ref());
        newer(&mut self.size, report.size.as_ref());
        // Where it stands in a queue and when it will be done are true for a moment only.
        self.queue_position = report.queue_position;
        self.ready_at = report.eta.and_then(|eta| match eta {
            Eta::In(wait) => now.saturating_add(wait).ok(),
            Eta::At(moment) => Some(moment),
        });
        self.remote.learn(report);
    }
}

impl Remote {
    /// The server's job of that id.
    pub(crate) fn new(id: impl Into<String>, kept: Kept) -> Self {
        Self { id: id.into(), kept, expires_at: None }
    }

    /// What a report tells of the job for longer than a moment.
    pub(super) fn learn(&mut self, report: &Report) {
        self.keep(&report.kept);
        self.expires_at = report.expires_at.or(self.expires_at);
    }

    /// Takes over values that a later answer gave; the newest word wins.
    pub(super) fn keep(&mut self, fresh: &Kept) {
        self.kept.extend(fresh.iter().map(|(name, value)| (name.clone(), value.clone())));
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

/// What is known once the file is under its final name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// The server's job that it came from.
    pub remote: Remote,
    /// What landed.
    pub files: Vec<LandedFile>,
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

/// How far a cancel has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cancel {
    /// A submit may be on its way: the server's id is learned first.
    Learn(Submit),
    /// The server is told.
    Tell(Remote),
    /// The server was told, and is followed until it has stopped.
    Await {
        /// Its job.
        remote: Remote,
        /// For so long at most.
        until: Timestamp,
    },
}

impl Stage {
    /// The server's job, once it has one that can be followed.
    pub fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Submit(_) => None,
            Self::Follow(follow) => Some(&follow.remote),
            Self::Resolve(resolve) => Some(&resolve.remote),
            Self::Download(download) => Some(&download.remote),
            Self::Finish(finish) => Some(&finish.remote),
        }
    }

    /// The server's id for the job, as soon as a step of the submit has given it.
    pub fn remote_id(&self) -> Option<&str> {
        match self {
            Self::Submit(submit) => submit.remote_id.as_deref(),
            Self::Follow(_) | Self::Resolve(_) | Self::Download(_) | Self::Finish(_) => {
                self.remote().map(|remote| remote.id.as_str())
            }
        }
    }
}

impl Cancel {
    /// The server's job, once it is known.
    pub fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Learn(_) => None,
            Self::Tell(remote) | Self::Await { remote, .. } => Some(remote),
        }
    }
}
