//! BullMQ on Node at the same queues: what proves that the keys are really BullMQ's.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::bed::{Bed, TOKEN, eventually, read, reference, text};
use super::events::Events;

/// A script beside this file, with what it wrote.
fn node(script: &str, arguments: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster/node");
    assert!(folder.join("node_modules").is_dir(), "BullMQ for Node is not there: `.ci/need bullmq` installs it");
    let mut command = Command::new("node");
    command.arg(folder.join(script)).args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_of_a_producer_on_node_is_worked_on_here() {
    let bed = Bed::new().await;
    let worker = bed.worker("0").await;
    let produced = node("producer.mjs", &[&bed.redis.port.to_string(), "from-node-1", "1,2,3"]).output().await.unwrap();
    assert!(produced.status.success(), "{produced:?}");
    // BullMQ's own event of the end carries what our worker returned.
    assert_eq!(String::from_utf8_lossy(&produced.stdout).trim(), "downloads/from-node-1.zip");
    let document = bed.redis.status("from-node-1").await;
    assert_eq!((&document["status"], &document["fileIds"]), (&json!("completed"), &json!([1, 2, 3])));
    assert_eq!(document["resultKey"], "downloads/from-node-1.zip");
    // Nobody said whose it is: it is the service's own user's, and nobody else's.
    let own = bed.node("api", &["--user", "operator=of-the-service"]).await;
    let path = "/v1/download/status/from-node-1";
    assert_eq!(bed.get(&own, path).await.unwrap().status(), 404, "it is not anna's");
    let answer = bed.client.get(format!("{}{path}", own.url)).bearer_auth("of-the-service").send().await.unwrap();
    let answer = read(answer).await.unwrap();
    assert_eq!(bed.digest(&answer["downloadUrl"]).await, reference(&[&[1, 2, 3]]).await[&vec![1, 2, 3]]);
    drop(worker);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_of_ours_is_taken_by_a_worker_on_node_and_shows_in_our_answers() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    let job = bed.initiate(&api, &[2, 3]).await;
    let worked = node("worker.mjs", &[&bed.redis.port.to_string(), "made-on-node.zip"]).output().await.unwrap();
    assert!(worked.status.success(), "{worked:?}");
    let data: serde_json::Value = serde_json::from_slice(&worked.stdout).unwrap();
    assert_eq!((&data["jobId"], &data["fileIds"]), (&json!(job), &json!([2, 3])), "as document 001 has it");
    let status = bed.completed(&api, &job).await;
    assert!(text(&status["downloadUrl"]).contains("/made-on-node.zip?"), "{status}");
    let listed = bed.json(&api, "/v1/download/jobs").await;
    assert_eq!(listed["jobs"][0]["status"], "completed", "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_producer_that_writes_its_status_after_the_job_was_taken_gets_its_result() {
    let bed = Bed::new().await;
    // The first is written over in mid-work, the second when it is done.
    for (pace, state) in [("0.3", "processing"), ("0", "completed")] {
        let worker = bed.worker(pace).await;
        let produced = node("late.mjs", &[&bed.redis.port.to_string(), state, "1,2"]).output().await.unwrap();
        assert!(produced.status.success(), "{produced:?}");
        let job = String::from_utf8_lossy(&produced.stdout).trim().to_owned();
        let document = eventually("end in the document's status", async || {
            let document = bed.redis.status(&job).await;
            (document["status"] == "completed").then_some(document)
        })
        .await;
        assert_eq!(document["resultKey"], json!(format!("downloads/{job}.zip")), "{state}");
        assert_eq!(worker.stop().await, 143);
    }
    assert_eq!(bed.objects("downloads").len(), 2, "both results are there");
    let failed: usize = bed.redis.ask(&["ZCARD", "bull:download-queue:failed"]).await;
    assert_eq!(failed, 0, "BullMQ knows both as completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_that_a_worker_on_node_fails_for_good_is_a_dead_letter_and_holds_no_place() {
    let bed = Bed::new().await;
    let api = bed.node("api", &["--user-limit", "1"]).await;
    let job = bed.initiate(&api, &[2, 3]).await;
    let worked = node("worker.mjs", &[&bed.redis.port.to_string(), "throws"]).output().await.unwrap();
    assert!(worked.status.success(), "{worked:?}");
    let path = format!("/v1/download/status/{job}");
    let status = eventually("failure", async || {
        let status = bed.json(&api, &path).await;
        (status["status"] == "failed").then_some(status)
    })
    .await;
    assert_eq!(status["error"], "out of paper");
    let letters = bed.json(&api, "/v1/dead-letters").await;
    assert_eq!((&letters["deadLetters"][0]["jobId"], &letters["deadLetters"][0]["attempts"]), (&json!(job), &json!(3)));
    // Its user may ask for another, and have this one put back; our own workers do both.
    let other = bed.initiate(&api, &[1]).await;
    let retry = bed.client.post(format!("{}/v1/dead-letters/{job}/retry", api.url)).bearer_auth(TOKEN);
    assert_eq!(retry.send().await.unwrap().status(), 202);
    let _worker = bed.worker("0").await;
    for job in [&job, &other] {
        bed.completed(&api, job).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_workers_of_both_kinds_share_a_queue_and_each_job_ends_once() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    // Node's takes twelve jobs and ends, ours take whatever else there is meanwhile and afterwards.
    let _ours = (bed.worker("0.03").await, bed.worker("0.03").await);
    let on_node = node("worker.mjs", &[&bed.redis.port.to_string(), "made-on-node.zip", "12"]).spawn().unwrap();
    let mut jobs = BTreeSet::new();
    let over = Cell::new(false);
    let given = async {
        while !over.get() {
            bed.fewer_wait_than(20).await;
            jobs.insert(bed.initiate(&api, &[[1], [2], [3]][jobs.len() % 3]).await);
        }
    };
    let worked = async {
        let ended = on_node.wait_with_output().await.unwrap();
        over.set(true);
        ended
    };
    let (on_node, ()) = tokio::join!(worked, given);
    assert!(on_node.status.success(), "{on_node:?}");
    let theirs: BTreeSet<String> = String::from_utf8_lossy(&on_node.stdout)
        .lines()
        .map(|line| text(&serde_json::from_str::<Value>(line).unwrap()["jobId"]))
        .collect();
    // It may have begun with one more before it was told to end.
    assert!(theirs.len() >= 12, "{theirs:?}");
    for job in &jobs {
        let status = bed.completed(&api, job).await;
        let made_on_node = text(&status["downloadUrl"]).contains("/made-on-node.zip?");
        assert_eq!(made_on_node, theirs.contains(job), "the result is that of the worker who had it: {status}");
    }
    assert_eq!(bed.objects("downloads").len(), jobs.len() - theirs.len(), "each of ours once");
    let mut events = Events::default();
    events.read(&bed).await;
    events.once_for(jobs.iter());
}
