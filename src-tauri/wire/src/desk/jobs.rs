//! The list, one job of it, and what is said beside it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AtServer, Failure, JobId, JobSnapshot, Phase, TimelineEntry, WaitingFor};

/// Where a job stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// Goes on by itself, or is paused.
    Active,
    /// Nothing happens before a person does something: signs in, makes room, looks at a failure.
    WaitingForMe,
    /// Under its final name.
    Landed,
    /// Cancelled, and nothing to do about it.
    Ended,
}

/// What kind of file a job brings, for its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A moving picture.
    Video,
    /// CSV, XLSX and the like.
    Table,
    /// A document to read, such as PDF.
    Document,
    /// An archive of files.
    Archive,
    /// A package of components with a manifest.
    Package,
    /// JSON, XML and other data.
    Data,
    /// A picture.
    Image,
    /// Not known yet, or none of these.
    Other,
}

/// One row of the list. Small on purpose: ten thousand of them cross at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JobRow {
    /// Ours.
    pub id: JobId,
    /// What a person would call it: made of its parameters, or the name of what landed.
    pub title: String,
    /// The connection's name; none for a plain download.
    pub connection: Option<String>,
    /// What it brings.
    pub kind: FileKind,
    /// Three or four letters for its icon, upper case, such as MP4.
    pub badge: String,
    /// Where in the list.
    pub section: Section,
    /// Where in its life.
    pub phase: Phase,
    /// The server's own word for its stage.
    pub stage: Option<String>,
    /// The server's part of the way, from 0 to 1, as far as it tells.
    pub server_part: Option<f64>,
    /// The download's part of the way, from 0 to 1, where the size is known.
    pub download_part: Option<f64>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the whole, when known.
    pub total: Option<u64>,
    /// Bytes per second now.
    pub rate: Option<u64>,
    /// Seconds to the end, as far as that can be told honestly: of the download, or of the server's work.
    pub eta_seconds: Option<u64>,
    /// The place in the server's queue, from 1.
    pub queue_position: Option<u64>,
    /// What it waits for.
    pub waiting_for: Option<WaitingFor>,
    /// No sign of life from the server for longer than usual.
    pub stalled: bool,
    /// When it rests until.
    #[ts(type = "string | null")]
    pub resting_until: Option<Timestamp>,
    /// When the server's result goes.
    #[ts(type = "string | null")]
    pub expires_at: Option<Timestamp>,
    /// The download will not be done before the server's result goes.
    pub too_late: bool,
    /// Every file was checked against something.
    pub verified: bool,
    /// Files landed.
    pub files: usize,
    /// Why it is not landed, or why it could not be unpacked: one sentence.
    pub trouble: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// What can be ordered now; the first is the one that makes most sense.
    pub orders: Vec<JobOrder>,
    /// Whose turn comes first: the higher number.
    pub priority: i16,
    /// When the wish was written.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[ts(type = "string")]
    pub updated_at: Timestamp,
}

/// What a person can want of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum JobOrder {
    /// Opens what landed with the system's program.
    Open,
    /// Shows what landed in its folder.
    Reveal,
    /// Holds still; what has arrived is kept.
    Pause,
    /// Goes on after a pause, or at once where it rests.
    Resume,
    /// Tries again where it failed; the same job on the server where that can be.
    Retry,
    /// Asks the server for a new job.
    RetryAsNew,
    /// Goes on waiting for the same job on the server.
    Extend,
    /// Signs in to its connection again.
    SignIn,
    /// Of two files of one name both stay: the new one gets a number.
    KeepBoth,
    /// The new file takes the place of the one that is there.
    Replace,
    /// The file that is there stays, and the new one is dropped.
    KeepOld,
    /// Stops the job on the server where it can.
    Cancel,
    /// Stops following; the server goes on.
    Forget,
    /// Removes the result on the server, after it landed verified.
    Delete,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OrderOutcome {
    /// Of which job.
    pub id: JobId,
    /// Why not, if not.
    pub failure: Option<Failure>,
}

/// A job with all that its pane shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JobDetail {
    /// As in the list.
    pub row: JobRow,
    /// Everything known of it, as `landfall show --json` prints it.
    pub job: JobSnapshot,
    /// The name of its connector, for people.
    pub connector_name: Option<String>,
    /// What was asked for: label and value, in the connector's order.
    pub params: Vec<(String, String)>,
    /// Where it lands, for reading.
    pub folder: String,
    /// What happened to it, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Bytes per second of the last two minutes, a value a second, oldest first; empty before the first byte.
    pub throughput: Vec<u64>,
    /// What became of the server's copy.
    pub at_server: AtServer,
}

