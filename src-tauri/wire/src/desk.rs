//! What the windows and the engine tell each other: rows of the list, forms, connections, previews, settings.
//!
//! Requests are named after what a person does; replies hold all that is shown and nothing that is not. No token, no
//! signed URL and no path that a page could use: files are opened by job and number, in the app.

mod compare;
mod connections;
mod exports;
mod jobs;
mod previews;
mod settings;

pub use compare::{ChangeView, ComparisonView, ComponentChange};
pub use connections::{
    ConnectionSettings, ConnectionState, ConnectionView, ConnectorCheck, ConnectorOrigin, ConnectorProblem,
    ConnectorView, NewConnection, SecretField, SecretKeeping, SecretsView,
};
pub use exports::{
    ChoiceView, ExportForm, FieldKind, FormCheck, NewExport, OnClash, ParamField, ParamFlaw, TableCheck, TableRow,
    Template,
};
pub use jobs::{Ask, Change, Desk, FileKind, JobDetail, JobOrder, JobRow, Notice, NoticeKind, OrderOutcome, Section};
pub use previews::{PackageComponent, PackageView, Preview};
pub use settings::{Language, NightRate, Settings, Theme};
