//! Signing requests: the one place where a secret joins a request, and only on the connection's own origin.

use http::{HeaderValue, header};
use landfall_wire::{ErrorCode, Failure};
use url::Url;

use crate::net::Request;
use crate::secrets::Secret;

/// How a connection signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// Not at all.
    None,
    /// `Authorization: Bearer <token>`.
    Bearer,
}

pub(crate) const KINDS: [(&str, AuthKind); 2] = [("none", AuthKind::None), ("bearer", AuthKind::Bearer)];

pub(crate) const RESERVED: [&str; 6] = ["headers", "basic", "query", "cookie", "oauth2", "session"];

impl AuthKind {
    /// The word as `connection.auth` writes it.
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// What a connection signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A token.
    Bearer(Secret),
}

/// Adds the sign-in to a request, if its URL lies on the connection's own origin; elsewhere the request stays as it is.
pub(crate) fn authorize(
    kinds: &[AuthKind],
    request: &mut Request,
    credentials: &Credentials,
    connection: &Url,
) -> Result<(), Failure> {
    request.headers.remove(header::AUTHORIZATION);
    if request.url.reveal().origin() != connection.origin() {
        return Ok(());
    }
    match credentials {
        Credentials::Bearer(token) if kinds.contains(&AuthKind::Bearer) => {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.reveal().trim()));
            let mut value = value.map_err(|_| {
                Failure::new(
                    ErrorCode::AuthenticationError,
                    "The connection's token holds characters that cannot be sent",
                )
                .with_remediation("Enter the token again, without spaces and line breaks")
            })?;
            value.set_sensitive(true);
            request.headers.insert(header::AUTHORIZATION, value);
            Ok(())
        }
        Credentials::None if !kinds.contains(&AuthKind::None) => {
            Err(Failure::new(ErrorCode::AuthenticationError, "The connection has no token")
                .with_remediation("Enter the token of this connection again; the job is kept"))
        }
        Credentials::None | Credentials::Bearer(_) => Ok(()),
    }
}
