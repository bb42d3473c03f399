//! The server wants another sign-in, at the submit or later: the job waits for it and then lands as the same one.

use landfall_service::{Chance, Fault, Step};
use landfall_tests::testbed::{TestBed, token_of};

use super::SMALL;

const REPORT: [&str; 2] = ["project_id=riverside-clinic", "format=csv"];

/// The export ends for want of a sign-in, and the job is kept for it.
fn assert_waits_for_a_sign_in(bed: &TestBed, command: &[&str]) {
    let ended = bed.run(command);
    ended.ended(8, "a missing sign-in has an exit code of its own");
    ended.says(&["AUTHENTICATION_ERROR", "landfall connect add", "landfall recover", "waits for the sign-in"]);
    assert_eq!(ended.document()["error"]["code"], "EXPORT_008");
    assert_eq!(bed.only_job()["phase"], "needs-sign-in", "job is kept");
    assert!(bed.names().iter().all(|name| name.starts_with('.')), "nothing has a final name: {:?}", bed.names());
}

fn refused_once_at(step: Step, connector: &str, wish: &[&str]) {
    let bed = TestBed::new(connector);
    bed.server().faults().set_at(Fault::Unauthorized, step, Chance::Times(1));
    let export: Vec<&str> = ["export", connector].iter().chain(wish).copied().collect();
    assert_waits_for_a_sign_in(&bed, &export);
    bed.sign_in(connector, &token_of("anna"));
    bed.run(&["recover"]).ended(0, "signed in again, it goes on");
    bed.assert_landed(&format!("{connector} refused at {step:?}"), 1);
}

#[test]
fn refused_at_each_step_and_signed_in_again() {
    std::thread::scope(|scope| {
        for step in [Step::Submit, Step::Watch] {
            scope.spawn(move || refused_once_at(step, "download-jobs", &[SMALL]));
        }
        for step in [Step::Submit, Step::Watch, Step::Resolve] {
            scope.spawn(move || refused_once_at(step, "report-exports", &REPORT));
        }
    });
}

#[test]
fn wrong_token_never_makes_a_job() {
    let bed = TestBed::new("download-jobs");
    bed.sign_in("download-jobs", "somebody-elses");
    assert_waits_for_a_sign_in(&bed, &["export", "download-jobs", SMALL]);
    assert!(bed.server_jobs().is_empty(), "the server has taken nothing");
    assert_waits_for_a_sign_in(&bed, &["recover"]);
    bed.sign_in("download-jobs", &token_of("anna"));
    bed.run(&["recover"]).ended(0, "signed in with the right token, it goes on");
    bed.assert_landed("wrong token", 1);
}

#[test]
fn token_goes_wrong_in_mid_job() {
    let bed = TestBed::new("download-jobs");
    assert!(bed.dies_at("job.submitted", &["export", "download-jobs", SMALL]), "it is interrupted in mid-job");
    bed.sign_in("download-jobs", "revoked-meanwhile");
    assert_waits_for_a_sign_in(&bed, &["recover"]);
    bed.sign_in("download-jobs", &token_of("anna"));
    bed.run(&["recover"]).ended(0, "signed in again, it goes on");
    bed.assert_landed("token revoked", 1);
}
