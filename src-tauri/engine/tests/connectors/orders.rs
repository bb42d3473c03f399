//! Orders, lists, the fallback, and the shapes of requests and answers that any of them may have.

use landfall_engine::connector::{RemoteState, Stopped};
use landfall_wire::{ErrorCode, Method};
use serde_json::{Value, json};
use url::Url;

use crate::bench::{Job, POLL, REST, SUBMIT, answer, connector, empty, failed, said};
use crate::reading;

#[test]
fn orders_are_told_or_were_over() {
    let orders = r#"
[cancel]
post = "/jobs/{{ job.id }}/stop"
over = [409]
wait = true
[delete]
delete = "/jobs/{{ job.id }}"
[acknowledge]
put = "/jobs/{{ job.id }}/seen"
"#;
    let with = connector(&[SUBMIT, POLL, REST, orders]);
    let job = Job::new();
    assert!(with.cancel_supported() && with.cancel_waits() && with.delete_supported());
    let request = with.cancel_request(&job.scope()).unwrap().unwrap();
    assert_eq!(request.url.reveal().path(), "/base/jobs/j1/stop");
    assert_eq!(with.read_cancel(&job.scope(), &reading::answer(204, "", "")).unwrap(), Stopped::Told);
    assert_eq!(with.read_cancel(&job.scope(), &answer(409, &empty())).unwrap(), Stopped::Over);
    assert_eq!(failed(with.read_cancel(&job.scope(), &answer(404, &empty()))).0, ErrorCode::JobFailed);
    assert_eq!(with.read_delete(&job.scope(), &answer(404, &empty())).unwrap(), Stopped::Over, "it is gone already");
    assert_eq!(failed(with.read_acknowledge(&job.scope(), &answer(503, &empty()))).0, ErrorCode::NetworkError);
    let without = connector(&[SUBMIT, POLL, REST]);
    assert!(!without.cancel_supported() && without.cancel_request(&job.scope()).is_none());
    assert!(without.read_cancel(&job.scope(), &answer(200, &empty())).is_err());
}

#[test]
fn a_list_is_read_page_by_page_and_stays_on_its_server() {
    let list = r#"
[list]
get = "/jobs"
query = { size = "100" }
each = "body.jobs"
id = "item.id"
state = "item.state"
created_at = "item.at"
correlation_id = "item.trace"
next = "body.next"
"#;
    let with = connector(&[SUBMIT, POLL, REST, list]);
    let url = Url::parse("https://server.example/base").unwrap();
    let page = json!({ "next": "/base/jobs?page=2", "jobs": [
        { "id": 7, "state": "DONE", "at": 1_769_846_400, "trace": "c" }, { "state": "queued" }, { "id": "j8", "at": "soon" }
    ]});
    let listing = with.read_list("bench", &url, &answer(200, &page)).unwrap();
    let jobs: Vec<_> = listing.jobs.iter().map(|job| (job.remote_id.as_str(), job.state.clone())).collect();
    assert_eq!(jobs, [("7", RemoteState::Ready), ("j8", RemoteState::Preparing)]);
    assert_eq!(listing.jobs[0].correlation_id.as_deref(), Some("c"));
    assert_eq!(listing.jobs[1].created_at, None, "an odd time is no reason to lose a job");
    let next = with.list_request("bench", &url, listing.next.as_ref()).unwrap().unwrap();
    assert_eq!(next.url.reveal().as_str(), "https://server.example/base/jobs?page=2");
    let elsewhere = json!({ "next": "https://elsewhere.example/jobs", "jobs": [] });
    assert!(failed(with.read_list("bench", &url, &answer(200, &elsewhere))).1.contains("lies on another server"));
    assert!(with.read_list("bench", &url, &answer(200, &json!({ "jobs": 1 }))).is_err());
    assert!(
        said(&[SUBMIT, POLL, REST, &list.replace("\"item.id\"", "\"job.id\"")])
            .contains("list.id: there is nothing called `job`")
    );
}

