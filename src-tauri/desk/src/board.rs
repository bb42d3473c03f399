//! The list as a value: a row for each job, with the revision of its last change.
//!
//! Whoever shows it names the revision it has drawn and gets what is newer. Nothing is kept per reader, so that a page that
//! is slow, hidden or gone costs nothing.

use std::collections::{BTreeMap, VecDeque};

use landfall_wire::{Change, Desk as Around, JobId, JobRow};

/// So many removals are remembered; who has missed more gets everything.
const REMOVALS: usize = 1_000;

/// The rows, and what stands around them.
#[derive(Debug)]
pub(crate) struct Board {
    revision: u64,
    rows: BTreeMap<JobId, (u64, JobRow)>,
    /// The rows by the revision of their last change.
    by_revision: BTreeMap<u64, JobId>,
    gone: VecDeque<(u64, JobId)>,
    /// Removals up to this revision are forgotten.
    forgotten: u64,
    around: (u64, Around),
}

impl Board {
    /// No rows yet.
    pub(crate) fn new(around: Around) -> Self {
        Self {
            revision: 1,
            rows: BTreeMap::new(),
            by_revision: BTreeMap::new(),
            gone: VecDeque::new(),
            forgotten: 0,
            around: (1, around),
        }
    }

    /// The newest revision.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// One row.
    pub(crate) fn row(&self, id: &JobId) -> Option<&JobRow> {
        self.rows.get(id).map(|(_, row)| row)
    }

    /// All rows, by id.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &JobRow> {
        self.rows.values().map(|(_, row)| row)
    }

    /// Puts a row in its place and gives the one that was there; one that looks the same changes nothing.
    pub(crate) fn put(&mut self, row: JobRow) -> Option<JobRow> {
        if let Some((_, known)) = self.rows.get(&row.id)
            && *known == row
        {
            return Some(row);
        }
        self.revision += 1;
        let id = row.id.clone();
        self.by_revision.insert(self.revision, id.clone());
        let (old, before) = self.rows.insert(id, (self.revision, row))?;
        self.by_revision.remove(&old);
        Some(before)
    }

    /// Takes a row away.
    pub(crate) fn remove(&mut self, id: &JobId) {
        let Some((old, _)) = self.rows.remove(id) else { return };
        self.by_revision.remove(&old);
        self.revision += 1;
        self.gone.push_back((self.revision, id.clone()));
        if self.gone.len() > REMOVALS
            && let Some((revision, _)) = self.gone.pop_front()
        {
            self.forgotten = revision;
        }
    }

    /// What stands around the list.
    pub(crate) fn around(&self) -> &Around {
        &self.around.1
    }

    /// Changes what stands around the list.
    pub(crate) fn change_around(&mut self, change: impl FnOnce(&mut Around)) {
        let mut around = self.around.1.clone();
        change(&mut around);
        if around != self.around.1 {
            self.revision += 1;
            self.around = (self.revision, around);
        }
    }

    /// Everything, and the revision by which that is acknowledged.
    pub(crate) fn whole(&mut self) -> (u64, Change) {
        self.revision += 1;
        let rows = self.rows().cloned().collect();
        (self.revision, Change::Whole { revision: self.revision, rows, desk: self.around.1.clone() })
    }

    /// What is newer than that revision; `None` when nothing is. Everything where it is not known any more what went away.
    pub(crate) fn since(&mut self, drawn: u64) -> Option<(u64, Change)> {
        if drawn < self.forgotten {
            return Some(self.whole());
        }
        let newer = self.by_revision.range(drawn + 1..);
        let rows: Vec<JobRow> = newer.filter_map(|(_, id)| self.row(id).cloned()).collect();
        let gone: Vec<JobId> = self
            .gone
            .iter()
            .filter(|(revision, id)| *revision > drawn && !self.rows.contains_key(id))
            .map(|(_, id)| id.clone())
            .collect();
        let desk = (self.around.0 > drawn).then(|| self.around.1.clone());
        if rows.is_empty() && gone.is_empty() && desk.is_none() {
            return None;
        }
        self.revision += 1;
        Some((self.revision, Change::Delta { revision: self.revision, rows, gone, desk }))
    }
}

#[cfg(test)]
pub(crate) mod tests;
