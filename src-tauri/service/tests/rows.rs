//! The service's rows of the wire contract, each over real HTTP on loopback: X for all systems, C for camera exports, D for
//! download jobs, M for media jobs, P for package exports, R for report exports. A test's name begins with its row.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test, in its helpers too")]

mod rows {
    mod bed;
    mod cameras;
    mod common;
    mod doors;
    mod download_jobs;
    mod durability;
    mod faults;
    mod idempotency;
    mod media_ends;
    mod media_jobs;
    mod media_renders;
    mod oauth;
    mod package_exports;
    mod packages;
    mod packages_bed;
    mod readers;
    mod report_exports;
    mod results;
    mod start;
    mod storage;
    mod stream;
    mod videos;
}
