//! the same key and body is the same job, for a day.

use std::collections::BTreeSet;
use std::time::Duration;

use landfall_service::State;

use super::bed::{BERT, Bed, Reply, eventually, text};
use super::doors::{DOORS, Door};

const KEY: [(&str, &str); 1] = [("Idempotency-Key", "one wish")];

fn assert_same(reply: &Reply, first: &Reply, door: &Door) {
    assert_eq!((reply.status, reply.json()), (first.status, first.json()), "{}: the same answer", door.system);
}

#[tokio::test]
async fn x_3_same_key_and_body_gives_the_same_job() {
    let bed = Bed::with(|options| options.workers = 0).await;
    for (index, door) in DOORS.iter().enumerate() {
        // At the same moment, as after a timeout that was not one.
        let replies = futures_util::future::join_all((0..8).map(|_| door.ask(&bed, &KEY))).await;
        let late = door.ask(&bed, &KEY).await;
        assert_eq!(late.status, door.taken, "{}: {}", door.system, late.text());
        for reply in &replies {
            assert_same(reply, &late, door);
        }
        assert_eq!(bed.service.jobs().await.unwrap().len(), index + 1, "one job for nine submissions: {}", door.system);
    }
}

#[tokio::test]
async fn x_3_the_answer_stays_the_same_when_the_job_is_done_and_the_service_was_restarted() {
    let bed = Bed::new().await;
    let mut first = Vec::new();
    for door in &DOORS {
        first.push(door.ask(&bed, &KEY).await);
    }
    eventually("result of each", async || {
        let jobs = bed.service.jobs().await.unwrap();
        assert!(jobs.iter().all(|job| job.state != State::Failed), "{jobs:?}");
        jobs.iter().all(|job| job.state == State::Completed).then_some(())
    })
    .await;
    let bed = bed.restart_with(|_| {}).await;
    for (door, first) in DOORS.iter().zip(&first) {
        assert_same(&door.ask(&bed, &KEY).await, first, door);
    }
    let systems: BTreeSet<_> = bed.service.jobs().await.unwrap().iter().map(|job| job.system.as_str()).collect();
    assert_eq!(systems, DOORS.iter().map(|door| door.system).collect(), "a job of each system");
    assert_eq!(bed.service.jobs().await.unwrap().len(), DOORS.len(), "and no second one");
}

#[tokio::test]
async fn x_3_same_key_with_another_body_is_422() {
    let mut bed = Bed::with(|options| options.workers = 0).await;
    for door in &DOORS {
        assert_eq!(door.ask(&bed, &KEY).await.status, door.taken, "systems do not share keys: {}", door.system);
    }
    let others = DOORS.iter().map(|door| (door.submit, door.other));
    let elsewhere =
        [("/projects/suzhou-lab/export", "{\"format\":\"csv\"}"), ("/v1/cameras/crane-2/exportsV2", DOORS[0].body)];
    for (path, body) in others.chain(elsewhere) {
        let reply = bed.post(path, &KEY, body).await;
        assert_eq!(reply.status, 422, "{path} {body}");
        assert_eq!(reply.json()["error"]["code"], "idempotency_key_reused");
    }
    assert_eq!(bed.service.jobs().await.unwrap().len(), DOORS.len(), "a refusal makes no job");
    bed.set_token(BERT);
    for door in &DOORS {
        let reply = bed.post(door.submit, &KEY, door.other).await;
        assert_eq!(reply.status, door.taken, "users do not share keys: {}", door.system);
    }
}

#[tokio::test]
async fn x_3_a_key_is_good_for_24_hours() {
    for door in &DOORS {
        let bed = Bed::with(|options| options.workers = 0).await;
        let submit = async || text(&door.ask(&bed, &KEY).await.json()[door.id]);
        let first = submit().await;
        bed.service.clock().advance(Duration::from_hours(24) - Duration::from_mins(2));
        assert_eq!(submit().await, first, "a moment before: {}", door.system);
        bed.service.clock().advance(Duration::from_mins(2));
        assert_ne!(submit().await, first, "a moment after: {}", door.system);
    }
}

#[tokio::test]
async fn x_3_an_unfit_key_is_refused() {
    let bed = Bed::with(|options| options.workers = 0).await;
    for door in &DOORS {
        for key in ["", &"k".repeat(256)] {
            let reply = door.ask(&bed, &[("Idempotency-Key", key)]).await;
            assert_eq!(reply.status, 400, "{}: {} characters", door.system, key.len());
        }
    }
    assert!(bed.service.jobs().await.unwrap().is_empty(), "nothing refused became a job");
}
