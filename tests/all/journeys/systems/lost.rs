//! Killed between a request and its answer, on servers that have no idempotency keys.

use landfall_tests::testbed::{Server, TestBed, id_of};

use super::{CLIP, FILES, VIDEO, export};

/// The lines by which these connectors ask for idempotency.
const KEY: (&str, &str) = ("idempotency_header = \"Idempotency-Key\"\n", "");

/// The export by a connector of that id in place of its own.
fn by<'a>(id: &'a str, wish: &[&'a str]) -> Vec<&'a str> {
    ["export", id].iter().chain(&wish[1..]).copied().collect()
}

#[test]
fn x_4_request_whose_answer_is_lost_is_found_in_the_list() {
    super::with_each(&[CLIP, FILES, VIDEO], |wish| {
        let server = Server::start(&["anna"], |_| {});
        let bed = TestBed::on(&server, "anna").connect_by_own(wish[0], "keyless", &[KEY]);
        let command = by("keyless", wish);
        assert!(bed.dies_at("job.submit-sent", &command), "{}: killed before the answer is saved", wish[0]);
        assert_eq!(bed.server_jobs().len(), 1, "{}: the server has taken it", wish[0]);
        assert!(bed.only_job()["remoteId"].is_null(), "{}: and here it is not known", wish[0]);
        bed.run(&["recover"]).ended(0, "it is found by its correlation id");
        bed.assert_landed(wish[0], 1);
    });
}

#[test]
fn x_4_request_that_never_arrived_is_sent_once_more() {
    let server = Server::start(&["anna"], |_| {});
    let bed = TestBed::on(&server, "anna").connect_by_own("download-jobs", "keyless", &[KEY]);
    bed.wish(&["keyless", FILES[1]]);
    bed.run(&["recover"]).ended(0, "nothing was sent yet");
    bed.assert_landed("never sent", 1);
}

#[test]
fn without_key_and_list_a_person_is_asked_and_nothing_is_sent_again() {
    let unlisted = (
        "[list]\nget = \"/v1/download/jobs\"\neach = \"body.jobs\"\nid = \"item.jobId\"\nstate = \"item.status\"\n\
        created_at = \"item.createdAt\"\ncorrelation_id = \"item.correlationId\"\n",
        "",
    );
    let server = Server::start(&["anna"], |_| {});
    let bed = TestBed::on(&server, "anna").connect_by_own("download-jobs", "keyless", &[KEY, unlisted]);
    assert!(bed.dies_at("job.submit-sent", &by("keyless", FILES)), "killed before the answer is saved");
    let asked = bed.run(&["recover"]);
    asked.ended(3, "its fate is not known").says(&["JOB_CREATION_FAILED", "landfall adopt", "landfall retry"]);
    assert_eq!(bed.server_jobs().len(), 1, "nothing is sent again by itself");
    bed.run(&["recover"]).ended(0, "nor by another recover");
    assert_eq!(bed.server_jobs().len(), 1, "nothing is sent again by itself");

    let remote = bed.only_server_job().id;
    bed.run(&["adopt", "keyless", &remote, FILES[1]]).ended(0, "the person has looked on the server");
    bed.run(&["forget", id_of(&lost(&bed))]).ended(0, "and the lost one is of no use any more");
    bed.assert_landed("adopted", 1);
}

/// The job that does not know whether it is one on the server.
fn lost(bed: &TestBed) -> serde_json::Value {
    bed.jobs().into_iter().find(|job| job["phase"] == "failed").expect("the lost one is still listed")
}

#[test]
fn x_3_request_whose_answer_is_lost_is_repeated_under_its_key() {
    super::with_each(&super::EACH, |wish| {
        let bed = super::bed_for(wish, |_| {});
        let faults = bed.server().faults();
        faults.set_at(
            landfall_service::Fault::Lost,
            landfall_service::Step::Submit,
            landfall_service::Chance::Times(2),
        );
        bed.run(&export(wish)).ended(0, wish[0]);
        bed.assert_landed(wish[0], 1);
    });
}
