//! The window of Landfall: a Tauri shell over the desk.
//!
//! Commands take their arguments, call [`landfall_desk::Desk`], and return. What a shell adds is windows, dialogs, the drop of
//! files, and in [`session`] what the desktop around the window offers: tray, notifications, power, launcher, autostart. It
//! refuses to know how an export is done and what a row says.

pub mod app;
pub mod args;
pub mod asks;
mod calls;
mod commands;
mod dropped;
pub mod feeds;
pub mod folders;
pub mod log;
mod rooms;
pub mod session;
mod start;
mod windows;

pub use start::run;
