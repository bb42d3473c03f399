//! The job fails on the server: its own words are shown, and a retry asks for a new one.

use landfall_service::{Chance, Fault, Step};
use landfall_tests::testbed::{TestBed, id_of};

use super::SMALL;

fn fails_and_is_retried(connector: &str, wish: &[&str]) {
    let bed = TestBed::new(connector);
    bed.server().faults().set(Fault::JobFails, Chance::Times(1));
    let export: Vec<&str> = ["export", connector].iter().chain(wish).copied().collect();
    let failed = bed.run(&export);
    failed.ended(3, "a job that failed on the server has an exit code of its own").says(&[
        "The source of this export could not be read",
        "Ask the service's operator to check the source",
        "JOB_FAILED",
        "landfall retry",
    ]);
    let job = failed.document();
    assert_eq!(job["phase"], "failed");
    let error = &job["error"];
    assert_eq!(error["code"], "EXPORT_003");
    assert_eq!(error["message"].as_str().map(|words| words.contains("could not be read")), Some(true), "{error}");
    assert_eq!(error["remediation"].as_str().map(|words| words.contains("operator")), Some(true), "{error}");
    assert_eq!(error["correlationId"], job["correlationId"], "the server's log can be searched for it");
    assert!(bed.names().is_empty(), "nothing is in the folder: {:?}", bed.names());
    bed.run(&["recover"]).ended(0, "a job that failed on the server is not asked for again by itself");
    assert_eq!(bed.server_jobs().len(), 1, "recover makes no new server job");

    bed.run(&["retry", id_of(&job)]).ended(0, "the fault is gone");
    let states: Vec<String> = bed.server_jobs().into_iter().map(|job| job.state).collect();
    assert_eq!(states, ["failed", "completed"], "a retry is a second job on the server");
    let landed = bed.only_job();
    assert_eq!(landed["phase"], "landed");
    bed.run(&["verify", id_of(&job)]).ended(0, "the file verifies");
    assert_eq!(bed.names().len(), 1, "one file: {:?}", bed.names());
}

#[test]
fn job_that_fails_on_the_server() {
    std::thread::scope(|scope| {
        scope.spawn(|| fails_and_is_retried("download-jobs", &[SMALL]));
        scope.spawn(|| fails_and_is_retried("report-exports", &["project_id=riverside-clinic", "format=csv"]));
    });
}

#[test]
fn file_that_is_not_what_was_promised_once() {
    let bed = TestBed::new("download-jobs");
    bed.server().faults().set_at(Fault::WrongDigest, Step::Result, Chance::Times(1));
    bed.run(&["export", "download-jobs", SMALL]).ended(0, "it is brought once more by itself");
    let refused = only_refused(&bed);
    std::fs::remove_file(bed.folder().join(refused)).unwrap();
    bed.assert_landed("refused once", 1);
}

#[test]
fn file_that_is_not_what_was_promised_twice() {
    let bed = TestBed::new("download-jobs");
    bed.server().faults().set_at(Fault::WrongDigest, Step::Result, Chance::Times(2));
    let failed = bed.run(&["export", "download-jobs", SMALL]);
    failed.ended(6, "a refused file has an exit code of its own").says(&[
        "VALIDATION_FAILED",
        "set aside",
        "landfall retry",
    ]);
    let named = |name: &String| !name.starts_with('.') && !name.contains(".refused-");
    assert!(!bed.names().iter().any(named), "nothing has a final name: {:?}", bed.names());
    bed.run(&["retry", id_of(&bed.only_job())]).ended(0, "the fault is gone");
    for name in bed.names().into_iter().filter(|name| name.contains(".refused-")) {
        std::fs::remove_file(bed.folder().join(name)).unwrap();
    }
    bed.assert_landed("refused twice", 1);
}

/// The name of the one file that was set aside, beside the one that landed.
fn only_refused(bed: &TestBed) -> String {
    let refused: Vec<String> = bed.names().into_iter().filter(|name| name.contains(".refused-")).collect();
    assert_eq!((refused.len(), bed.names().len()), (1, 2), "one is set aside and one has landed: {:?}", bed.names());
    refused.into_iter().next().unwrap()
}
