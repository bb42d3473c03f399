//! How a job is made: in steps, found already there, refused, or not made at all.

use http::HeaderValue;
use landfall_engine::connector::{Kept, RemoteState, SubmitReading, Submitted};
use landfall_wire::{ErrorCode, Method};
use serde_json::json;

use crate::bench::{Job, POLL, REST, SUBMIT, answer, connector, empty, failed, said, with_header};
use crate::reading;

fn submitted(reading: SubmitReading) -> Submitted {
    let SubmitReading::Submitted(submitted) = reading else { panic!("the job is made: {reading:?}") };
    submitted
}

#[test]
fn steps_hand_on_what_they_were_given() {
    let steps = r#"
[submit]
idempotency_header = "Idempotency-Key"
[[submit.step]]
post = "/jobs"
id = "body.id"
keep = { token = "body.token" }
[[submit.step]]
post = "/jobs/{{ job.id }}/start"
query = { token = "{{ job.kept.token }}" }
"#;
    let connector = connector(&[steps, POLL, REST]);
    assert_eq!(connector.submit_steps(Method::Primary), 2);
    let mut job = Job { id: None, ..Job::new() };
    let first = connector.submit_request(&job.scope(), 0).unwrap();
    assert_eq!(first.headers.get("idempotency-key").map(HeaderValue::as_bytes), Some(&b"k-1"[..]));
    let made = connector.read_submit(&job.scope(), 0, &answer(201, &json!({ "id": 7, "token": "t" }))).unwrap();
    let kept = Kept::from([("token".to_owned(), json!("t"))]);
    assert_eq!(made, SubmitReading::Step { remote_id: Some("7".into()), kept: kept.clone() }, "a number is an id");
    (job.id, job.kept) = (Some("7"), kept);
    let second = connector.submit_request(&job.scope(), 1).unwrap();
    assert_eq!(second.url.reveal().as_str(), "https://server.example/base/jobs/7/start?token=t");
    assert_eq!(second.headers.get("idempotency-key"), None, "one key is for one request");
    let started = connector.read_submit(&job.scope(), 1, &reading::answer(204, "", "")).unwrap();
    assert_eq!(submitted(started).remote_id, "7", "an empty answer is fine when nothing is read from it");
    let null = connector.read_submit(&job.scope(), 1, &reading::answer(200, "application/json", "null")).unwrap();
    assert_eq!(submitted(null).remote_id, "7");
    assert_eq!(failed(connector.submit_request(&job.scope(), 2)).0, ErrorCode::JobCreationFailed);
}

#[test]
fn a_job_that_is_there_already_is_adopted_or_looked_for() {
    let duplicate = "duplicate_when = \"status == 409 and body.error.code == 'EXISTS'\"\n";
    let connector_of = |adopt: &str| connector(&[SUBMIT, duplicate, adopt, POLL, REST]);
    let exists = answer(409, &json!({ "error": { "code": "EXISTS", "jobId": "old" } }));
    let job = Job { id: None, ..Job::new() };
    let adopting = connector_of("adopt = \"body.error.jobId\"\n");
    let read = adopting.read_submit(&job.scope(), 0, &exists).unwrap();
    assert_eq!(read, SubmitReading::Duplicate { remote_id: Some("old".into()) });
    let read = connector_of("").read_submit(&job.scope(), 0, &exists).unwrap();
    assert_eq!(read, SubmitReading::Duplicate { remote_id: None });
    let other = answer(409, &json!({ "error": { "code": "LOCKED", "message": "Locked" } }));
    let (code, message) = failed(adopting.read_submit(&job.scope(), 0, &other));
    assert_eq!((code, message.as_str()), (ErrorCode::JobCreationFailed, "The server refused the request: Locked"));
    let anonymous = answer(409, &json!({ "error": { "code": "EXISTS" } }));
    assert!(adopting.read_submit(&job.scope(), 0, &anonymous).is_err(), "an id that is promised must be there");
    assert!(
        said(&[SUBMIT, "adopt = \"body.id\"\n", POLL, REST])
            .contains("bench.toml:15: submit.adopt: it says nothing without duplicate_when")
    );
}

#[test]
fn a_full_queue_is_waited_for() {
    let connector = connector(&[SUBMIT, "queue_full_when = \"status in [429, 503] and body.full\"\n", POLL, REST]);
    let job = Job { id: None, ..Job::new() };
    let full = with_header(answer(429, &json!({ "full": true, "message": "Ten jobs wait" })), "retry-after", "20");
    let SubmitReading::Busy { retry_after, words } = connector.read_submit(&job.scope(), 0, &full).unwrap() else {
        panic!("the queue is full")
    };
    assert_eq!((retry_after.map(|wait| wait.as_secs()), words.as_deref()), (Some(20), Some("Ten jobs wait")));
    let out = connector.read_submit(&job.scope(), 0, &answer(503, &empty()));
    assert_eq!(failed(out).0, ErrorCode::NetworkError, "an outage is no full queue");
    let out = connector.read_submit(&job.scope(), 0, &answer(401, &json!({ "full": true })));
    assert_eq!(failed(out).0, ErrorCode::AuthenticationError);
}

