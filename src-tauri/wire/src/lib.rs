//! What crosses a process: ids, snapshots of jobs, error codes and the words for them.
//!
//! Data and total tables only. This crate refuses to know files, sockets, clocks and databases, so that every
//! face (window, command line, local socket) can share it without sharing the engine.

mod desk;
mod failure;
mod id;
mod job;

pub use desk::*;
pub use failure::{ErrorCode, Failure};
pub use id::{CorrelationId, JobId};
pub use job::{
    AtServer, BatchFailure, BatchSummary, ExtractedSnapshot, FileSnapshot, JobSnapshot, Method, Phase, TimelineEntry,
    WaitingFor,
};
