//! Single answers: what is taken from them, what is refused, and with which words.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use landfall_engine::connector::{
    Connector, Kept, Params, PartAuth, RemoteState, Resolution, Scope, Standing, SubmitReading, Submitted,
};
use landfall_engine::net::{Answer, Request};
use landfall_engine::secrets::{Credentials, SafeUrl, Secret};
use landfall_engine::transfer::Algorithm;
use landfall_wire::{ErrorCode, Failure, Method};
use url::Url;

const SOURCE: &str = r#"format = 1
id = "wide"
name = "Wide"
kind = "data"

[connection]
auth = ["bearer", "none"]
headers = { Prefer = "respond-async" }
correlation_header = "X-Trace"

[[param]]
name = "name"
type = "text"
default = "x"

[submit]
put = "/jobs/{{ params.name }}"
query = { q = "{{ params.name }}" }
form = { name = "{{ params.name }}" }
id = "headers.location | basename"

[follow.poll]
get = "/jobs/{{ job.id }}"
every = "1s"
state = "body.status"
percent = "body.percent"
stage = "body.stage"

[[rule]]
when = "body.done and body.rows == 0"
state = "empty"

[[rule]]
when = "body.finished and not body.error"
state = "ready"

[states]
ready = ["done", 3, true]
cancelled = ["cancelled"]

[resolve]
post = "/jobs/{{ job.id }}/link"
ready_when = "body.ready"
url = "body.url"
size = "body.size"
digest = { sha256 = "body.sha256", md5 = "headers['x-md5']" }
expires = "body.until"
renew_on = [403, 410]

[download]
auth = "inherit"

[verify]
min_size = "22B"
"#;

pub(crate) fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> Answer {
    let mut headers = HeaderMap::new();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    let url = SafeUrl::new(Url::parse("https://server.example/x").expect("a URL"));
    Answer { status, headers, body: body.into(), url, received_at: Timestamp::UNIX_EPOCH }
}

fn json(status: u16, body: &str) -> Answer {
    answer(status, "application/json", body.to_owned())
}

