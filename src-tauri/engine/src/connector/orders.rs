//! What is told to a server about a job of its own, and what is asked of it about all of them.

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use url::Url;

use super::scope::{Kept, Scope};
use super::submit::Submitted;
use super::{Connector, RemoteState};
use crate::net::{Answer, Request};

/// What came of an order to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The server has taken it.
    Told,
    /// There was nothing left to do: it had ended, or is gone.
    Over,
}

/// One page of the account's jobs.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The jobs, in the server's order.
    pub jobs: Vec<Listed>,
    /// Where more of them are.
    pub next: Option<Url>,
}

/// One job of the account.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The server's id.
    pub remote_id: String,
    /// Where it stands.
    pub state: RemoteState,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The correlation id it was made with.
    pub correlation_id: Option<String>,
    /// The values that the submit would have kept, as far as the list has them.
    pub kept: Kept,
}

impl Connector {
    /// Whether a job can be cancelled on the server.
    pub fn cancel_supported(&self) -> bool {
        false
    }

    /// The request that cancels the job, without the sign-in.
    pub fn cancel_request(&self, scope: &Scope<'_>) -> Option<Result<Request, Failure>> {
        let _ = scope;
        None
    }

    /// Reads the answer to it.
    pub fn read_cancel(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Stopped, Failure> {
        let _ = (scope, answer);
        Ok(Stopped::Told)
    }

    /// Whether a cancelled job is followed on until the server says that it has ended.
    pub fn cancel_waits(&self) -> bool {
        false
    }

    /// Whether a result can be removed on the server.
    pub fn delete_supported(&self) -> bool {
        false
    }

    /// The request that removes the result on the server, without the sign-in; only after it landed verified.
    pub fn delete_request(&self, scope: &Scope<'_>) -> Option<Result<Request, Failure>> {
        let _ = scope;
        None
    }

    /// Reads the answer to it.
    pub fn read_delete(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Stopped, Failure> {
        let _ = (scope, answer);
        Ok(Stopped::Told)
    }

    /// The request that tells the server that the result landed verified, without the sign-in.
    pub fn acknowledge_request(&self, scope: &Scope<'_>) -> Option<Result<Request, Failure>> {
        let _ = scope;
        None
    }

    /// Reads the answer to it.
    pub fn read_acknowledge(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Stopped, Failure> {
        let _ = (scope, answer);
        Ok(Stopped::Told)
    }

    /// Whether the account's jobs can be listed.
    pub fn list_supported(&self) -> bool {
        false
    }

    /// The request for the account's jobs, or for the page that an earlier one named, without the sign-in.
    pub fn list_request(
        &self,
        connection_name: &str,
        connection_url: &Url,
        next: Option<&Url>,
    ) -> Option<Result<Request, Failure>> {
        let _ = (connection_name, connection_url, next);
        None
    }

    /// Reads a page of the account's jobs.
    pub fn read_list(&self, connection_name: &str, connection_url: &Url, answer: &Answer) -> Result<Listing, Failure> {
        let _ = (connection_name, connection_url, answer);
        Err(Failure::new(ErrorCode::JobFailed, "The connector cannot list jobs"))
    }

    /// Takes over a job by an id that a person gave, with what is known of it from the list in `scope.kept`; an error
    /// names what only the submit could have told.
    pub fn adopted(&self, scope: &Scope<'_>, remote_id: &str) -> Result<Submitted, Failure> {
        Ok(Submitted::of(remote_id, scope.kept.clone()))
    }
}
