//! The app in its real window, used as a person would.

mod asking;
mod compact;
mod crash;
mod dropping;
mod keyboard;
mod links;
mod many;
mod notices;
mod orders;
mod reading;
mod results;
mod setting;
mod stage;
mod start;
mod tray;
mod trouble;
mod waking;
