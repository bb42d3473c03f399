//! Redis and the bucket away for a while, in the middle of the work.

use std::time::Duration;

use serde_json::json;

use super::bed::{Bed, TOKEN, eventually, reference, text};
use super::events::Events;

const FILES: &[i64] = &[1, 2, 3];

/// Files of 8 and 64 MiB: nine parts.
const LARGE: &[i64] = &[16, 17];

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_restart_of_redis_in_mid_job_loses_nothing() {
    let mut bed = Bed::new().await;
    let (api, _worker) = (bed.api().await, bed.worker("1").await);
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(bed.initiate(&api, FILES).await);
    }
    let path = format!("/v1/download/status/{}", jobs[0]);
    eventually("work", async || (bed.json(&api, &path).await["status"] == "processing").then_some(())).await;
    bed.redis.restart().await;
    let expected = reference(&[FILES]).await[FILES].clone();
    for job in &jobs {
        let status = bed.completed(&api, job).await;
        assert_eq!(bed.digest(&status["downloadUrl"]).await, expected, "{job}");
    }
    none_twice(&bed, &jobs).await;
}

/// Each job ended once by BullMQ's own events, and has one object.
async fn none_twice(bed: &Bed, jobs: &[String]) {
    let mut events = Events::default();
    events.read(bed).await;
    events.once_for(jobs.iter());
    assert_eq!(bed.objects("downloads").len(), jobs.len(), "none has landed twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_redis_away_for_longer_than_a_lease_costs_time_and_nothing_else() {
    let mut bed = Bed::new().await;
    let (api, _workers) = (bed.api().await, (bed.worker("1").await, bed.worker("1").await));
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(bed.initiate(&api, FILES).await);
    }
    let path = format!("/v1/download/status/{}", jobs[0]);
    eventually("work", async || (bed.json(&api, &path).await["status"] == "processing").then_some(())).await;
    bed.redis.kill().await;
    // How long it is away is what is tried here: three leases.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(bed.get(&api, &path).await.unwrap().status(), 503);
    bed.redis.start_again().await;
    let expected = reference(&[FILES]).await[FILES].clone();
    for job in &jobs {
        let status = bed.completed(&api, job).await;
        assert_eq!(bed.digest(&status["downloadUrl"]).await, expected, "{job}");
    }
    none_twice(&bed, &jobs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_s3_gone_for_twenty_seconds_costs_time_and_nothing_else() {
    let mut bed = Bed::new().await;
    let (api, _worker) = (bed.api().await, bed.worker("0").await);
    let port = bed.take_s3_away();
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(bed.initiate(&api, FILES).await);
    }
    // How long it is away is what is tried here.
    tokio::time::sleep(Duration::from_secs(20)).await;
    let waiting = bed.json(&api, &format!("/v1/download/status/{}", jobs[2])).await;
    assert_ne!(waiting["status"], "completed", "nothing lands without the bucket");
    bed.bring_s3_back(port).await;
    let expected = reference(&[FILES]).await[FILES].clone();
    for job in &jobs {
        let status = bed.completed(&api, job).await;
        assert_eq!(bed.digest(&status["downloadUrl"]).await, expected, "{job}");
        let attempts: u32 = bed.redis.ask(&["HGET", &format!("landfall:job:{job}"), "attempts"]).await;
        assert_eq!(attempts, 1, "the attempt has waited for the bucket");
    }
    none_twice(&bed, &jobs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_s3_gone_in_the_middle_of_an_upload_costs_time_and_nothing_else() {
    let mut bed = Bed::new().await;
    let (api, _worker) = (bed.api().await, bed.worker("0").await);
    let job = bed.initiate(&api, LARGE).await;
    eventually("part", async || (bed.parts() > 2).then_some(())).await;
    let port = bed.take_s3_away();
    assert_ne!(
        bed.json(&api, &format!("/v1/download/status/{job}")).await["status"],
        "completed",
        "it was in the middle"
    );
    // How long it is away is what is tried here.
    tokio::time::sleep(Duration::from_secs(5)).await;
    bed.bring_s3_back(port).await;
    let status = bed.completed(&api, &job).await;
    assert_eq!(bed.digest(&status["downloadUrl"]).await, reference(&[LARGE]).await[LARGE]);
    none_twice(&bed, &[job]).await;
    assert_eq!(bed.parts(), 0, "and nothing beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_worker_is_stopped_and_a_job_cancelled_while_the_bucket_hangs() {
    let mut bed = Bed::new().await;
    let mut line = bed.line_to_s3().await;
    let (api, worker) = (bed.api().await, bed.worker("0").await);
    // A longer lease: nothing but its worker can give the job back so soon.
    let package = json!({"type": "worktype", "systemName": "matter", "environment": "uat", "noCache": true});
    let landed = bed.post(&api, "/api/exports", "first", &package).await.unwrap();
    let landed = format!("/api/exports/{}", text(&landed["id"]));
    eventually("package", async || (bed.json(&api, &landed).await["state"] == "COMPLETED").then_some(())).await;
    line.hold();

    let asked = bed.post(&api, "/api/exports", "second", &package).await.unwrap();
    let asked = format!("/api/exports/{}", text(&asked["id"]));
    line.swallows().await;
    let answer = bed.client.delete(format!("{}{asked}", api.url)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    eventually("free worker", async || {
        let active: u64 = bed.redis.ask(&["LLEN", "bull:package-queue:active"]).await;
        (active == 0).then_some(())
    })
    .await;

    let package = bed.get(&api, &format!("{landed}/package")).await.unwrap();
    assert_eq!(package.status(), 503, "it can be had later");
    assert!(package.headers().contains_key("retry-after"));

    let job = bed.initiate(&api, FILES).await;
    let path = format!("/v1/download/status/{job}");
    eventually("upload", async || (bed.json(&api, &path).await["progress"] == 95).then_some(())).await;
    assert_eq!(worker.stop().await, 143);
    assert_eq!(bed.json(&api, &path).await["status"], "pending", "it was given back before its process ended");
    let attempts: u32 = bed.redis.ask(&["HGET", &format!("landfall:job:{job}"), "attempts"]).await;
    assert_eq!(attempts, 0, "without counting the attempt");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_whose_process_died_before_it_was_in_the_queue_is_found() {
    let mut bed = Bed::new().await;
    let api = bed.api().await;
    let job = bed.initiate(&api, FILES).await;
    // As if the process had died between the two: written down, in the outbox, and in no queue.
    let _: u64 = bed.redis.ask(&["DEL", "bull:download-queue:wait", &format!("bull:download-queue:{job}")]).await;
    let _: u64 = bed.redis.ask(&["ZADD", "landfall:outbox", "1", &job]).await;
    let _worker = bed.worker("0").await;
    let status = bed.completed(&api, &job).await;
    assert_eq!(status["progress"], json!(100));
    assert!(text(&status["downloadUrl"]).starts_with("http"));
    bed.redis.kill().await;
    bed.redis.start_again().await;
    bed.completed(&api, &job).await;
}