#[test]
fn an_answer_may_say_that_it_is_done_and_carry_the_link() {
    let connector = connector(&[SUBMIT, "done_when = \"body.state == 'done'\"\n", POLL, REST]);
    let job = Job { id: None, ..Job::new() };
    let read = |body: serde_json::Value| {
        submitted(connector.read_submit(&job.scope(), 0, &answer(200, &body)).unwrap()).report
    };
    let report = read(json!({ "id": 1, "state": "done", "url": "/r/1" })).expect("it is done");
    assert_eq!((report.state, report.parts.len()), (RemoteState::Ready, 1));
    assert_eq!(read(json!({ "id": 1, "state": "queued" })), None);
}

#[test]
fn what_exists_is_asked_for_first() {
    let existing = r#"
[submit.existing]
get = "/results/{{ params.name }}"
when = "status == 200"
id = "body.id"
"#;
    let connector = connector(&[SUBMIT, existing, POLL, REST]);
    let job = Job { id: None, ..Job::new() };
    assert_eq!(connector.submit_steps(Method::Primary), 2);
    assert!(connector.submit_request(&job.scope(), 0).unwrap().url.reveal().path().ends_with("/results/a%26b"));
    let there = connector.read_submit(&job.scope(), 0, &answer(200, &json!({ "id": "old" }))).unwrap();
    assert_eq!(submitted(there).remote_id, "old", "no second request is needed");
    let gone = connector.read_submit(&job.scope(), 0, &answer(404, &empty())).unwrap();
    assert_eq!(gone, SubmitReading::Step { remote_id: None, kept: Kept::new() });
    assert_eq!(failed(connector.read_submit(&job.scope(), 0, &answer(502, &empty()))).0, ErrorCode::NetworkError);
    let made = connector.read_submit(&job.scope(), 1, &answer(201, &json!({ "id": "new" }))).unwrap();
    assert_eq!(submitted(made).remote_id, "new");
}

#[test]
fn without_a_submit_the_job_is_named_by_its_parameters() {
    let connector = connector(&["[submit]\nid = \"params.name\"\n", POLL, REST]);
    let job = Job { id: None, ..Job::new() };
    assert_eq!(connector.submit_steps(Method::Primary), 0);
    assert_eq!(connector.without_submit(&job.scope()).unwrap().unwrap().remote_id, "a&b");
    assert!(said(&["[submit]\n", POLL, REST]).contains("bench.toml:11: submit.id: this key is missing"));
}

#[test]
fn ids_come_out_of_locations_of_any_shape() {
    let connector = connector(&["[submit]\npost = \"/jobs\"\nid = \"headers.location | last_segment\"\n", POLL, REST]);
    let job = Job { id: None, ..Job::new() };
    for location in ["https://server.example/jobs/j%207?x=1#y", "/jobs/j%207/", "j%207", "../jobs/j%207"] {
        let made = with_header(reading::answer(202, "", ""), "location", location);
        assert_eq!(submitted(connector.read_submit(&job.scope(), 0, &made).unwrap()).remote_id, "j 7", "{location}");
    }
    let (_, message) = failed(connector.read_submit(&job.scope(), 0, &reading::answer(202, "", "")));
    assert_eq!(message, "The server gave no id for the job (`headers.location | last_segment` is not in its answer)");
}

#[test]
fn a_rejection_is_told_in_the_words_that_the_connector_names() {
    let errors =
        "[errors]\nmessage = \"body.fault.text\"\ncode = \"body.fault.number\"\nremediation = \"body.fault.help\"\n";
    let fault = answer(
        400,
        &json!({ "fault": { "text": "No footage", "number": 17, "help": "Ask for less" }, "field": "start" }),
    );
    let job = Job { id: None, ..Job::new() };
    let plain = connector(&[SUBMIT, POLL, REST, errors]);
    let failure = plain.read_submit(&job.scope(), 0, &fault).unwrap_err();
    assert_eq!(failure.message, "The server refused the request: No footage");
    assert_eq!(failure.remediation, "Ask for less");
    assert_eq!(failure.details.unwrap()["serverCode"], "17");
    let own = connector(&[SUBMIT, "rejected = \"'The field ' ~ body.field ~ ' is wrong'\"\n", POLL, REST, errors]);
    assert_eq!(
        failed(own.read_submit(&job.scope(), 0, &fault)).1,
        "The server refused the request: The field start is wrong"
    );
}

#[test]
fn an_id_that_a_person_gives_is_adopted_unless_more_is_needed() {
    let job = Job { id: None, ..Job::new() };
    let plain = connector(&[SUBMIT, POLL, REST]);
    assert_eq!(plain.adopted(&job.scope(), " j9 ").unwrap().remote_id, "j9");
    assert!(plain.adopted(&job.scope(), "\u{202e}").is_err(), "an id that does not print is none");
    let keeping = "keep = { export = \"body.export\" }\n";
    let needing = connector(&[SUBMIT, keeping, POLL, REST]);
    assert!(failed(needing.adopted(&job.scope(), "j9")).1.contains("the server told export only when it was made"));
    let known = Job { id: None, ..Job::new() }.kept("export", "e9");
    assert_eq!(needing.adopted(&known.scope(), "j9").unwrap().kept["export"], "e9", "the list knew it");
    let polled = connector(&[SUBMIT, keeping, POLL, "keep = { export = \"body.export\" }\n", REST]);
    assert!(polled.adopted(&job.scope(), "j9").is_ok(), "the poll will tell it");
}
