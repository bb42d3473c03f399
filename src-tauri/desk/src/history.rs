//! How long the servers took lately: an honest word about how long one will take that does not say so itself.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use landfall_wire::{Failure, JobId, JobSnapshot, Phase};
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, lock};
use crate::shelf::Shelf;

/// The file of it.
const FILE: &str = "history";

/// So many of a connection are remembered.
const KEPT: usize = 20;

/// Fewer say nothing.
const ENOUGH: usize = 3;

/// Where the slower half takes so many times as long as the quicker one, the middle of both says nothing.
const SPREAD: u64 = 4;

/// A part of the work, in percent, from which on its pace says how long the rest takes, and the time that has gone by then.
const PACED: (f64, Duration) = (10.0, Duration::from_secs(5));

/// How long each connection's server worked on its last jobs, and since when it works on those that are not done.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct History {
    /// In milliseconds, oldest first.
    connections: BTreeMap<String, VecDeque<u64>>,
    /// None: it was not seen to begin, so how long it takes is not known.
    #[serde(skip)]
    begun: BTreeMap<JobId, Option<Timestamp>>,
    #[serde(skip)]
    is_new: bool,
}

impl History {
    pub(crate) fn open(shelf: &Shelf) -> Self {
        shelf.read_or_default(FILE)
    }

    /// A job that was under way before anybody looked.
    pub(crate) fn found(&mut self, id: &JobId) {
        self.begun.insert(id.clone(), None);
    }

    /// What a job is at now.
    pub(crate) fn saw(&mut self, shot: &JobSnapshot, now: Timestamp) {
        match shot.phase {
            Phase::Waiting | Phase::Preparing => {
                self.begun.entry(shot.id.clone()).or_insert(Some(now));
            }
            Phase::Resolving | Phase::Downloading | Phase::Verifying | Phase::Extracting | Phase::Landed => {
                let (Some(Some(begun)), Some(connection)) = (self.begun.remove(&shot.id), &shot.connection) else {
                    return;
                };
                let took = u64::try_from(now.duration_since(begun).as_millis()).unwrap_or(0);
                let known = self.connections.entry(connection.clone()).or_default();
                known.push_back(took);
                if known.len() > KEPT {
                    known.pop_front();
                }
                self.is_new = true;
            }
            // Nobody follows it: when its server is done is learned late.
            Phase::Paused | Phase::Resting | Phase::NeedsSignIn => drop(self.begun.insert(shot.id.clone(), None)),
            Phase::Queued | Phase::Submitting => {}
            Phase::Cancelling | Phase::Cancelled | Phase::Failed | Phase::Expired => drop(self.begun.remove(&shot.id)),
        }
    }

    /// A job that is no longer there.
    pub(crate) fn forgot(&mut self, id: &JobId) {
        self.begun.remove(id);
    }

    /// When the server will be done with it: by its own pace, else by what it took for others. None where that is past, or
    /// where nobody can tell.
    fn ready_at(&self, shot: &JobSnapshot, now: Timestamp) -> Option<Timestamp> {
        if !matches!(shot.phase, Phase::Waiting | Phase::Preparing) || shot.stalled {
            return None;
        }
        let begun = (*self.begun.get(&shot.id)?)?;
        let gone = Duration::try_from(now.duration_since(begun)).unwrap_or_default();
        let whole = by_pace(shot, gone).or_else(|| self.usual(shot.connection.as_deref()?))?;
        let ready = begun.checked_add(SignedDuration::try_from(whole).ok()?).ok()?;
        (ready > now).then_some(ready)
    }

    /// How long a job of that connection takes, if they take about the same.
    fn usual(&self, connection: &str) -> Option<Duration> {
        let mut known: Vec<u64> = self.connections.get(connection)?.iter().copied().collect();
        if known.len() < ENOUGH {
            return None;
        }
        known.sort_unstable();
        let at = |quarter: usize| known[(known.len() - 1) * quarter / 4];
        (at(3) <= at(1).max(1).saturating_mul(SPREAD)).then(|| Duration::from_millis(at(2)))
    }
}

