//! What differs inside one component: places as JSON pointers (RFC 6901), each with what was there and what is there now.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::array;

/// A value whose JSON is longer than this is told by its size.
const LONGEST_SHOWN: usize = 2_000;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Another value. The pointer leads to it in the first document, or in the second where only that has it.
    Value {
        /// Where, as RFC 6901 writes it; empty for the whole document.
        pointer: String,
        /// What the first has.
        from: Shown,
        /// What the second has.
        to: Shown,
    },
    /// The same elements in another order; those that differ besides are told beside it.
    Order {
        /// Where the list is.
        pointer: String,
        /// How many elements both lists have.
        elements: usize,
        /// How many of them must be moved at least.
        moved: usize,
    },
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Nothing: the place is not there, which is not the same as `null`.
    Missing,
    /// This value.
    Value(Value),
    /// A value too large to show, or a file that is compared as a whole, in words.
    Summary(String),
}

/// As the command line's contract has it: `{"pointer", "from", "to"}`. What is missing has no key; what is too large has
/// its words under `fromSummary` or `toSummary`; another order is `{"pointer", "elements", "moved"}`.
impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Value { pointer, from, to } => {
                map.serialize_entry("pointer", pointer)?;
                for (shown, key, summary) in [(from, "from", "fromSummary"), (to, "to", "toSummary")] {
                    match shown {
                        Shown::Missing => {}
                        Shown::Value(value) => map.serialize_entry(key, value)?,
                        Shown::Summary(words) => map.serialize_entry(summary, words)?,
                    }
                }
            }
            Self::Order { pointer, elements, moved } => {
                map.serialize_entry("pointer", pointer)?;
                map.serialize_entry("elements", elements)?;
                map.serialize_entry("moved", moved)?;
            }
        }
        map.end()
    }
}

/// The differences found so far: all are counted, the first are kept.
#[derive(Debug)]
pub(super) struct Differences {
    pub(super) changes: Vec<Change>,
    total: usize,
    most: usize,
}

impl Differences {
    pub(super) fn new(most: usize) -> Self {
        Self { changes: Vec::new(), total: 0, most }
    }

    /// How many are counted and not kept.
    pub(super) fn more(&self) -> usize {
        self.total - self.changes.len()
    }

    pub(super) fn note(&mut self, change: impl FnOnce() -> Change) {
        self.total += 1;
        if self.changes.len() < self.most {
            self.changes.push(change());
        }
    }

    /// Notes another value; `None` is one that is not there.
    pub(super) fn note_value(&mut self, pointer: &str, from: Option<&Value>, to: Option<&Value>) {
        self.note(|| Change::Value { pointer: pointer.to_owned(), from: shown(from), to: shown(to) });
    }

    /// Compares two values whose numbers stand by their value.
    pub(super) fn compare(&mut self, pointer: &str, a: &Value, b: &Value) {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                for (name, one) in a {
                    match b.get(name) {
                        Some(other) if one == other => {}
                        Some(other) => self.compare(&child(pointer, name), one, other),
                        None => self.note_value(&child(pointer, name), Some(one), None),
                    }
                }
                for (name, other) in b.iter().filter(|(name, _)| !a.contains_key(*name)) {
                    self.note_value(&child(pointer, name), None, Some(other));
                }
            }
            (Value::Array(a), Value::Array(b)) => array::compare(self, pointer, a, b),
            _ if a != b => self.note_value(pointer, Some(a), Some(b)),
            _ => {}
        }
    }
}

/// The pointer to a member: `~` is written `~0` and `/` is written `~1` (RFC 6901, section 3).
pub(super) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn shown(value: Option<&Value>) -> Shown {
    let Some(value) = value else { return Shown::Missing };
    let size = value.to_string().len();
    if size <= LONGEST_SHOWN {
        return Shown::Value(value.clone());
    }
    let what = match value {
        Value::Object(members) => format!("an object of {} members", members.len()),
        Value::Array(list) => format!("a list of {} elements", list.len()),
        _ => "a text".to_owned(),
    };
    Shown::Summary(format!("{what}, {} as JSON", crate::units::size_text(size as u64)))
}
