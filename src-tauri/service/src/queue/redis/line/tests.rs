//! What happens between two calls: answers that are lost, ends that overlap, statuses that others write, and what is left behind.

mod counts;
mod dead;
mod foreign;
mod time;

use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{FromRedisValue, cmd};
use futures_util::FutureExt as _;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::super::Redis;
use super::super::rows::keys;
use super::RedisLine;
use super::bell::Bell;
use super::end::{End, Stand};
use crate::queue::contract::{connected, failure, landed, object, redis_server, wish};
use crate::queue::{Job, Line as _, Page, State, Status as _, Submitted};
use crate::supervisor::Supervisor;
use crate::systems::System;

struct Bed {
    redis: Arc<Redis>,
    line: Arc<RedisLine>,
    supervisor: Supervisor,
    port: u16,
    server: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.supervisor.abandon();
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

async fn bed(most_open: u32) -> Bed {
    bed_with(most_open, Duration::ZERO, Duration::from_secs(30)).await
}

async fn bed_with(most_open: u32, backoff: Duration, lease: Duration) -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let (server, port) = redis_server(folder.path());
    let redis = connected(port, most_open, backoff).await;
    let supervisor = Supervisor::default();
    let line = RedisLine::open(redis.clone(), supervisor.clone(), lease, Arc::default()).await.unwrap();
    Bed { redis, line, supervisor, port, server, _folder: folder }
}

impl Bed {
    async fn submitted(&self) -> Submitted {
        self.redis.submit(wish(System::DownloadJobs, None)).await.unwrap()
    }

    async fn submit(&self) -> Job {
        match self.submitted().await {
            Submitted::Job(job) => *job,
            other => panic!("{other:?}"),
        }
    }

