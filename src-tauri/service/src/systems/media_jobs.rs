//! Media jobs (design document 002, rows M-1 to M-7): a video rendered after a brief, told as it goes.

pub(super) mod api;
mod events;
mod failures;
mod stage;
mod stream;
mod view;
pub(super) mod work;

use serde::{Deserialize, Serialize};

/// What is asked for. On the wire and in the job's row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Brief {
    title: String,
    duration_seconds: f64,
    /// Pixels, such as `1280x720`.
    resolution: String,
}

impl Brief {
    /// Width and height.
    fn pixels(&self) -> Option<(u32, u32)> {
        let (width, height) = self.resolution.split_once('x')?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        Some((number(width)?, number(height)?))
    }
}
