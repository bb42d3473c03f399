//! OAuth clients: programs that ask in a user's name and get short-lived tokens for it (P-9).

use std::collections::HashMap;
use std::str::FromStr;

use super::{User, digest_of};

/// A client of the service. Its secret does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    user: String,
    id: String,
    secret: String,
}

impl Client {
    /// A client that acts for the user of this name.
    pub fn new(user: impl Into<String>, id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { user: user.into(), id: id.into(), secret: secret.into() }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = out.debug_struct("Client");
        out.field("user", &self.user).field("id", &self.id).field("secret", &"****").finish()
    }
}

/// A client that cannot be: the message says what would be right, and never names the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Not NAME=ID:SECRET.
    #[error("a client is written NAME=ID:SECRET, with a user's name, an id and a secret that are not empty")]
    Form,
    /// It would act for somebody who is not there.
    #[error("the client \"{0}\" acts for a user that is not there: name one of the users")]
    Nobody(String),
    /// The same id stands there twice.
    #[error("the client \"{0}\" stands there twice: give each an id of its own, which is no other user's name")]
    Twice(String),
}

/// Reads `NAME=ID:SECRET`.
impl FromStr for Client {
    type Err = ClientError;

    fn from_str(text: &str) -> Result<Self, ClientError> {
        let (user, client) = text.split_once('=').ok_or(ClientError::Form)?;
        let (id, secret) = client.split_once(':').ok_or(ClientError::Form)?;
        if [user, id, secret].iter().any(|part| part.is_empty()) {
            return Err(ClientError::Form);
        }
        Ok(Self::new(user, id, secret))
    }
}

/// The known clients: by id, the digest of the secret and the user.
#[derive(Debug)]
pub(crate) struct Clients(HashMap<String, (Vec<u8>, String)>);

impl Clients {
    /// Those that were named. A user who has none of them gets one: its name is the id, its token the secret.
    pub(crate) fn new(users: &[User], named: &[Client]) -> Result<Self, ClientError> {
        let derived = users
            .iter()
            .filter(|user| named.iter().all(|client| client.user != user.name))
            .map(|user| Client::new(&user.name, &user.name, &user.token));
        let mut known = HashMap::new();
        for client in named.iter().cloned().chain(derived) {
            if client.id.is_empty() || client.secret.is_empty() {
                return Err(ClientError::Form);
            }
            if users.iter().all(|user| user.name != client.user) {
                return Err(ClientError::Nobody(client.id));
            }
            if known.insert(client.id.clone(), (digest_of(&client.secret), client.user)).is_some() {
                return Err(ClientError::Twice(client.id));
            }
        }
        Ok(Self(known))
    }

    /// The user that a client with this id and secret acts for.
    pub(super) fn user_of(&self, id: &str, secret: &str) -> Option<&str> {
        // Digests are compared: how far two of them agree tells nothing about the secret.
        let (digest, user) = self.0.get(id)?;
        (*digest == digest_of(secret)).then_some(user.as_str())
    }
}
