//! Killed at each named instant of the three systems with ways of their own, and then `recover`.

use std::sync::Arc;

use landfall_engine::crash::POINTS;
use landfall_tests::testbed::{Server, TestBed, id_of};

use super::{CLIP, FILES, PACKAGE, VIDEO, bed_for, export, with_each};

/// Syncs on the way come with large files only.
const ELSEWHERE: [&str; 2] = ["transfer.synced", "transfer.recorded"];

fn dies_and_recovers(server: &Arc<Server>, user: &str, point: &str, wish: &[&str]) {
    let bed = TestBed::on(server, user).connect(wish[0]);
    let case = format!("{} killed at {point}", wish[0]);
    assert!(bed.dies_at(point, &export(wish)), "{case}: the point is reached, and it dies there");
    bed.run(&["recover"]).ended(0, &case);
    let jobs = bed.assert_landed(&case, 1);
    bed.run(&["recover"]).ended(0, &case);
    assert_eq!(bed.assert_landed(&case, 1), jobs, "{case}: a second recover changes nothing");
}

fn killed_at_every_point(wish: &[&str], elsewhere: &[&str]) {
    let elsewhere = |point: &&str| ELSEWHERE.contains(point) || elsewhere.contains(point);
    let points: Vec<&str> = POINTS.iter().copied().filter(|point| !elsewhere(point)).collect();
    let users: Vec<String> = (0..points.len()).map(|number| format!("user-{number}")).collect();
    let server = Server::start(&users.iter().map(String::as_str).collect::<Vec<_>>(), |_| {});
    std::thread::scope(|scope| {
        for (point, user) in points.iter().zip(&users) {
            let server = &server;
            scope.spawn(move || dies_and_recovers(server, user, point, wish));
        }
    });
}

#[test]
fn clip_killed_at_every_point() {
    killed_at_every_point(CLIP, &[]);
}

#[test]
fn video_killed_at_every_point() {
    killed_at_every_point(VIDEO, &[]);
}

#[test]
fn package_killed_at_every_point() {
    // Its result lies at the API itself: no link is told.
    killed_at_every_point(PACKAGE, &["job.resolved"]);
}

#[test]
fn p_8_killed_on_the_way_to_the_fallback() {
    for point in ["job.fell-back", "job.fallback-submitted"] {
        let bed = bed_for(PACKAGE, |_| {});
        bed.server().faults().apply("export-fails=100%").unwrap();
        assert!(bed.dies_at(point, &export(PACKAGE)), "{point} is reached");
        bed.run(&["recover"]).ended(0, point);
        let job = bed.only_job();
        assert_eq!((&job["phase"], &job["method"]), (&"landed".into(), &"fallback".into()), "{point}: {job:#}");
        let of_server: Vec<_> = bed.server_jobs().into_iter().map(|job| (job.system, job.state)).collect();
        let told = of_server.iter().map(|(system, state)| (system.as_str(), state.as_str())).collect::<Vec<_>>();
        assert_eq!(
            told,
            [("package-exports", "failed"), ("configuration-exports", "completed")],
            "{point}: one of each"
        );
        bed.run(&["verify", id_of(&job)]).ended(0, "the file verifies");
        assert_eq!(bed.names().len(), 1, "{point}: {:?}", bed.names());
    }
}

#[test]
fn killed_after_it_was_unpacked() {
    let bed = bed_for(PACKAGE, |_| {});
    let extract: Vec<&str> = export(PACKAGE).into_iter().chain(["--extract"]).collect();
    assert!(bed.dies_at("job.finished", &extract), "job.finished is reached");
    bed.run(&["recover"]).ended(0, "it is told");
    let job = bed.only_job();
    assert_eq!(job["phase"], "landed", "{job:#}");
    assert!(job["extracted"]["files"].as_u64().is_some_and(|files| files > 0), "{job:#}");
    let mut names = bed.names();
    names.retain(|name| !name.starts_with("export_"));
    assert!(names.is_empty(), "nothing half-done is left: {names:?}");
    assert_eq!(bed.names().len(), 2, "the file and one folder: {:?}", bed.names());
}

