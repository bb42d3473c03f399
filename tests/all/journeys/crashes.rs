//! Killed at each named instant, and then `recover`: right bytes, one file, one job on the server (T3).

use std::sync::Arc;

use landfall_engine::crash::POINTS;
use landfall_tests::testbed::{Server, TestBed, id_of};

use super::{LARGE, SMALL};

/// Syncs on the way come with files that are larger than a sync step only; they are the transfer's own business.
const ON_THE_WAY: [&str; 2] = ["transfer.synced", "transfer.recorded"];

/// Dies at the point, recovers, and lands once; a second `recover` finds nothing to do.
fn dies_and_recovers(server: &Arc<Server>, user: &str, point: &str, connector: &str, wish: &[&str]) {
    let bed = TestBed::on(server, user).connect(connector);
    let case = format!("{connector} killed at {point}");
    let export: Vec<&str> = ["export", connector].iter().chain(wish).copied().collect();
    assert!(bed.dies_at(point, &export), "{case}: the point is reached, and it dies there");
    assert_eq!(bed.jobs().len(), 1, "{case}: the wish is on disk");
    bed.run(&["recover"]).ended(0, &case);
    let jobs = bed.assert_landed(&case, 1);
    let receipt = bed.run(&["receipt", id_of(&jobs[0])]);
    receipt.ended(0, "what landed has a receipt");
    assert_eq!(
        receipt.document()["files"][0]["sha256"],
        jobs[0]["files"][0]["sha256"],
        "{case}: receipt and list agree"
    );
    let again = bed.run(&["recover"]);
    again.ended(0, &case);
    assert_eq!(bed.assert_landed(&case, 1), jobs, "{case}: a second recover changes nothing");
}

fn at_points(points: impl Iterator<Item = &'static str>, connector: &str, wish: &[&str]) {
    let points: Vec<&str> = points.collect();
    let users: Vec<String> = (0..points.len()).map(|number| format!("user-{number}")).collect();
    let server = Server::start(&users.iter().map(String::as_str).collect::<Vec<_>>(), |_| {});
    std::thread::scope(|scope| {
        for (point, user) in points.iter().zip(&users) {
            let server = &server;
            scope.spawn(move || dies_and_recovers(server, user, point, connector, wish));
        }
    });
}

#[test]
fn download_job_killed_at_every_point() {
    let points = POINTS.iter().copied().filter(|point| !ON_THE_WAY.contains(point) && *point != "job.resolved");
    at_points(points, "download-jobs", &[SMALL]);
}

#[test]
fn report_killed_at_every_point() {
    let points = POINTS.iter().copied().filter(|point| !ON_THE_WAY.contains(point));
    at_points(points, "report-exports", &["project_id=riverside-clinic", "format=csv"]);
}

#[test]
fn large_download_killed_at_a_sync_on_the_way() {
    at_points(ON_THE_WAY.into_iter(), "download-jobs", &[LARGE]);
}

#[test]
fn point_that_is_not_reached_is_noticed() {
    let bed = TestBed::new("download-jobs");
    let dies = bed.dies_at("transfer.nowhere", &["export", "download-jobs", SMALL]);
    assert!(!dies, "a run that ends by itself does not count as a crash");
    bed.assert_landed("not killed", 1);
}
