//! What is read of polls and events: states by rules and statuses, progress in its many shapes, whose item is whose.

use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use landfall_engine::connector::{Eta, RemoteState, Report, StreamScope};
use landfall_wire::ErrorCode;
use serde_json::{Value, json};

use crate::bench::{Job, POLL, REST, SUBMIT, answer, connector, empty, failed, said, with_header};
use crate::reading;

const STREAM: &str = r#"
[follow.stream]
get = "/events"
scope = "connection"
each = "data.jobs"
of = "item.id"
state = "item.state"
"#;

fn poll(extra: &str, status: u16, body: &Value) -> Report {
    connector(&[SUBMIT, POLL, extra, REST]).read_poll(&Job::new().scope(), &answer(status, body)).expect("it is read")
}

#[test]
fn statuses_are_states_where_rules_say_so() {
    let rules = r#"
[[rule]]
when = "status == 409 and body.percent is defined"
state = "preparing"
[[rule]]
when = "status in [202, 303]"
state = "waiting"
[[rule]]
when = "status == 404"
state = "failed"
code = "RESULT_EXPIRED"
reason = "'The job was swept away'"
[[rule]]
when = "not body.state"
state = "empty"
"#;
    let extra = format!("percent = \"body.percent\"\n{rules}");
    let conflict = poll(&extra, 409, &json!({ "percent": 40 }));
    assert_eq!((conflict.state, conflict.percent), (RemoteState::Preparing, Some(40.0)));
    assert_eq!(poll(&extra, 202, &empty()).state, RemoteState::Waiting);
    assert_eq!(poll(&extra, 303, &empty()).state, RemoteState::Waiting);
    assert_eq!(poll(&extra, 200, &empty()).state, RemoteState::Empty);
    let swept = poll(&extra, 404, &empty()).state.failure().unwrap();
    assert_eq!(swept.code, ErrorCode::ResultExpired);
    assert!(swept.message.ends_with("The job was swept away"), "{swept}");
    let connector = connector(&[SUBMIT, POLL, &extra, REST]);
    let job = Job::new();
    let read = |status| connector.read_poll(&job.scope(), &answer(status, &empty()));
    assert_eq!(read(410).unwrap().state, RemoteState::Expired, "a rule over a body was not written for errors");
    assert_eq!(failed(read(400)).0, ErrorCode::JobFailed);
    for status in [408, 425, 429, 500, 503] {
        assert_eq!(failed(read(status)).0, ErrorCode::NetworkError, "{status} says nothing about a job");
    }
}

#[test]
fn nothing_new_is_no_news() {
    let connector = connector(&[SUBMIT, POLL, "etag = true\n", REST]);
    let first = with_header(answer(200, &json!({ "state": "running" })), "etag", "\"v1\"");
    let report = connector.read_poll(&Job::new().scope(), &first).unwrap();
    assert_eq!(report.kept["etag"], "\"v1\"");
    let job = Job::new().kept("etag", "\"v1\"");
    let next = connector.poll_request(&job.scope()).unwrap();
    assert_eq!(next.headers.get("if-none-match").map(HeaderValue::as_bytes), Some(&b"\"v1\""[..]));
    assert!(connector.read_poll(&job.scope(), &reading::answer(304, "", "")).unwrap().unchanged);
    let link = connector.resolve_request(&job.scope()).unwrap();
    assert_eq!(link.headers.get("if-none-match"), None, "a link is wanted whether it is new or not");
}

