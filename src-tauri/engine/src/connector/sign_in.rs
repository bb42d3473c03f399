//! Signing in by requests: OAuth 2 and sessions, step by step, without a socket.

use std::time::Duration;

use http::HeaderName;
use url::Url;

use super::jar::Jar;
use crate::secrets::{Credentials, Secret};

/// The connection as the interpreter sees it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its base URL.
    pub url: &'a Url,
    /// The further hosts that a person confirmed for it, of those the connector lists.
    pub hosts: &'a [String],
}

/// A sign-in under way: what its steps gave so far. Prints no secret.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    pub(crate) cookies: Jar,
    pub(crate) csrf: Option<Secret>,
    pub(crate) kept: Vec<(String, Secret)>,
    pub(crate) session: Session,
}

/// What a sign-in gave; kept in memory only, but for a fresh refresh token. Prints no secret.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// The token, sent as the connector says.
    pub token: Option<Secret>,
    /// Headers that go with every request, such as a CSRF token.
    pub headers: Vec<(HeaderName, Secret)>,
    /// The cookies of the connection's origin.
    pub cookies: Jar,
    /// How long it lives from the answer on, as the server says.
    pub expires_in: Option<Duration>,
    /// A refresh token that replaces the one that was used (RFC 6749 section 6): to be kept in the vault.
    pub refresh_token: Option<Secret>,
}

/// What an answer to a step of the sign-in says.
#[derive(Debug, Clone)]
pub enum SignInReading {
    /// Go on with the next step.
    Next(SignIn),
    /// It is done.
    Done(Session),
}

/// What signs a request.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'a> {
    /// The connection.
    pub place: Place<'a>,
    /// Its secrets.
    pub credentials: &'a Credentials,
    /// What the sign-in gave, where one was needed.
    pub session: Option<&'a Session>,
    /// The time, for cookies that have died.
    pub now: jiff::Timestamp,
}
