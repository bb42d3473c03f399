//! Why a job failed, in the document's codes.

use crate::problem::Problem;
use crate::queue::{Cause, Job, Status};

/// FFmpeg ended with an error.
pub(super) const RUNTIME: &str = "E304-FFMPEG_RUNTIME";
/// There is no FFmpeg.
pub(super) const NOT_FOUND: &str = "E302-FFMPEG_NOT_FOUND";
/// The job's user cancelled it.
const CANCELLED: &str = "E310-JOB_CANCELLED";
/// Anything else.
const FAILED: &str = "E300-JOB_FAILED";

/// What the document says of a cancelled job.
pub(super) const WAS_CANCELLED: &str = "Job was cancelled";

/// Why a failed job failed.
pub(super) async fn cause(status: &dyn Status, job: &Job) -> Result<Cause, Problem> {
    let cancelled = job.error.as_deref() == Some(WAS_CANCELLED);
    let other = || Cause { code: if cancelled { CANCELLED } else { FAILED }.to_owned(), stderr: String::new() };
    if cancelled {
        return Ok(other());
    }
    Ok(status.cause(job).await?.unwrap_or_else(other))
}
