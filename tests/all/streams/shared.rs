//! Camera exports: one stream for all jobs of a connection, and nothing else to ask but for the result.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::*;

const STREAM: &str = "/settings?task=eventsource.status";

const JOBS: usize = 20;

/// What the stream says of our jobs and eighty of others, 100 a message.
fn all(status: &str) -> String {
    let jobs: Vec<Value> = (0..100).map(|id| json!({ "jobId": format!("e{id}"), "status": status })).collect();
    format!("data: {}\n\n", json!({ "jobs": jobs }))
}

fn wishes() -> Vec<String> {
    let mut wish = vec!["export".to_owned(), "exports-v2".to_owned()];
    wish.extend((0..JOBS).map(|camera| format!("camera=cam-{camera}")));
    wish.extend(["start=2026-01-05T08:00:00Z".to_owned(), "end=2026-01-05T08:01:00Z".to_owned()]);
    wish
}

/// A server whose n-th stream says what `tell` says; an export is there once it was submitted.
fn server(truth: &Truth, tell: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Hostile {
    let truth = truth.clone();
    Hostile::start(move |request, _| {
        let target = request.target.as_str();
        if target == STREAM {
            return tell(truth.next_stream());
        }
        if target.ends_with("/downloads") {
            return json(200, &json!({ "presignedURL": "/film" }));
        }
        if target.starts_with("/film") {
            return Reply::honest(&film(), request).close();
        }
        assert!(target.starts_with("/v1/cameras/"), "{target} was not expected");
        let id = truth.submitted.fetch_add(1, Ordering::SeqCst);
        json(201, &json!({ "exportId": format!("e{id}"), "status": "Queued" }))
    })
}

#[test]
fn twenty_jobs_share_one_stream_that_speaks_of_a_hundred() {
    let truth = Truth::default();
    let (known, submits) = (truth.clone(), JOBS);
    let server = server(&truth, move |_| {
        // Held back until every export is asked for, so that all wait for the same words.
        while known.submitted.load(Ordering::SeqCst) < submits {
            std::thread::yield_now();
        }
        events(all("RUNNING") + &all("Pondering") + &all("QUEUED") + &all("complete")).stall()
    });
    let bed = bed(&server, "exports-v2");
    let wish = wishes();
    let outcome = bed.run(&wish.iter().map(String::as_str).collect::<Vec<_>>());
    outcome.ended(0, "all land");
    assert!(outcome.peak < MOST_MEMORY, "held {} bytes", outcome.peak);
    assert_films(&bed, JOBS, "all");
    // Whoever comes when the others have heard enough and left opens it anew.
    assert!((1..4).contains(&truth.streams()), "{JOBS} jobs share it: {} streams", truth.streams());
    assert_eq!(bed.jobs().len(), JOBS);
}