#[test]
fn progress_comes_in_many_shapes() {
    let run = |extra: &str, more: Value| {
        let mut body = json!({ "state": "running" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        poll(extra, 200, &body).percent
    };
    assert_eq!(run("done = \"body.done\"\ntotal = \"body.all\"\n", json!({ "done": 3, "all": "12" })), Some(25.0));
    assert_eq!(run("done = \"body.share\"\ntotal = \"1\"\n", json!({ "share": 0.5 })), Some(50.0));
    assert_eq!(run("done = \"body.done\"\ntotal = \"body.all\"\n", json!({ "done": 3, "all": 0 })), None);
    assert_eq!(run("percent = \"body.text | number\"\n", json!({ "text": "about 45.5% of it" })), Some(45.5));
    let stages = "stage = \"body.stage\"\npercent = \"body.percent\"\nstages = { unpack = 1, Render = 3, ship = 1 }\n";
    assert_eq!(run(stages, json!({ "stage": "render", "percent": 50 })), Some(50.0), "1 and half of 3 out of 5");
    assert_eq!(run(stages, json!({ "stage": "unpack", "percent": 0 })), Some(0.0), "stages keep their order");
    assert_eq!(run(stages, json!({ "stage": "unheard of", "percent": 50 })), None);
    let alone = "stage = \"body.stage\"\nstages = { a = 1, b = 1 }\n";
    assert_eq!(run(alone, json!({ "stage": "B" })), Some(50.0), "a stage begins where the one before ends");
}

#[test]
fn all_else_is_for_show_and_left_out_when_it_is_unusable() {
    let fields = r#"queue_position = "body.place"
eta = "body.eta"
size = "body.size"
expires = "body.until"
warnings = "body.warnings"
message = "body.message"
keep = { sum = "body.sum" }
"#;
    let good = json!({
        "state": "queued", "place": 3, "eta": 90, "size": "42", "until": "2026-01-31T08:00:00Z",
        "warnings": ["Two frames are dark", 7, {}], "message": "soon", "sum": [1]
    });
    let report = poll(fields, 200, &good);
    assert_eq!((report.queue_position, report.size), (Some(3), Some(42)));
    assert_eq!(report.eta, Some(Eta::In(Duration::from_secs(90))));
    assert_eq!(report.expires_at.map(Timestamp::as_second), Some(1_769_846_400));
    assert_eq!(report.warnings, ["Two frames are dark", "7"]);
    assert_eq!(report.kept["sum"], json!([1]));
    let at = poll(fields, 200, &json!({ "state": "queued", "eta": "2026-01-31T08:00:00Z" })).eta;
    assert!(matches!(at, Some(Eta::At(_))), "{at:?}");
    let bad =
        json!({ "state": "queued", "place": -1, "eta": [], "size": {}, "until": "soon", "warnings": {}, "sum": null });
    let report = poll(fields, 200, &bad);
    let none = (report.queue_position, report.eta, report.size, report.expires_at, report.kept.len());
    assert_eq!(none, (None, None, None, None, 0));
}

#[test]
fn the_item_that_is_ours_is_read_out_of_many() {
    let many = "\n[follow.poll]\nget = \"/jobs\"\nevery = \"1s\"\neach = \"body.jobs\"\nof = \"item.id\"\nstate = \"item.state\"\n";
    let connector = connector(&[SUBMIT, many, REST]);
    let job = Job::new();
    let read = |body: Value| connector.read_poll(&job.scope(), &answer(200, &body));
    let report =
        read(json!({ "jobs": [{ "id": "j2", "state": "failed" }, { "id": "j1", "state": "running" }] })).unwrap();
    assert_eq!(report.state, RemoteState::Preparing);
    assert_eq!(read(json!({ "jobs": [] })).unwrap().state, RemoteState::Lost);
    assert_eq!(failed(read(json!({ "jobs": "none" }))).0, ErrorCode::NetworkError);
    assert!(said(&[SUBMIT, POLL, "each = \"body.jobs\"\n", REST]).contains("follow.poll.of: this key is missing"));
    assert!(said(&[SUBMIT, POLL, "of = \"body.id\"\n", REST]).contains("it says nothing without each"));
    assert!(
        said(&[SUBMIT, POLL, "percent = \"item.percent\"\n", REST])
            .contains("`item` is only there where a list is read")
    );
}

#[test]
fn rules_look_at_all_and_any() {
    let rules = r#"
[[rule]]
when = "body.parts | rejectattr('ok') | list | length == 0"
state = "ready"
[[rule]]
when = "body.parts | selectattr('ok') | list | length > 0 and body.over"
state = "partial"
"#;
    let part = |ok: bool| json!({ "ok": ok });
    let body = |parts: Vec<Value>, over: bool| json!({ "state": "running", "parts": parts, "over": over });
    assert_eq!(poll(rules, 200, &body(vec![part(true)], false)).state, RemoteState::Ready);
    assert_eq!(poll(rules, 200, &body(vec![part(true), part(false)], false)).state, RemoteState::Preparing);
    assert_eq!(poll(rules, 200, &body(vec![part(true), part(false)], true)).state, RemoteState::Partial);
}

#[test]
fn an_old_success_is_not_ours_and_a_fall_back_is_a_failure() {
    let follow = "[follow]\nfalls_back = \"failed\"\nours_when = \"body.at | epoch >= job.created_at | epoch\"\n";
    let connector = connector(&[SUBMIT, follow, POLL, REST]);
    let read = |job: &Job, state: &str, at: &str| {
        connector.read_poll(&job.scope(), &answer(200, &json!({ "state": state, "at": at, "url": "/r" }))).unwrap()
    };
    let (before, after) = ("2026-01-31T07:00:00Z", "2026-01-31T09:00:00Z");
    let fresh = Job::new();
    let old = read(&fresh, "done", before);
    assert_eq!((old.state, old.parts.len()), (RemoteState::Waiting, 0), "the success of an earlier run");
    assert_eq!(old.warnings, ["The server still shows an earlier export, which is not this one"]);
    assert_eq!(read(&fresh, "done", after).state, RemoteState::Ready);
    assert_eq!(read(&fresh, "queued", before).state, RemoteState::Waiting);
    let running = read(&fresh, "running", before);
    let mut seen = Job::new();
    seen.kept.extend(running.kept);
    assert_eq!(read(&seen, "done", before).state, RemoteState::Ready, "it was seen running");
    assert!(matches!(read(&seen, "queued", after).state, RemoteState::Failed { .. }), "it fell back");
}

#[test]
fn polls_come_at_the_pace_that_is_written() {
    let pace = "pace = [{ polls = 5, every = \"500ms\" }, { above = 90, every = \"500ms\" }, { below = 50, every = \"2s\" }]\nlimit = 9\n";
    let paced = connector(&[SUBMIT, POLL, pace, REST]);
    let delay = |count, percent| paced.poll_delay(count, percent).as_millis();
    assert_eq!([delay(1, Some(10.0)), delay(5, None), delay(6, Some(10.0))], [500, 500, 2000]);
    assert_eq!([delay(6, Some(50.0)), delay(6, Some(91.0)), delay(6, None)], [1000, 500, 1000]);
    assert_eq!(paced.poll_limit(), Some(9));
    let growing = connector(&[SUBMIT, POLL, "backoff = 2\nlongest = \"5s\"\n", REST]);
    let delays: Vec<_> = [0, 1, 2, 3, 4_000_000_000].map(|count| growing.poll_delay(count, None).as_secs()).into();
    assert_eq!(delays, [1, 2, 4, 5, 5], "it grows, and not for ever");
    let held = connector(&[SUBMIT, POLL, "long_poll = \"60s\"\n", REST]);
    assert_eq!(held.poll_request(&Job::new().scope()).unwrap().limit, Duration::from_secs(90));
    let gap = connector(&[SUBMIT, POLL, REST, "\n[connection.limits]\npoll_gap = \"3s\"\n"]);
    assert_eq!(gap.poll_delay(1, None), Duration::from_secs(3));
}

#[test]
fn an_event_speaks_of_the_jobs_in_it() {
    let connector = connector(&[SUBMIT, STREAM, REST]);
    let plan = connector.stream().unwrap();
    assert_eq!((plan.scope, plan.tries, plan.first_backoff), (StreamScope::Connection, 5, Duration::from_secs(1)));
    assert!(!connector.has_poll());
    let data =
        json!({ "jobs": [{ "id": 7, "state": "queued" }, { "id": "j1", "state": "RUNNING" }, { "state": "done" }] });
    let items = connector.read_event("", "", &data.to_string());
    assert_eq!(items.iter().map(|item| item.of()).collect::<Vec<_>>(), [Some("7"), Some("j1")], "one is nobody's");
    let report = connector.read_item(&Job::new().scope(), &items[1]).unwrap().unwrap();
    assert_eq!((report.state, report.word.as_deref()), (RemoteState::Preparing, Some("RUNNING")));
    let silent = connector.read_event("", "", r#"{"jobs":[{"id":"j1"}]}"#);
    assert_eq!(connector.read_item(&Job::new().scope(), &silent[0]).unwrap(), None, "it says nothing of the state");
    let url = url::Url::parse("https://server.example/base").unwrap();
    let request = connector.connection_stream_request("bench", &url).unwrap();
    assert_eq!(request.headers.get("accept").map(HeaderValue::as_bytes), Some(&b"text/event-stream"[..]));
}

#[test]
fn unusable_events_say_nothing() {
    let connector = connector(&[SUBMIT, STREAM, REST]);
    let huge = format!("{{\"jobs\":[\"{}\"]}}", "x".repeat(9 << 20));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for data in ["", "{", "null", "7", "words", "[]", "{\"jobs\":{}}", "{\"jobs\":[[],7,null]}", "\u{0}", &huge, &deep]
    {
        assert!(connector.read_event("message", "", data).is_empty(), "{}", data.chars().take(20).collect::<String>());
    }
    let wrong = connector.read_event("", "", r#"{"jobs":[{"id":"j1","state":{"a":1}}]}"#);
    assert_eq!(failed(connector.read_item(&Job::new().scope(), &wrong[0])).0, ErrorCode::NetworkError);
}

#[test]
fn types_of_events_say_what_is_theirs() {
    let events = r#"
[follow.stream]
get = "/jobs/{{ job.id }}/events"
stage = "data.step"
[follow.stream.events]
state = { state = "data.state" }
frame = { percent = "data.percent", stage = "data.phase" }
"#;
    let rule = "\n[[rule]]\nwhen = \"event.type == 'state' and data.why == 'stopped'\"\nstate = \"cancelled\"\n";
    let connector = connector(&[SUBMIT, events, POLL, rule, REST]);
    let read = |kind: &str, data: &str| {
        let items = connector.read_event(kind, "1", data);
        items.first().and_then(|item| connector.read_item(&Job::new().scope(), item).unwrap())
    };
    let state = read("state", r#"{"state":"queued","step":"a","percent":9}"#).unwrap();
    assert_eq!((state.state, state.stage.as_deref(), state.percent), (RemoteState::Waiting, Some("a"), None));
    let frame = read("frame", r#"{"percent":40,"phase":"b","step":"a"}"#).unwrap();
    assert_eq!((frame.state, frame.stage.as_deref(), frame.percent), (RemoteState::Preparing, Some("b"), Some(40.0)));
    assert_eq!(read("other", r#"{"state":"failed"}"#), None);
    assert_eq!(read("state", r#"{"state":"failed","why":"stopped"}"#).unwrap().state, RemoteState::Cancelled);
    assert_eq!(poll_with(&connector, &json!({ "state": "failed" })), "failed", "the rule over events is not for polls");
}

fn poll_with(connector: &landfall_engine::connector::Connector, body: &Value) -> &'static str {
    connector.read_poll(&Job::new().scope(), &answer(200, body)).expect("it is read").state.word()
}

#[test]
fn mistakes_in_streams_are_pointed_at() {
    let wrong = |right: &str, wrong: &str| said(&[SUBMIT, &STREAM.replacen(right, wrong, 1), REST]);
    assert!(wrong("of = \"item.id\"\n", "").contains("bench.toml:16: follow.stream.of: this key is missing"));
    assert!(
        wrong("\"/events\"", "\"/events/{{ job.id }}\"").contains("follow.stream.get: there is nothing called `job`")
    );
    assert!(wrong("data.jobs", "body.jobs").contains("follow.stream.each: `body` is not there"));
    assert!(wrong("\"connection\"", "\"account\"").contains("follow.stream.scope: \"account\" is none of the words"));
    assert!(wrong("state = \"item.state\"\n", "").contains("follow.stream.state: this key is missing"));
    let both = "\n[[rule]]\nwhen = \"status == 200 and data.ok\"\nstate = \"ready\"\n";
    assert!(said(&[SUBMIT, STREAM, POLL, both, REST]).contains("not at both"));
    let events = "\n[follow.stream.events]\ndone = { stat = \"data.x\" }\n";
    assert!(
        said(&[SUBMIT, STREAM, events, REST])
            .contains("follow.stream.events.done.stat: there is no such key; did you mean state?")
    );
    let neither = said(&[SUBMIT, "[follow]\ndeadline = \"1h\"\n", REST]);
    assert!(neither.contains("follow.poll: this key is missing; write [follow.poll] with the request"), "{neither}");
}
