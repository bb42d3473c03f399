//! Who asks: a bearer token stands for a user, either the user's own, or one that a client of the user was given (P-9).

mod access;
mod clients;

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

use aws_lc_rs::digest;
use http::{HeaderMap, header};
use jiff::Timestamp;

use access::AccessTokens;
pub(crate) use clients::Clients;
pub use clients::{Client, ClientError};

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

    /// The user with this token.
    fn of(&self, token: &str) -> Option<&str> {
        self.0.get(&digest_of(token)).map(String::as_str)
    }

    /// The user of this name.
    fn named(&self, name: &str) -> Option<&str> {
        self.0.values().find(|known| *known == name).map(String::as_str)
    }
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// No bearer token came.
    NoToken,
    /// The token is nobody's.
    Unknown,
    /// The token was good once.
    Expired,
}

/// Knows everybody who may ask.
#[derive(Debug)]
pub(crate) struct Doorkeeper {
    users: Users,
    clients: Clients,
    tokens: AccessTokens,
}

impl Doorkeeper {
    pub(crate) fn new(users: Users, clients: Clients, signing_key: &[u8], token_life: Duration) -> Self {
        Self { users, clients, tokens: AccessTokens::new(signing_key, token_life) }
    }

    /// The user whose token the headers carry.
    pub(crate) fn admit(&self, headers: &HeaderMap, now: Timestamp) -> Result<&str, Stranger> {
        let token = bearer(headers).ok_or(Stranger::NoToken)?;
        if let Some(user) = self.users.of(token) {
            return Ok(user);
        }
        let grant = self.tokens.read(token).ok_or(Stranger::Unknown)?;
        // A later start may know other users than the one that issued the token.
        let user = self.users.named(&grant.user).ok_or(Stranger::Unknown)?;
        if now < grant.expires { Ok(user) } else { Err(Stranger::Expired) }
    }

    /// A fresh access token for the user of this client.
    pub(crate) fn exchange(&self, id: &str, secret: &str, now: Timestamp) -> Option<String> {
        self.clients.user_of(id, secret).map(|user| self.tokens.issue(user, now))
    }

    /// How long an access token is good.
    pub(crate) fn token_life(&self) -> Duration {
        self.tokens.life
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    // The scheme is compared without regard to case (RFC 9110, section 11.1).
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn digest_of(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}
