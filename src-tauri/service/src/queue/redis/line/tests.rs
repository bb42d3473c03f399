//! What happens between two calls: answers that are lost, ends that overlap, statuses that others write, and what is left behind.

use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{FromRedisValue, cmd};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::super::Redis;
use super::super::rows::keys;
use super::RedisLine;
use super::bell::Bell;
use super::end::End;
use crate::queue::contract::{connected, failure, object, redis_server, wish};
use crate::queue::{Job, Line as _, State, Status as _, Submitted};
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
    let folder = tempfile::tempdir().unwrap();
    let (server, port) = redis_server(folder.path());
    let redis = connected(port, most_open).await;
    let supervisor = Supervisor::default();
    let line = RedisLine::open(redis.clone(), supervisor.clone(), Duration::from_secs(30)).await.unwrap();
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
        let jobs = self.redis.list("anna", System::DownloadJobs).await.unwrap();
        jobs.into_iter().map(|job| job.id).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_end_whose_answer_was_lost_is_told_again_and_counts_once() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    let held = bed.line.release(&job).unwrap();
    let result = object("downloads/a.zip");
    assert!(bed.line.finish(&job, &held, &End::Complete(&result)).await.unwrap());
    assert!(bed.line.finish(&job, &held, &End::Complete(&result)).await.unwrap(), "else the result would be removed");
    let _: u64 = bed.ask(&["DEL", &held.lock]).await;
    assert!(bed.line.finish(&job, &held, &End::Complete(&result)).await.unwrap(), "the lock may be gone by then");
    let landed = bed.redis.read(&id).await.unwrap().unwrap();
    assert_eq!((landed.state, landed.result_key.as_deref()), (State::Completed, Some("downloads/a.zip")));
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_put_back_before_its_worker_has_ended_it_in_the_queue_is_taken_again() {
    let bed = bed(0).await;
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    let mut held = bed.line.release(&job).unwrap();
    assert!(bed.line.finish(&job, &held, &End::Fail(&failure())).await.unwrap());
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
    let (redis, bell) = (connected(port, 0).await, Bell::new());
    bell.ring(&redis).await.unwrap();
    deaf.cancel();
    let noticed = tokio::time::timeout(Duration::from_mins(1), bell.ring(&redis)).await;
    assert!(noticed.expect("it does not wait for ever").is_err());
    bell.ring(&redis).await.expect("it has another connection");
}