/// What is new since the page last acknowledged. One is under way at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Change {
    /// Everything, first of all and after a gap.
    Whole {
        /// Acknowledged by this number.
        revision: u64,
        /// Every job.
        rows: Vec<JobRow>,
        /// What stands around the list.
        desk: Desk,
    },
    /// What changed since the last one.
    Delta {
        /// Acknowledged by this number.
        revision: u64,
        /// New and changed jobs.
        rows: Vec<JobRow>,
        /// Jobs that are no longer in the list.
        gone: Vec<JobId>,
        /// What stands around the list, where that changed.
        desk: Option<Desk>,
    },
}

/// What stands around the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, for a page to draw")]
pub struct Desk {
    /// The program's version.
    pub version: String,
    /// Nothing was ever set up: no connection, no job.
    pub first_start: bool,
    /// The list no longer follows the jobs, through a fault of the program's own; they are safe, and it has to be started
    /// anew.
    pub lost: bool,
    /// The colours that are set.
    pub theme: crate::Theme,
    /// The language that is set.
    pub language: crate::Language,
    /// Everything is paused at a person's word.
    pub all_paused: bool,
    /// No server can be reached.
    pub offline: bool,
    /// The sample service runs in the app.
    pub sample_runs: bool,
    /// There is a tray to close to.
    pub has_tray: bool,
    /// Bytes per second of all downloads together.
    pub rate: u64,
    /// Room in the folder where exports land, in bytes.
    pub free_bytes: Option<u64>,
    /// That folder, for reading.
    pub folder: String,
    /// How each connection stands.
    pub connections: BTreeMap<String, crate::ConnectionState>,
    /// What was told and not seen yet, newest first; at most fifty.
    pub notices: Vec<Notice>,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// It landed.
    Landed,
    /// It failed.
    Failed,
    /// A connection wants a sign-in.
    NeedsSignIn,
    /// The server's result goes before this can be done.
    TooLate,
    /// It waits for a person: there is no room, no folder, or a file of its name.
    WaitsForYou,
    /// Something of the app itself: a store that was rebuilt, no room for secrets.
    App,
}

/// A line of the notice centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Its number, rising.
    pub number: u64,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What about.
    pub kind: NoticeKind,
    /// A title and a sentence, in the language that is set.
    pub title: String,
    /// One sentence more.
    pub text: String,
    /// Which job.
    pub job: Option<JobId>,
    /// Where the jobs are that it is about; none = it is about none.
    #[serde(default)]
    pub section: Option<Section>,
}

/// What the app asks of the page, outside of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Ask {
    /// Show that job.
    ShowJob {
        /// Which.
        id: JobId,
    },
    /// Show that part of the list.
    ShowSection {
        /// Which.
        section: Section,
    },
    /// Show the sign-in of a connection.
    SignIn {
        /// Which.
        connection: String,
    },
    /// Open the form for a new export.
    NewExport,
    /// A web page wants an export: ask the person.
    ConfirmExport {
        /// Answered by this number.
        number: u64,
        /// What it wants.
        export: crate::NewExport,
        /// What it would be called; of several jobs the first.
        title: String,
        /// How many jobs it makes.
        jobs: usize,
        /// What it asks for, as a person reads it: label and value.
        asked: Vec<(String, String)>,
    },
    /// A web page wants a job on a server to be taken over: ask the person.
    ConfirmAdopt {
        /// Answered by this number.
        number: u64,
        /// By which connection.
        connection: String,
        /// The server's id of the job.
        remote_id: String,
    },
    /// A link from a web page cannot be used.
    BadLink {
        /// Why, and what to do.
        failure: Failure,
    },
    /// What a person wanted outside of the page came to nothing: in the tray, on a notification, by a file that was dropped.
    Refused {
        /// Why, and what to do.
        failure: Failure,
    },
    /// The window was closed for the first time: to the tray, or the end?
    CloseOrTray,
    /// Somebody wants the end of the program while jobs go on.
    ConfirmQuit {
        /// How many.
        active: usize,
    },
    /// Files were dropped on the window: a table of wishes or a connector file, read by the app.
    Dropped {
        /// The file's name.
        name: String,
        /// What it says.
        text: String,
    },
}
