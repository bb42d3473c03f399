//! Asking for exports.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The kind of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// Yes or no.
    Boolean,
    /// One of a list.
    Choice,
    /// A point in time.
    Datetime,
    /// Two points in time, written `START/END`.
    Interval,
    /// Any JSON.
    Json,
    /// A length of time with its unit.
    Duration,
    /// Several values in one job, with commas between.
    List,
}

/// One value of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceView {
    /// As it is sent.
    pub value: String,
    /// As it is shown.
    pub label: String,
}

/// One field of the form that a connector's parameters make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ParamField {
    /// The parameter's name.
    pub name: String,
    /// As it is shown.
    pub label: String,
    /// A sentence of help.
    pub help: Option<String>,
    /// Its kind.
    pub kind: FieldKind,
    /// The values of a choice.
    pub choices: Vec<ChoiceView>,
    /// The values are fetched from the server.
    pub fetched: bool,
    /// Taken when nothing is given, as it is typed.
    pub default: Option<String>,
    /// There is no export without it.
    pub required: bool,
    /// Several values make several jobs.
    pub many: bool,
    /// The smallest number.
    pub min: Option<f64>,
    /// The largest number.
    pub max: Option<f64>,
    /// The most items of a list.
    pub max_items: Option<usize>,
    /// The most characters of a text.
    pub max_length: Option<usize>,
    /// A regular expression that the whole text must match.
    pub pattern: Option<String>,
    /// Shown beside the field.
    pub unit: Option<String>,
    /// Asked for only when that other parameter has a value.
    pub depends_on: Option<String>,
    /// How one is written.
    pub example: String,
}

/// The form of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportForm {
    /// The connection.
    pub connection: String,
    /// The connector's name.
    pub connector_name: String,
    /// What it is for.
    pub help: Option<String>,
    /// Its fields, in the connector's order.
    pub fields: Vec<ParamField>,
    /// Where files go unless told otherwise, for reading.
    pub folder: String,
    /// What it brings can be unpacked.
    pub can_extract: bool,
    /// Templates of this connection.
    pub templates: Vec<Template>,
}

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ParamFlaw {
    /// Which; none = the whole.
    pub param: Option<String>,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// What the form's values come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FormCheck {
    /// What is wrong; empty = it can be asked for.
    pub flaws: Vec<ParamFlaw>,
    /// How many jobs it makes.
    pub jobs: usize,
    /// What the first of them would be called; at most twenty.
    pub titles: Vec<String>,
}

/// An export that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NewExport {
    /// By which connection.
    pub connection: String,
    /// Name and value as typed; a name may stand several times where several values make several jobs.
    pub given: Vec<(String, String)>,
    /// Where to, as a dialog of the app gave it; none = the connection's folder.
    pub folder: Option<String>,
    /// The file's name, instead of the connector's or the server's.
    pub name: Option<String>,
    /// Unpack what lands.
    pub extract: bool,
    /// Whose turn comes first: the higher number.
    pub priority: i16,
    /// Not asked for before then; none = at once.
    #[serde(default)]
    #[ts(type = "string | null")]
    pub not_before: Option<Timestamp>,
    /// What is done when a name is in use that a file is to get; none = as it is set.
    #[serde(default)]
    pub on_clash: Option<OnClash>,
}

/// What is done when a file is there already that has the name of one that lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum OnClash {
    /// The new one gets a number.
    #[default]
    Number,
    /// The one that is there stays, and the new one is not brought.
    Skip,
    /// The new one takes its place.
    Replace,
    /// The new one waits, whole, until a person has said which of these.
    Ask,
}

impl NewExport {
    /// What is asked for where nothing else is said: at once, into the usual folder, under the usual name.
    pub fn of(connection: impl Into<String>, given: Vec<(String, String)>) -> Self {
        Self {
            connection: connection.into(),
            given,
            folder: None,
            name: None,
            extract: false,
            priority: 0,
            not_before: None,
            on_clash: None,
        }
    }
}

/// An export kept for the next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// What a person calls it.
    pub name: String,
    /// What is asked for.
    pub export: NewExport,
    /// When it was last used its times stood so many days before the day of use: they are shifted along.
    pub shifts_times: bool,
}

/// A table of wishes, looked at before anything is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableCheck {
    /// What is wrong with the whole, such as a column that the connector does not have.
    pub flaw: Option<ParamFlaw>,
    /// The columns, in their order.
    pub columns: Vec<String>,
    /// The first five hundred rows, and those further down that cannot be asked for; a thousand at most.
    pub rows: Vec<TableRow>,
    /// How many rows there are.
    pub total: usize,
    /// How many exports those make that can be asked for.
    pub exports: usize,
    /// How many of the rows cannot be asked for.
    pub flawed: usize,
}

/// One row of a table of wishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableRow {
    /// Its line in the text, from 1.
    pub line: usize,
    /// What it would be called.
    pub title: String,
    /// Its cells, in the order of the columns.
    pub cells: Vec<String>,
    /// What is wrong with it.
    pub flaw: Option<ParamFlaw>,
}
