//! The service is down: at the submit, in the middle of its work, in the middle of the download; killed and started
//! again on the same port and data.

use std::time::Duration;

use landfall_tests::testbed::{ServeProcess, TestBed, eventually, id_of};

use super::{MIDDLE, SMALL};

fn bed_on(service: &ServeProcess) -> TestBed {
    TestBed::at(&service.url(), "anna", service.ledger()).connect("download-jobs")
}

/// Waits until the program shows that it waits for the network.
fn until_resting(bed: &TestBed) {
    eventually("the job rests", || {
        let jobs = bed.jobs();
        let job = jobs.first()?;
        (job["phase"] == "resting" && job["error"]["code"] == "EXPORT_007").then_some(())
    });
}

#[test]
fn down_at_the_submit_for_longer_than_patience() {
    let mut service = ServeProcess::new(&["--pace", "0"]);
    let bed = bed_on(&service);
    let export = bed.run(&["export", "download-jobs", SMALL, "--patience", "2s"]);
    export.ended(7, "it gives up in the foreground").says(&["NETWORK_ERROR", "landfall recover", "job is kept"]);
    assert_eq!(export.document()["error"]["code"], "EXPORT_007");
    assert_eq!(bed.only_job()["phase"], "resting", "job is kept");

    service.start();
    bed.run(&["recover"]).ended(0, "the service is back");
    bed.assert_landed("down at the submit", 1);
}

#[test]
fn down_at_the_submit_and_back_within_patience() {
    let mut service = ServeProcess::new(&["--pace", "0"]);
    let bed = bed_on(&service);
    let export = bed.start(&["export", "download-jobs", SMALL]);
    until_resting(&bed);
    service.start();
    export.wait().ended(0, "the same command lands it once the service is there");
    bed.assert_landed("late service", 1);
}

#[test]
fn killed_in_the_middle_of_its_work_and_back() {
    let mut service = ServeProcess::new(&["--pace", "1"]);
    service.start();
    let bed = bed_on(&service);
    let export = bed.start(&["export", "download-jobs", SMALL]);
    eventually("the server works", || (bed.server_jobs().first()?.state == "processing").then_some(()));
    service.kill();
    until_resting(&bed);
    service.start();
    export.wait().ended(0, "the same command survives it");
    bed.assert_landed("killed at work", 1);
}

#[test]
fn killed_in_the_middle_of_its_work_for_longer_than_patience() {
    let mut service = ServeProcess::new(&["--pace", "1"]);
    service.start();
    let bed = bed_on(&service);
    let export = bed.start(&["export", "download-jobs", SMALL, "--patience", "2s"]);
    eventually("the server works", || (bed.server_jobs().first()?.state == "processing").then_some(()));
    service.kill();
    export.wait().ended(7, "it gives up in the foreground").says(&["landfall recover"]);
    service.start();
    bed.run(&["recover"]).ended(0, "the same server job lands");
    bed.assert_landed("killed at work, out of patience", 1);
}

#[test]
fn killed_in_the_middle_of_the_download_and_back() {
    let mut service = ServeProcess::new(&["--pace", "0"]);
    service.start();
    let bed = bed_on(&service);
    let export = bed.start(&["export", "download-jobs", MIDDLE, "--limit-rate", "3MB"]);
    eventually("some of it has arrived", || (bed.partial_bytes() > 2_000_000).then_some(()));
    service.kill();
    let id = id_of(&bed.only_job()).to_owned();
    eventually("the cut is noticed", || {
        bed.timeline(&id).iter().any(|line| line.contains("tried again")).then_some(())
    });
    service.start();
    export.wait().ended(0, "the same command survives it");
    bed.assert_landed("killed while sending", 1);
}

#[test]
fn killed_in_the_middle_of_the_download_for_longer_than_patience() {
    let mut service = ServeProcess::new(&["--pace", "0"]);
    service.start();
    let bed = bed_on(&service);
    let export = bed.start(&["export", "download-jobs", MIDDLE, "--limit-rate", "3MB", "--patience", "2s"]);
    eventually("some of it has arrived", || (bed.partial_bytes() > 2_000_000).then_some(()));
    service.kill();
    export.wait().ended(7, "it gives up in the foreground").says(&["landfall recover", "job is kept"]);
    let held = bed.partial_bytes();
    service.start();
    bed.run(&["recover"]).ended(0, "the download goes on");
    let jobs = bed.assert_landed("killed while sending, out of patience", 1);
    let timeline = bed.timeline(id_of(&jobs[0]));
    assert!(timeline.contains(&format!("resumed at byte {held}")), "nothing is fetched again: {timeline:?}");
}

/// How long the long outage lasts: by then every wait between two tries has grown.
const MINUTE: Duration = Duration::from_mins(1);

/// The service goes down once `when` holds, stays down for a minute, and the same command lands it.
fn down_for_a_minute(case: &str, pace: &str, wish: &[&str], when: impl Fn(&TestBed) -> Option<()>) {
    let mut service = ServeProcess::new(&["--pace", pace]);
    service.start();
    let bed = bed_on(&service);
    let export: Vec<&str> = ["export", "download-jobs"].iter().chain(wish).copied().collect();
    let export = bed.start(&export);
    eventually(case, || when(&bed));
    service.kill();
    // The outage itself is what is tried; nothing tells when it is over.
    std::thread::sleep(MINUTE);
    service.start();
    export.wait().ended(0, case);
    bed.assert_landed(case, 1);
}

#[test]
fn killed_for_a_minute_and_back() {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            down_for_a_minute("a minute at work", "1", &[SMALL], |bed| {
                (bed.server_jobs().first()?.state == "processing").then_some(())
            });
        });
        scope.spawn(|| {
            down_for_a_minute("a minute while sending", "0", &[MIDDLE, "--limit-rate", "3MB"], |bed| {
                (bed.partial_bytes() > 2_000_000).then_some(())
            });
        });
    });
}
