//! Named instants at which a test build dies on demand, to prove that nothing is lost there.

/// The environment variable that names the point to die at.
pub const VARIABLE: &str = "LANDFALL_CRASH_AT";

/// The instants that every export has, in the order of its life.
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

/// The instants that only some lives have: of requests in steps, of fallbacks, of what is done after the landing, and of
/// what is told to the server.
pub const POINTS_OF_SOME: &[&str] = &[
    "job.submit-stepped",
    "job.fell-back",
    "job.fallback-submitted",
    "job.part-published",
    "job.finished",
    "job.cancel-wanted",
    "job.cancel-sent",
    "job.cancel-told",
    "job.delete-sent",
];

/// Dies here, as by `kill -9`, when the environment names this point. Builds for users hold no such thing.
#[inline]
pub fn reach(point: &'static str) {
    #[cfg(debug_assertions)]
    {
        let known = POINTS.contains(&point) || POINTS_OF_SOME.contains(&point);
        debug_assert!(known, "crash point {point} is not in the list");
        if std::env::var(VARIABLE).is_ok_and(|named| named == point) {
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = point;
}
