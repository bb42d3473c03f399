//! How attempts are counted: what has failed, what was lost, and what nobody wanted.

use std::time::Duration;

use serde_json::json;

use super::{Bed, bed, bed_with, failure};
use crate::queue::contract::object;
use crate::queue::redis::rows::keys;
use crate::queue::{Job, Landing, Line as _, Status as _};
use crate::systems::System;
use crate::tally::Outcome;

/// Its worker has died: BullMQ's check for stalled jobs has put it back.
async fn abandoned(bed: &Bed, job: &Job) {
    let _: u64 = bed.ask(&["DEL", &format!("bull:download-queue:{}:lock", job.id)]).await;
    let _: u64 = bed.ask(&["LREM", "bull:download-queue:active", "0", &job.id]).await;
    let _: u64 = bed.ask(&["RPUSH", "bull:download-queue:wait", &job.id]).await;
}

fn lost(bed: &Bed) -> u64 {
    bed.line.tally.attempts(System::DownloadJobs, Outcome::Lost)
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_lost_attempt_is_counted_once_by_the_one_who_takes_the_job_over() {
    let bed = bed(0).await;
    bed.submit().await;
    for attempt in 1..=3 {
        let job = bed.line.claim().await.unwrap().unwrap();
        assert_eq!((job.attempts, lost(&bed)), (attempt, u64::from(attempt - 1)));
        abandoned(&bed, &job).await;
        let told = match attempt {
            1 => bed.line.fail_attempt(&job, failure()).await.unwrap(),
            2 => bed.line.let_go(&job).await.unwrap(),
            _ => bed.line.die(&job),
        };
        assert_eq!(told, None, "it is not counted by the one who lost it");
    }
    assert!(bed.line.claim().await.unwrap().is_none(), "it is dead");
    assert_eq!(lost(&bed), 3, "the last one too");

    // What has ended with a word is not lost, and neither is what was put back after that.
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(bed.line.give_back(&job).await.unwrap(), Some(Outcome::GivenBack));
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(bed.line.fail(&job, failure()).await.unwrap(), Some(Outcome::Failed));
    assert!(bed.redis.retry_dead(None, &id).await.unwrap().is_some());
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(bed.line.complete(&job, object("downloads/a.zip")).await.unwrap(), Landing::Landed);
    assert_eq!(lost(&bed), 3);

    // By the word of another program it had failed while we worked on it.
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    let _: () = bed.ask(&["SET", &keys::status(&id), "{\"status\":\"failed\",\"error\":\"no\"}"]).await;
    assert_eq!(bed.line.let_go(&job).await.unwrap(), Some(Outcome::Lost));
    assert!(bed.redis.retry_dead(None, &id).await.unwrap().is_some());
    assert!(bed.line.claim().await.unwrap().is_some());
    assert_eq!(lost(&bed), 3, "the process that worked has counted it");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_what_its_user_did_not_want_is_not_counted_as_lost() {
    let bed = bed(0).await;
    for round in 0..4 {
        let id = bed.submit().await.id;
        let job = bed.line.claim().await.unwrap().unwrap();
        if round % 2 == 0 {
            bed.redis.cancel("anna", System::DownloadJobs, &id, failure()).await.unwrap();
        } else {
            bed.redis.delete("anna", System::DownloadJobs, &id).await.unwrap();
        }
        if round < 2 {
            assert_eq!(bed.line.let_go(&job).await.unwrap(), Some(Outcome::Unwanted));
        } else {
            let landing = bed.line.complete(&job, object("downloads/a.zip")).await.unwrap();
            assert_eq!(landing, Landing::Useless(Some(Outcome::Unwanted)));
        }
    }
    assert_eq!(lost(&bed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_the_last_attempt_is_the_one_that_its_producer_says() {
    let bed = bed_with(0, Duration::ZERO, Duration::from_secs(30)).await;
    let queue = &bed.redis.queues[&System::DownloadJobs];
    queue.add("zip", json!({"fileIds": [1]})).job_id("once").attempts(1).await.unwrap();
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(bed.line.fail_attempt(&job, failure()).await.unwrap(), Some(Outcome::Failed));
    queue.add("zip", json!({"fileIds": [1]})).job_id("twice").attempts(2).await.unwrap();
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(bed.line.fail_attempt(&job, failure()).await.unwrap(), Some(Outcome::Retried));
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_attempts_of_workers_of_another_program_count_as_well() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let account = format!("bull:download-queue:{id}");
    // As a worker on Node leaves it that has failed two attempts.
    let _: u64 = bed.ask(&["HSET", &account, "atm", "2"]).await;
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(job.attempts, 3);
    assert_eq!(bed.line.fail_attempt(&job, failure()).await.unwrap(), Some(Outcome::Failed));
    assert!(bed.redis.retry_dead(None, &id).await.unwrap().is_some());
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(job.attempts, 1, "all its attempts are before it again");
    bed.line.give_back(&job).await.unwrap();
    // Somebody's own tool has put one back that had none left: that is one more, as it is for BullMQ.
    let _: u64 = bed.ask(&["HSET", &account, "atm", "7"]).await;
    let job = bed.line.claim().await.unwrap().unwrap();
    assert_eq!(job.attempts, 3);
    bed.line.complete(&job, object("downloads/a.zip")).await.unwrap();
}