    async fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.redis.ask(cmd(words[0]).arg(&words[1..])).await.unwrap()
    }

    async fn listed(&self) -> Vec<String> {
        let page = Page { before: None, limit: 100 };
        let listing = self.redis.list("anna", System::DownloadJobs, &page).await.unwrap();
        listing.jobs.into_iter().map(|job| job.id).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_end_whose_answer_was_lost_is_told_again_and_counts_once() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    let held = bed.line.release(&job).unwrap();
    let result = object("downloads/a.zip");
    assert_eq!(bed.line.finish(&job, &held, &End::Complete(&result)).await.unwrap(), Stand::Ours);
    assert_eq!(
        bed.line.finish(&job, &held, &End::Complete(&result)).await.unwrap(),
        Stand::Ours,
        "else the result would be removed"
    );
    let _: u64 = bed.ask(&["DEL", &held.lock]).await;
    assert_eq!(
        bed.line.finish(&job, &held, &End::Complete(&result)).await.unwrap(),
        Stand::Ours,
        "the lock may be gone by then"
    );
    let landed = bed.redis.read(&id).await.unwrap().unwrap();
    assert_eq!((landed.state, landed.result_key.as_deref()), (State::Completed, Some("downloads/a.zip")));
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_put_back_before_its_worker_has_ended_it_in_the_queue_is_taken_again() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    let mut held = bed.line.release(&job).unwrap();
    assert_eq!(bed.line.finish(&job, &held, &End::Fail(&failure())).await.unwrap(), Stand::Ours);
    // Its user is faster than the second half of its end.
    assert!(bed.redis.retry_dead(None, &id).await.unwrap().is_some());
    held.job.move_to_failed("It was not to be").await.unwrap();
    bed.redis.clock.advance(Duration::from_secs(10));
    bed.redis.tidy_once().await.unwrap();
    let again = bed.line.claim().await.unwrap();
    assert_eq!(again.map(|job| job.id), Some(id), "it waits in its queue");
    let outbox: u64 = bed.ask(&["ZCARD", keys::OUTBOX]).await;
    assert_eq!(outbox, 0, "and there is nothing left to look after");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_that_a_foreign_worker_has_ended_counts_no_more_and_is_forgotten_in_time() {
    let bed = bed(2).await;
    let jobs = [bed.submit().await, bed.submit().await];
    assert!(matches!(bed.submitted().await, Submitted::TooMany));
    let status = keys::status(&jobs[0].id);
    let _: () = bed.ask(&["SET", &status, "{\"status\":\"completed\",\"resultKey\":\"made-on-node.zip\"}"]).await;
    bed.submit().await;
    for key in [status, keys::hash(&jobs[0].id), keys::task(&jobs[0].task_id)] {
        let left: i64 = bed.ask(&["TTL", &key]).await;
        assert!(left > 0, "{key} goes some day");
    }
    assert!(matches!(bed.submitted().await, Submitted::TooMany), "the others still wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_nothing_is_left_of_a_job_that_is_remembered_no_more() {
    let bed = bed(0).await;
    for _ in 0..20 {
        let job = bed.submit().await;
        let (ended, _) =
            bed.redis.cancel("anna", System::DownloadJobs, &job.id, failure()).await.unwrap().expect("it is there");
        for key in [keys::status(&ended.id), keys::hash(&ended.id), keys::task(&ended.task_id)] {
            let left: i64 = bed.ask(&["TTL", &key]).await;
            assert!(left > 0, "{key} goes some day");
            // As it is on that day.
            let _: u64 = bed.ask(&["DEL", &key]).await;
        }
    }
    for _ in 0..40 {
        bed.submit().await;
    }
    for list in [keys::ALL, &keys::owned("anna", System::DownloadJobs)] {
        let length: u64 = bed.ask(&["ZCARD", list]).await;
        assert!((40..=50).contains(&length), "{list} has {length}, for the forty that there are");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_status_that_cannot_be_read_hides_a_job_for_as_long_as_it_stands() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let status: String = bed.ask(&["GET", &keys::status(&id)]).await;
    let _: () = bed.ask(&["SET", &keys::status(&id), "{\"status\":\"resting\"}"]).await;
    assert!(bed.listed().await.is_empty());
    let _: () = bed.ask(&["SET", &keys::status(&id), &status]).await;
    assert_eq!(bed.listed().await, [id.as_str()], "it is listed again");
    // A result that somebody has written down as none.
    let _: () = bed.ask(&["SET", &keys::status(&id), "{\"status\":\"pending\",\"resultKey\":null}"]).await;
    assert!(bed.redis.delete("anna", System::DownloadJobs, &id).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_id_that_names_something_else_in_redis_is_no_job() {
    let bed = bed(0).await;
    bed.submit().await;
    for id in ["wait", "events", "meta", "id", "a:b", "", "*"] {
        let found = bed.redis.job("anna", System::DownloadJobs, id).await;
        assert!(matches!(found, Ok(None)), "{id}: {found:?}");
    }
}

/// As a firewall does that has forgotten a connection: nothing comes, and nobody says so.
#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_idle_worker_outlives_a_connection_that_died_without_a_word() {
    let bed = bed(0).await;
    let proxy = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (port, server) = (proxy.local_addr().unwrap().port(), bed.port);
    let deaf = CancellationToken::new();
    let (from, within) = (deaf.clone(), bed.supervisor.clone());
    bed.supervisor.spawn(async move {
        while let Ok((mut client, _)) = proxy.accept().await {
            let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            let deaf = if from.is_cancelled() { CancellationToken::new() } else { from.clone() };
            within.spawn(async move {
                tokio::select! {
                    () = deaf.cancelled() => std::future::pending().await,
                    _ = copy_bidirectional(&mut client, &mut server) => {}
                }
            });
        }
    });
    let (redis, bell) = (connected(port, 0, Duration::ZERO).await, Bell::new());
    bell.ring(&redis).await.unwrap();
    deaf.cancel();
    let noticed = tokio::time::timeout(Duration::from_mins(1), bell.ring(&redis)).await;
    assert!(noticed.expect("it does not wait for ever").is_err());
    bell.ring(&redis).await.expect("it has another connection");
}

/// A job of a producer that is not ours, which gives it first and writes its status afterwards.
async fn given(bed: &Bed, id: &str) {
    let queue = &bed.redis.queues[&System::DownloadJobs];
    queue.add("zip", serde_json::json!({"fileIds": [1, 2]})).job_id(id).attempts(3).await.unwrap();
}

/// The status that such a producer writes.
async fn told_late(bed: &Bed, id: &str) {
    let _: () = bed.ask(&["SET", &keys::status(id), "{\"status\":\"pending\",\"fileIds\":[1,2]}"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_status_that_its_producer_writes_late_does_not_cost_the_job() {
    let bed = bed(0).await;
    given(&bed, "during").await;
    let job = bed.line.claim().await.unwrap().unwrap();
    told_late(&bed, "during").await;
    assert!(bed.line.note_progress(&job, 40).unwrap());
    let progress = async {
        while bed.redis.read("during").await.unwrap().unwrap().progress != 40 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), progress).await.expect("the attempt goes on, and shows");
    assert!(!bed.line.begin(&job).is_cancelled(), "nobody has said that it is not wanted");
    told_late(&bed, "during").await;
    assert!(landed(bed.line.complete(&job, object("downloads/during.zip")).await.unwrap()), "the result is wanted");
    let landed = bed.redis.read("during").await.unwrap().unwrap();
    assert_eq!((landed.state, landed.result_key.as_deref()), (State::Completed, Some("downloads/during.zip")));

    given(&bed, "given-back").await;
    let job = bed.line.claim().await.unwrap().unwrap();
    told_late(&bed, "given-back").await;
    bed.line.let_go(&job).await.unwrap();
    let again = bed.line.claim().await.unwrap().expect("what is open still is given to the next");
    bed.line.fail(&again, failure()).await.unwrap();
    told_late(&bed, "given-back").await;
    assert_eq!(bed.redis.read("given-back").await.unwrap().unwrap().state, State::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_status_that_its_producer_writes_after_the_end_does_not_undo_it() {
    let bed = bed(0).await;
    given(&bed, "quick").await;
    let job = bed.line.claim().await.unwrap().unwrap();
    assert!(landed(bed.line.complete(&job, object("downloads/quick.zip")).await.unwrap()));
    told_late(&bed, "quick").await;
    let landed = bed.redis.read("quick").await.unwrap().unwrap();
    assert_eq!((landed.state, landed.result_key.as_deref()), (State::Completed, Some("downloads/quick.zip")));
    bed.redis.tidy_once().await.unwrap();
    let status: String = bed.ask(&["GET", &keys::status("quick")]).await;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["status"], &status["resultKey"]), (&"completed".into(), &"downloads/quick.zip".into()));
    let left: i64 = bed.ask(&["TTL", &keys::status("quick")]).await;
    assert!(left > 0, "it is forgotten in time");
    bed.redis.clock.advance(Duration::from_mins(2));
    bed.redis.tidy_once().await.unwrap();
    let watched: u64 = bed.ask(&["ZCARD", keys::ENDED]).await;
    assert_eq!(watched, 0, "it is looked after for a while");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_taking_jobs_piles_nothing_up() {
    let bed = bed(0).await;
    for _ in 0..20 {
        bed.submit().await;
        let job = bed.line.claim().await.unwrap().unwrap();
        bed.line.complete(&job, object("downloads/a.zip")).await.unwrap();
    }
    for (system, taker) in &bed.line.takers {
        assert!(taker.next_event().now_or_never().is_none(), "what a taker of {system:?} tells is let go");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_that_cannot_be_put_into_its_queue_does_not_stand_before_the_others() {
    let bed = bed(0).await;
    let good = bed.submit().await.id;
    let _: u64 = bed.ask(&["DEL", "bull:download-queue:wait", &format!("bull:download-queue:{good}")]).await;
    // Its hash is none.
    let _: () = bed.ask(&["SET", &keys::hash("bad"), "?"]).await;
    let _: u64 = bed.ask(&["ZADD", keys::OUTBOX, "1", "bad", "2", &good]).await;
    bed.redis.tidy_once().await.unwrap();
    assert_eq!(bed.line.claim().await.unwrap().map(|job| job.id), Some(good));
    let outbox: Vec<String> = bed.ask(&["ZRANGE", keys::OUTBOX, "0", "-1"]).await;
    assert_eq!(outbox, ["bad"], "it is looked at again, and last");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_old_attempt_does_not_meet_that_of_a_job_put_back() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let old = bed.line.claim().await.unwrap().unwrap();
    // It dies for everybody but its own worker, which was asleep.
    let _: u64 = bed.ask(&["DEL", &format!("bull:download-queue:{id}:lock")]).await;
    let _: u64 = bed.ask(&["LREM", "bull:download-queue:active", "0", &id]).await;
    let _: u64 = bed.ask(&["HSET", &keys::hash(&id), "attempts", "0"]).await;
    let _: u64 = bed.ask(&["RPUSH", "bull:download-queue:wait", &id]).await;
    let new = bed.line.claim().await.unwrap().unwrap();
    assert_eq!((old.attempts, new.attempts), (1, 1), "both are a first attempt");
    assert!(!landed(bed.line.complete(&old, object("downloads/old.zip")).await.unwrap()), "the old one has lost it");
    assert!(landed(bed.line.complete(&new, object("downloads/new.zip")).await.unwrap()), "the new one has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_request_sent_again_while_its_job_ends_does_not_begin_it_anew() {
    let bed = bed(0).await;
    let asked = bed.submit().await;
    let job = bed.line.claim().await.unwrap().unwrap();
    assert!(landed(bed.line.complete(&job, object("downloads/a.zip")).await.unwrap()));
    // It was read before the end, and looks into the queue after it.
    bed.redis.put_into_queue(&asked).await.unwrap();
    assert!(bed.line.claim().await.unwrap().is_none());
    let returned: String = bed.ask(&["HGET", &format!("bull:download-queue:{}", asked.id), "returnvalue"]).await;
    assert_eq!(returned, "\"downloads/a.zip\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_deletion_knows_the_result_that_came_a_moment_before() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    let read = bed.redis.read(&id).await.unwrap().unwrap();
    bed.line.complete(&job, object("downloads/a.zip")).await.unwrap();
    let deleted = bed.redis.taken_out(read).await.unwrap().expect("it is there");
    assert_eq!(deleted.result_key.as_deref(), Some("downloads/a.zip"), "else nobody would remove it");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_however_many_jobs_end_their_accounts_go_in_time() {
    let bed = bed(0).await;
    let old = bed.redis.now() - 8 * 24 * 3_600_000;
    let mut pipe = ::redis::pipe();
    for index in 0..2500 {
        let id = format!("old-{index}");
        pipe.cmd("HSET").arg(format!("bull:download-queue:{id}")).arg("name").arg("export").arg("timestamp").arg(old);
        pipe.cmd("ZADD").arg("bull:download-queue:completed").arg(old).arg(&id);
    }
    let _: () = pipe.query_async(&mut bed.redis.connection.clone()).await.unwrap();
    bed.redis.tidy_once().await.unwrap();
    let left: u64 = bed.ask(&["ZCARD", "bull:download-queue:completed"]).await;
    assert_eq!(left, 0);
}
