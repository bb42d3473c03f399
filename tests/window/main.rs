//! The app in its real window, used as a person would.

mod asking;
mod compact;
mod crash;
mod keyboard;
mod links;
mod many;
mod orders;
mod reading;
mod results;
mod stage;
mod start;
mod tray;
