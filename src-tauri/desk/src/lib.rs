//! The app without its window: what the main window, the compact one, the tray and the notifications show, and what a
//! person can want there.
//!
//! [`Desk`] stands between the engine and whatever draws: it keeps a row for every job, tells what changed, makes forms of
//! connectors' parameters and hands a person's orders on. It refuses to know windows, dialogs and toolkits, and how an
//! export is done.

mod board;
mod connections;
mod connectors;
mod delta;
mod desk;
mod detail;
mod finding;
mod flow;
mod forms;
mod hearing;
mod history;
mod language;
mod links;
mod names;
mod notices;
mod orders;
mod packages;
mod phrases;
mod previews;
mod rows;
mod sample;
mod settings;
mod shelf;
mod tables;
mod templates;
mod titles;
mod tray;

pub use delta::Watch;
pub use desk::{Desk, DeskOptions};
pub use phrases::refusal;
pub use tray::{TrayJob, TrayState, TrayView};