#[test]
fn the_fallback_is_the_same_but_for_what_it_says() {
    let fallback = r#"
[fallback.submit]
put = "/other"
[fallback.follow.poll]
get = "/other/{{ job.id }}"
[fallback.cancel]
delete = "/other/{{ job.id }}"
"#;
    let more = "json = { a = 1 }\nidempotency_header = \"Key\"\n";
    let connector =
        connector(&[SUBMIT, more, POLL, REST, "\n[cancel]\npost = \"/stop\"\njson = { b = 2 }\n", fallback]);
    assert!(connector.has_fallback());
    let job = Job { method: Method::Fallback, ..Job::new() };
    let submit = connector.submit_request(&job.scope(), 0).unwrap();
    assert_eq!((submit.method.as_str(), submit.url.reveal().path()), ("PUT", "/base/other"));
    assert_eq!(submit.body.as_deref(), Some(&br#"{"a":1}"#[..]), "the body is as there");
    assert!(submit.headers.contains_key("key"));
    assert_eq!(connector.poll_request(&job.scope()).unwrap().url.reveal().path(), "/base/other/j1");
    let report = connector.read_poll(&job.scope(), &answer(200, &json!({ "state": "running" }))).unwrap();
    assert_eq!(report.state, RemoteState::Preparing, "the words are as there");
    assert_eq!(connector.cancel_request(&job.scope()).unwrap().unwrap().method.as_str(), "DELETE");
    let first = connector.submit_request(&Job::new().scope(), 0).unwrap();
    assert_eq!((first.method.as_str(), first.url.reveal().path()), ("POST", "/base/jobs"));
}

#[test]
fn a_mistake_that_two_ways_share_is_told_once() {
    let fallback = "\n[fallback.submit]\nput = \"/other\"\n";
    let problems = said(&[SUBMIT, &POLL.replace("\"1s\"", "\"1\""), REST, fallback]);
    assert_eq!(problems.lines().count(), 1, "{problems}");
    assert!(
        said(&[SUBMIT, POLL, REST, "\n[fallback.submit]\nputt = \"/x\"\n"])
            .contains("fallback.submit.putt: there is no such key")
    );
}

/// The body of a submit with that body key.
fn sent(body: &str) -> (String, String) {
    let connector = connector(&[SUBMIT, body, POLL, REST]);
    let request = connector.submit_request(&Job::new().scope(), 0).expect("it is built");
    let kind = request.headers["content-type"].to_str().expect("it is built").to_owned();
    (kind, String::from_utf8(request.body.expect("it is built").to_vec()).expect("it is built"))
}

#[test]
fn bodies_of_every_kind_are_sent() {
    let (kind, body) = sent(
        "graphql = { query = \"query($n: String) { job(name: $n) { id }}\", variables = { n = \"{{ params.name }}\" } }\n",
    );
    assert_eq!(kind, "application/json");
    let wanted = json!({ "query": "query($n: String) { job(name: $n) { id }}", "variables": { "n": "a&b" } });
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), wanted);
    assert_eq!(sent("text = \"name={{ params.name }}\"\n").1, "name=a&b");
    let xml = sent("xml = \"<job name='{{ params.name }}'/>\"\n");
    assert_eq!(xml, ("application/xml".into(), "<job name='a&amp;b'/>".into()), "values cannot change the elements");
    let (kind, body) = sent("multipart = { name = \"{{ params.name }}\", 'landfall-part\"' = \"x\" }\n");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(boundary, "landfall-part-", "no part holds the boundary");
    assert!(
        body.contains("name=\"landfall-part%22\"\r\n\r\nx\r\n") && body.ends_with("--landfall-part---\r\n"),
        "{body}"
    );
    assert_eq!(sent("form = { \"filter[name]\" = \"{{ params.name }}\" }\n").1, "filter%5Bname%5D=a%26b");
    assert!(said(&[SUBMIT, "text = \"a\"\nxml = \"b\"\n", POLL, REST]).contains("there are two bodies in one request"));
}

#[test]
fn errors_that_come_with_200_are_errors() {
    let job = Job::new();
    let strict = connector(&[SUBMIT, "fail_if = \"body.ok == false\"\n", POLL, REST]);
    let sorry = answer(200, &json!({ "ok": false, "id": "j1", "error": "not_authed" }));
    let (code, message) = failed(strict.read_submit(&job.scope(), 0, &sorry));
    assert_eq!((code, message.as_str()), (ErrorCode::JobCreationFailed, "The server refused the request: not_authed"));
    let graphql = connector(&[SUBMIT, "graphql = { query = \"{ a }\" }\n", POLL, REST]);
    let sorry = answer(200, &json!({ "id": "j1", "errors": [{ "message": "No such field" }] }));
    assert!(failed(graphql.read_submit(&job.scope(), 0, &sorry)).1.ends_with("No such field"));
    assert!(graphql.read_submit(&job.scope(), 0, &answer(200, &json!({ "id": "j1", "errors": [] }))).is_ok());
}

#[test]
fn answers_are_read_as_told() {
    let job = Job::new();
    let poll = |more: &str| connector(&[SUBMIT, &POLL.replace("body.state", more), REST]);
    let xml = "<job><state>running</state></job>";
    let by_type =
        poll("body.job.state").read_poll(&job.scope(), &reading::answer(200, "application/xml", xml)).unwrap();
    assert_eq!(by_type.state, RemoteState::Preparing);
    let told = connector(&[SUBMIT, &POLL.replace("body.state", "body.job.state"), "answer = \"xml\"\n", REST]);
    assert!(told.read_poll(&job.scope(), &reading::answer(200, "text/plain", xml)).is_ok());
    let cut = failed(told.read_poll(&job.scope(), &reading::answer(200, "text/xml", "<job><state>")));
    assert!(cut.0 == ErrorCode::NetworkError && cut.1.contains("its XML is damaged"), "{cut:?}");
    let bytes = connector(&[SUBMIT, POLL, "answer = \"bytes\"\n", REST]);
    assert!(bytes.read_poll(&job.scope(), &answer(200, &json!({ "state": "done" }))).is_err(), "it is not looked into");
    let page = failed(told.read_poll(&job.scope(), &reading::answer(200, "text/html", "<html>Sign in</html>")));
    assert!(page.1.contains("`body.job.state` is not in it"), "{page:?}");
}

#[test]
fn an_address_that_the_server_gave_stays_on_the_server() {
    let given = POLL.replace("/jobs/{{ job.id }}", "{{ job.kept.status }}");
    let connector =
        connector(&[SUBMIT, "keep = { status = \"body.status\" }\n", &given, "query = { full = \"1\" }\n", REST]);
    let ask = |status: &str| connector.poll_request(&Job::new().kept("status", status).scope());
    for status in ["https://server.example/s?a=2#x", "/s?a=2"] {
        assert_eq!(ask(status).unwrap().url.reveal().as_str(), "https://server.example/s?a=2&full=1", "{status}");
    }
    for status in
        ["https://elsewhere.example/s", "//elsewhere.example/s", "http://server.example/s", "file:///etc/passwd"]
    {
        assert!(failed(ask(status)).1.contains("lies on another server"), "{status}");
    }
    let mixed = POLL.replace("/jobs/{{ job.id }}", "{{ job.id }}/x");
    assert!(said(&[SUBMIT, &mixed, REST]).contains("a path begins with one /"));
}
