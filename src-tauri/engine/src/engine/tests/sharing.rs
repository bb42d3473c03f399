//! What the jobs of one connection share: a quota of requests, and one question for all of them.

use std::time::Duration;

use landfall_wire::{Phase, WaitingFor};
use serde_json::json;

use super::requests::done;
use super::{Bed, Face, HEAD, PLAIN_SUBMIT, Reply};

#[tokio::test]
async fn requests_beyond_the_quota_wait_here_also_after_a_restart() {
    let head = HEAD.replace("auth = [\"bearer\"]", "auth = [\"bearer\"]\nlimits = { submits_per_hour = 1 }");
    let mut posts = 0;
    let bed = Bed::of(&[&head, PLAIN_SUBMIT].join("\n"), move |call| match call.line.as_str() {
        "POST /jobs" => {
            posts += 1;
            Reply::Json(202, json!({ "id": posts.to_string() }))
        }
        _ => done(call),
    });
    let engine = bed.engine();
    let (_, mut first) = bed.asked(&engine, bed.request()).await;
    first.in_phase(Phase::Landed).await;
    let (id, mut second) = bed.asked(&engine, bed.request()).await;
    second.until(|shot| shot.waiting_for == Some(WaitingFor::ServerQueue)).await;
    engine.stop().await;
    let engine = bed.engine();
    let mut second = Face(engine.carry(&id).await.unwrap());
    bed.clock.advance(Duration::from_mins(59));
    second.until(|shot| shot.waiting_for == Some(WaitingFor::ServerQueue)).await;
    assert_eq!(bed.desk.count("POST /jobs"), 1, "the hour is not over");
    bed.clock.advance(Duration::from_mins(1));
    second.in_phase(Phase::Landed).await;
    assert_eq!(bed.desk.count("POST /jobs"), 2);
    assert!(bed.timeline(&id).contains("only so many requests"), "{}", bed.timeline(&id));
}

#[tokio::test]
async fn one_question_serves_all_jobs() {
    const JOBS: usize = 3;
    let head = HEAD
        .replace(
            "get = \"/jobs/{{ job.id }}\"",
            "get = \"/jobs\"\nshared = true\neach = \"body.jobs\"\nof = \"item.id\"",
        )
        .replace("state = \"body.state\"", "state = \"item.state\"")
        .replace("reason = \"body.error\"\n", "");
    let (mut posts, mut questions) = (0, 0);
    let bed = Bed::of(&[&head, PLAIN_SUBMIT].join("\n"), move |call| match call.line.as_str() {
        "POST /jobs" => {
            posts += 1;
            Reply::Json(202, json!({ "id": posts.to_string() }))
        }
        "GET /jobs" => {
            questions += 1;
            let state = if questions > 5 { "completed" } else { "running" };
            let jobs: Vec<_> = (1..=posts).map(|id| json!({ "id": id.to_string(), "state": state })).collect();
            Reply::Json(200, json!({ "jobs": jobs }))
        }
        line if line.starts_with("GET /results/") => {
            Reply::Json(200, json!({ "url": format!("{}/file", call.root), "size": 3 }))
        }
        _ => done(call),
    });
    let engine = bed.engine();
    let mut faces = Vec::new();
    for _ in 0..JOBS {
        faces.push(bed.asked(&engine, bed.request()).await.1);
    }
    for face in &mut faces {
        face.in_phase(Phase::Preparing).await;
    }
    while !faces.iter().all(|face| face.0.borrow().phase == Phase::Landed) {
        bed.clock.advance(Duration::from_millis(200));
        tokio::task::yield_now().await;
    }
    // Each job may have begun with a question of its own; from then on there is one for all.
    let asked = bed.desk.count("GET /jobs");
    assert!(asked <= 5 + JOBS, "{asked} questions for {JOBS} jobs");
}
