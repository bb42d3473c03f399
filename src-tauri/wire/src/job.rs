//! A job as a face sees it.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Failure, JobId};

/// Where a job is in its life, in the words a person sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The wish is on disk; nothing was sent yet.
    Queued,
    /// The request is on its way to the server.
    Submitting,
    /// In the server's queue.
    Waiting,
    /// The server works.
    Preparing,
    /// The server is done; the link is asked for.
    Resolving,
    /// Bytes are coming.
    Downloading,
    /// All bytes are here and are being checked.
    Verifying,
    /// Under its final name, and being unpacked.
    Extracting,
    /// Under its final name, checked.
    Landed,
    /// A person paused it.
    Paused,
    /// Will be tried again at a known time.
    Resting,
    /// Waits for a person to sign in.
    NeedsSignIn,
    /// A cancel is on its way to the server.
    Cancelling,
    /// Cancelled.
    Cancelled,
    /// Ended with an error.
    Failed,
    /// The server no longer has it.
    Expired,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 16] = [
        Self::Queued,
        Self::Submitting,
        Self::Waiting,
        Self::Preparing,
        Self::Resolving,
        Self::Downloading,
        Self::Verifying,
        Self::Extracting,
        Self::Landed,
        Self::Paused,
        Self::Resting,
        Self::NeedsSignIn,
        Self::Cancelling,
        Self::Cancelled,
        Self::Failed,
        Self::Expired,
    ];

    /// The word as it crosses the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Submitting => "submitting",
            Self::Waiting => "waiting",
            Self::Preparing => "preparing",
            Self::Resolving => "resolving",
            Self::Downloading => "downloading",
            Self::Verifying => "verifying",
            Self::Extracting => "extracting",
            Self::Landed => "landed",
            Self::Paused => "paused",
            Self::Resting => "resting",
            Self::NeedsSignIn => "needs-sign-in",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// The phase of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.word() == word)
    }

    /// Whether nothing more happens by itself and no order but retry changes it.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Landed | Self::Cancelled | Self::Failed | Self::Expired)
    }
}

/// By which submit it landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The connector's own submit.
    #[default]
    Primary,
    /// The connector's fallback.
    Fallback,
}

/// What became of the server's own copy of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum AtServer {
    /// It is left alone; the server keeps it as long as it likes.
    #[default]
    Kept,
    /// The server is being told to delete it.
    Deleting,
    /// It was deleted at our word.
    Deleted,
}

/// What a job waits for that is not in our hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum WaitingFor {
    /// Its turn: only so many go to one server at once.
    Turn,
    /// The time that a person has set.
    Time,
    /// Room in the server's own queue, which is full.
    ServerQueue,
    /// Any word from the server, which has been silent for longer than usual.
    Server,
    /// The network, or a server that answers.
    Network,
    /// A person's sign-in.
    SignIn,
    /// Room on the disk, or a folder that can be written.
    Disk,
    /// A person's word on the file that has the name already.
    Name,
}

/// What was unpacked of a landed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExtractedSnapshot {
    /// Where to.
    pub folder: PathBuf,
    /// How many files.
    pub files: usize,
}

/// One file of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileSnapshot {
    /// Where it is, under its final name.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// True when size, digest or structure vouched for it; false = landed, but nothing to verify against.
    pub verified: bool,
}

/// A whole job at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JobSnapshot {
    /// Ours.
    pub id: JobId,
    /// The connection's name; `fetch` has none.
    pub connection: Option<String>,
    /// The connector's id; `fetch` has none.
    pub connector: Option<String>,
    /// The server's id, once it has given one.
    pub remote_id: Option<String>,
    /// Where it is in its life.
    pub phase: Phase,
    /// The server's own word for its stage, or ours for the phase.
    pub stage: Option<String>,
    /// A sentence of the server about what it does.
    #[serde(default)]
    pub message: Option<String>,
    /// 0 to 100, as far as the server tells.
    pub server_percent: Option<f64>,
    /// The place in the server's queue, from 1, as far as the server tells.
    #[serde(default)]
    pub queue_position: Option<u64>,
    /// When the server expects to be done.
    #[serde(default)]
    #[ts(type = "string | null")]
    pub ready_at: Option<Timestamp>,
    /// When the server's result goes, as far as the server tells.
    #[serde(default)]
    #[ts(type = "string | null")]
    pub expires_at: Option<Timestamp>,
    /// What it waits for, if it does.
    #[serde(default)]
    pub waiting_for: Option<WaitingFor>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the whole, when known.
    pub total: Option<u64>,
    /// Bytes per second now.
    pub rate: Option<u64>,
    /// Seconds to the end of the download, when that can be told honestly.
    pub eta_seconds: Option<u64>,
    /// No sign of life from the server for longer than the connector expects.
    pub stalled: bool,
    /// What landed.
    pub files: Vec<FileSnapshot>,
    /// What was unpacked of it.
    #[serde(default)]
    pub extracted: Option<ExtractedSnapshot>,
    /// What became of the server's own copy.
    #[serde(default)]
    pub at_server: AtServer,
    /// By which submit.
    pub method: Method,
    /// Whose turn comes first: the higher number.
    #[serde(default)]
    pub priority: i16,
    /// Why it is not (yet) landed; of a landed one, why it could not be unpacked.
    pub error: Option<Failure>,
    /// The job's correlation id.
    pub correlation_id: String,
    /// When it rests until, if it does.
    #[ts(type = "string | null")]
    pub resting_until: Option<Timestamp>,
    /// Since when nothing has gone forward, if something went wrong.
    #[ts(type = "string | null")]
    pub troubled_since: Option<Timestamp>,
    /// When the wish was written.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// When anything of it last changed.
    #[ts(type = "string")]
    pub updated_at: Timestamp,
}

impl JobSnapshot {
    /// A job of which nothing is known but where it is in its life, since that time.
    pub fn blank(id: JobId, phase: Phase, correlation_id: String, at: Timestamp) -> Self {
        Self {
            id,
            connection: None,
            connector: None,
            remote_id: None,
            phase,
            stage: None,
            message: None,
            server_percent: None,
            queue_position: None,
            ready_at: None,
            expires_at: None,
            waiting_for: None,
            bytes: 0,
            total: None,
            rate: None,
            eta_seconds: None,
            stalled: false,
            files: Vec::new(),
            extracted: None,
            at_server: AtServer::Kept,
            method: Method::Primary,
            priority: 0,
            error: None,
            correlation_id,
            resting_until: None,
            troubled_since: None,
            created_at: at,
            updated_at: at,
        }
    }
}

/// One line of a job's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineEntry {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What happened, in words; never a secret or a signed URL.
    pub text: String,
}

/// How a batch ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchSummary {
    /// Jobs asked for.
    pub total: usize,
    /// Landed.
    pub succeeded: usize,
    /// Not landed.
    pub failed: usize,
    /// Wall time.
    pub seconds: f64,
}

/// One job of a batch that did not land.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchFailure {
    /// Position in the batch, from 0.
    pub index: usize,
    /// What was asked for.
    pub params: serde_json::Value,
    /// Why it did not land.
    pub error: Failure,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_of_a_phase_is_its_form_on_the_wire() {
        for phase in Phase::ALL {
            let word = serde_json::to_value(phase).unwrap();
            assert_eq!(word, phase.word(), "serde and the table agree");
            assert_eq!(Phase::parse(phase.word()), Some(phase));
        }
    }
}
