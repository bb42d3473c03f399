//! Faults that can be switched on, to see what a client makes of them.

mod spec;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use spec::FaultSpecError;

use crate::ids;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The API answers 401.
    Unauthorized,
    /// The API answers 429 with `Retry-After`.
    TooManyRequests,
    /// The API answers 500.
    Internal,
    /// The API answers 503 with `Retry-After`.
    Unavailable,
    /// The API does what was asked, and the connection ends before the answer is whole.
    Lost,
    /// The API or the storage falls silent before or within an answer.
    Stall,
    /// The API's answer is not JSON.
    Garbage,
    /// The API's answer has text for numbers and numbers for text.
    WrongTypes,
    /// The API's answer is 30 MB of JSON.
    Huge,
    /// The status is a word that no document knows.
    UnknownState,
    /// A download, or an event stream after its first event, breaks off.
    Cut,
    /// The link is expired when it is handed out.
    Expired,
    /// The storage states a digest that is not the object's.
    WrongDigest,
    /// An attempt fails for a passing reason.
    AttemptFails,
    /// A job fails for a lasting reason.
    JobFails,
    /// A package export fails for a lasting reason; its fallback does not.
    ExportFails,
    /// A package has no manifest.
    PackageNoManifest,
    /// A package lacks a file that its manifest names.
    PackageMissingFile,
    /// A package is empty.
    PackageEmpty,
    /// A package is no ZIP.
    PackageNotZip,
    /// The storage breaks off while a result is written.
    StorageFails,
    /// A worker dies and leaves its job `processing`.
    WorkerDies,
    /// A worker falls silent for a minute in the middle of a job, and then goes on.
    WorkerStalls,
    /// A camera export that is done has no download yet.
    NoLink,
    /// An event stream is closed in the middle of its second event.
    StreamCut,
    /// An event stream stays open after its first event and says nothing more.
    StreamSilent,
    /// An event stream is answered with 204.
    StreamNoContent,
    /// An event stream is answered with a web page.
    StreamHtml,
}

impl Fault {
    /// All of them, with their word in a spec.
    pub const ALL: [(Self, &'static str); 28] = [
        (Self::Unauthorized, "401"),
        (Self::TooManyRequests, "429"),
        (Self::Internal, "500"),
        (Self::Unavailable, "503"),
        (Self::Lost, "lost"),
        (Self::Stall, "stall"),
        (Self::Garbage, "garbage"),
        (Self::WrongTypes, "wrong-types"),
        (Self::Huge, "huge"),
        (Self::UnknownState, "unknown-state"),
        (Self::Cut, "cut"),
        (Self::Expired, "expired"),
        (Self::WrongDigest, "wrong-digest"),
        (Self::AttemptFails, "attempt-fails"),
        (Self::JobFails, "job-fails"),
        (Self::ExportFails, "export-fails"),
        (Self::PackageNoManifest, "package-no-manifest"),
        (Self::PackageMissingFile, "package-missing-file"),
        (Self::PackageEmpty, "package-empty"),
        (Self::PackageNotZip, "package-not-zip"),
        (Self::StorageFails, "storage-fails"),
        (Self::WorkerDies, "worker-dies"),
        (Self::WorkerStalls, "worker-stalls"),
        (Self::NoLink, "no-link"),
        (Self::StreamCut, "stream-cut"),
        (Self::StreamSilent, "stream-silent"),
        (Self::StreamNoContent, "stream-204"),
        (Self::StreamHtml, "stream-html"),
    ];

    /// Its word in a spec.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, word)| word)
    }
}

/// The step of a job's life in which an answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A job is asked for.
    Submit,
    /// Its status is asked for.
    Watch,
    /// An event stream is opened.
    Stream,
    /// Its download is asked for at an endpoint of its own.
    Resolve,
    /// The user's jobs are asked for.
    List,
    /// The result is fetched, from the storage or from the API's own endpoint.
    Result,
    /// A job is taken back by its user.
    Cancel,
    /// An access token is asked for.
    Token,
}

impl Step {
    /// All of them, with their word in a spec.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Submit, "submit"),
        (Self::Watch, "watch"),
        (Self::Stream, "stream"),
        (Self::Resolve, "resolve"),
        (Self::List, "list"),
        (Self::Result, "result"),
        (Self::Cancel, "cancel"),
        (Self::Token, "token"),
    ];
}

/// How often a fault comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chance {
    /// This share of the time, 0 to 1.
    Share(f64),
    /// The next so many times, then never again.
    Times(u32),
}

/// The switchboard of faults: shared by all parts of a service, changed at any time.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Board>>);

#[derive(Debug, Default)]
struct Board {
    chances: BTreeMap<(Fault, Option<Step>), Chance>,
    cut_every: Option<Duration>,
}

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets a fault for every step, in place of what was set for it before.
    pub fn set(&self, fault: Fault, chance: Chance) {
        self.board().chances.insert((fault, None), chance);
    }

    /// Sets a fault for one step only.
    pub fn set_at(&self, fault: Fault, step: Step, chance: Chance) {
        self.board().chances.insert((fault, Some(step)), chance);
    }

    /// Cuts every connection to the storage at this age; `None` lets them live.
    pub fn set_cut_every(&self, age: Option<Duration>) {
        self.board().cut_every = age;
    }

    /// Switches all off.
    pub fn clear(&self) {
        *self.board() = Board::default();
    }

    pub(crate) fn cut_every(&self) -> Option<Duration> {
        self.board().cut_every
    }

    /// Whether the fault comes now; a counted one is used up by it.
    pub(crate) fn strikes(&self, fault: Fault, step: Option<Step>) -> bool {
        let mut board = self.board();
        let keys = [Some((fault, None)), step.map(|step| (fault, Some(step)))];
        keys.into_iter().flatten().any(|key| match board.chances.get_mut(&key) {
            None | Some(Chance::Times(0)) => false,
            Some(Chance::Times(left)) => {
                *left -= 1;
                true
            }
            Some(Chance::Share(share)) => *share > 0.0 && ids::share() < *share,
        })
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
