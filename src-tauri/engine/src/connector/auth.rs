//! Signing requests: the one place where a secret joins a request, and only on the connection's own origin.

use http::{HeaderName, HeaderValue, header};
use landfall_wire::{ErrorCode, Failure};
use url::Url;

use crate::net::Request;
use crate::secrets::Credentials;

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
    for (name, value) in &credentials.headers {
        let key = HeaderName::try_from(name.as_str()).map_err(|_| unsendable(&format!("header {name:?}")))?;
        request.headers.insert(key, sensitive(value.reveal()).ok_or_else(|| unsendable(&format!("header {name:?}")))?);
    }
    match &credentials.token {
        Some(token) if kinds.contains(&AuthKind::Bearer) => {
            let value = sensitive(&format!("Bearer {}", token.reveal().trim())).ok_or_else(|| unsendable("token"))?;
            request.headers.insert(header::AUTHORIZATION, value);
            Ok(())
        }
        None if credentials.headers.is_empty() && !kinds.contains(&AuthKind::None) => Err(no_token()),
        None | Some(_) => Ok(()),
    }
}

/// A header's value that no log of the HTTP client prints; `None` when HTTP does not allow it.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

pub(crate) fn no_token() -> Failure {
    Failure::new(ErrorCode::AuthenticationError, "The connection has no token")
        .with_remediation("Enter the token of this connection again; the job is kept")
}

fn unsendable(what: &str) -> Failure {
    Failure::new(
        ErrorCode::AuthenticationError,
        format!("The connection's {what} holds characters that cannot be sent"),
    )
    .with_remediation("Enter it again, without line breaks")
}
