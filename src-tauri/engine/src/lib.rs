//! The engine of Landfall: connectors, jobs, transfers and their store.
//!
//! It drives export servers through declarative connectors, follows jobs, brings files to disk and proves them whole.
//! It refuses to know windows, terminals and the sample service.

pub mod clock;
pub mod connector;
pub mod crash;
pub mod digest;
pub mod entropy;
pub mod net;
pub mod retry;
pub mod secrets;
pub mod tasks;
