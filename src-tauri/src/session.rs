//! What the session around the window offers: tray, notifications, power and network, launcher, files, autostart.
//!
//! Knows no window and no toolkit: what a person does out there comes in as a [`Call`]. Each room works without its service
//! and says so only in the log, since none of them is needed for an export to land.

pub mod autostart;
pub mod files;
pub mod language;
pub mod launcher;
pub mod network;
pub mod notify;
pub mod power;
pub mod tray;
pub mod words;

use landfall_wire::{JobId, Section};

/// What a person wants from outside of the windows: a click in the tray, on a notification, a second start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// The main window.
    Show,
    /// The main window with that job.
    ShowJob(JobId),
    /// The main window with that part of the list.
    ShowSection(Section),
    /// The main window with the form for a new export.
    NewExport,
    /// The compact window.
    Compact,
    /// Everything holds still.
    PauseAll,
    /// Everything goes on.
    ResumeAll,
    /// The folder where exports land.
    OpenFolder,
    /// The first file of what landed, in the system's program.
    OpenFile(JobId),
    /// The first file of what landed, in its folder.
    RevealFile(JobId),
    /// Another try of what failed.
    Retry(JobId),
    /// The sign-in that a job waits for.
    SignIn(JobId),
    /// A link of the kind `landfall://`.
    Link(String),
    /// The end of the program.
    Quit,
}

/// Where calls go. Bounded: who clicks faster than the app answers is not heard twice.
pub type Calls = tokio::sync::mpsc::Sender<Call>;

/// Hands a call on; one that finds no room is dropped, since a person sees that and clicks again.
pub(crate) fn call(calls: &Calls, call: Call) {
    if let Err(error) = calls.try_send(call) {
        tracing::debug!("a call from outside of the windows was dropped: {error}");
    }
}
