//! BullMQ on Node at the same queues: what proves that the keys are really BullMQ's.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;

use super::bed::{Bed, read, reference, text};

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