#[test]
fn m_5_p_3_killed_while_it_is_cancelled() {
    let points = ["job.cancel-wanted", "job.cancel-sent", "job.cancel-told"];
    with_each(&[VIDEO, PACKAGE], |wish| {
        for point in points {
            // Nobody works: it is there to be cancelled for as long as it takes.
            let bed = bed_for(wish, |options| options.workers = 0);
            let case = format!("{}: {point}", wish[0]);
            assert!(bed.dies_at("job.submitted", &export(wish)), "{case}: the server has it");
            let id = id_of(&bed.only_job()).to_owned();
            assert!(bed.dies_at(point, &["cancel", &id]), "{case}: the point is reached");
            let before = bed.only_job();
            let recovered = bed.run(&["recover"]);
            let expected = if before["phase"] == "cancelled" { 0 } else { 10 };
            recovered.ended(expected, &case);
            assert_eq!(bed.only_job()["phase"], "cancelled", "{case}: the cancel is not forgotten");
            let of_server = bed.only_server_job();
            assert!(of_server.state == "failed" || of_server.deleted, "{case}: it has ended there: {of_server:?}");
        }
    });
}

/// A connector that asks in two steps: the job, and then a look at it.
const IN_STEPS: (&str, &str) = (
    "[submit]\npost = \"/v1/download/initiate\"\njson = { fileIds = \"{{ params.fileIds }}\" }\nid = \"body.jobId\"\n\
     idempotency_header = \"Idempotency-Key\"\n",
    "[submit]\nidempotency_header = \"Idempotency-Key\"\n[[submit.step]]\npost = \"/v1/download/initiate\"\n\
     json = { fileIds = \"{{ params.fileIds }}\" }\nid = \"body.jobId\"\nkeep = { made = \"body.jobId\" }\n\
     [[submit.step]]\nget = \"/v1/download/status/{{ job.kept.made }}\"\n",
);

#[test]
fn killed_between_two_steps_of_a_request() {
    for point in ["job.submit-sent", "job.submit-stepped", "job.submitted"] {
        let server = Server::start(&["anna"], |_| {});
        let bed = TestBed::on(&server, "anna").connect_by_own("download-jobs", "in-steps", &[IN_STEPS]);
        assert!(bed.dies_at(point, &["export", "in-steps", FILES[1]]), "{point} is reached");
        bed.run(&["recover"]).ended(0, point);
        bed.assert_landed(point, 1);
    }
}

#[test]
fn killed_while_the_copy_on_the_server_is_deleted() {
    let deleting = ("[list]\n", "[delete]\ndelete = \"/api/exports/{{ job.id }}\"\n\n[list]\n");
    let server = Server::start(&["anna"], |_| {});
    let bed = TestBed::on(&server, "anna").connect_by_own("package-exports", "deleting", &[deleting]);
    let export: Vec<&str> = ["export", "deleting"].iter().chain(&PACKAGE[1..]).copied().collect();
    bed.run(&export).ended(0, "it lands");
    let jobs = bed.assert_landed("to be deleted", 1);
    assert!(bed.dies_at("job.delete-sent", &["delete", id_of(&jobs[0])]), "job.delete-sent is reached");
    assert_eq!(bed.only_job()["atServer"], "deleting", "it is not known yet");
    bed.run(&["recover"]).ended(0, "the server is asked again");
    let job = bed.only_job();
    assert_eq!((&job["phase"], &job["atServer"]), (&"landed".into(), &"deleted".into()), "{job:#}");
    assert!(bed.only_server_job().deleted, "and there it is gone");
    bed.run(&["verify", id_of(&job)]).ended(0, "the file here is untouched");
}
