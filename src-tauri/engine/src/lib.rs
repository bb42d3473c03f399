//! The engine of Landfall: connectors, jobs, transfers and their store.
//!
//! It drives export servers through declarative connectors, follows jobs, brings files to disk and proves them whole.
//! It refuses to know windows, terminals and the sample service.

pub mod batch;
pub mod changes;
pub mod clock;
pub mod commons;
pub mod connection;
pub mod connector;
pub mod crash;
pub mod digest;
pub mod disk;
pub mod durable;
pub mod engine;
pub mod entropy;
pub mod home;
pub mod job;
pub mod library;
mod lifecycle;
mod monitor;
pub mod net;
pub mod pace;
pub mod package;
pub mod proof;
pub mod receipt;
pub mod retry;
pub mod secrets;
mod site;
pub mod store;
pub mod tasks;
pub mod transfer;
mod turns;
pub mod units;
pub mod verify;
pub mod words;

pub use monitor::Event;
