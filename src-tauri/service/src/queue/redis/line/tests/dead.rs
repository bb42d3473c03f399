//! What becomes of jobs that fail, here and in the hands of others.

use std::time::Duration;

use serde_json::json;

use super::{bed, bed_with, given};
use crate::queue::contract::{failure, object};
use crate::queue::redis::rows::keys;
use crate::queue::{Job, Line as _, State, Status as _, Submitted};
use crate::systems::System;

/// As a worker on Node leaves a job that it has failed for good: BullMQ knows of it, and our account says what it said before.
async fn failed_elsewhere(bed: &super::Bed, reason: &str) -> String {
    let queue = &bed.redis.queues[&System::DownloadJobs];
    let worker = &bed.line.takers.iter().find(|(system, _)| *system == System::DownloadJobs).unwrap().1;
    let mut job = worker.get_next_job_nonblocking("of-node").await.unwrap().expect("a job waits");
    let id = job.id().to_owned();
    let _: () = bed.ask(&["SET", &keys::status(&id), "{\"status\":\"processing\",\"fileIds\":[1,2]}"]).await;
    job.move_to_failed(reason).await.unwrap();
    assert!(queue.get_job(&id).await.unwrap().is_some());
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_that_a_foreign_worker_failed_is_dead_here_too_and_can_be_put_back() {
    let bed = bed(1).await;
    let ours = bed.submit().await.id;
    assert!(matches!(bed.submitted().await, Submitted::TooMany));
    assert_eq!(failed_elsewhere(&bed, "out of paper").await, ours);
    bed.redis.tidy_once().await.unwrap();
    let job = bed.redis.read(&ours).await.unwrap().unwrap();
    assert_eq!((job.state, job.error.as_deref()), (State::Failed, Some("out of paper")));
    let letters = bed.redis.dead_letters(Some("anna")).await.unwrap();
    assert_eq!((letters.len(), &letters[0].job_id, &*letters[0].reason), (1, &ours, "out of paper"));
    let other = bed.submit().await.id;
    assert_ne!(other, ours, "it holds no place among those that its user waits for");

    assert!(bed.redis.retry_dead(Some("anna"), &ours).await.unwrap().is_some());
    bed.redis.tidy_once().await.unwrap();
    assert!(bed.redis.dead_letters(None).await.unwrap().is_empty(), "an old failure buries nothing again");
    let mut claimed = Vec::new();
    while let Some(job) = bed.line.claim().await.unwrap() {
        claimed.push(job.id);
    }
    claimed.sort();
    let mut both = vec![ours, other];
    both.sort();
    assert_eq!(claimed, both, "both are worked on");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_that_only_others_know_shows_among_the_dead() {
    let bed = bed(0).await;
    given(&bed, "theirs").await;
    failed_elsewhere(&bed, "no ink").await;
    // Whoever lists them finds it by himself.
    let letters = bed.redis.dead_letters(None).await.unwrap();
    assert_eq!((letters.len(), &*letters[0].job_id, &*letters[0].user), (1, "theirs", "operator"));
    assert!(bed.redis.drop_dead("theirs").await.unwrap());
    // One that BullMQ knows by another name.
    let queue = &bed.redis.queues[&System::DownloadJobs];
    queue.add("zip", json!({"jobId": "named", "fileIds": [1]})).job_id("of-node-17").await.unwrap();
    failed_elsewhere(&bed, "no ink").await;
    assert!(bed.redis.retry_dead(None, "named").await.unwrap().is_some());
    bed.redis.tidy_once().await.unwrap();
    assert!(bed.redis.dead_letters(None).await.unwrap().is_empty());
    assert_eq!(bed.line.claim().await.unwrap().map(|job| job.id).as_deref(), Some("named"));
    // One with an id that becomes no part of a key.
    queue.add("zip", json!({"jobId": "../x", "fileIds": [1]})).job_id("a/b").await.unwrap();
    assert!(bed.line.claim().await.unwrap().is_none());
    let letters = bed.redis.dead_letters(None).await.unwrap();
    let odd = letters.iter().find(|letter| letter.job_id == "a/b").expect("it shows");
    assert!(odd.reason.contains("no id that can be used"), "{}", odd.reason);
    assert!(bed.redis.drop_dead("a/b").await.unwrap());
    bed.redis.tidy_once().await.unwrap();
    assert!(bed.redis.dead_letters(None).await.unwrap().is_empty(), "a dropped one stays away");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_what_its_user_has_cancelled_is_no_dead_letter() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    bed.redis.cancel("anna", System::DownloadJobs, &id, failure()).await.unwrap();
    bed.line.let_go(&job).await.unwrap();
    let failed: u64 = bed.ask(&["ZCARD", "bull:download-queue:failed"]).await;
    assert_eq!(failed, 1, "BullMQ calls it failed");
    assert!(bed.redis.dead_letters(None).await.unwrap().is_empty());
}

/// The next job, once it is due.
async fn claimed(bed: &super::Bed) -> Job {
    loop {
        match bed.line.claim().await.unwrap() {
            Some(job) => return job,
            None => bed.line.wait().await.unwrap(),
        }
    }
}

/// What is remembered of a job is gone, as it is when it was kept for long enough.
async fn forgotten(bed: &super::Bed, id: &str) {
    let gone: u64 = bed.ask(&["DEL", &keys::hash(id), &keys::status(id), &keys::task(id)]).await;
    assert!(gone >= 2, "it was remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_what_nobody_wanted_in_mid_work_stays_away_when_it_is_forgotten() {
    let bed = bed(0).await;
    for deleted in [false, true] {
        let id = bed.submit().await.id;
        let job = bed.line.claim().await.unwrap().unwrap();
        if deleted {
            assert!(bed.redis.delete("anna", System::DownloadJobs, &id).await.unwrap().is_some());
        } else {
            bed.redis.cancel("anna", System::DownloadJobs, &id, failure()).await.unwrap();
        }
        // Its worker learns it later, so that BullMQ remembers the job for longer than its user's answers do.
        bed.line.let_go(&job).await.unwrap();
        forgotten(&bed, &id).await;
        bed.redis.tidy_once().await.unwrap();
        assert!(bed.redis.dead_letters(None).await.unwrap().is_empty(), "deleted: {deleted}");
    }
    let failed: u64 = bed.ask(&["ZCARD", "bull:download-queue:failed"]).await;
    assert_eq!(failed, 2, "BullMQ remembers both");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_old_failure_is_not_looked_at_for_as_long_as_it_stands() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    failed_elsewhere(&bed, "out of paper").await;
    bed.redis.tidy_once().await.unwrap();
    assert!(bed.redis.drop_dead(&id).await.unwrap());
    forgotten(&bed, &id).await;
    bed.redis.clock.advance(Duration::from_mins(2));
    bed.redis.tidy_once().await.unwrap();
    assert!(bed.redis.dead_letters(None).await.unwrap().is_empty(), "it was seen, and dropped");
    // What fails from then on is found as before.
    let id = bed.submit().await.id;
    failed_elsewhere(&bed, "out of ink").await;
    assert_eq!(bed.redis.dead_letters(None).await.unwrap().first().map(|letter| &letter.job_id), Some(&id));
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_dead_job_that_bullmq_knows_by_another_id_is_put_back_once_and_stays_alive() {
    let bed = bed(0).await;
    let queue = &bed.redis.queues[&System::DownloadJobs];
    // BullMQ numbers them: the first has the number of the second as its name.
    queue.add("zip", json!({"jobId": 2, "fileIds": [1]})).attempts(3).await.unwrap();
    for attempt in 1..=3 {
        let job = claimed(&bed).await;
        assert_eq!((&*job.id, job.attempts), ("2", attempt));
        bed.line.fail_attempt(&job, failure()).await.unwrap();
    }
    queue.add("zip", json!({"jobId": "other", "fileIds": [1]})).await.unwrap();
    assert!(bed.redis.retry_dead(None, "2").await.unwrap().is_some());
    for _ in 0..2 {
        bed.redis.tidy_once().await.unwrap();
        assert!(bed.redis.dead_letters(None).await.unwrap().is_empty(), "its old failure buries it no second time");
    }
    let both = [claimed(&bed).await, claimed(&bed).await];
    let mut ids = both.each_ref().map(|job| &*job.id);
    ids.sort_unstable();
    assert_eq!(ids, ["2", "other"]);
    assert!(bed.line.claim().await.unwrap().is_none(), "and it is there once");
    // The same holds where one is deleted: it is not another's job that goes.
    for job in &both {
        bed.line.give_back(job).await.unwrap();
    }
    assert!(bed.redis.delete("operator", System::DownloadJobs, "2").await.unwrap().is_some());
    assert_eq!(bed.line.claim().await.unwrap().map(|job| job.id).as_deref(), Some("other"));
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_dead_job_that_bullmq_has_forgotten_meanwhile_is_put_back_whatever_its_id() {
    let bed = bed(0).await;
    let queue = &bed.redis.queues[&System::DownloadJobs];
    let ours = bed.submit().await.id;
    bed.line.fail(&claimed(&bed).await, failure()).await.unwrap();
    // BullMQ numbers these: the first is its number, the second has that of another as its name.
    queue.add("zip", json!({"fileIds": [1]})).await.unwrap();
    bed.line.fail(&claimed(&bed).await, failure()).await.unwrap();
    queue.add("zip", json!({"jobId": 70, "fileIds": [1]})).await.unwrap();
    bed.line.fail(&claimed(&bed).await, failure()).await.unwrap();
    let dead: Vec<_> = bed.redis.dead_letters(None).await.unwrap().into_iter().map(|letter| letter.job_id).collect();
    assert_eq!((dead.len(), dead.contains(&"70".to_owned()), dead.contains(&ours)), (3, true, true), "{dead:?}");
    // As it is cleaned after a week: a letter stays until somebody settles it.
    let failed: Vec<String> = bed.ask(&["ZRANGE", "bull:download-queue:failed", "0", "-1"]).await;
    for bull in &failed {
        let _: u64 = bed.ask(&["DEL", &format!("bull:download-queue:{bull}")]).await;
    }
    let _: u64 = bed.ask(&["DEL", "bull:download-queue:failed"]).await;
    for id in &dead {
        assert!(bed.redis.retry_dead(None, id).await.unwrap().is_some(), "{id}");
    }
    for _ in &dead {
        let job = claimed(&bed).await;
        assert!(dead.contains(&job.id));
        bed.line.complete(&job, object("downloads/a.zip")).await.unwrap();
    }
    assert!(bed.line.claim().await.unwrap().is_none(), "each once");
    let outbox: u64 = bed.ask(&["ZCARD", keys::OUTBOX]).await;
    assert_eq!(outbox, 0);
}

/// How often Redis was asked so.
async fn asked(bed: &super::Bed, command: &str) -> u64 {
    let statistics: String = bed.ask(&["INFO", "commandstats"]).await;
    let calls = statistics.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
    calls.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_dead_letters_cost_nothing_as_they_stand_and_little_as_they_go() {
    const MANY: usize = 20;
    let bed = bed(0).await;
    let mut dead = Vec::new();
    for _ in 0..MANY {
        bed.submit().await;
        dead.push(failed_elsewhere(&bed, "out of paper").await);
    }
    bed.redis.tidy_once().await.unwrap();
    assert_eq!(bed.redis.depth(System::DownloadJobs).await.unwrap().dead, u64::try_from(MANY).unwrap());
    let _: () = bed.ask(&["CONFIG", "RESETSTAT"]).await;
    for (index, id) in dead.iter().enumerate() {
        if index % 2 == 0 {
            assert!(bed.redis.drop_dead(id).await.unwrap());
        } else {
            assert!(bed.redis.retry_dead(None, id).await.unwrap().is_some());
        }
    }
    assert_eq!(asked(&bed, "zrangebyscore").await, 0, "nobody looks through the failed ones for each");
    let id = bed.submit().await.id;
    // Twenty are put back before it.
    while failed_elsewhere(&bed, "out of paper").await != id {}
    bed.redis.tidy_once().await.unwrap();
    bed.redis.clock.advance(Duration::from_mins(2));
    let _: () = bed.ask(&["CONFIG", "RESETSTAT"]).await;
    bed.redis.tidy_once().await.unwrap();
    assert_eq!(
        asked(&bed, "evalsha").await,
        u64::try_from(2 * System::ALL.len()).unwrap(),
        "those that stand are not gone through"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_each_pause_before_another_attempt_is_twice_the_last() {
    let pause = Duration::from_millis(300);
    let bed = bed_with(0, pause, Duration::from_secs(30)).await;
    let id = bed.submit().await.id;
    for expected in [pause, pause * 2] {
        let job = claimed(&bed).await;
        let before = bed.redis.now();
        bed.line.fail_attempt(&job, failure()).await.unwrap();
        let after = bed.redis.now();
        let scores: Vec<(String, f64)> =
            bed.ask(&["ZRANGE", "bull:download-queue:delayed", "0", "-1", "WITHSCORES"]).await;
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
        let due = (scores[0].1 / 4096.0) as i64;
        let expected = i64::try_from(expected.as_millis()).unwrap();
        assert_eq!((scores.len(), &scores[0].0), (1, &id));
        assert!((before + expected..=after + expected).contains(&due), "{due} is not {expected} after {before}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_the_oldest_is_found_among_those_that_rest_or_have_a_priority() {
    let bed = bed_with(0, Duration::from_mins(1), Duration::from_secs(30)).await;
    let age = async || {
        let depths = bed.redis.depths().await.unwrap();
        depths.into_iter().find(|depth| depth.system == System::DownloadJobs).unwrap().oldest
    };
    let queue = &bed.redis.queues[&System::DownloadJobs];
    // One that is to wait for a day waits for nobody.
    queue.add("zip", json!({"fileIds": [1]})).job_id("tomorrow").delay(Duration::from_hours(24)).await.unwrap();
    let older = |id: &str, by: i64| {
        let (key, since) = (format!("bull:download-queue:{id}"), (bed.redis.now() - by).to_string());
        let bed = &bed;
        async move { bed.ask::<u64>(&["HSET", &key, "timestamp", &since]).await }
    };
    older("tomorrow", 5_000_000).await;
    assert_eq!(age().await, Duration::ZERO);
    queue.add("zip", json!({"fileIds": [1]})).job_id("first").priority(7).await.unwrap();
    older("first", 100_000).await;
    assert!(age().await >= Duration::from_secs(100), "a job with a priority waits too");
    let job = bed.line.claim().await.unwrap().unwrap();
    bed.line.fail_attempt(&job, failure()).await.unwrap();
    assert!(age().await >= Duration::from_secs(100), "and so does one that rests after an attempt");
}
