//! One engine per home: another command that wants to work there is refused, and looking goes on.

use landfall_tests::testbed::{TestBed, eventually, id_of};

use super::{MIDDLE, SMALL};

#[test]
fn home_that_another_engine_owns() {
    let bed = TestBed::new("download-jobs");
    let owner = bed.start(&["export", "download-jobs", MIDDLE, "--limit-rate", "2MB"]);
    eventually("some of it has arrived", || (bed.partial_bytes() > 1_000_000).then_some(()));
    let id = id_of(&bed.only_job()).to_owned();

    let process = format!("process {}", owner.id());
    for command in [&["export", "download-jobs", SMALL][..], &["recover"], &["cancel", &id], &["retry", &id]] {
        let refused = bed.run(command);
        refused.ended(11, "a home has one owner").says(&[
            "Another Landfall is at work",
            &process,
            "Nothing was changed",
        ]);
        assert_eq!(refused.document()["error"]["code"], "EXPORT_012");
    }
    assert_eq!(bed.jobs().len(), 1, "no wish was written");
    let shown = bed.run(&["show", &id]);
    shown.ended(0, "a guest may look");
    assert_eq!(shown.document()["phase"], "downloading");

    owner.wait().ended(0, "the owner was not disturbed");
    bed.assert_landed("with guests", 1);
}

#[test]
fn home_whose_owner_was_killed_is_free() {
    let bed = TestBed::new("download-jobs");
    let owner = bed.start(&["export", "download-jobs", MIDDLE, "--limit-rate", "2MB"]);
    eventually("some of it has arrived", || (bed.partial_bytes() > 1_000_000).then_some(()));
    owner.kill();
    bed.run(&["recover"]).ended(0, "the system lets go of the home of a process that is gone");
    bed.assert_landed("killed owner", 1);
}

#[test]
fn job_whose_connection_is_gone_holds_nobody_up() {
    let bed = TestBed::new("download-jobs").connect("report-exports");
    bed.wish(&["report-exports", "project_id=suzhou-lab", "format=csv"]);
    bed.wish(&["download-jobs", SMALL]);
    bed.run(&["connect", "remove", "report-exports"]).ended(0, "a connection can go at any time");
    let recovered = bed.run(&["recover"]);
    recovered
        .ended(2, "one job could not go on")
        .says(&["no connection \"report-exports\"", "add the connection again"]);
    let landed: Vec<_> = bed.jobs().iter().map(|job| job["phase"].clone()).collect();
    assert_eq!(landed, ["landed", "queued"], "newest first: the other has landed, and the wish is kept");
}
