//! Redis and the bucket away for a while, in the middle of the work.

use std::time::Duration;

use serde_json::json;

use super::bed::{Bed, eventually, reference, text};

const FILES: &[i64] = &[1, 2, 3];

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
    let landed: usize = bed.redis.ask(&["ZCARD", "bull:download-queue:completed"]).await;
    assert_eq!(landed, jobs.len(), "none has landed twice");
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