/// How long the whole takes where what is done was done at an even pace.
fn by_pace(shot: &JobSnapshot, gone: Duration) -> Option<Duration> {
    let percent = shot.server_percent.filter(|percent| *percent >= PACED.0 && *percent <= 100.0)?;
    (gone >= PACED.1).then(|| gone.mul_f64(100.0 / percent))
}

impl Desk {
    /// The job as it looks with a word about when its server will be done.
    pub(crate) fn expecting(&self, shot: &JobSnapshot) -> JobSnapshot {
        let now = self.options.clock.now();
        let ready_at = shot.ready_at.or_else(|| lock(&self.history).ready_at(shot, now));
        JobSnapshot { ready_at, ..shot.clone() }
    }

    /// Keeps what was learned since.
    pub(crate) async fn keep_history(&self) -> Result<(), Failure> {
        let text = {
            let mut history = lock(&self.history);
            if !std::mem::take(&mut history.is_new) {
                return Ok(());
            }
            serde_json::json!({ "connections": history.connections })
        };
        let shelf = self.shelf.clone();
        self.blocking(move || shelf.write(FILE, &text)).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot(id: &str, phase: Phase) -> JobSnapshot {
        let blank = JobSnapshot::blank(JobId::new(id), phase, "c".into(), Timestamp::UNIX_EPOCH);
        JobSnapshot { connection: Some("demo".into()), ..blank }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A server that took so many seconds for each.
    fn that_took(seconds: &[i64]) -> History {
        let mut history = History::default();
        for (number, took) in seconds.iter().enumerate() {
            let id = number.to_string();
            history.saw(&shot(&id, Phase::Waiting), at(0));
            history.saw(&shot(&id, Phase::Preparing), at(1));
            history.saw(&shot(&id, Phase::Downloading), at(*took));
        }
        history.saw(&shot("now", Phase::Waiting), at(1_000));
        history
    }

    #[test]
    fn what_others_took_says_when_this_one_is_ready_until_it_takes_longer() {
        let history = that_took(&[10, 12, 14]);
        assert_eq!(history.ready_at(&shot("now", Phase::Preparing), at(1_002)), Some(at(1_012)));
        assert_eq!(history.ready_at(&shot("now", Phase::Preparing), at(1_012)), None, "nobody knows any more");
        assert_eq!(history.ready_at(&shot("now", Phase::Downloading), at(1_002)), None, "the server is done");
        let stalled = JobSnapshot { stalled: true, ..shot("now", Phase::Preparing) };
        assert_eq!(history.ready_at(&stalled, at(1_002)), None);
    }

    #[test]
    fn too_few_or_too_different_ones_say_nothing() {
        assert_eq!(that_took(&[10, 12]).ready_at(&shot("now", Phase::Waiting), at(1_001)), None);
        assert_eq!(that_took(&[1, 2, 600, 900, 1_200]).ready_at(&shot("now", Phase::Waiting), at(1_001)), None);
        assert!(that_took(&[600; 500]).connections["demo"].len() == KEPT);
    }

    #[test]
    fn pace_of_the_work_itself_says_more() {
        let history = that_took(&[10, 12, 14]);
        let half = JobSnapshot { server_percent: Some(50.0), ..shot("now", Phase::Preparing) };
        assert_eq!(history.ready_at(&half, at(1_100)), Some(at(1_200)));
        let early = JobSnapshot { server_percent: Some(50.0), ..shot("now", Phase::Preparing) };
        assert_eq!(history.ready_at(&early, at(1_001)), Some(at(1_012)), "a second is no pace");
    }

    #[test]
    fn what_was_not_followed_all_the_way_teaches_nothing() {
        let mut history = that_took(&[]);
        history.found(&JobId::new("found"));
        history.saw(&shot("found", Phase::Waiting), at(0));
        history.saw(&shot("found", Phase::Landed), at(5));
        history.saw(&shot("paused", Phase::Waiting), at(0));
        history.saw(&shot("paused", Phase::Paused), at(1));
        history.saw(&shot("paused", Phase::Waiting), at(2));
        history.saw(&shot("paused", Phase::Resolving), at(900));
        history.saw(&shot("failed", Phase::Waiting), at(0));
        history.saw(&shot("failed", Phase::Failed), at(1));
        assert!(history.connections.is_empty() && history.begun.len() == 1, "{history:?}");
    }
}
