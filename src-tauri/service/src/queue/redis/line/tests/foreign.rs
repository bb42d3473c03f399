//! What other programs leave in Redis: keys that hold something else, times with a fraction, jobs without an end.

use std::time::Duration;

use serde_json::json;

use super::{Bed, bed, failure, given};
use crate::queue::contract::object;
use crate::queue::redis::rows::keys;
use crate::queue::{Line as _, State, Status as _};
use crate::systems::System;

/// What lies under the status of this job is no text.
async fn spoil(bed: &Bed, id: &str) {
    let _: u64 = bed.ask(&["DEL", &keys::status(id)]).await;
    let _: u64 = bed.ask(&["HSET", &keys::status(id), "status", "pending"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_status_that_is_no_text_hurts_nobody_else_and_is_written_anew() {
    let bed = bed(0).await;
    let (spoilt, good) = (bed.submit().await.id, bed.submit().await.id);
    spoil(&bed, &spoilt).await;
    assert!(bed.redis.job("anna", System::DownloadJobs, &spoilt).await.unwrap().is_none());
    assert_eq!(bed.listed().await, [good.as_str()], "the others are listed");
    let mut claimed = [bed.line.claim().await.unwrap().unwrap().id, bed.line.claim().await.unwrap().unwrap().id];
    claimed.sort();
    let mut both = [spoilt.clone(), good];
    both.sort();
    assert_eq!(claimed, both);
    assert_eq!(bed.redis.read(&spoilt).await.unwrap().unwrap().state, State::Processing);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_what_cannot_be_buried_stands_before_no_other_dead_letter_and_no_cleaning() {
    let bed = bed(0).await;
    let queue = &bed.redis.queues[&System::DownloadJobs];
    let old = bed.redis.now() - 8 * 24 * 3_600_000;
    for id in ["odd-status", "odd-account", "good"] {
        queue.add("zip", json!({"fileIds": [1]})).job_id(id).await.unwrap();
    }
    spoil(&bed, "odd-status").await;
    let _: () = bed.ask(&["SET", &keys::hash("odd-account"), "?"]).await;
    for id in ["odd-account", "odd-status", "good"] {
        let _: u64 = bed.ask(&["LREM", "bull:download-queue:wait", "0", id]).await;
        let _: u64 = bed.ask(&["ZADD", "bull:download-queue:failed", &bed.redis.now().to_string(), id]).await;
    }
    let _: u64 = bed.ask(&["HSET", "bull:download-queue:old", "name", "export", "timestamp", &old.to_string()]).await;
    let _: u64 = bed.ask(&["ZADD", "bull:download-queue:completed", &old.to_string(), "old"]).await;
    bed.redis.tidy_once().await.unwrap();
    let mut letters: Vec<_> =
        bed.redis.dead_letters(None).await.unwrap().into_iter().map(|letter| letter.job_id).collect();
    letters.sort();
    assert_eq!(letters, ["good", "odd-status"]);
    let left: u64 = bed.ask(&["ZCARD", "bull:download-queue:completed"]).await;
    assert_eq!(left, 0, "what is old went");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_whose_account_is_something_else_is_not_given_out_for_ever() {
    let bed = bed(0).await;
    given(&bed, "odd").await;
    let _: () = bed.ask(&["SET", &keys::hash("odd"), "?"]).await;
    assert!(bed.line.claim().await.unwrap().is_none());
    let reason: String = bed.ask(&["HGET", "bull:download-queue:odd", "failedReason"]).await;
    assert!(reason.contains("no account of a job"), "{reason}");
    let active: u64 = bed.ask(&["LLEN", "bull:download-queue:active"]).await;
    assert_eq!(active, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_time_with_a_fraction_or_none_makes_no_trouble() {
    let bed = bed(0).await;
    for time in ["1750000000000.25", "soon", "-1", "NaN", "1e300"] {
        given(&bed, "odd").await;
        let _: u64 = bed.ask(&["HSET", "bull:download-queue:odd", "timestamp", time]).await;
        let depth = bed.redis.depth(System::DownloadJobs).await.unwrap();
        assert_eq!((depth.waiting, depth.oldest > Duration::from_hours(24)), (1, time.starts_with("175")), "{time}");
        let told = bed.redis.job("operator", System::DownloadJobs, "odd").await.unwrap().expect("it is there");
        assert_eq!(told.created_at.as_millisecond() == 1_750_000_000_000, time.starts_with("175"), "{time}");
        let job = bed.line.claim().await.unwrap().unwrap();
        assert!(bed.redis.now() - job.created_at.as_millisecond() < 3_600_000, "{time}");
        bed.line.fail(&job, failure()).await.unwrap();
        assert!(bed.redis.delete("operator", System::DownloadJobs, "odd").await.unwrap().is_some());
        let _: u64 = bed.ask(&["DEL", &keys::hash("odd"), &keys::status("odd")]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_jobs_of_other_producers_that_are_remembered_no_more_leave_the_lists() {
    let bed = bed(0).await;
    for index in 0..60 {
        let id = format!("theirs-{index}");
        given(&bed, &id).await;
        let job = bed.line.claim().await.unwrap().unwrap();
        bed.line.complete(&job, object("downloads/a.zip")).await.unwrap();
        if index < 20 {
            // As it is once it was kept for long enough.
            let _: u64 = bed.ask(&["DEL", &keys::hash(&id), &keys::status(&id), &keys::task(&id)]).await;
        }
    }
    for list in [keys::ALL, &keys::owned("operator", System::DownloadJobs)] {
        let length: u64 = bed.ask(&["ZCARD", list]).await;
        assert!((40..=50).contains(&length), "{list} has {length}, for the forty that there are");
    }
}
