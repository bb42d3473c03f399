//! One attempt at a job, as its work sees it.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;

use super::{Bounds, Ended, Worker};
use crate::clock::later;
use crate::faults::{Fault, Faults};
use crate::ffmpeg::Ffmpeg;
use crate::queue::{Cause, Failure, Job, Line};
use crate::systems::System;

/// A fault of the work strikes once it is so far, in percent: late enough to be seen, early enough to spoil it.
const DOOM_AT: u8 = 40;

/// A worker that stalls says nothing for so long, whatever the pace, and then goes on.
const STALL: Duration = Duration::from_mins(1);

/// A fault of the work that was chosen for an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Doom {
    Dies,
    JobFails,
    AttemptFails,
    Stalls,
}

impl Doom {
    /// The one for the next attempt at a job of this system.
    pub(super) fn of(faults: &Faults, system: System) -> Option<Self> {
        if faults.strikes(Fault::WorkerDies, None) {
            Some(Self::Dies)
        } else if faults.strikes(Fault::JobFails, None)
            || (system == System::PackageExports && faults.strikes(Fault::ExportFails, None))
        {
            Some(Self::JobFails)
        } else if faults.strikes(Fault::AttemptFails, None) {
            Some(Self::AttemptFails)
        } else if faults.strikes(Fault::WorkerStalls, None) {
            Some(Self::Stalls)
        } else {
            None
        }
    }
}

/// One attempt at a job, as the work sees it: it reports its steps here and learns whether to go on.
#[derive(Debug)]
pub(crate) struct Attempt {
    job: Job,
    line: Arc<dyn Line>,
    bounds: Bounds,
    doom: Cell<Option<Doom>>,
    faults: Faults,
    pace: f64,
    ffmpeg: Ffmpeg,
}

impl Attempt {
    pub(super) fn new(job: Job, worker: &Worker, bounds: Bounds, doom: Option<Doom>) -> Self {
        Self {
            job,
            line: worker.line.clone(),
            bounds,
            doom: Cell::new(doom),
            faults: worker.faults.clone(),
            pace: worker.pace,
            ffmpeg: worker.ffmpeg.clone(),
        }
    }

    /// The job.
    pub(crate) fn job(&self) -> &Job {
        &self.job
    }

    /// The program that renders.
    pub(crate) fn ffmpeg(&self) -> &Ffmpeg {
        &self.ffmpeg
    }

    /// Notes that the work is so far, without a pause. To be called from a thread that may block.
    pub(crate) fn note(&self, percent: u8) -> Result<(), Ended> {
        let ours = self.line.note_progress(&self.job, percent).map_err(|error| Ended::from(io::Error::other(error)))?;
        if ours { Ok(()) } else { Err(Ended::NotOurs) }
    }

    /// Notes what the system wants to know of a failure of this attempt later, or forgets what an earlier one has noted. To be
    /// called from a thread that may block.
    pub(crate) fn remember(&self, cause: Option<Cause>) -> Result<(), Ended> {
        let noted = Handle::current().block_on(self.line.remember(&self.job, cause));
        noted.map_err(|error| Ended::from(io::Error::other(error)))
    }

    /// Whether a fault of this work comes now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        self.faults.strikes(fault, None)
    }

    /// Notes that the work is so far, and lasts `seconds` times the pace. To be called from a thread that may block.
    pub(crate) fn step(&self, percent: u8, seconds: f64) -> Result<(), Ended> {
        // Before the note: whoever sees it may count on the pause having begun.
        let begun = self.bounds.clock.now();
        self.note(percent)?;
        if percent >= DOOM_AT {
            self.meet_doom(begun)?;
        }
        self.pause(begun, Duration::try_from_secs_f64(seconds * self.pace).unwrap_or(Duration::MAX));
        self.check()
    }

    /// Lets the time pass, unless the attempt is to end before that.
    fn pause(&self, begun: Timestamp, pause: Duration) {
        if pause.is_zero() {
            return;
        }
        let until = later(begun, pause);
        Handle::current().block_on(async {
            tokio::select! {
                _ = self.bounds.interrupted() => {}
                () = self.bounds.clock.sleep_until(until) => {}
            }
        });
    }

    /// Ends the attempt when nobody wants it, the service stops or the time is up; for long stretches between two steps.
    pub(crate) fn check(&self) -> Result<(), Ended> {
        self.bounds.check()
    }

    /// Returns when [`Attempt::check`] would end the attempt; for work that is waited for.
    pub(crate) async fn interrupted(&self) -> Ended {
        self.bounds.interrupted().await
    }

    /// What ends it from outside.
    pub(crate) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    fn meet_doom(&self, now: Timestamp) -> Result<(), Ended> {
        // Once only: what goes on after its doom is free of it.
        match self.doom.take() {
            None => Ok(()),
            Some(Doom::Stalls) => {
                self.pause(now, STALL);
                Ok(())
            }
            Some(Doom::Dies) => Err(Ended::Died),
            Some(Doom::JobFails) => Err(Ended::Lasting(Failure {
                error: "The source of this export could not be read".to_owned(),
                remediation: "Ask the service's operator to check the source, then ask for the export anew".to_owned(),
            })),
            Some(Doom::AttemptFails) => Err(Ended::Passing(Failure {
                error: "The source of this export did not answer".to_owned(),
                remediation: "Ask for the export anew in a while".to_owned(),
            })),
        }
    }
}
