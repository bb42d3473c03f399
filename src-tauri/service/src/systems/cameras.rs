//! Camera exports (design document 000, rows C-1 to C-7): an MP4 of what a camera saw between two times.

pub(super) mod api;
mod footage;
mod status;
mod stream;
pub(super) mod work;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked for, clipped to the footage; in the job's row.
#[derive(Debug, Serialize, Deserialize)]
struct Wanted {
    camera: String,
    start: Timestamp,
    end: Timestamp,
}
