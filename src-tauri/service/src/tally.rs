//! What this process has done since its start, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::systems::System;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With a result.
    Completed,
    /// It failed, and the job is tried again.
    Retried,
    /// It failed, and the job with it.
    Failed,
    /// The process stopped and the job waits for another worker.
    GivenBack,
    /// Its user cancelled or deleted the job meanwhile.
    Unwanted,
    /// It ended without a word, and another has taken the job over: on several machines that is counted by the one who does.
    Lost,
}

impl Outcome {
    pub(crate) const ALL: [Self; 6] =
        [Self::Completed, Self::Retried, Self::Failed, Self::GivenBack, Self::Unwanted, Self::Lost];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::GivenBack => "given_back",
            Self::Unwanted => "unwanted",
            Self::Lost => "lost",
        }
    }
}

/// Attempts by system and outcome, the time they took, and answers by the first digit of their status.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    attempts: [[AtomicU64; Outcome::ALL.len()]; System::ALL.len()],
    milliseconds: [AtomicU64; System::ALL.len()],
    answers: [AtomicU64; 5],
}

impl Tally {
    /// An attempt of this process has ended; without an outcome where another counts it.
    pub(crate) fn attempt(&self, system: System, outcome: Option<Outcome>, took: Duration) {
        if let Some(outcome) = outcome {
            self.count(system, outcome);
        }
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.milliseconds[system as usize].fetch_add(took, Ordering::Relaxed);
    }

    /// An attempt has ended so, whoever's it was.
    pub(crate) fn count(&self, system: System, outcome: Outcome) {
        self.attempts[system as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// An answer went out.
    pub(crate) fn answer(&self, status: u16) {
        if let Some(class) = self.answers.get(usize::from(status / 100).wrapping_sub(1)) {
            class.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Attempts of a system with an outcome.
    pub(crate) fn attempts(&self, system: System, outcome: Outcome) -> u64 {
        self.attempts[system as usize][outcome as usize].load(Ordering::Relaxed)
    }

    /// Milliseconds that all attempts of a system took.
    pub(crate) fn milliseconds(&self, system: System) -> u64 {
        self.milliseconds[system as usize].load(Ordering::Relaxed)
    }

    /// Answers whose status begins with each digit from 1 on.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (usize, u64)> {
        self.answers.iter().enumerate().map(|(index, count)| (index + 1, count.load(Ordering::Relaxed)))
    }
}
