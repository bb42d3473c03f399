//! Properties of what else comes from outside: files of wishes, events, recorded answers, sign-in pages and cookies.

use std::sync::LazyLock;

use http::{HeaderValue, header};
use jiff::Timestamp;
use landfall_engine::batch::Batch;
use landfall_engine::connector::{Connector, Kept, Params, Place, Recording, Scope, SignIn, SignInReading, Signature};
use landfall_engine::net::Request;
use landfall_engine::secrets::{Credentials, Secret};
use landfall_wire::Method;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use url::Url;

use crate::hostile::{CONNECTORS, any_json};
use crate::reading::answer;

/// A table or lines made of what they are made of, so that chance finds the corners.
fn wishes() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        select(vec![
            "project_id",
            "format",
            "_error",
            "camera",
            "start",
            "end",
            "csv",
            "pdf",
            "fileIds",
            "1",
            "2026-01-05T08:00:00Z",
            ",",
            ",",
            ";",
            "\t",
            "\"",
            "\"\"",
            "\n",
            "\n",
            "\r\n",
            "\r",
            " ",
            "\u{FEFF}",
            "{",
            "}",
            "\":\"",
            "null",
            "[",
            "]",
            "{\"project_id\":\"a\",\"format\":\"csv\"}\n",
            "project_id,format\n",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    vec(word, 0..30).prop_map(|words| words.concat())
}

fn event() -> impl Strategy<Value = (String, String)> {
    let kind =
        select(vec!["", "message", "job-status", "step-status", "step-progress", "job-completed", "job-failed", "?"]);
    let word = select(vec!["QUEUED", "complete", "Succeeded", "Failed", "Pending", "x"]);
    let known = (select(vec!["1", "2"]), word, any_json()).prop_map(|(id, status, more)| {
        let item =
            serde_json::json!({ "jobId": id, "status": status, "progressPct": more, "errors": more, "expiry": more });
        let mut event = item.clone();
        event["jobs"] = vec![item.clone(), more.clone(), item].into();
        event.to_string()
    });
    let data = prop_oneof![any_json().prop_map(|json| json.to_string()), known, "\\PC{0,40}"];
    (kind.prop_map(str::to_owned), data)
}

fn page() -> impl Strategy<Value = String> {
    let word = select(vec![
        "<input ",
        "<meta ",
        "<!--",
        "-->",
        "name=",
        "value=",
        "content=",
        "csrf",
        "'",
        "\"",
        ">",
        "/>",
        "=",
        " ",
        "\n",
        "&amp;",
        "&#x",
        "<",
        "é",
        "\u{0}",
        "token",
        "<input name=csrf value=\"",
        "<form>",
    ]);
    vec(word, 0..30).prop_map(|words| words.concat())
}

fn cookie() -> impl Strategy<Value = Vec<u8>> {
    let word = select(vec![
        &b"sid"[..],
        b"=",
        b";",
        b" ",
        b"Path=",
        b"/",
        b"Domain=",
        b"server.example",
        b"Max-Age=",
        b"-1",
        b"9999999999999999999",
        b"Expires=",
        b"Thu, 01 Jan 1970 00:00:00 GMT",
        b"Secure",
        b"\"",
        b"\xff",
        b",",
        b"__Host-",
        b"\t",
    ]);
    vec(word, 0..14).prop_map(|words| words.concat())
}

static SESSION: LazyLock<Vec<Connector>> = LazyLock::new(|| {
    let csrf = [
        r#"{ from = "html", name = "csrf", header = "X-Csrf" }"#,
        r#"{ from = "cookie", name = "sid", header = "X-Csrf" }"#,
        r#"{ from = "header", name = "X-Csrf", header = "X-Csrf" }"#,
    ];
    let source = |csrf: &str| {
        format!(
            "format = 1\nid = \"t\"\nname = \"T\"\nkind = \"files\"\n[submit]\npost = \"/jobs\"\nid = \"body.id\"\n\
             [follow.poll]\nget = \"/jobs/{{{{ job.id }}}}\"\nevery = \"1s\"\nstate = \"body.status\"\n[states]\n\
             ready = [\"done\"]\n[resolve]\nurl = \"body.url\"\n[connection]\nauth = [\"session\"]\n\
             [[connection.login]]\nget = \"/login\"\ncsrf = {csrf}\n[[connection.login]]\npost = \"/login\"\n\
             form = {{ user = \"{{{{ secret.user }}}}\", password = \"{{{{ secret.password }}}}\", csrf = \"{{{{ csrf }}}}\" }}\n"
        )
    };
    csrf.iter().map(|csrf| Connector::parse("t.toml", &source(csrf)).unwrap_or_else(|bad| panic!("{bad}"))).collect()
});

/// Signs in by answers like these; whatever comes of it, the password is not in the words.
fn sign_in(connector: &Connector, status: u16, page: &str, cookies: &[Vec<u8>]) {
    let url = Url::parse("https://server.example/base/").expect("a URL");
    let place = Place { name: "c", url: &url, hosts: &[] };
    let secrets = [("user", "anna"), ("password", "hunter2")];
    let named = secrets.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
    let credentials = Credentials { named, ..Credentials::default() };
    let mut given = answer(status, "text/html", page.to_owned());
    for value in cookies.iter().filter_map(|cookie| HeaderValue::from_bytes(cookie).ok()) {
        given.headers.append(header::SET_COOKIE, value.clone());
        given.headers.append("x-csrf", value);
    }
    let mut so_far = SignIn::default();
    for step in 0..connector.sign_in_steps(&credentials) {
        let asked = connector.sign_in_request(&place, &credentials, step, &so_far, Timestamp::UNIX_EPOCH);
        let read = asked.and_then(|_| connector.read_sign_in(&place, &credentials, step, so_far, &given));
        match read {
            Ok(SignInReading::Next(more)) => so_far = more,
            Ok(SignInReading::Done(mut session)) => {
                connector.keep_up(&place, &mut session, &given);
                let mut request = Request::new(http::Method::GET, url.join("jobs").expect("a URL"));
                let signature =
                    Signature { place, credentials: &credentials, session: Some(&session), now: Timestamp::UNIX_EPOCH };
                // A token that no header can carry is a refusal.
                let _ = connector.sign(&mut request, &signature);
                assert!(!format!("{session:?}{request:?}").contains("hunter2"), "nothing prints a secret");
                return;
            }
            Err(failure) => {
                assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
                return;
            }
        }
    }
}

proptest! {
    // Thrice as many as usual: each is quick, and a soak should be a minute of it.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: ProptestConfig::default().cases * 3, ..ProptestConfig::default() })]

    #[test]
    fn any_file_of_wishes_is_read_or_refused_and_what_fails_can_be_run_again(
        text in prop_oneof![wishes(), vec(any::<u8>(), 0..200).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())],
        name in select(vec!["a.csv", "a.tsv", "a.jsonl", "a.ndjson", "a", "a.CSV", ".csv"]),
        which in any::<prop::sample::Index>(),
    ) {
        let connector = which.get(&CONNECTORS);
        let Ok(batch) = Batch::read(connector, name, &text) else { return Ok(()) };
        let lines = text.replace("\r\n", "\n").matches(['\n', '\r']).count() as u64 + 1;
        for row in &batch.rows {
            prop_assert!(row.line >= 1 && row.line <= lines, "line {} of {lines}", row.line);
        }
        let failed: Vec<_> = (0..batch.rows.len()).map(|row| (row, "it \"failed\",\nso".to_owned())).collect();
        let rest = batch.rest(&failed);
        let again = Batch::read(connector, &format!("rest.{}", batch.ending()), &rest);
        let again = again.map_err(|unreadable| TestCaseError::fail(format!("{unreadable}: {rest:?}")))?;
        let given = |batch: &Batch| (0..batch.rows.len()).map(|row| batch.given(row)).collect::<Vec<_>>();
        prop_assert_eq!(given(&again), given(&batch), "{:?}", rest);
    }

    #[test]
    fn any_event_is_read_or_refused((kind, data) in event(), id in ".{0,8}") {
        let url = Url::parse("https://server.example").expect("a URL");
        let (params, kept) = (Params::default(), Kept::new());
        let scope = Scope {
            connection_name: "c",
            connection_url: &url,
            params: &params,
            remote_id: Some("1"),
            kept: &kept,
            created_at: Timestamp::UNIX_EPOCH,
            correlation_id: "c",
            idempotency_key: "k",
            method: Method::Primary,
        };
        for connector in CONNECTORS.iter() {
            for item in connector.read_event(&kind, &id, &data) {
                match connector.read_item(&scope, &item) {
                    Ok(Some(report)) => {
                        prop_assert!(report.percent.is_none_or(|percent| (0.0..=100.0).contains(&percent)));
                        for words in report.warnings.iter().chain(&report.message).chain(&report.stage) {
                            prop_assert!(words.len() < 4_000 && !words.chars().any(char::is_control), "{words:?}");
                        }
                    }
                    Ok(None) => {}
                    Err(failure) => prop_assert!(failure.message.len() < 4_000, "{failure}"),
                }
            }
        }
    }

    #[test]
    fn a_damaged_recording_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        cuts in vec((any::<prop::sample::Index>(), 0..12_usize, "[\\PC\n]{0,6}"), 1..4),
    ) {
        let recordings: Vec<&str> = Connector::built_in().iter().map(|built_in| built_in.recording).collect();
        let mut text: Vec<char> = which.get(&recordings).chars().collect();
        for (at, length, instead) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, instead.chars());
        }
        let _ = Recording::parse("damaged.toml", &text.into_iter().collect::<String>());
    }

    #[test]
    fn any_sign_in_page_and_cookies_are_read_or_refused(
        status in select(vec![200_u16, 302, 401, 403, 500]),
        page in page(),
        cookies in vec(prop_oneof![cookie(), vec(any::<u8>(), 0..40)], 0..4),
        which in any::<prop::sample::Index>(),
    ) {
        sign_in(which.get(&SESSION), status, &page, &cookies);
    }
}
