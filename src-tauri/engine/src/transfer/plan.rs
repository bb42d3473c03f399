//! What to ask for and what to do with the answer: decided from facts alone, no socket, no disk, no clock.
//!
//! A range is asked for only with a validator or with a check after the fact, the answer's `Content-Range` is always
//! compared, and a changed object is an outcome of its own: two versions never meet in one file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checksum::Digest;
use super::head::{Coding, ETag, Head, Length, RangeSaid};
use crate::retry::Trouble;

/// How much is asked for again, and compared, where no strong validator proves the same object.
pub const OVERLAP: u64 = 64 * 1024;

/// With less than this on disk it is cheaper to take the whole again than to ask twice.
const WORTH_ASKING_AGAIN: u64 = 1024 * 1024;

/// How often a range is refused before it is given up.
const REFUSALS: u32 = 2;

/// The object as the server described it; what a resumed answer is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// `ETag`.
    pub etag: Option<ETag>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// Bytes of the whole, once known.
    pub total: Option<u64>,
    /// Digests the server declared for the whole.
    pub digests: Vec<Digest>,
    /// What lands is unpacked from what is sent: no position in one is a position in the other.
    pub coded: bool,
}

/// What we have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes on disk, from the first on.
    pub bytes: u64,
    /// Of which object.
    pub object: Object,
}

/// Why what we have cannot be gone on with. Each may happen once in a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The server now has another object there.
    Changed,
    /// The part that came is not the part that was asked for.
    WrongPart,
    /// A part came without saying which.
    NamelessPart,
    /// Several parts came in one body.
    Multipart,
    /// The range is refused again and again.
    RangeRefused,
    /// The condition is refused.
    ConditionRefused,
    /// The part is packed.
    Packed,
    /// The whole does not have the digest or size it should have.
    Mismatch,
}

impl Why {
    /// In words, for a person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Changed => "the file on the server changed while it was fetched",
            Self::WrongPart => "the server sent another part than was asked for",
            Self::NamelessPart => "the server sent a part without saying which",
            Self::Multipart => "the server sent several parts at once",
            Self::RangeRefused => "the server refuses to go on in the middle",
            Self::ConditionRefused => "the server refuses to compare versions",
            Self::Packed => "the server packed what it should have sent as it is",
            Self::Mismatch => "what arrived is not what was promised",
        }
    }
}

/// What earlier answers of this transfer taught us; survives a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// How often each reason made us begin again.
    pub restarts: BTreeMap<Why, u32>,
    /// Conditions are not understood: compare after the fact.
    pub unconditional: bool,
    /// Refused ranges in a row.
    pub refusals: u32,
}

impl Memory {
    /// Counts a restart; false when it is the second for that reason and must be the end.
    #[must_use]
    pub fn may_restart(&mut self, why: Why) -> bool {
        let count = self.restarts.entry(why).or_default();
        *count += 1;
        *count == 1
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// First byte wanted; 0 asks for the whole, without a range.
    pub from: u64,
    /// So many of the first bytes are here already and are compared.
    pub overlap: u64,
    /// The strong validator for `If-Range`, in quotes.
    pub if_range: Option<String>,
}

/// The question that follows from what we have.
pub fn ask(held: &Held, memory: &Memory) -> Question {
    if held.bytes == 0 || held.object.coded {
        return Question::default();
    }
    let strong = held.object.etag.as_ref().filter(|etag| !etag.weak);
    match strong {
        Some(etag) if !memory.unconditional => {
            Question { from: held.bytes, overlap: 0, if_range: Some(format!("\"{}\"", etag.opaque)) }
        }
        Some(_) => Question { from: held.bytes, overlap: 0, if_range: None },
        None => {
            let overlap = held.bytes.min(OVERLAP);
            Question { from: held.bytes - overlap, overlap, if_range: None }
        }
    }
}

/// What a link allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights<'a> {
    /// The job can give another.
    pub renewable: bool,
    /// Statuses that mean that the link is dead.
    pub renew_on: &'a [u16],
    /// It is just made and by the server's own time not expired, so that a refusal is meant.
    pub fresh: bool,
}

/// What to do with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The body goes on where we are.
    Append {
        /// So many first bytes are compared with what is on disk.
        compare: u64,
        /// The body ends there at the latest, as a position in the whole.
        until: Option<u64>,
        /// The object as it is known now.
        object: Object,
    },
    /// The body is the object from its first byte.
    Whole {
        /// Set aside what is held, for this reason; without one it is only the same bytes again.
        aside: Option<Why>,
        /// The body ends there at the latest.
        until: Option<u64>,
        /// The object as it is known now.
        object: Object,
    },
    /// Set aside what is held and ask for the whole.
    Restart(Why),
    /// Ask again for the same range without a condition.
    Unconditional,
    /// All bytes are here.
    Complete(Object),
    /// The link is dead: another one.
    Renew(u16),
    /// The judge decides about it.
    Again(Trouble),
    /// Nothing of ours can help.
    Fail(Refusal),
}

/// Answers that end a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The link is dead and cannot be renewed, or was refused fresh.
    LinkDead {
        /// The status.
        status: u16,
    },
    /// An answer that is no answer to what was asked.
    Unexpected {
        /// The status.
        status: u16,
    },
    /// Lengths that contradict each other.
    Framing,
    /// Packed in a way we do not undo.
    Coding(String),
}

