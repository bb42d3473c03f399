//! What takes how long: takeovers, idle workers, attempts that hang.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{bed, bed_with, given};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ffmpeg::Ffmpeg;
use crate::objects::disk::Disk;
use crate::objects::sign::Signer;
use crate::objects::{ObjectStore, Scratches};
use crate::queue::redis::line::bell::Bell;
use crate::queue::workers::Worker;
use crate::queue::{Line as _, State, Status as _, Submission, Submitted};
use crate::systems::System;

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_whose_worker_died_is_the_next_one_s_within_two_leases() {
    let lease = Duration::from_secs(6);
    let bed = bed_with(0, Duration::ZERO, lease).await;
    let id = bed.submit().await.id;
    let job = bed.line.claim().await.unwrap().unwrap();
    let begun = bed.redis.now();
    bed.supervisor.spawn(bed.line.clone().look_after(bed.supervisor.stopping().clone()));
    bed.line.die(&job);
    let again = loop {
        match bed.line.claim().await.unwrap() {
            Some(job) => break job,
            None => bed.line.wait().await.unwrap(),
        }
    };
    let took = Duration::from_millis(u64::try_from(bed.redis.now() - begun).unwrap());
    assert_eq!((&again.id, again.attempts, again.taking), (&id, 2, 2));
    assert!(took >= lease / 2, "it was held for a lease: {took:?}");
    assert!(took < lease * 2, "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_idle_worker_hears_of_a_job_while_another_rests() {
    let bed = bed(0).await;
    let queue = &bed.redis.queues[&System::DownloadJobs];
    let bell = Bell::new();
    for round in 0..3 {
        // A sign for later, which it takes, and then one for now.
        let later = format!("later-{round}");
        queue.add("zip", json!({"fileIds": [1]})).job_id(&later).delay(Duration::from_mins(1)).await.unwrap();
        let heard = async {
            let begun = bed.redis.now();
            bell.ring(&bed.redis).await.unwrap();
            bed.redis.now() - begun
        };
        let came = async {
            let marker = "bull:download-queue:marker";
            while bed.ask::<u64>(&["ZCARD", marker]).await > 0 {
                tokio::task::yield_now().await;
            }
            given(&bed, &format!("now-{round}")).await;
            bed.redis.now()
        };
        let (waited, _) = tokio::join!(heard, came);
        assert!(waited < 900, "it was deaf for {waited} ms");
    }
}

/// A worker of this process on the same Redis, with its results in a folder.
fn worker(bed: &super::Bed, folder: &std::path::Path, pace: f64) -> Worker {
    let signer = Arc::new(Signer::new(b"key", "http://127.0.0.1:1".into(), Duration::from_mins(1)));
    let disk = Disk::open(folder, signer).unwrap();
    let scratches = Scratches::within(disk.incoming());
    let clock: Clock = bed.redis.clock.clone();
    Worker {
        line: bed.line.clone(),
        objects: ObjectStore::new(Arc::new(disk), scratches, Faults::none(), clock.clone()),
        ffmpeg: Ffmpeg::new("ffmpeg".into(), folder, clock.clone()),
        clock,
        faults: Faults::none(),
        supervisor: bed.supervisor.clone(),
        pace,
        tally: Arc::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_whatever_a_job_makes_it_has_five_minutes() {
    let bed = bed(0).await;
    let folder = tempfile::tempdir().unwrap();
    bed.supervisor.spawn(worker(&bed, folder.path(), 10_000.0).run());
    let options = json!({"includeDependencies": true, "includeHistory": false, "format": "zip", "compression": "none"});
    let package = json!({"type": "worktype", "systemName": "matter", "environment": "uat", "options": options});
    for (system, request) in [
        (System::PackageExports, package.clone()),
        (System::ConfigurationExports, package.clone()),
        (System::ReportExports, json!({"project_id": "nordkai-40", "format": "csv"})),
        (System::DownloadJobs, json!({"fileIds": [1]})),
    ] {
        let submission = Submission {
            system,
            user: "anna".to_owned(),
            correlation_id: "c".to_owned(),
            idempotency: None,
            request: request.to_string(),
        };
        let Submitted::Job(job) = bed.redis.submit(submission).await.unwrap() else { panic!("it is taken") };
        let reaches = async |state: State| {
            let reached = async {
                loop {
                    let job = bed.redis.read(&job.id).await.unwrap().unwrap();
                    // Its time runs from before its first step.
                    if job.state == state && (job.progress > 0 || state == State::Failed) {
                        return job;
                    }
                    assert_ne!(job.state, State::Completed);
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_mins(1), reached)
                .await
                .unwrap_or_else(|_| panic!("{system:?} {state:?}"))
        };
        reaches(State::Processing).await;
        bed.redis.clock.advance(Duration::from_secs(301));
        let ended = reaches(State::Failed).await;
        assert_eq!(ended.error.as_deref(), Some("The job took longer than the 5 minutes it may take"), "{system:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_attempt_that_hangs_is_not_held_for_ever() {
    let bed = bed(0).await;
    bed.submit().await;
    let job = bed.line.claim().await.unwrap().unwrap();
    let gone = bed.line.begin(&job);
    bed.redis.clock.advance(Duration::from_mins(5));
    assert!(bed.line.note_progress(&job, 10).unwrap(), "a moment is given to it to say so");
    bed.redis.clock.advance(Duration::from_mins(1));
    tokio::time::timeout(Duration::from_mins(1), gone.cancelled()).await.expect("it loses the job");
}
