//! Jobs that were asked for outside: found, adopted, landed.

use landfall_tests::testbed::{TestBed, eventually, id_of};
use serde_json::{Value, json};

use super::{CLIP, EACH, FILES, PACKAGE, REPORT, VIDEO, bed_for, with_each};

/// Asks without Landfall for the same as that wish; the server's id of it.
fn asked_outside(bed: &TestBed, connector: &str) -> String {
    let (path, body, id) = match connector {
        "exports-v2" => (
            "/v1/cameras/gate-north/exportsV2",
            json!({"type": "Batch", "start": "2025-06-02T07:30:00Z", "end": "2025-06-02T07:30:05Z", "storage": "Cloud"}),
            "exportId",
        ),
        "download-jobs" => ("/v1/download/initiate", json!({"fileIds": [1, 2]}), "jobId"),
        "media-jobs" => {
            ("/api/jobs", json!({"brief": {"title": "Site tour", "durationSeconds": 1, "resolution": "320x180"}}), "id")
        }
        "package-exports" => (
            "/api/exports",
            json!({"type": "worktype", "systemName": "matter", "environment": "uat", "options": {"format": "zip"}}),
            "id",
        ),
        _ => ("/projects/riverside-clinic/export", json!({"format": "csv"}), "task_id"),
    };
    let asked = bed.outside().post(path, Some(&body));
    assert!((200..300).contains(&asked.status), "{connector} takes it: {asked:?}");
    asked.text(id).to_owned()
}

#[test]
fn x_4_job_that_was_asked_for_outside_is_listed_adopted_and_lands() {
    with_each(&EACH, |wish| {
        let bed = bed_for(wish, |_| {});
        let remote = asked_outside(&bed, wish[0]);
        let listed = bed.run(&["adopt", wish[0]]);
        listed.ended(0, wish[0]);
        let document: Vec<Value> = listed.document().as_array().cloned().unwrap_or_default();
        assert_eq!(document.len(), 1, "{}: nobody follows it here: {document:#?}", wish[0]);
        assert_eq!(document[0]["remoteId"], *remote, "{}: by the id that it can be adopted by", wish[0]);

        let adopt: Vec<&str> = ["adopt", wish[0], &remote].into_iter().chain(wish[1..].iter().copied()).collect();
        bed.run(&adopt).ended(0, wish[0]);
        let jobs = bed.assert_landed(wish[0], 1);
        assert_eq!(jobs[0]["correlationId"], *bed.only_server_job().correlation_id, "{}: one for its life", wish[0]);

        let again = bed.run(&adopt);
        again.ended(2, "one is followed once").says(&[&format!("Job {} follows", id_of(&jobs[0])), "already"]);
        assert_eq!(bed.run(&["adopt", wish[0]]).document(), json!([]), "{}: nobody's no more", wish[0]);
        assert_eq!(bed.jobs(), jobs, "{}: the refusal changes nothing", wish[0]);
    });
}

#[test]
fn x_1_job_of_another_user_cannot_be_adopted() {
    with_each(&[CLIP, FILES, VIDEO, PACKAGE, REPORT], |wish| {
        let server = landfall_tests::testbed::Server::start(&["anna", "berta"], |_| {});
        let hers = asked_outside(&TestBed::on(&server, "berta"), wish[0]);
        let bed = TestBed::on(&server, "anna").connect(wish[0]);
        let adopt: Vec<&str> = ["adopt", wish[0], &hers].into_iter().chain(wish[1..].iter().copied()).collect();
        bed.run(&adopt).ended(2, wish[0]).says(&["lists no job"]);
        assert!(bed.jobs().is_empty() && bed.names().is_empty(), "{}: nothing came of it", wish[0]);
    });
}

#[test]
fn adopted_job_that_is_interrupted_is_recovered() {
    with_each(&[VIDEO, PACKAGE], |wish| {
        let bed = bed_for(wish, |options| options.pace = 0.5);
        let remote = asked_outside(&bed, wish[0]);
        let adopt: Vec<&str> = ["adopt", wish[0], &remote].into_iter().chain(wish[1..].iter().copied()).collect();
        let running = bed.start(&adopt);
        eventually("it is followed", || (bed.jobs().first()?["phase"] == "preparing").then_some(()));
        running.kill();
        bed.run(&["recover"]).ended(0, wish[0]);
        bed.assert_landed(wish[0], 1);
    });
}