/// Decides.
pub fn decide(held: &Held, question: &Question, head: &Head, rights: Rights<'_>, memory: &Memory) -> Step {
    if head.length == Length::Conflicting {
        return Step::Fail(Refusal::Framing);
    }
    match head.status {
        200 | 203 => whole(held, question, head, memory),
        206 if question.from == 0 => unasked_part(head),
        206 => part(held, question, head),
        416 => unsatisfied(held, question, head, memory),
        412 if question.if_range.is_some() => Step::Restart(Why::ConditionRefused),
        status if rights.renew_on.contains(&status) => {
            if rights.renewable && !rights.fresh {
                Step::Renew(status)
            } else {
                Step::Fail(Refusal::LinkDead { status })
            }
        }
        status @ (201..=299 | 304 | 412) => Step::Fail(Refusal::Unexpected { status }),
        status => Step::Again(Trouble::Status { status, retry_after: head.retry_after }),
    }
}

fn whole(held: &Held, question: &Question, head: &Head, memory: &Memory) -> Step {
    let coded = match &head.coding {
        Coding::Identity => false,
        Coding::Gzip => true,
        Coding::Other(coding) => return Step::Fail(Refusal::Coding(coding.clone())),
    };
    let length = match head.length {
        Length::Known(length) if !coded => Some(length),
        _ => None,
    };
    let object = Object {
        etag: head.etag.clone(),
        last_modified: head.last_modified.clone(),
        total: length,
        // A declared digest is of what is sent, not of what lands.
        digests: if coded { Vec::new() } else { head.digests.clone() },
        coded,
    };
    if question.from == 0 && held.bytes == 0 {
        return Step::Whole { aside: None, until: length, object };
    }
    let changed = !held.object.coded && !coded && differs(&held.object, head, length);
    if !changed && !coded && question.if_range.is_some() && held.bytes >= WORTH_ASKING_AGAIN && !memory.unconditional {
        let same = matches!((&held.object.etag, &head.etag), (Some(ours), Some(theirs)) if ours.proves_same(theirs));
        if same {
            return Step::Unconditional;
        }
    }
    Step::Whole { aside: changed.then_some(Why::Changed), until: length, object }
}

/// A part though the whole was asked for: good if it begins at the beginning.
fn unasked_part(head: &Head) -> Step {
    match head.range {
        RangeSaid::Part { first: 0, last, total } if !head.multipart && head.coding == Coding::Identity => {
            Step::Whole {
                aside: None,
                until: Some(last + 1),
                object: Object {
                    etag: head.etag.clone(),
                    last_modified: head.last_modified.clone(),
                    total,
                    digests: head.digests.clone(),
                    coded: false,
                },
            }
        }
        _ => Step::Fail(Refusal::Unexpected { status: 206 }),
    }
}

fn part(held: &Held, question: &Question, head: &Head) -> Step {
    if head.multipart {
        return Step::Restart(Why::Multipart);
    }
    if head.coding != Coding::Identity {
        return Step::Restart(Why::Packed);
    }
    let (first, last, total) = match head.range {
        RangeSaid::Part { first, last, total } => (first, last, total),
        RangeSaid::Absent => return Step::Restart(Why::NamelessPart),
        RangeSaid::Unreadable | RangeSaid::Unsatisfied { .. } => return Step::Restart(Why::WrongPart),
    };
    if differs(&held.object, head, total) {
        return Step::Restart(Why::Changed);
    }
    if first != question.from || held.object.total.is_some_and(|total| last >= total) {
        return Step::Restart(Why::WrongPart);
    }
    Step::Append { compare: question.overlap, until: Some(last + 1), object: refined(&held.object, head, total) }
}

fn unsatisfied(held: &Held, question: &Question, head: &Head, memory: &Memory) -> Step {
    if let RangeSaid::Unsatisfied { total } = head.range {
        if held.bytes == total && !differs(&held.object, head, Some(total)) {
            return Step::Complete(refined(&held.object, head, Some(total)));
        }
        if question.from > 0 && (differs(&held.object, head, Some(total)) || total < held.bytes) {
            return Step::Restart(Why::Changed);
        }
    }
    if question.from == 0 {
        return Step::Fail(Refusal::Unexpected { status: 416 });
    }
    if memory.refusals < REFUSALS {
        // For the judge a passing refusal is like a busy server: the range was fine a moment ago.
        Step::Again(Trouble::Status { status: 503, retry_after: head.retry_after })
    } else {
        Step::Restart(Why::RangeRefused)
    }
}

/// Whether an answer is certainly about another object than the one we hold a part of.
///
/// Equal strong tags settle it, whatever the dates say (mirrors differ in those); totals always count.
fn differs(held: &Object, head: &Head, total: Option<u64>) -> bool {
    if let (Some(ours), Some(theirs)) = (held.total, total)
        && ours != theirs
    {
        return true;
    }
    let dates = held.last_modified.as_ref().zip(head.last_modified.as_ref()).map(|(ours, theirs)| ours == theirs);
    match (&held.etag, &head.etag) {
        (Some(ours), Some(theirs)) if !ours.weak && !theirs.weak => ours.opaque != theirs.opaque,
        // A weak tag that changed is outvoted by a date that did not; the overlap then decides.
        (Some(ours), Some(theirs)) if ours.opaque != theirs.opaque => dates != Some(true),
        _ => dates == Some(false),
    }
}

/// What is known of the object after one more answer: nothing is forgotten, what was missing is added.
fn refined(held: &Object, head: &Head, total: Option<u64>) -> Object {
    let mut object = held.clone();
    object.total = object.total.or(total);
    object.etag = object.etag.or_else(|| head.etag.clone());
    object.last_modified = object.last_modified.or_else(|| head.last_modified.clone());
    for digest in &head.digests {
        if !object.digests.contains(digest) {
            object.digests.push(digest.clone());
        }
    }
    object
}

#[cfg(test)]
mod tests;
