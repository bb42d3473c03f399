//! What earlier runs of a download left: how far each file is, and of which result it was.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::connector::Part;
use crate::transfer::{self, Order, Summary};

/// The key under which a part's identity stands beside the job in its journal.
const KEY: &str = "part";

/// By what a file of a list is known again: its place, its name, and what is promised of it. No link: that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    index: usize,
    of: usize,
    name: Option<String>,
    size: Option<u64>,
    digests: Vec<String>,
}

impl Identity {
    pub(super) fn of(part: &Part) -> Self {
        let digests = part.digests.iter().map(|one| format!("{}:{}", one.algorithm().word(), one.hex())).collect();
        Self { index: 0, of: 1, name: part.name.clone(), size: part.size, digests }
    }

    /// The same in its place.
    pub(super) fn at(self, index: usize, of: usize) -> Self {
        Self { index, of, ..self }
    }

    /// The journal's words with this beside them.
    pub(super) fn beside(&self, mut origin: Value) -> Value {
        if let (Value::Object(words), Ok(identity)) = (&mut origin, serde_json::to_value(self)) {
            words.insert(KEY.to_owned(), identity);
        }
        origin
    }

    fn found(summary: &Summary) -> Option<Self> {
        serde_json::from_value(summary.origin.get(KEY)?.clone()).ok()
    }
}

/// All that is there of a job's files.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The only file, or the one that is built.
    one: Option<Summary>,
    /// The files of a list, as far as they were begun.
    parts: Vec<(usize, Identity, Summary)>,
}

impl Earlier {
    /// Looks into the folder.
    pub(super) fn look(folder: &Path, ticket: &str) -> Self {
        let part = |index: usize| {
            let summary = transfer::journal_of(folder, &format!("{ticket}-{index}"))?;
            Some((index, Identity::found(&summary)?, summary))
        };
        // They are brought in order, so that there is none without the first.
        let first = part(0);
        let of = first.as_ref().map_or(0, |(_, identity, _)| identity.of);
        let parts = first.into_iter().chain((1..of).map_while(part)).collect();
        Self { one: transfer::journal_of(folder, ticket), parts }
    }

    /// How many files there are, if all of them are whole: they only want their names.
    pub(super) fn all_ready(&self) -> Option<usize> {
        let is_ready = |summary: &Summary| summary.ready.is_some();
        if self.one.as_ref().is_some_and(is_ready) {
            return Some(1);
        }
        let (_, first, _) = self.parts.first()?;
        let whole = self.parts.len() == first.of && self.parts.iter().all(|(_, _, summary)| is_ready(summary));
        whole.then_some(first.of)
    }

    /// Bytes that are there.
    pub(super) fn bytes(&self) -> u64 {
        let all = self.one.iter().chain(self.parts.iter().map(|(_, _, summary)| summary));
        all.map(|summary| summary.ready.unwrap_or(summary.bytes)).sum()
    }

    /// Why what is there does not belong to a result of those files, if it does not.
    pub(super) fn objection(&self, files: usize, identity: impl Fn(usize) -> Option<Identity>) -> Option<String> {
        let had = match (&self.parts.first(), &self.one) {
            (Some((_, first, _)), _) => first.of,
            (None, Some(_)) => 1,
            (None, None) => return None,
        };
        if had != files {
            return Some(format!("it had {had} files and has {files} now"));
        }
        let differs = |(index, known, _): &&(usize, Identity, Summary)| {
            identity(*index).is_none_or(|now| now.at(*index, files) != *known)
        };
        let (index, ..) = self.parts.iter().find(differs)?;
        Some(format!("the {}. of its files is another one now", index + 1))
    }
}

/// Whether what is there under an order's ticket was begun for another file.
pub(super) fn is_of_another(order: &Order) -> bool {
    transfer::journal_of(&order.folder, &order.ticket)
        .is_some_and(|summary| summary.origin.get(KEY) != order.origin.get(KEY))
}

/// Bytes of a file that is whole.
pub(super) fn ready(folder: &Path, ticket: &str) -> Option<u64> {
    transfer::journal_of(folder, ticket)?.ready
}
