//! How an event stream breaks, and which breaks are the end of it.

use landfall_wire::{ErrorCode, Failure};

use crate::retry::Trouble;

/// Why one connection is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// The retry judge decides.
    #[error("{}", .0.words())]
    Trouble(Trouble),
    /// Trying again would bring the same.
    #[error("{}", .0.words())]
    Over(End),
}

/// Why a stream is over for good: who needs more asks in another way, or opens a new one when something has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// 204: the server says that there is nothing to come back for (HTML standard, section 9.2.2).
    NoContent,
    /// 401: a new sign-in is needed, then a new stream.
    SignIn,
    /// A status that asking again does not change.
    Refused {
        /// The status code.
        status: u16,
    },
    /// 200, but no event stream; the content type or content coding that came instead.
    WrongType(String),
    /// Redirects that break a rule, in words.
    Misdirected(String),
    /// The server's certificate is not trusted.
    Untrusted,
    /// It could not even be asked for.
    Unopened(Failure),
}

impl End {
    /// What a trouble means for which the judge sees no use in trying again.
    pub(crate) fn of(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Status { status: 204, .. } => Self::NoContent,
            Trouble::Status { status: 401, .. } => Self::SignIn,
            Trouble::Status { status, .. } => Self::Refused { status: *status },
            Trouble::Untrusted => Self::Untrusted,
            Trouble::Unreachable | Trouble::Cut | Trouble::Silent | Trouble::Garbled | Trouble::Disk(_) => {
                Self::Unopened(Failure::new(ErrorCode::NetworkError, trouble.words()))
            }
        }
    }

    /// In words, for a person.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::NoContent => "the server has nothing to tell (204)".into(),
            Self::SignIn => "the server does not accept the sign-in".into(),
            Self::Refused { status } => Trouble::Status { status: *status, retry_after: None }.words(),
            Self::WrongType(found) => format!("the server answered with {found:?} instead of an event stream"),
            Self::Misdirected(rule) => rule.clone(),
            Self::Unopened(failure) => failure.message.clone(),
            Self::Untrusted => Trouble::Untrusted.words(),
        }
    }
}
