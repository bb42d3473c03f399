//! what all systems share. X-7 has a file of its own, `storage`.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::bed::{ANNA, BERT, Bed, eventually, text};

const SUBMITS: [(&str, &str); 2] =
    [("/v1/download/initiate", "{\"fileIds\":[5]}"), ("/projects/nordkai-40/export", "{\"format\":\"csv\"}")];

#[tokio::test]
async fn x_1_a_missing_or_wrong_token_is_401() {
    let bed = Bed::new().await;
    let url = bed.service.url() + "/v1/download/jobs";
    for header in [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic dG9rZW4tb2YtYW5uYQ=="), Some(ANNA)] {
        let mut request = bed.client().get(&url);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401, "Authorization: {header:?}");
        let wrong = header == Some("Bearer wrong");
        let challenge = if wrong { "Bearer error=\"invalid_token\"" } else { "Bearer" };
        assert_eq!(response.headers()["www-authenticate"], challenge, "RFC 6750, section 3.1: {header:?}");
    }
    let lower_case = bed.client().get(&url).header("authorization", format!("bearer {ANNA}")).send().await.unwrap();
    assert_eq!(lower_case.status(), 200, "the scheme is compared without regard to case");
    assert_eq!(bed.get("/v1/me").await.json()["user"], "anna");
}

#[tokio::test]
async fn x_1_another_users_job_is_404_and_stands_in_no_list_of_ours() {
    let mut bed = Bed::new().await;
    let job = bed.initiate("[5]").await;
    let (task, export) = bed.export("nordkai-40", "csv").await;
    bed.set_token(BERT);
    let mine = [format!("/v1/download/status/{job}"), format!("/tasks/{task}"), format!("/exports/{export}")];
    for path in &mine {
        let reply = bed.get(path).await;
        let (route, _) = path.rsplit_once('/').unwrap();
        let nobody = bed.get(&format!("{route}/nobody")).await;
        assert_eq!(reply.status, 404, "another user's job: {path}");
        assert_eq!(reply.json()["error"]["message"], nobody.json()["error"]["message"], "as if there were none");
    }
    assert_eq!(bed.get("/v1/download/jobs").await.json()["jobs"], serde_json::json!([]));
    assert_eq!(bed.get("/exports").await.json()["exports"], serde_json::json!([]));
    bed.set_token(ANNA);
    for path in &mine {
        assert_eq!(bed.get(path).await.status, 200, "the owner sees it: {path}");
    }
}

