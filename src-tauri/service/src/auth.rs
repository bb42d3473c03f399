//! Who asks: a bearer token stands for a user.

use std::collections::HashMap;
use std::str::FromStr;

use aws_lc_rs::digest;
use http::{HeaderMap, header};

/// A user of the service. Its token does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    name: String,
    token: String,
}

impl User {
    /// A user with a name for the job table and a token for the wire.
    pub fn new(name: impl Into<String>, token: impl Into<String>) -> Self {
        Self { name: name.into(), token: token.into() }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The token, in clear.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("User").field("name", &self.name).field("token", &"****").finish()
    }
}

/// A user that cannot be: the message says what would be right, and never names the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// Not NAME=TOKEN.
    #[error("a user is written NAME=TOKEN, with a name and a token that are not empty")]
    Form,
    /// The token would not pass through a header.
    #[error("the token of user \"{0}\" has characters that no header can carry: use visible ASCII without spaces")]
    Token(String),
    /// The same name or token stands there twice.
    #[error("user \"{0}\" has a name or a token that another user has too")]
    Twice(String),
}

/// Reads `NAME=TOKEN`.
impl FromStr for User {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let (name, token) = text.split_once('=').ok_or(UserError::Form)?;
        Ok(Self::new(name, token))
    }
}

/// The known users by the digest of their token: looking one up tells nothing by its time.
#[derive(Debug)]
pub(crate) struct Users(HashMap<Vec<u8>, String>);

impl Users {
    pub(crate) fn new(users: &[User]) -> Result<Self, UserError> {
        let mut known = HashMap::new();
        for user in users {
            if user.name.is_empty() || user.token.is_empty() {
                return Err(UserError::Form);
            }
            if !user.token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(UserError::Token(user.name.clone()));
            }
            let twice = known.values().any(|name| *name == user.name);
            if known.insert(digest_of(&user.token), user.name.clone()).is_some() || twice {
                return Err(UserError::Twice(user.name.clone()));
            }
        }
        Ok(Self(known))
    }

    /// The user whose token the headers carry.
    pub(crate) fn identify(&self, headers: &HeaderMap) -> Option<&str> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        // The scheme is compared without regard to case (RFC 9110, section 11.1).
        let token = scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())?;
        self.0.get(&digest_of(token)).map(String::as_str)
    }
}

fn digest_of(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}
