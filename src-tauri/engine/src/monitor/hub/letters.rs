//! What one subscriber has not fetched yet.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::super::end::End;
use crate::retry::Trouble;

/// Words kept for a subscriber that does not fetch them: a job has some ten states, and a repeated percentage is of no
/// use to somebody who is that far behind.
const KEPT: usize = 16;

/// How the stream stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is open, for the first time or again: a snapshot is wanted.
    Opened,
    /// It is down and tried again.
    Down {
        /// Why.
        trouble: Trouble,
        /// It is tried again after that long.
        retry_in: Duration,
        /// Tries since the last event.
        tries: u32,
        /// Better to ask in another way until it is open again.
        spent: bool,
    },
    /// It is over; nothing follows unless somebody joins later and has it opened anew.
    Ended(End),
}

/// One word to a subscriber.
#[derive(Debug)]
pub(crate) enum Word<T> {
    /// The stream's standing has changed; of several changes in a row only the last is told.
    Line(Line),
    /// News of the job.
    Item(T),
    /// News was thrown away because it was not fetched in time: a snapshot is wanted.
    Missed,
}

/// Words in the order they were heard.
#[derive(Debug)]
pub(crate) struct Letters<T> {
    words: Mutex<VecDeque<Word<T>>>,
    arrived: Notify,
}

impl<T> Letters<T> {
    pub(crate) fn new() -> Self {
        Self { words: Mutex::new(VecDeque::new()), arrived: Notify::new() }
    }

    /// Adds a word, and never waits.
    pub(crate) fn put(&self, word: Word<T>) {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Word::Line(_), Some(Word::Line(_))) = (&word, words.back()) {
            words.pop_back();
        }
        if words.len() >= KEPT {
            let line = words.drain(..).rev().find(|word| matches!(word, Word::Line(_)));
            words.extend(line);
            words.push_back(Word::Missed);
        }
        words.push_back(word);
        drop(words);
        self.arrived.notify_one();
    }

    /// Takes the oldest word, or waits for one.
    pub(crate) async fn take(&self) -> Word<T> {
        loop {
            if let Some(word) = self.pop() {
                return word;
            }
            self.arrived.notified().await;
        }
    }

    fn pop(&self) -> Option<Word<T>> {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let word = words.pop_front();
        if words.is_empty() {
            // Ten thousand quiet jobs hold no buffers.
            *words = VecDeque::new();
        }
        word
    }
}
