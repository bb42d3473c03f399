//! Cancels: from us, by somebody else, and on a server that cannot be told.

use std::fs;
use std::path::{Path, PathBuf};

use landfall_tests::testbed::{TestBed, eventually, id_of};
use serde_json::Value;

use super::{CLIP, FILES, PACKAGE, REPORT, VIDEO, bed_for, export, with_each};

/// A video whose rendering takes longer than anybody waits for it here.
const LONG_VIDEO: &[&str] = &["media-jobs", "title=A long tour", "durationSeconds=60", "resolution=1920x1080"];

/// The FFmpeg processes that work somewhere in that folder.
fn renderers(data: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").expect("/proc is there").flatten();
    let folders = processes.filter_map(|process| {
        let name = fs::read_to_string(process.path().join("comm")).ok()?;
        let folder = fs::read_link(process.path().join("cwd")).ok()?;
        (name.trim() == "ffmpeg" && folder.starts_with(data)).then_some(folder)
    });
    folders.collect()
}

/// Asks for it, waits until the server has come so far, and leaves the job to the server.
fn left_at_work(bed: &TestBed, wish: &[&str], far_enough: impl Fn() -> bool) -> Value {
    let running = bed.start(&export(wish));
    eventually("the server works", || (bed.jobs().first()?["remoteId"].is_string() && far_enough()).then_some(()));
    running.signal("INT");
    running.wait().ended(130, "stopped, and not cancelled");
    bed.only_job()
}

#[test]
fn m_5_cancel_from_us_ends_the_job_and_its_renderer() {
    let bed = bed_for(LONG_VIDEO, |_| {});
    let data = bed.ledger().data().canonicalize().unwrap();
    let job = left_at_work(&bed, LONG_VIDEO, || !renderers(&data).is_empty());
    let cancelled = bed.run(&["cancel", id_of(&job)]);
    cancelled.ended(0, "the server was told");
    assert_eq!(cancelled.document()["phase"], "cancelled");
    let of_server = bed.only_server_job();
    assert_eq!((of_server.state.as_str(), of_server.error.as_deref()), ("failed", Some("Job was cancelled")));
    eventually("FFmpeg is gone", || renderers(&data).is_empty().then_some(()));
    assert!(bed.names().is_empty(), "nothing is in the folder: {:?}", bed.names());
    bed.run(&["recover"]).ended(0, "nothing is left to do");
    assert_eq!(bed.only_job()["phase"], "cancelled", "for good");
}

#[test]
fn m_5_cancel_by_somebody_else_is_a_failure_here() {
    let bed = bed_for(LONG_VIDEO, |_| {});
    let data = bed.ledger().data().canonicalize().unwrap();
    let running = bed.start(&export(LONG_VIDEO));
    eventually("it is rendered", || (!renderers(&data).is_empty()).then_some(()));
    let remote = bed.only_server_job().id;
    let told = bed.outside().post(&format!("/api/jobs/{remote}/cancel"), None);
    assert_eq!(told.status, 202, "{told:?}");
    let failed = running.wait();
    failed.ended(3, "we did not want that").says(&["The export was cancelled on the server", "landfall retry"]);
    assert_eq!(failed.document()["phase"], "failed");
    eventually("FFmpeg is gone", || renderers(&data).is_empty().then_some(()));
}

#[test]
fn p_3_cancelled_export_is_gone_on_the_server() {
    let bed = bed_for(PACKAGE, |options| options.pace = 20.0);
    let job = left_at_work(&bed, PACKAGE, || bed.server_jobs()[0].state == "processing");
    let remote = bed.only_server_job().id;
    assert_eq!(bed.outside().get(&format!("/api/exports/{remote}")).status, 200, "it is there before");
    bed.run(&["cancel", id_of(&job)]).ended(0, "the server was told");
    assert_eq!(bed.only_job()["phase"], "cancelled");
    assert_eq!(bed.outside().get(&format!("/api/exports/{remote}")).status, 404, "and afterwards it is not");
    assert!(bed.only_server_job().deleted, "deleted by its user");
    bed.run(&["recover"]).ended(0, "nothing is left to do");
    assert_eq!(bed.server_jobs().len(), 1, "nothing is asked for again");
}

#[test]
fn p_3_cancel_of_the_fallback_goes_to_the_fallback() {
    let bed = bed_for(PACKAGE, |_| {});
    bed.server().faults().apply("export-fails=100%").unwrap();
    assert!(bed.dies_at("job.fallback-submitted", &export(PACKAGE)), "the fallback was asked");
    let ids: Vec<String> = bed.server_jobs().into_iter().map(|job| job.id).collect();
    assert_eq!(bed.outside().get(&format!("/api/configuration-exports/{}", ids[1])).status, 200, "it is there");
    bed.run(&["cancel", id_of(&bed.only_job())]).ended(0, "the server was told");
    assert_eq!(bed.outside().get(&format!("/api/configuration-exports/{}", ids[1])).status, 404, "it is gone");
    assert_eq!(bed.outside().get(&format!("/api/exports/{}", ids[0])).status, 200, "the failed one is left as it is");
}

#[test]
fn server_that_cannot_be_told_goes_on_and_the_cancel_says_so() {
    with_each(&[CLIP, FILES, REPORT], |wish| {
        let bed = bed_for(wish, |options| options.workers = 0);
        let job = left_at_work(&bed, wish, || true);
        let cancelled = bed.run(&["cancel", id_of(&job)]);
        cancelled.ended(0, wish[0]);
        assert_eq!(cancelled.document()["phase"], "cancelled", "{}", wish[0]);
        let timeline = bed.timeline(id_of(&job));
        let told = timeline.iter().any(|line| line.contains("its own job goes on there"));
        assert!(told, "{}: a person learns that: {timeline:#?}", wish[0]);
        assert_eq!(bed.only_server_job().state, "pending", "{}: and so it is", wish[0]);
    });
}

#[test]
fn m_5_p_3_cancel_of_what_has_landed_is_refused() {
    with_each(&[VIDEO, PACKAGE], |wish| {
        let bed = bed_for(wish, |_| {});
        bed.run(&export(wish)).ended(0, wish[0]);
        let id = id_of(&bed.only_job()).to_owned();
        bed.run(&["cancel", &id]).ended(2, wish[0]).says(&["landed already"]);
        bed.assert_landed(wish[0], 1);
    });
}
