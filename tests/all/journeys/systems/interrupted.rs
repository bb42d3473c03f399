//! The service is killed in mid-job and started again on the same port and data; Landfall is killed in mid-stream.

use landfall_tests::testbed::{ServeProcess, TestBed, eventually};

use super::{CLIP, EACH, PACKAGE, STREAMED, VIDEO, bed_for, export, with_each};

#[test]
fn service_killed_in_mid_job_and_back() {
    with_each(&[CLIP, VIDEO, PACKAGE], |wish| {
        let mut service = ServeProcess::new(&["--pace", "0.5"]);
        service.start();
        let bed = TestBed::at(&service.url(), "anna", service.ledger()).connect(wish[0]);
        let running = bed.start(&export(wish));
        eventually("the server works", || {
            (bed.jobs().first()?["remoteId"].is_string() && bed.server_jobs().first()?.state == "processing")
                .then_some(())
        });
        service.kill();
        service.start();
        running.wait().ended(0, "the same command survives it");
        bed.assert_landed(wish[0], 1);
    });
}

#[test]
fn landfall_killed_in_mid_job_and_recovered() {
    with_each(&EACH, |wish| {
        let bed = bed_for(wish, |options| options.pace = 0.5);
        let running = bed.start(&export(wish));
        eventually("it follows the server at work", || {
            let job = bed.jobs().into_iter().next()?;
            (job["phase"] == "preparing").then_some(())
        });
        assert_eq!(running.kill().signal, Some(9), "{}: killed on the way", wish[0]);
        bed.run(&["recover"]).ended(0, wish[0]);
        bed.assert_landed(wish[0], 1);
    });
}

#[test]
fn m_2_result_that_was_made_while_nobody_listened() {
    with_each(&STREAMED, |wish| {
        let bed = bed_for(wish, |_| {});
        assert!(bed.dies_at("job.submitted", &export(wish)), "{}: killed before it listens", wish[0]);
        eventually("the server is done", || (bed.only_server_job().state == "completed").then_some(()));
        bed.run(&["recover"]).ended(0, wish[0]);
        bed.assert_landed(wish[0], 1);
    });
}
