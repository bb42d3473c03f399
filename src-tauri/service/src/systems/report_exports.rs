//! Report exports (design document 004, rows ): all measurements of a building project as CSV, XLSX, PDF or XML.

pub(super) mod api;
pub(super) mod work;

use serde::{Deserialize, Serialize};

/// What is asked for, in the job's row.
#[derive(Debug, Serialize, Deserialize)]
struct Wanted {
    project_id: String,
    format: String,
}
