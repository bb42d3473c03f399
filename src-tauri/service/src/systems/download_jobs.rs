//! Download jobs (design document 001, rows D-1 to D-4): a ZIP of files that the caller chooses from a catalogue.

pub(super) mod api;
mod catalogue;
pub(super) mod work;

use serde::{Deserialize, Serialize};

/// What is asked for: ids of the catalogue. On the wire and in the job's row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    file_ids: Vec<i64>,
}
