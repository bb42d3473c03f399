//! What holds for all jobs at once: one board of changes, bounds over all, a connection put down.

use landfall_wire::Phase;
use serde_json::json;

use super::requests::done;
use super::{Bed, Call, Face, PLAIN_SUBMIT, Reply};
use crate::commons::Bounds;
use crate::connector::Params;
use crate::engine::Request;
use crate::job::{Order, Priority};

/// A server whose jobs never end.
fn works_for_ever(call: &Call) -> Reply {
    match call.line.as_str() {
        "GET /jobs/1" => Reply::Json(200, json!({ "state": "running" })),
        _ => done(call),
    }
}

#[tokio::test]
async fn one_reader_hears_of_every_job_and_of_the_newest_look_alone() {
    let bed = Bed::new(&[PLAIN_SUBMIT], works_for_ever);
    let engine = bed.engine();
    let changes = engine.changes();
    assert!(changes.now().is_empty(), "nothing has happened yet");
    let (one, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Preparing).await;
    let (other, mut second) = bed.asked(&engine, bed.request()).await;
    second.in_phase(Phase::Preparing).await;
    let seen = changes.next().await;
    let mut ids: Vec<_> = seen.iter().map(|shot| shot.id.clone()).collect();
    ids.sort();
    let mut expected = vec![one, other];
    expected.sort();
    assert_eq!(ids, expected, "each once");
    assert!(seen.iter().all(|shot| shot.phase == Phase::Preparing), "as it looks now: {seen:?}");
    engine.stop().await;
}

#[tokio::test]
async fn downloads_of_all_connections_together_take_turns() {
    let bed = Bed::new(&[PLAIN_SUBMIT], |call| match call.line.as_str() {
        "GET /file" => Reply::Silence,
        _ => done(call),
    });
    let engine = bed.engine();
    engine.set_bounds(Bounds { downloads: Some(1), ..Bounds::default() });
    let (_, mut first) = bed.asked(&engine, bed.request()).await;
    first.in_phase(Phase::Downloading).await;
    bed.desk.asked("GET /file", 1).await;
    let (other, mut second) = bed.asked(&engine, bed.request()).await;
    second.in_phase(Phase::Downloading).await;
    // It has asked for nothing by the time that another order was taken: it waits for its turn.
    engine.order(&other, Order::Prioritize(Priority::HIGH)).await.unwrap();
    let files = |bed: &Bed| bed.desk.calls().iter().filter(|call| call.line == "GET /file").count();
    assert_eq!(files(&bed), 1, "one at once");
    engine.set_bounds(Bounds { downloads: Some(2), ..Bounds::default() });
    bed.desk.asked("GET /file", 2).await;
    engine.stop().await;
}

#[tokio::test]
async fn connection_that_is_put_down_leaves_its_jobs_to_whoever_carries_them_next() {
    let bed = Bed::new(&[PLAIN_SUBMIT], works_for_ever);
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Preparing).await;
    assert_eq!(engine.close("demo").await, std::slice::from_ref(&id));
    assert!(engine.shot(&id).is_none(), "nobody carries it");
    assert_eq!(engine.job(&id).await.unwrap().unwrap().state.remote_id(), Some("1"), "and nothing is lost");
    assert!(!engine.timeline(&id).await.unwrap().is_empty());
    engine.stop().await;
}

#[tokio::test]
async fn failed_job_is_asked_for_anew_at_a_persons_word() {
    let mut jobs = 0;
    let bed = Bed::new(&[PLAIN_SUBMIT], move |call| match call.line.as_str() {
        "POST /jobs" => {
            jobs += 1;
            Reply::Json(202, json!({ "id": jobs.to_string() }))
        }
        "GET /jobs/1" => Reply::Json(200, json!({ "state": "failed", "error": "no footage" })),
        _ => done(call),
    });
    let engine = bed.engine();
    let request = Request { params: vec![Params::default()], ..bed.request() };
    let (id, mut face): (_, Face) = bed.asked(&engine, request).await;
    face.in_phase(Phase::Failed).await;
    engine.order(&id, Order::RetryAsNew).await.unwrap();
    let shot = face.until(|shot| shot.phase == Phase::Landed).await;
    assert_eq!(shot.remote_id.as_deref(), Some("2"), "another job on the server");
    assert!(engine.order(&id, Order::RetryAsNew).await.is_err(), "it has landed");
    engine.stop().await;
}