#[tokio::test]
async fn x_1_an_export_is_no_download_job() {
    let bed = Bed::new().await;
    let (task, export) = bed.export("nordkai-40", "csv").await;
    let job = bed.initiate("[5]").await;
    for path in [
        format!("/v1/download/status/{export}"),
        format!("/v1/download/status/{task}"),
        format!("/exports/{job}"),
        format!("/tasks/{job}"),
        format!("/tasks/{export}"),
    ] {
        assert_eq!(bed.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn x_2_the_correlation_id_is_kept_echoed_and_listed() {
    let bed = Bed::new().await;
    for (index, (path, body)) in SUBMITS.into_iter().enumerate() {
        let sent = format!("corr-{index}");
        let reply = bed.post(path, &[("X-Correlation-ID", &sent)], body).await;
        assert_eq!(reply.header("x-correlation-id"), sent);
        assert_eq!(bed.service.jobs().await.unwrap()[index].correlation_id, sent, "the job keeps it");
    }
    assert_eq!(bed.get("/v1/download/jobs").await.json()["jobs"][0]["correlationId"], "corr-0");
    assert_eq!(bed.get("/exports").await.json()["exports"][0]["correlation_id"], "corr-1");
    let error = bed.post("/v1/download/initiate", &[("X-Correlation-ID", "corr-of-error")], "{}").await;
    assert_eq!(error.json()["error"]["correlationId"], "corr-of-error");
}

#[tokio::test]
async fn x_2_without_a_fit_correlation_id_the_service_makes_one() {
    let bed = Bed::new().await;
    let long = "x".repeat(129);
    for sent in [None, Some(""), Some("with blank"), Some(long.as_str())] {
        let headers: Vec<_> = sent.iter().map(|sent| ("X-Correlation-ID", *sent)).collect();
        let reply = bed.post("/v1/download/initiate", &headers, "{\"fileIds\":[5]}").await;
        let made = reply.header("x-correlation-id").to_owned();
        assert_eq!(made.len(), 32, "it made one in place of {sent:?}: {made}");
        assert_eq!(bed.service.jobs().await.unwrap().last().unwrap().correlation_id, made);
    }
}

#[tokio::test]
async fn x_3_same_key_and_body_gives_the_same_job() {
    let bed = Bed::new().await;
    for (index, (path, body)) in SUBMITS.into_iter().enumerate() {
        let key = [("Idempotency-Key", "one wish")];
        // At the same moment, as after a timeout that was not one.
        let replies = futures_util::future::join_all((0..8).map(|_| bed.post(path, &key, body))).await;
        let late = bed.post(path, &key, body).await;
        for reply in &replies {
            assert_eq!(reply.status, late.status);
            assert_eq!(reply.json(), late.json(), "the same answer each time");
        }
        assert_eq!(bed.service.jobs().await.unwrap().len(), index + 1, "one job for nine submissions to {path}");
    }
}

#[tokio::test]
async fn x_3_the_answer_stays_the_same_when_the_job_is_done_and_the_service_was_restarted() {
    let bed = Bed::new().await;
    let (path, body) = SUBMITS[0];
    let key = [("Idempotency-Key", "k")];
    let job = text(&bed.post(path, &key, body).await.json()["jobId"]);
    bed.status(&job, "completed").await;
    let bed = bed.restart_with(|_| {}).await;
    assert_eq!(bed.post(path, &key, body).await.json()["jobId"], job.as_str());
    assert_eq!(bed.service.jobs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn x_3_same_key_with_another_body_is_422() {
    let mut bed = Bed::new().await;
    let key = [("Idempotency-Key", "k")];
    for (path, body) in SUBMITS {
        assert_eq!(bed.post(path, &key, body).await.status, 202, "systems do not share keys");
    }
    let others = [
        (SUBMITS[0].0, "{\"fileIds\":[5,10]}"),
        (SUBMITS[1].0, "{\"format\":\"pdf\"}"),
        ("/projects/suzhou-lab/export", SUBMITS[1].1),
    ];
    for (path, body) in others {
        let reply = bed.post(path, &key, body).await;
        assert_eq!(reply.status, 422, "{path} {body}");
        assert_eq!(reply.json()["error"]["code"], "idempotency_key_reused");
    }
    assert_eq!(bed.service.jobs().await.unwrap().len(), 2, "a refusal makes no job");
    bed.set_token(BERT);
    assert_eq!(bed.post(SUBMITS[0].0, &key, others[0].1).await.status, 202, "users do not share keys");
}

#[tokio::test]
async fn x_3_a_key_is_good_for_24_hours() {
    let bed = Bed::new().await;
    let key = [("Idempotency-Key", "k")];
    let submit = async || text(&bed.post(SUBMITS[0].0, &key, SUBMITS[0].1).await.json()["jobId"]);
    let first = submit().await;
    bed.service.clock().advance(Duration::from_hours(24) - Duration::from_mins(2));
    assert_eq!(submit().await, first, "a moment before");
    bed.service.clock().advance(Duration::from_mins(2));
    assert_ne!(submit().await, first, "a moment after");
}

#[tokio::test]
async fn x_3_an_unfit_key_is_refused() {
    let bed = Bed::new().await;
    for key in ["", &"k".repeat(256)] {
        let reply = bed.post(SUBMITS[0].0, &[("Idempotency-Key", key)], SUBMITS[0].1).await;
        assert_eq!(reply.status, 400, "{} characters", key.len());
    }
}

#[tokio::test]
async fn x_4_jobs_are_listed_newest_first_with_id_state_correlation_id_and_time() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let (mut jobs, mut exports) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        jobs.insert(0, bed.initiate("[5]").await);
        exports.insert(0, bed.export("nordkai-40", "pdf").await.1);
    }
    let cases = [
        ("/v1/download/jobs", "jobs", ["jobId", "correlationId", "createdAt"], jobs),
        ("/exports", "exports", ["export_id", "correlation_id", "created_at"], exports),
    ];
    for (path, list, [id, correlation_id, created_at], expected) in cases {
        let answer = bed.get(path).await.json();
        let listed = answer[list].as_array().unwrap();
        assert_eq!(listed.iter().map(|job| text(&job[id])).collect::<Vec<_>>(), expected, "newest first");
        for job in listed {
            assert_eq!(job["status"], "pending");
            assert_eq!(text(&job[correlation_id]).len(), 32);
            assert!(text(&job[created_at]).parse::<jiff::Timestamp>().is_ok(), "{job}");
        }
    }
}

#[tokio::test]
async fn x_5_times_are_rfc_3339_in_utc_and_follow_the_clock() {
    let bed = Bed::new().await;
    bed.service.clock().advance(Duration::from_hours(48));
    bed.initiate("[5]").await;
    let created = text(&bed.get("/v1/download/jobs").await.json()["jobs"][0]["createdAt"]);
    assert!(created.ends_with('Z'), "{created} is in UTC");
    let apart = created.parse::<jiff::Timestamp>().unwrap().duration_since(bed.service.clock().now());
    assert!(apart.abs() < jiff::SignedDuration::from_mins(1), "{created} is the clock's time");
    let date = bed.get("/v1/me").await.header("date").to_owned();
    let date = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
    assert!(date.duration_since(bed.service.clock().now()).abs() < jiff::SignedDuration::from_mins(1), "Date too");
}

#[tokio::test]
async fn x_5_an_answer_takes_no_longer_than_30_seconds() {
    let bed = Bed::new().await;
    let mut stream = TcpStream::connect(bed.service.address()).await.unwrap();
    let head = format!(
        "POST /v1/download/initiate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ANNA}\r\nContent-Length: 20\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    eventually("request", async || (bed.service.seen().api_requests == 1).then_some(())).await;
    // The body never comes. The clock is moved until the limit was set before it.
    let mut answer = vec![0; 4096];
    let read = tokio::select! {
        read = stream.read(&mut answer) => read.unwrap(),
        () = async {
            loop {
                bed.service.clock().advance(Duration::from_secs(31));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        } => unreachable!(),
    };
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("too_slow"), "{answer}");
}

#[tokio::test]
async fn x_6_errors_have_code_message_remediation_and_correlation_id_and_nothing_of_the_server() {
    let bed = Bed::new().await;
    let big = format!("{{\"fileIds\":[{}1]}}", "1,".repeat(600_000));
    let (initiate, export) = (SUBMITS[0].0, SUBMITS[1].0);
    let cases: [(Method, &str, Option<&str>, u16); 14] = [
        (Method::GET, "/no/such/thing?secret=1", None, 404),
        (Method::DELETE, "/exports", None, 405),
        (Method::GET, "/v1/download/status/secret%2e%2e%2fetc", None, 404),
        (Method::POST, initiate, Some("{\"fileIds\":"), 400),
        (Method::POST, initiate, Some(""), 400),
        (Method::POST, initiate, Some("\u{0}\u{1}"), 400),
        (Method::POST, initiate, Some("{\"fileIds\":\"secret\"}"), 422),
        (Method::POST, initiate, Some("{\"fileIds\":[]}"), 422),
        (Method::POST, initiate, Some("{\"fileIds\":[1,99999]}"), 422),
        (Method::POST, initiate, Some(&big), 413),
        (Method::POST, export, Some("{\"format\":\"docx\"}"), 422),
        (Method::POST, export, Some("{}"), 422),
        (Method::POST, "/projects/no-such/export", Some("{\"format\":\"csv\"}"), 404),
        (Method::POST, "/v1/dead-letters/none/retry", Some(""), 404),
    ];
    for (method, path, body, status) in cases {
        let reply = bed.send(method, path, &[("X-Correlation-ID", "c")], body).await.unwrap();
        assert_eq!(reply.status, status, "{path} {}", reply.text());
        let error = reply.json()["error"].clone();
        for field in ["code", "message", "remediation"] {
            assert!(!text(&error[field]).is_empty(), "{path}: {field} says something");
        }
        assert_eq!(error["correlationId"], "c");
        let said = reply.text();
        for forbidden in ["secret", "src/", ".rs", "panicked", &bed.data().display().to_string()] {
            assert!(said.contains("invalid type") || !said.contains(forbidden), "{path} says {forbidden}: {said}");
        }
    }
    assert!(bed.service.jobs().await.unwrap().is_empty(), "nothing refused became a job");
}

#[tokio::test]
async fn x_8_connections_are_kept_and_nothing_is_cached() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[5]").await;
    for _ in 0..20 {
        let reply = bed.get("/v1/download/jobs").await;
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(bed.fetch(&link, &[]).await.unwrap().status, 200);
    }
    let seen = bed.service.seen();
    assert!(seen.api_requests > 20 && seen.storage_requests == 20, "{seen:?}");
    assert_eq!((seen.api_connections, seen.storage_connections), (1, 1), "one after the other they share one");
}
