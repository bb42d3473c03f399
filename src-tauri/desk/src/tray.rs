//! What the tray shows.

use landfall_wire::JobId;

/// How things stand, for an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TrayState {
    /// Nothing goes on.
    #[default]
    Idle,
    /// Jobs go on.
    Active,
    /// Everything that could go on is paused.
    Paused,
    /// No server can be reached.
    Offline,
    /// Something waits for a person.
    Attention,
}

/// A job in the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayJob {
    /// Ours.
    pub id: JobId,
    /// As in the list.
    pub title: String,
    /// Of its whole way, where that is known.
    pub percent: Option<u8>,
    /// What it does, in words of the language that is set.
    pub words: String,
}

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrayView {
    /// For the icon.
    pub state: TrayState,
    /// Of all that goes on, where that is known.
    pub percent: Option<u8>,
    /// At most eight, the most urgent first.
    pub jobs: Vec<TrayJob>,
    /// How many go on.
    pub active: usize,
    /// Everything is paused at a person's word.
    pub all_paused: bool,
    /// Bytes are coming: the machine should not fall asleep.
    pub bytes_flow: bool,
}
