//! One progress out of several transfers', one after the other.

use tokio::sync::watch;

use crate::transfer::{Error, Progress};

/// The sum so far, told as it grows.
pub(super) struct Tally<'a> {
    out: &'a watch::Sender<Progress>,
    /// Bytes of the files before the present one.
    before: u64,
    /// Bytes of each, as far as they are known.
    sizes: Vec<Option<u64>>,
    /// Files that are done.
    files: usize,
    /// What happened so far.
    notes: Vec<String>,
}

impl<'a> Tally<'a> {
    /// Of so many files of these sizes.
    pub(super) fn new(out: &'a watch::Sender<Progress>, sizes: Vec<Option<u64>>) -> Self {
        Self { out, before: 0, sizes, files: 0, notes: Vec::new() }
    }

    /// Of one file, or of pages whose number nobody knows.
    pub(super) fn of_one(out: &'a watch::Sender<Progress>) -> Self {
        Self::new(out, Vec::new())
    }

    /// Shows a transfer's progress as a part of the whole until it ends.
    pub(super) async fn follow<T>(
        &mut self,
        seen: watch::Receiver<Progress>,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.show(seen, work, true).await
    }

    /// The same while what was counted already is checked.
    pub(super) async fn check<T>(
        &mut self,
        seen: watch::Receiver<Progress>,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.show(seen, work, false).await
    }

    async fn show<T>(
        &mut self,
        mut seen: watch::Receiver<Progress>,
        work: impl Future<Output = Result<T, Error>>,
        counts: bool,
    ) -> Result<T, Error> {
        // Boxed: it holds the room of a whole transfer.
        let mut work = Box::pin(work);
        let done = loop {
            tokio::select! {
                biased;
                done = &mut work => break done,
                Ok(()) = seen.changed() => {
                    let progress = seen.borrow_and_update().clone();
                    self.tell(&progress, counts);
                }
            }
        };
        let last = seen.borrow().clone();
        self.tell(&last, counts);
        self.notes.extend(last.notes.into_iter().skip(last.told_before));
        done
    }

    fn tell(&self, inner: &Progress, counts: bool) {
        let place = (self.sizes.len() > 1).then(|| format!("file {} of {}: ", self.files + 1, self.sizes.len()));
        let place = place.unwrap_or_default();
        let fresh = inner.notes.iter().skip(inner.told_before).map(|note| format!("{place}{note}"));
        let notes = self.notes.iter().cloned().chain(fresh).collect();
        self.out.send_modify(|out| {
            out.doing = inner.doing.clone();
            out.name.clone_from(&inner.name);
            out.notes = notes;
            if counts {
                out.bytes = self.before + inner.bytes;
                out.total = self.total(inner.total);
            }
        });
    }

    /// Bytes of the whole, once all sizes are known; what the present transfer found out counts.
    fn total(&self, present: Option<u64>) -> Option<u64> {
        let sizes = self.sizes.iter().enumerate();
        sizes.map(|(index, size)| if index == self.files { present.or(*size) } else { *size }).sum()
    }

    /// The present file, or page, is done; so many bytes of it came.
    pub(super) fn done(&mut self, bytes: u64) {
        self.before += bytes;
        if let Some(size) = self.sizes.get_mut(self.files) {
            *size = Some(bytes);
        }
        self.files += 1;
        let before = self.before;
        self.out.send_modify(|out| out.bytes = before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_add_up_and_each_is_named_by_its_place() {
        let (out, shown) = watch::channel(Progress::default());
        let mut tally = Tally::new(&out, vec![Some(10), None, Some(5)]);
        for (bytes, notes, total) in [(10, vec!["old", "new"], None), (7, vec!["old", "cut"], Some(22))] {
            let notes = notes.into_iter().map(str::to_owned).collect();
            let now = Progress { bytes, total: Some(bytes), notes, told_before: 1, ..Progress::default() };
            let (inner, seen) = watch::channel(Progress::default());
            inner.send_replace(now);
            tally.follow(seen, std::future::ready(Ok(()))).await.unwrap();
            assert_eq!(shown.borrow().total, total, "all sizes are known once the second file has told its own");
            tally.done(bytes);
        }
        assert_eq!(shown.borrow().bytes, 17);
        assert_eq!(shown.borrow().notes.last().map(String::as_str), Some("file 2 of 3: cut"));
        assert_eq!(shown.borrow().notes.len(), 2, "what an earlier run told is not told again");
    }
}
