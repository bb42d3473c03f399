//! what all systems share. X-3 has a file of its own, `idempotency`, and so has X-7, `storage`.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::bed::{ANNA, BERT, Bed, eventually, text};
use super::doors::DOORS;

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
async fn x_1_no_door_opens_without_a_token() {
    let bed = Bed::with(|options| options.workers = 0).await;
    for door in &DOORS {
        let id = door.job(&bed).await;
        let mut requests = vec![(Method::POST, door.submit.to_owned()), (Method::GET, door.list.to_owned())];
        requests.extend(door.paths(&id).map(|path| (Method::GET, path)));
        for (method, path) in requests {
            let request = bed.client().request(method.clone(), bed.service.url() + &path).body(door.body);
            assert_eq!(request.send().await.unwrap().status(), 401, "{method} {path}");
        }
    }
    assert_eq!(bed.service.jobs().await.unwrap().len(), DOORS.len(), "a stranger makes no job");
}

#[tokio::test]
async fn x_1_another_users_job_is_404_and_stands_in_no_list_of_ours() {
    let mut bed = Bed::with(|options| options.workers = 0).await;
    let mut mine = Vec::new();
    for door in &DOORS {
        let reply = door.ask(&bed, &[]).await.json();
        let (id, task) = (text(&reply[door.id]), reply["task_id"].as_str());
        mine.extend(door.paths(&id).zip(door.paths("nobody")));
        mine.extend(task.map(|task| (format!("/tasks/{task}"), "/tasks/nobody".to_owned())));
    }
    bed.set_token(BERT);
    for (path, nobodys) in &mine {
        let (reply, nobody) = (bed.get(path).await, bed.get(nobodys).await);
        assert_eq!(reply.status, 404, "another user's job: {path}");
        assert_eq!(reply.json()["error"]["message"], nobody.json()["error"]["message"], "as if there were none");
    }
    for door in &DOORS {
        assert!(door.jobs(&bed).await.is_empty(), "{}", door.system);
    }
    bed.set_token(ANNA);
    for (path, _) in &mine {
        assert_ne!(bed.get(path).await.status, 404, "the owner sees it: {path}");
    }
}

#[tokio::test]
async fn x_1_a_job_of_one_system_is_none_of_another() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let (task, export) = bed.export("nordkai-40", "csv").await;
    assert_eq!(bed.get(&format!("/tasks/{export}")).await.status, 404, "the export's id is not its task's");
    for door in &DOORS {
        assert!(door.paths(&task).count() > 0, "{} tells of its jobs", door.system);
        let id = door.job(&bed).await;
        for other in DOORS.iter().filter(|other| other.system != door.system) {
            for path in other.paths(&id).chain(door.paths(&task)) {
                assert_eq!(bed.get(&path).await.status, 404, "{} of {}: {path}", door.system, other.system);
            }
        }
        assert_eq!(bed.get(&format!("/tasks/{id}")).await.status, 404, "{}", door.system);
    }
}

#[tokio::test]
async fn x_2_the_correlation_id_is_kept_echoed_and_listed() {
    let bed = Bed::with(|options| options.workers = 0).await;
    for (index, door) in DOORS.iter().enumerate() {
        let sent = format!("corr-{index}");
        let reply = door.ask(&bed, &[("X-Correlation-ID", &sent)]).await;
        assert_eq!(reply.header("x-correlation-id"), sent);
        assert_eq!(bed.service.jobs().await.unwrap()[index].correlation_id, sent, "the job keeps it");
        assert_eq!(door.jobs(&bed).await[0][door.correlation_id], sent, "{} lists it", door.system);
        let error = bed.post(door.submit, &[("X-Correlation-ID", "corr-of-error")], "{}").await;
        assert_eq!(error.json()["error"]["correlationId"], "corr-of-error", "{}", door.system);
    }
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
async fn x_4_jobs_are_listed_newest_first_with_id_state_correlation_id_and_time() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let mut expected = DOORS.map(|_| Vec::new());
    for _ in 0..3 {
        for (door, ids) in DOORS.iter().zip(&mut expected) {
            ids.insert(0, door.job(&bed).await);
        }
    }
    for (door, expected) in DOORS.iter().zip(&expected) {
        let listed = door.jobs(&bed).await;
        let ids: Vec<_> = listed.iter().map(|job| text(&job[door.id])).collect();
        assert_eq!(ids, *expected, "{}: newest first, and no other system's", door.system);
        for job in &listed {
            assert!(text(&job[door.state]).eq_ignore_ascii_case(door.waiting), "{job}");
            assert_eq!(text(&job[door.correlation_id]).len(), 32, "{job}");
            assert!(text(&job[door.created_at]).parse::<jiff::Timestamp>().is_ok(), "{job}");
        }
    }
}

#[tokio::test]
async fn x_5_times_are_rfc_3339_in_utc_and_follow_the_clock() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.service.clock().advance(Duration::from_hours(48));
    for door in &DOORS {
        door.job(&bed).await;
        let created = text(&door.jobs(&bed).await[0][door.created_at]);
        assert!(created.ends_with('Z'), "{}: {created} is in UTC", door.system);
        let apart = created.parse::<jiff::Timestamp>().unwrap().duration_since(bed.service.clock().now());
        assert!(apart.abs() < jiff::SignedDuration::from_mins(1), "{}: {created} is the clock's time", door.system);
    }
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
    let (initiate, export) = ("/v1/download/initiate", "/projects/nordkai-40/export");
    let cases: [(Method, &str, Option<&str>, u16); 20] = [
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
        (Method::POST, "/v1/cameras/no-such/exportsV2", Some(DOORS[0].body), 404),
        (Method::GET, "/settings?task=secret", None, 404),
        (Method::POST, "/api/jobs", Some("{\"brief\":{\"title\":\"secret\"}}"), 422),
        (Method::POST, "/api/jobs/secret/cancel", Some(""), 404),
        (Method::POST, "/api/exports", Some("{\"type\":\"worktype\",\"systemName\":7}"), 422),
        (Method::DELETE, "/api/configuration-exports/secret", None, 404),
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
