//! The words for a job's state: as in document 000, and as mixed as its servers write them (C-3).

use crate::queue::{Job, State};

/// The job's state in the spelling that this job has got: `COMPLETE` or `SUCCESS`, in capitals or not. The same job is always
/// spelled the same.
pub(super) fn status(job: &Job) -> String {
    // Ids are random hexadecimal digits: as good as dice, and they stay.
    let dice = job.id.bytes().next().unwrap_or_default();
    let word = match job.state {
        State::Pending => "QUEUED",
        State::Processing => "RUNNING",
        State::Failed => "FAILED",
        State::Completed if dice.is_multiple_of(2) => "COMPLETE",
        State::Completed => "SUCCESS",
    };
    match dice / 2 % 3 {
        0 => word.to_ascii_lowercase(),
        1 => format!("{}{}", &word[..1], word[1..].to_ascii_lowercase()),
        _ => word.to_owned(),
    }
}
