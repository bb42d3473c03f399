//! Media jobs: a stream for each job, and a poll besides.

use landfall_tests::testbed::id_of;
use serde_json::json;

use super::*;

const WISH: [&str; 4] = ["export", "media-jobs", "title=Harbour", "durationSeconds=3"];

const DONE: &str = "id: 9\nevent: job-completed\ndata: {\"status\":\"Succeeded\",\"output\":{\"sizeBytes\":60052}}\n\n";

fn progress(id: u32, percent: u32) -> String {
    format!("id: {id}\nevent: step-progress\ndata: {{\"step\":\"Rendering\",\"progressPct\":{percent}}}\n\n")
}

/// The server of one job whose streams say what `tell` says, and whose polls are answered so.
fn server(
    truth: &Truth,
    poll: impl Fn() -> Reply + Send + Sync + 'static,
    tell: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
) -> Hostile {
    let truth = truth.clone();
    Hostile::start(move |request, _| match request.target.as_str() {
        "/api/jobs" => json(202, &json!({ "id": "j1", "status": "Queued", "percent": 0 })),
        "/api/jobs/j1/events" => tell(request, truth.next_stream()),
        "/api/jobs/j1" => poll(),
        "/api/jobs/j1/output" => Reply::text(302, "Location: /film\r\nConnection: close\r\n", "").close(),
        "/film" => Reply::honest(&film(), request).close(),
        other => panic!("{other} was not expected"),
    })
}

/// Lands from that server.
fn lands_from(server: &Hostile, case: &str) -> TestBed {
    let bed = bed(server, "media-jobs");
    let outcome = bed.run(&WISH);
    outcome.ended(0, case);
    println!("{case}: {} MB at most", outcome.peak / 1_000_000);
    assert!(outcome.peak > 0 && outcome.peak < MOST_MEMORY, "{case}: held {} bytes", outcome.peak);
    assert_films(&bed, 1, case);
    assert_eq!(bed.only_job()["phase"], "landed", "{case}");
    for request in server.requests() {
        let is_signed = request.header("authorization").is_some();
        assert_eq!(is_signed, request.target != "/film", "{case}: {}", request.target);
    }
    bed
}

/// Lands in spite of what the streams say; who asks is told the truth.
fn lands(case: &str, truth: &Truth, tell: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> TestBed {
    let known = truth.clone();
    let poll = move || {
        let status = if known.is_done() { "Done" } else { "Running" };
        json(200, &json!({ "id": "j1", "status": status, "percent": 50 }))
    };
    lands_from(&server(truth, poll, tell), case)
}

#[test]
fn out_of_order_repeated_cut_and_unknown() {
    let truth = Truth::default();
    let bed = lands("a stream that tells nonsense", &truth, |request, number| {
        if number == 0 {
            return events(progress(5, 80) + &progress(2, 30) + &progress(2, 30))
                .say("event: weather\ndata: {\"progressPct\":1}\n\nevent: weather\ndata: {}\n\n")
                .say("event: job-status\ndata: {\"status\":\"Pondering\"}\n\n")
                .say("event: job-status\ndata: {\"status\":\"Pondering\"}\n\n")
                .say("id: 8\nevent: job-completed\ndata: {\"status\":\"Succ")
                .reset();
        }
        assert_eq!(request.header("last-event-id"), Some("2"), "what was cut off is not in force");
        events(DONE).say("event: job-status\ndata: {\"status\":\"Running\"}\n\n").say(progress(1, 1)).stall()
    });
    let id = id_of(&bed.only_job()).to_owned();
    let timeline = bed.timeline(&id).join("\n");
    for word in ["\"weather\"", "\"Pondering\""] {
        assert_eq!(timeline.matches(word).count(), 1, "{word} is noted once:\n{timeline}");
    }
    assert_eq!(truth.streams(), 2);
}

#[test]
fn answers_that_are_no_stream_are_replaced_by_asking() {
    let replies = [
        ("204", Reply::new().head(204, "Connection: close\r\n").close()),
        ("a page", Reply::text(200, "Content-Type: text/html\r\nConnection: close\r\n", "<h1>Hello</h1>").close()),
        ("no such stream", json(404, &json!({}))),
    ];
    for (case, reply) in replies {
        let truth = Truth::default();
        truth.finish();
        lands(case, &truth, move |_, _| reply.clone());
        assert_eq!(truth.streams(), 1, "{case}: it is not asked for again");
    }
}

#[test]
fn huge_events_are_not_held() {
    let ten_mebibytes = "x".repeat(10 << 20);
    let wide = format!("[{}0]", "0,".repeat(3 << 20));
    let many = format!("[{}0]", "{\"a\":0},".repeat(16_000));
    let all = [
        ("one string", format!("\"{ten_mebibytes}\"")),
        ("millions of numbers", wide),
        ("as many values as may be", many),
    ];
    for (case, data) in all {
        let truth = Truth::default();
        let theirs = truth.clone();
        let event = format!("event: job-status\ndata: {{\"status\":\"Running\",\"more\":{data}}}\n\n");
        lands(case, &truth, move |_, number| {
            // Said at once with the answer to the first question, and then again and again.
            if number > 0 {
                theirs.finish();
            }
            events(event.repeat(3)).close()
        });
    }
}

#[test]
fn redirect_to_another_origin_goes_without_the_sign_in() {
    let abroad = Hostile::start(|_, _| events(DONE).stall());
    let there = abroad.url("/elsewhere");
    let truth = Truth::default();
    lands("a stream elsewhere", &truth, move |_, _| {
        Reply::text(307, &format!("Location: {there}\r\nConnection: close\r\n"), "").close()
    });
    let requests = abroad.requests();
    assert!(!requests.is_empty(), "it was followed");
    for request in requests {
        assert_eq!(request.header("authorization"), None, "the sign-in stays at home");
    }
}

#[test]
fn snapshot_that_is_older_than_the_stream_changes_nothing() {
    let truth = Truth::default();
    lands("an old snapshot", &truth, |_, _| events(DONE).stall());
    assert!(!truth.is_done(), "whoever asked was told that it still runs");
}

#[test]
fn what_is_said_while_an_answer_is_awaited_does_not_pile_up() {
    let event = format!("event: job-status\ndata: {{\"status\":\"Running\",\"more\":\"{}\"}}\n\n", "x".repeat(2 << 20));
    let truth = Truth::default();
    let never = || Reply::new().head(200, "Content-Type: application/json\r\nContent-Length: 99\r\n").stall();
    let server = server(&truth, never, move |_, _| events(event.repeat(70)).say(DONE).stall());
    lands_from(&server, "a flood while the poll is stuck");
}
