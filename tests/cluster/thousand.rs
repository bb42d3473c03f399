//! A thousand small jobs over three workers, one of which is killed every two seconds, and a fourth that keeps falling asleep for
//! longer than its lease: it wakes in the middle of a job that another has by then.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;

use super::bed::{Bed, Node, reference, text};
use super::events::Events;

const SETS: [&[i64]; 4] = [&[1], &[2], &[1, 2], &[3]];

/// A job takes sixty milliseconds and what it costs.
const PACE: &str = "0.02";

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_thousand_jobs_survive_a_kill_every_two_seconds_and_land_once() {
    let wanted: usize =
        std::env::var("LANDFALL_CLUSTER_JOBS").ok().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let bed = Bed::new().await;
    let api = bed.api().await;
    let mut workers = [bed.worker(PACE).await, bed.worker(PACE).await, bed.worker(PACE).await];
    let sleeper = bed.worker(PACE).await;
    let submits = (0..wanted).map(|index| {
        let (bed, api) = (&bed, &api);
        async move {
            let files = SETS[index % SETS.len()];
            (bed.initiate(api, files).await, files)
        }
    });
    let jobs: BTreeMap<String, &[i64]> = futures_util::stream::iter(submits).buffer_unordered(16).collect().await;
    assert_eq!(jobs.len(), wanted);
    let mut events = Events::default();
    let mut kills = 0;
    while !all_landed(&bed, &api, &jobs).await {
        // Of each four rounds three are slept through: six seconds, and the lease is two.
        match kills % 4 {
            0 => sleeper.fall_asleep().await,
            3 => sleeper.wake().await,
            _ => {}
        }
        // The pace of the kills is what is tried here.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let index = kills % workers.len();
        workers[index].kill().await;
        workers[index] = bed.worker(PACE).await;
        kills += 1;
        events.read(&bed).await;
    }
    sleeper.wake().await;
    let lost = lost(&bed, &sleeper).await;
    // Whatever they still had to say is said when they have ended.
    sleeper.stop().await;
    for worker in workers {
        worker.stop().await;
    }
    events.read(&bed).await;
    events.once_for(jobs.keys());
    one_result_for(&bed, &jobs, kills).await;
    let taken_again = taken_again(&bed, &jobs).await;
    assert!(taken_again >= kills / 2, "of {kills} kills only {taken_again} hit a worker with a job");
    right_bytes_for(&bed, &api, &jobs).await;
    println!("{wanted} jobs, {kills} kills, {lost} lost asleep, {} objects", bed.objects("downloads").len());
}

/// Whether every job is listed as completed. None may be missing, listed twice, or failed.
async fn all_landed(bed: &Bed, api: &Node, jobs: &BTreeMap<String, &[i64]>) -> bool {
    let listed = bed.json(api, "/v1/download/jobs").await;
    let listed: Vec<(&str, &str)> = listed["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (job["jobId"].as_str().unwrap(), job["status"].as_str().unwrap()))
        .collect();
    let ids: BTreeSet<&str> = listed.iter().map(|(id, _)| *id).collect();
    assert_eq!(listed.len(), jobs.len(), "each job is listed, and once");
    assert!(jobs.keys().all(|job| ids.contains(job.as_str())), "no job is lost");
    assert!(listed.iter().all(|(_, state)| *state != "failed"), "no job fails");
    listed.iter().all(|(_, state)| *state == "completed")
}

/// How often a job was taken from a worker that had it.
async fn taken_again(bed: &Bed, jobs: &BTreeMap<String, &[i64]>) -> usize {
    let mut again = 0;
    for job in jobs.keys() {
        let takings: usize = bed.redis.ask(&["HGET", &format!("landfall:job:{job}"), "takings"]).await;
        again += takings - 1;
    }
    again
}

/// How many jobs a process has found to be another's, by its own account.
async fn lost(bed: &Bed, node: &Node) -> String {
    let metrics = bed.client.get(format!("{}/metrics", node.url)).send().await.unwrap().text().await.unwrap();
    let line = "landfall_attempts_total{messaging_destination_name=\"download-queue\",outcome=\"lost\"} ";
    text(&metrics.lines().find_map(|said| said.strip_prefix(line)).expect("it counts").into())
}

/// Each job's status names an object of its own, which is in the bucket; and nothing else could ever be handed to a client.
async fn one_result_for(bed: &Bed, jobs: &BTreeMap<String, &[i64]>, kills: usize) {
    let mut named = BTreeSet::new();
    for job in jobs.keys() {
        let key = text(&bed.redis.status(job).await["resultKey"]);
        assert!(key == format!("downloads/{job}.zip") || key.starts_with(&format!("downloads/{job}.")), "{job}: {key}");
        assert!(named.insert(key), "no two jobs have the same object");
    }
    // What an API hands out is described here, and a second landing of a job would be described under a second key.
    let described: Vec<String> = bed.redis.ask(&["KEYS", "landfall:object:*"]).await;
    let described: BTreeSet<String> =
        described.iter().map(|key| key.trim_start_matches("landfall:object:").to_owned()).collect();
    let twice: Vec<_> = described.difference(&named).collect();
    assert!(twice.is_empty(), "results beside those that their jobs name: {twice:?}");
    assert_eq!(described, named, "every result is described");
    let stored: BTreeSet<String> = bed
        .objects("downloads")
        .iter()
        .map(|path| format!("downloads/{}", path.file_name().unwrap().to_str().unwrap()))
        .collect();
    let absent: Vec<_> = named.difference(&stored).collect();
    assert!(absent.is_empty(), "every result is in the bucket: {absent:?}");
    let left: Vec<_> = stored.difference(&named).collect();
    assert!(left.len() <= kills, "a killed worker leaves one object at most, and nobody else leaves any: {left:?}");
}

async fn right_bytes_for(bed: &Bed, api: &Node, jobs: &BTreeMap<String, &[i64]>) {
    let digests = reference(&SETS).await;
    let checks = jobs.iter().map(|(job, files)| {
        let digests = &digests;
        async move {
            let status: Value = bed.completed(api, job).await;
            assert_eq!(bed.digest(&status["downloadUrl"]).await, digests[*files], "the digest of {job}");
        }
    });
    futures_util::stream::iter(checks).buffer_unordered(8).collect::<()>().await;
}
