//! How bytes flowed lately, a value a second, of each job that downloads.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use landfall_wire::JobId;

/// So many seconds are kept.
const KEPT: usize = 120;

/// A value a second.
const SECOND: Duration = Duration::from_secs(1);

/// The flow of all jobs.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    jobs: BTreeMap<JobId, Seconds>,
}

#[derive(Debug)]
struct Seconds {
    /// When the present second began, by the monotonic clock.
    since: Duration,
    /// What was on disk then.
    bytes: u64,
    values: VecDeque<u64>,
}

impl Flow {
    /// So much is on disk by now of a job that downloads.
    pub(crate) fn saw(&mut self, id: &JobId, bytes: u64, now: Duration) {
        let seconds = self.jobs.entry(id.clone()).or_insert(Seconds { since: now, bytes, values: VecDeque::new() });
        let passed = now.saturating_sub(seconds.since).as_secs();
        if passed == 0 {
            return;
        }
        // What came while nobody looked is spread over the time.
        let each = bytes.saturating_sub(seconds.bytes) / passed;
        for _ in 0..passed.min(KEPT as u64) {
            seconds.values.push_back(each);
        }
        while seconds.values.len() > KEPT {
            seconds.values.pop_front();
        }
        seconds.since += SECOND * u32::try_from(passed).unwrap_or(u32::MAX);
        seconds.bytes = bytes;
    }

    /// It downloads no more.
    pub(crate) fn ended(&mut self, id: &JobId) {
        self.jobs.remove(id);
    }

    /// Whether any downloads.
    pub(crate) fn is_any(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Those that download.
    pub(crate) fn ids(&self) -> Vec<JobId> {
        self.jobs.keys().cloned().collect()
    }

    /// Bytes of each of the last seconds, oldest first.
    pub(crate) fn of(&self, id: &JobId) -> Vec<u64> {
        self.jobs.get(id).map(|seconds| seconds.values.iter().copied().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_a_second_and_no_more_than_two_minutes() {
        let (mut flow, id) = (Flow::default(), JobId::new("a"));
        let at = |milliseconds| Duration::from_millis(milliseconds);
        flow.saw(&id, 0, at(0));
        assert!(flow.of(&id).is_empty(), "no second has passed");
        flow.saw(&id, 50, at(500));
        flow.saw(&id, 100, at(1_000));
        flow.saw(&id, 500, at(3_100));
        assert_eq!(flow.of(&id), [100, 200, 200], "two seconds that nobody looked at share what came");
        for second in 4..300 {
            flow.saw(&id, 500, at(second * 1_000));
        }
        assert_eq!(flow.of(&id), [0; KEPT], "silence is drawn as well");
        flow.ended(&id);
        assert!(!flow.is_any() && flow.of(&id).is_empty());
    }
}