/// Runs with the wide connector and a scope of one job.
fn with(run: impl FnOnce(&Connector, &Scope<'_>)) {
    with_param("x", run);
}

fn with_param(name: &str, run: impl FnOnce(&Connector, &Scope<'_>)) {
    let connector = Connector::parse("wide.toml", SOURCE).unwrap_or_else(|problems| panic!("{problems}"));
    let given = [("name".to_owned(), name.to_owned())];
    let params: Vec<Params> = connector.wishes(&given).expect("a text is a text");
    let url = Url::parse("https://server.example/base/").expect("a URL");
    let kept = Kept::new();
    run(
        &connector,
        &Scope {
            connection_name: "wide",
            connection_url: &url,
            params: &params[0],
            remote_id: Some("j1"),
            kept: &kept,
            created_at: Timestamp::UNIX_EPOCH,
            correlation_id: "c-1",
            idempotency_key: "k-1",
            method: Method::Primary,
        },
    );
}

fn submitted(reading: Result<SubmitReading, Failure>) -> Submitted {
    match reading {
        Ok(SubmitReading::Submitted(submitted)) => submitted,
        other => panic!("the job is made: {other:?}"),
    }
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers.get(name)?.to_str().ok()
}

#[test]
fn a_request_has_all_that_the_block_says_and_values_cannot_leave_their_place() {
    with_param("a b/../?&=é", |connector, scope| {
        let request = connector.submit_request(scope, 0).unwrap();
        let encoded = "a%20b%2F..%2F%3F%26%3D%C3%A9";
        let wanted = format!("https://server.example/base/jobs/{encoded}?q={encoded}");
        assert_eq!((request.method.as_str(), request.url.reveal().as_str()), ("PUT", wanted.as_str()));
        assert_eq!(header(&request, "prefer"), Some("respond-async"), "the connection's headers are everywhere");
        assert_eq!(header(&request, "x-trace"), Some("c-1"), "under the connector's own name");
        assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(request.body, Some(Bytes::from(format!("name={encoded}"))));
        assert_eq!(header(&request, "authorization"), None, "the sign-in is added apart");
    });
    for climbing in ["..", "."] {
        with_param(climbing, |connector, scope| {
            let failure = connector.submit_request(scope, 0).unwrap_err();
            assert_eq!(failure.code, ErrorCode::JobCreationFailed);
            assert!(failure.message.contains("would change the address"), "{failure}");
        });
    }
}

#[test]
fn the_token_goes_to_the_connections_own_origin_and_nowhere_else() {
    with(|connector, scope| {
        let token = Credentials::token(Secret::new("t-1"));
        for (url, sent) in [
            ("https://server.example/other", true),
            ("https://server.example:8443/other", false),
            ("http://server.example/other", false),
            ("https://storage.example/other", false),
            ("https://server.example.evil.example/other", false),
        ] {
            let mut request = Request::new(http::Method::GET, Url::parse(url).unwrap());
            connector.authorize(&mut request, &token, scope.connection_url).unwrap();
            assert_eq!(header(&request, "authorization").is_some(), sent, "{url}");
            assert!(!format!("{request:?}").contains("t-1"), "a token does not print");
        }
        let mut request = connector.poll_request(scope).unwrap();
        let broken = Credentials::token(Secret::new("a\nb"));
        let failure = connector.authorize(&mut request, &broken, scope.connection_url).unwrap_err();
        assert_eq!(failure.code, ErrorCode::AuthenticationError);
    });
}

#[test]
fn an_answer_is_classified_before_it_is_read() {
    for (status, wanted) in [
        (204, Standing::Ok),
        (401, Standing::SignIn),
        (429, Standing::Later { status: 429 }),
        (503, Standing::Later { status: 503 }),
        (302, Standing::Refused { status: 302, words: None, remediation: None }),
    ] {
        assert_eq!(Standing::of(&answer(status, "text/plain", "")), wanted);
    }
    let envelope = r#"{"error":{"code":"X","message":"No\u0007 such\n project","remediation":"Choose another"}}"#;
    let wanted = Standing::Refused {
        status: 422,
        words: Some("No such project".into()),
        remediation: Some("Choose another".into()),
    };
    assert_eq!(Standing::of(&json(422, envelope)), wanted, "words come without control characters");
    let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(100_000));
    match Standing::of(&json(400, &long)) {
        Standing::Refused { words: Some(words), .. } => assert!(words.len() < 600, "words are bounded"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_id_may_come_from_a_header_and_must_be_there() {
    with(|connector, scope| {
        let mut created = answer(201, "text/plain", "");
        created.headers.insert(header::LOCATION, HeaderValue::from_static("https://server.example/jobs/j-77"));
        assert_eq!(submitted(connector.read_submit(scope, 0, &created)).remote_id, "j-77");
        let failure = connector.read_submit(scope, 0, &json(200, r#"{"message":"Queue closed"}"#)).unwrap_err();
        assert_eq!(failure.code, ErrorCode::JobCreationFailed);
        assert!(failure.message.ends_with(": Queue closed"), "{failure}");
        let refused =
            json(422, r#"{"error":{"code":"BAD_FORMAT","message":"No such format","remediation":"Ask for csv"}}"#);
        let failure = connector.read_submit(scope, 0, &refused).unwrap_err();
        assert_eq!((failure.code, failure.remediation.as_str()), (ErrorCode::JobCreationFailed, "Ask for csv"));
        assert_eq!(failure.message, "The server refused the request: No such format");
        let details =
            serde_json::json!({ "status": 422, "serverCode": "BAD_FORMAT", "serverMessage": "No such format" });
        assert_eq!(failure.details, Some(details));
        assert_eq!(connector.read_submit(scope, 0, &json(401, "{}")).unwrap_err().code, ErrorCode::AuthenticationError);
        assert_eq!(connector.read_submit(scope, 0, &json(503, "{}")).unwrap_err().code, ErrorCode::NetworkError);
    });
}

#[test]
fn states_come_from_words_numbers_and_rules_and_the_first_match_wins() {
    with(|connector, scope| {
        for (body, wanted) in [
            (r#"{"status":"DONE","done":false}"#, RemoteState::Ready),
            (r#"{"status":3,"done":false}"#, RemoteState::Ready),
            (r#"{"status":true,"done":false}"#, RemoteState::Ready),
            (r#"{"status":"done","done":true,"rows":0}"#, RemoteState::Empty),
            (r#"{"status":"cancelled","done":false}"#, RemoteState::Cancelled),
            (r#"{"status":"other","finished":true}"#, RemoteState::Ready),
            (r#"{"status":"other","finished":true,"error":"x"}"#, RemoteState::Preparing),
            (r#"{"status":"other","done":false}"#, RemoteState::Preparing),
        ] {
            assert_eq!(connector.read_poll(scope, &json(200, body)).unwrap().state, wanted, "{body}");
        }
        assert_eq!(connector.read_poll(scope, &json(404, "{}")).unwrap().state, RemoteState::Lost);
        assert_eq!(connector.read_poll(scope, &json(410, "{}")).unwrap().state, RemoteState::Expired);
    });
}

#[test]
fn an_odd_percent_is_left_out_with_a_warning() {
    with(|connector, scope| {
        for (percent, wanted) in [
            ("40", Some(40.0)),
            ("\"40 %\"", None),
            ("\"40%\"", Some(40.0)),
            ("140", None),
            ("-1", None),
            ("[]", None),
            ("1e999", None),
            ("null", None),
        ] {
            let body = format!(r#"{{"status":"done","done":false,"percent":{percent}}}"#);
            let Ok(report) = connector.read_poll(scope, &json(200, &body)) else {
                assert_eq!(percent, "1e999", "only what is no JSON number fails the answer");
                continue;
            };
            assert_eq!(report.percent, wanted, "{percent}");
            assert_eq!(report.warnings.is_empty(), wanted.is_some() || percent == "null", "{percent}");
        }
    });
}

#[test]
fn answers_that_say_nothing_about_the_job_are_asked_again() {
    with(|connector, scope| {
        for (answer, said) in [
            (answer(200, "text/html", "<html>Sign in</html>"), "it is a web page, and `body.status` was expected"),
            (json(200, r#"{"status":"#), "its JSON is cut short"),
            (json(200, "{]"), "its JSON is damaged"),
            (json(200, &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))), "its JSON is damaged"),
            (answer(200, "application/json", vec![b' '; 9 << 20]), "`body.status` is not in it"),
            (answer(200, "application/json", vec![b'{'; 9 << 20]), "it is larger than 8 MiB"),
            (json(200, r#"{"status":["done"]}"#), "`body.status` should be a word and is a list"),
            (json(200, r#"{"status":null}"#), "`body.status` is not in it"),
            (json(200, "[]"), "`body.status` is not in it"),
            (json(500, "{}"), "cannot answer now (500)"),
        ] {
            let failure = connector.read_poll(scope, &answer).unwrap_err();
            assert_eq!(failure.code, ErrorCode::NetworkError, "{failure}");
            assert!(failure.message.contains(said), "{said:?} is in {failure}");
        }
        assert_eq!(connector.read_poll(scope, &json(403, "{}")).unwrap_err().code, ErrorCode::AuthenticationError);
    });
}

#[test]
fn a_link_comes_with_all_that_is_promised_about_it() {
    with(|connector, scope| {
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let body = format!(
            r#"{{"ready":true,"url":"/files/1?sig=s","size":"42","sha256":"sha-256={sha}","until":1769850000}}"#
        );
        let mut good = json(200, &body);
        good.headers.insert("x-md5", HeaderValue::from_static("kAFQmDzST7DWlj99KOF/cg=="));
        let Resolution::Ready(parts) = connector.read_resolve(scope, &good).unwrap() else { panic!("it is ready") };
        let part = &parts[0];
        assert_eq!(part.url.reveal().as_str(), "https://server.example/files/1?sig=s", "relative to the server");
        assert_eq!((part.size, part.min_size, part.auth), (Some(42), Some(22), PartAuth::Inherit));
        assert_eq!(part.expires_at.map(|at| at.to_string()).as_deref(), Some("2026-01-31T09:00:00Z"));
        let digests: Vec<_> = part.digests.iter().map(|digest| (digest.algorithm(), digest.hex())).collect();
        let md5 = "900150983cd24fb0d6963f7d28e17f72".to_owned();
        assert_eq!(digests, [(Algorithm::Sha256, sha.to_owned()), (Algorithm::Md5, md5)], "hex and base64 are read");
        assert_eq!(part.renew_on, [403, 410]);
        assert!(!format!("{part:?}").contains("sig=s"), "a signed link does not print");
    });
}

#[test]
fn a_link_that_must_not_be_followed_is_refused() {
    with(|connector, scope| {
        for (body, said) in [
            (r#"{"ready":true,"url":"http://server.example/a"}"#, "is not encrypted although the connection is"),
            (r#"{"ready":true,"url":"file:///etc/passwd"}"#, "names no server"),
            (r#"{"ready":true,"url":"ftp://server.example/a"}"#, "is neither http nor https"),
            (r#"{"ready":true,"url":"https://"}"#, "is no URL"),
            (r#"{"ready":true,"url":{}}"#, "`body.url` should be a text and is an object"),
            (r#"{"ready":true,"url":"/a","size":-1}"#, "`body.size` should be a whole number of bytes"),
            (r#"{"ready":true,"url":"/a","sha256":"abc"}"#, "`body.sha256` is no sha256 digest"),
            (r#"{"ready":true,"url":"/a","until":"soon"}"#, "`body.until` should be a point in time"),
        ] {
            let failure = connector.read_resolve(scope, &json(200, body)).unwrap_err();
            assert_eq!(failure.code, ErrorCode::DownloadFailed, "{failure}");
            assert!(failure.message.contains(said), "{said:?} is in {failure}");
        }
        for waiting in [r#"{"ready":false,"url":"/a"}"#, r#"{"ready":true,"url":null}"#, "{}"] {
            assert_eq!(connector.read_resolve(scope, &json(200, waiting)).unwrap(), Resolution::NotYet, "{waiting}");
        }
        let elsewhere = json(200, r#"{"ready":true,"url":"https://storage.example/a"}"#);
        let Resolution::Ready(parts) = connector.read_resolve(scope, &elsewhere).unwrap() else {
            panic!("it is ready")
        };
        assert_eq!(parts[0].auth, PartAuth::None, "the sign-in is not inherited by another origin");
        assert_eq!(connector.read_resolve(scope, &json(410, "{}")).unwrap_err().code, ErrorCode::ResultExpired);
    });
}
