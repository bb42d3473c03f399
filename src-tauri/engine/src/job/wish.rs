//! What was asked for: written before anything is sent, and never changed but by a person's word on whose turn comes
//! first, when it is sent, and what is done about a name that is in use.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use landfall_wire::{CorrelationId, JobId};
use serde::{Deserialize, Serialize};

use crate::connector::Params;
use crate::transfer::Clash;

/// What was asked for. Written before anything is sent, and never changed but by a person's later word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// Ours.
    pub id: JobId,
    /// The connection's name.
    pub connection: String,
    /// The connector's id.
    pub connector: String,
    /// The parameters, checked against the connector.
    pub params: Params,
    /// Where the file goes.
    pub folder: PathBuf,
    /// The name a person wants, instead of the connector's or the server's; one that ends with `.*` gets their ending.
    pub name: Option<String>,
    /// The SHA-256 a person expects, in lower-case hex.
    pub sha256: Option<String>,
    /// Bytes per second at most.
    pub rate: Option<u64>,
    /// Whether the package is unpacked once it has landed.
    #[serde(default)]
    pub extract: bool,
    /// Whose turn comes first.
    #[serde(default)]
    pub priority: Priority,
    /// What is done when a name is in use that a file is to get; `None` = the file waits, whole, for a person's word.
    #[serde(default = "numbered")]
    pub clash: Option<Clash>,
    /// It is not asked for before then.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// One for the job's whole life.
    pub correlation: CorrelationId,
    /// When it was written.
    pub created_at: Timestamp,
}

/// As it was before wishes said so.
#[expect(clippy::unnecessary_wraps, reason = "it is the value of a field that can be none")]
fn numbered() -> Option<Clash> {
    Some(Clash::Number)
}

/// A shared wish, written and read as the wish alone.
pub(crate) mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Wish;

    pub(crate) fn serialize<S: Serializer>(wish: &Arc<Wish>, serializer: S) -> Result<S::Ok, S::Error> {
        wish.as_ref().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Wish>, D::Error> {
        Wish::deserialize(deserializer).map(Arc::new)
    }
}

/// Whose turn comes first where only so many may go at once: the higher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(i16);

impl Priority {
    /// After everything else.
    pub const LOW: Self = Self(-10);
    /// In the order of asking.
    pub const NORMAL: Self = Self(0);
    /// Before everything else.
    pub const HIGH: Self = Self(10);

    /// The furthest from 0 that a person may ask for, so that there is always room for a word above a number.
    const FURTHEST: u16 = 100;

    /// `low`, `normal`, `high`, or a whole number from -100 to 100.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "low" => Some(Self::LOW),
            "normal" => Some(Self::NORMAL),
            "high" => Some(Self::HIGH),
            number => number.parse().ok().and_then(Self::of_number),
        }
    }

    /// A whole number from -100 to 100.
    pub fn of_number(number: i16) -> Option<Self> {
        (number.unsigned_abs() <= Self::FURTHEST).then_some(Self(number))
    }

    /// As a number.
    pub fn number(self) -> i16 {
        self.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LOW => out.write_str("low"),
            Self::NORMAL => out.write_str("normal"),
            Self::HIGH => out.write_str("high"),
            Self(number) => write!(out, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_is_a_word_or_a_number_and_prints_as_it_is_typed() {
        for (text, number) in [("low", -10), ("normal", 0), ("high", 10), ("-100", -100), ("7", 7)] {
            let priority = Priority::parse(text).expect(text);
            assert_eq!((priority.number(), priority.to_string().as_str()), (number, text));
        }
        for text in ["", "urgent", "101", "-101", "99999", "1.5", "-32768"] {
            assert_eq!(Priority::parse(text), None, "{text}");
        }
        assert!(Priority::LOW < Priority::NORMAL && Priority::NORMAL < Priority::HIGH);
    }
}
