//! What BullMQ itself tells of its jobs.

use std::collections::BTreeMap;

use super::bed::Bed;

/// BullMQ's own events of the queue, which keeps the last ten thousand of them.
#[derive(Default)]
pub(crate) struct Events {
    last: Option<String>,
    added: BTreeMap<String, u32>,
    completed: BTreeMap<String, u32>,
}

impl Events {
    /// Those that have come since the last time.
    pub(crate) async fn read(&mut self, bed: &Bed) {
        let from = self.last.as_ref().map_or_else(|| "-".to_owned(), |last| format!("({last}"));
        let words = ["XRANGE", "bull:download-queue:events", &from, "+"];
        for (id, fields) in bed.redis.ask::<Vec<(String, Vec<String>)>>(&words).await {
            let field = |name: &str| fields.chunks(2).find(|pair| pair[0] == name).map(|pair| pair[1].clone());
            let count = match field("event").as_deref() {
                Some("added") => Some(&mut self.added),
                Some("completed") => Some(&mut self.completed),
                _ => None,
            };
            if let (Some(count), Some(job)) = (count, field("jobId")) {
                *count.entry(job).or_default() += 1;
            }
            self.last = Some(id);
        }
    }

    /// Each job was put into the queue once and ended there once.
    pub(crate) fn once_for<'a>(&self, jobs: impl Iterator<Item = &'a String>) {
        let once: BTreeMap<String, u32> = jobs.map(|job| (job.clone(), 1)).collect();
        assert_eq!(self.added, once, "each job is put into the queue once");
        assert_eq!(self.completed, once, "each job's end is told once");
    }
}
