//! Starting and stopping, and what all rooms share.

use std::path::PathBuf;
use std::sync::Arc;

use landfall_engine::clock::{Clock, SystemClock};
use landfall_engine::entropy::{Entropy, SystemEntropy};
use landfall_engine::home::Home;
use landfall_wire::{ErrorCode, Failure, Notice};
use tokio::sync::{broadcast, watch};

use crate::delta::Watch;
use crate::tray::TrayView;

/// How the desk is to be.
#[derive(Debug, Clone)]
pub struct DeskOptions {
    /// Where everything lies.
    pub home: Home,
    /// The program's version, as it is shown.
    pub version: String,
    /// Where exports land unless settings or the connection say otherwise: the person's folder for downloads.
    pub downloads: PathBuf,
    /// The system's language as a tag such as `de-DE`.
    pub language: String,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl DeskOptions {
    /// With the machine's own time and randomness, in English.
    pub fn new(home: Home, version: impl Into<String>, downloads: impl Into<PathBuf>) -> Self {
        Self {
            home,
            version: version.into(),
            downloads: downloads.into(),
            language: "en".into(),
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy),
        }
    }
}

/// The app over one engine.
#[derive(Debug)]
pub struct Desk {
    tray: watch::Sender<TrayView>,
    notices: broadcast::Sender<Notice>,
}

impl Desk {
    /// Takes the home, starts the engine and goes on with what was interrupted.
    #[expect(clippy::unused_async, reason = "a skeleton")]
    pub async fn start(_options: DeskOptions) -> Result<Arc<Self>, Failure> {
        Err(not_built())
    }

    /// Puts everything down within two seconds; nothing is lost. False when a job did not put down its work in time.
    #[expect(clippy::unused_async, reason = "a skeleton")]
    pub async fn stop(&self) -> bool {
        true
    }

    /// The machine woke up, or is on another network: everything that is followed is asked for at once.
    #[expect(clippy::unused_async, reason = "a skeleton")]
    pub async fn look_again(&self) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Where exports land unless the connection says otherwise.
    pub fn folder(&self) -> PathBuf {
        PathBuf::new()
    }

    /// Whether there is a tray to close to, once that is known.
    pub fn has_tray(&self, _there: bool) {}

    /// The list from now on: first everything, then what changed.
    pub fn watch(self: &Arc<Self>) -> Watch {
        Watch {}
    }

    /// The page has drawn the change of that revision.
    pub fn acknowledge(&self, _revision: u64) {}

    /// What the tray shows; changes at most once a second unless the state changes.
    pub fn tray(&self) -> watch::Receiver<TrayView> {
        self.tray.subscribe()
    }

    /// What is to be told by the system's notifications, as far as settings allow; already digested.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }
}

pub(crate) fn not_built() -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, "Not built yet")
}
