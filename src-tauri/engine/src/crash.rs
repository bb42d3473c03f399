//! Named instants at which a test build dies on demand, to prove that nothing is lost there.

/// The environment variable that names the point to die at.
pub const VARIABLE: &str = "LANDFALL_CRASH_AT";

/// The instants, in the order of an export's life.
pub const POINTS: &[&str] = &[
    "job.wished",
    "job.submit-sent",
    "job.submitted",
    "job.followed",
    "job.resolved",
    "transfer.staged",
    "transfer.first-bytes",
    "transfer.synced",
    "transfer.recorded",
    "transfer.whole",
    "transfer.verified",
    "transfer.publishing",
    "transfer.linked",
    "transfer.published",
    "transfer.unlinked",
    "job.published",
    "job.landed",
];

/// Dies here, as by `kill -9`, when the environment names this point. Builds for users hold no such thing.
#[inline]
pub fn reach(point: &'static str) {
    #[cfg(debug_assertions)]
    {
        debug_assert!(POINTS.contains(&point), "crash point {point} is not in the list");
        if std::env::var(VARIABLE).is_ok_and(|named| named == point) {
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = point;
}
