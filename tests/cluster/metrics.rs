//! What `/metrics` says after events that are known, asked of real processes.

use serde_json::json;

use super::bed::{Bed, Node, eventually, text};

/// The value of a metric whose labels are these.
async fn metric(bed: &Bed, node: &Node, name: &str, labels: &str) -> f64 {
    let text = bed.client.get(format!("{}/metrics", node.url)).send().await.unwrap().text().await.unwrap();
    let wanted = format!("{name}{{messaging_destination_name=\"{labels}}} ");
    let value = text.lines().find_map(|line| line.strip_prefix(&wanted));
    value.unwrap_or_else(|| panic!("{wanted} is not in {text}")).parse().unwrap()
}

async fn attempts(bed: &Bed, node: &Node, queue: &str, outcome: &str) -> f64 {
    metric(bed, node, "landfall_attempts_total", &format!("{queue}\",outcome=\"{outcome}\"")).await
}

/// Returns when a process has counted one such attempt, and none of the others.
async fn counted(bed: &Bed, node: &Node, queue: &str, outcome: &str) {
    eventually(outcome, async || (attempts(bed, node, queue, outcome).await >= 1.0).then_some(())).await;
    for other in ["completed", "retried", "failed", "given_back", "unwanted", "lost"] {
        let expected = if other == outcome { 1.0 } else { 0.0 };
        let count = attempts(bed, node, queue, other).await;
        assert!((count - expected).abs() < 0.1, "{other} is {count} after one attempt that was {outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_failed_dead_retried_lost_and_unwanted_attempts_show_as_what_they_are() {
    const QUEUE: &str = "download-queue";
    let bed = Bed::new().await;
    let api = bed.api().await;

    let failing = bed.node("worker", &["--pace", "0", "--faults", "job-fails=1x"]).await;
    bed.initiate(&api, &[1]).await;
    counted(&bed, &failing, QUEUE, "failed").await;
    let dead =
        async |node: &Node| metric(&bed, node, "landfall_queue_depth", &format!("{QUEUE}\",state=\"dead\"")).await;
    for node in [&failing, &api] {
        assert!((dead(node).await - 1.0).abs() < 0.1, "whoever is asked");
    }
    assert_eq!(failing.stop().await, 143);

    let slow = bed.worker("60").await;
    let brief = json!({"brief": {"title": "Site tour", "durationSeconds": 1, "resolution": "320x180"}});
    let job = bed.post(&api, "/api/jobs", "m", &brief).await.unwrap();
    let path = format!("/api/jobs/{}", text(&job["id"]));
    eventually("work", async || (bed.json(&api, &path).await["status"] == "Running").then_some(())).await;
    bed.post(&api, &format!("{path}/cancel"), "x", &json!({})).await.unwrap();
    counted(&bed, &slow, "media-queue", "unwanted").await;
    assert_eq!(slow.stop().await, 143);

    let retrying = bed.node("worker", &["--workers", "1", "--pace", "0", "--faults", "attempt-fails=1x"]).await;
    let job = bed.initiate(&api, &[1]).await;
    bed.completed(&api, &job).await;
    for outcome in ["retried", "completed"] {
        eventually(outcome, async || (attempts(&bed, &retrying, QUEUE, outcome).await > 0.9).then_some(())).await;
    }
    assert!(attempts(&bed, &retrying, QUEUE, "failed").await < 0.1, "it was tried again");
    assert_eq!(retrying.stop().await, 143);

    let mut killed = bed.worker("60").await;
    let job = bed.initiate(&api, &[1]).await;
    let path = format!("/v1/download/status/{job}");
    eventually("work", async || (bed.json(&api, &path).await["status"] == "processing").then_some(())).await;
    killed.kill().await;
    let next = bed.worker("60").await;
    counted(&bed, &next, QUEUE, "lost").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_the_oldest_age_is_that_of_the_job_that_waits_longest() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    for _ in 0..2 {
        bed.initiate(&api, &[1]).await;
    }
    let age = async || metric(&bed, &api, "landfall_queue_oldest_age_seconds", "download-queue\"").await;
    assert!(age().await < 60.0, "it was asked for a moment ago");
    let waiting: Vec<String> = bed.redis.ask(&["LRANGE", "bull:download-queue:wait", "-1", "-1"]).await;
    let account = format!("bull:download-queue:{}", waiting[0]);
    let since: u64 = bed.redis.ask(&["HGET", &account, "timestamp"]).await;
    let _: u64 = bed.redis.ask(&["HSET", &account, "timestamp", &(since - 3_600_000).to_string()]).await;
    let old = age().await;
    assert!((3600.0..3660.0).contains(&old), "{old}");
    let _worker = bed.worker("0").await;
    eventually("empty queue", async || (age().await < 0.1).then_some(())).await;
}
