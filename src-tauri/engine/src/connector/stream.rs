//! Following by a stream of events: how it is asked for, and what an event says about whose job.

use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};
use url::Url;

use super::scope::Scope;
use super::{Connector, Report};
use crate::net::Request;

/// How a connector's jobs are followed by events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPlan {
    /// Whether a stream is one job's or all jobs'.
    pub scope: StreamScope,
    /// After so long without a word of a job a snapshot is taken, and again after each further such span.
    pub silence: Option<Duration>,
    /// After so long without a single byte the stream counts as dead and is opened anew.
    pub idle: Option<Duration>,
    /// How often it is opened anew, without an event in between, before polling takes over.
    pub tries: u32,
    /// The wait before the first of these; it doubles.
    pub first_backoff: Duration,
}

/// Whose events a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamScope {
    /// One job's.
    Job,
    /// Those of all jobs of the connection.
    Connection,
}

/// A part of an event that speaks of one job.
#[derive(Debug, Clone)]
pub struct Item {
    of: Option<String>,
}

impl Item {
    /// The server's id of the job it speaks of; `None` on a stream of one job.
    pub fn of(&self) -> Option<&str> {
        self.of.as_deref()
    }
}

impl Connector {
    /// How jobs are followed by events, where the connector has a stream.
    pub fn stream(&self) -> Option<&StreamPlan> {
        None
    }

    /// The request for a job's own stream, without the sign-in.
    pub fn stream_request(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        let _ = scope;
        Err(Failure::new(ErrorCode::JobFailed, "The connector has no stream"))
    }

    /// The request for the stream of all jobs of a connection, without the sign-in.
    pub fn connection_stream_request(&self, connection_name: &str, connection_url: &Url) -> Result<Request, Failure> {
        let _ = (connection_name, connection_url);
        Err(Failure::new(ErrorCode::JobFailed, "The connector has no stream"))
    }

    /// Splits an event into what it says of each job; unusable data gives nothing.
    pub fn read_event(&self, kind: &str, id: &str, data: &str) -> Vec<Item> {
        let _ = (kind, id, data);
        Vec::new()
    }

    /// Reads what an item says of the job; `None`: nothing about its state.
    pub fn read_item(&self, scope: &Scope<'_>, item: &Item) -> Result<Option<Report>, Failure> {
        let _ = (scope, item);
        Ok(None)
    }
}
