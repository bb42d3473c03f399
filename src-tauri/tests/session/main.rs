//! The rooms around the windows against a session of their own: a private D-Bus with fake services on it, in this process.
//!
//! No window and no display is needed.
#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test, in its helpers too")]
#![expect(clippy::used_underscore_binding, reason = "by the code that the bus's macros make")]
mod bus;
mod lists;
mod network;
mod notify;
mod power;
mod tray;
