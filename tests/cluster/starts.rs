//! What is said when something is missing, and what an operator sees.

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::bed::{BUCKET, Bed, eventually, text};

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_missing_redis_or_bucket_is_one_clear_sentence_and_the_end() {
    let mut bed = Bed::new().await;
    let _: String = bed.redis.ask(&["CONFIG", "SET", "requirepass", "hush"]).await;
    let said = refused(&bed, &[]).await;
    assert!(said.starts_with("landfall: Redis cannot be used") && said.contains("NOAUTH"), "{said}");
    assert!(said.contains("LANDFALL_REDIS_PASSWORD"), "it says how to mend it: {said}");
    let said = refused(&bed, &[("LANDFALL_REDIS_PASSWORD", "guessed")]).await;
    assert!(said.contains("Password authentication failed") && !said.contains("guessed"), "{said}");

    let password = ("LANDFALL_REDIS_PASSWORD", "hush");
    let there = std::mem::take(&mut bed.store);
    bed.store = there.replace(BUCKET, "another");
    let said = refused(&bed, &[password]).await;
    assert!(said.starts_with("landfall: The bucket cannot be used") && said.contains("NoSuchBucket"), "{said}");
    bed.store = there;
    let said = refused(&bed, &[password, ("AWS_SECRET_ACCESS_KEY", "guessed")]).await;
    assert!(said.starts_with("landfall: The bucket cannot be used") && !said.contains("guessed"), "{said}");
    bed.take_s3_away();
    for role in ["all", "api", "worker"] {
        let said = refused_as(role, &bed, &[password]).await;
        assert!(said.starts_with("landfall: The bucket cannot be used"), "{role}: {said}");
    }
    bed.redis.kill().await;
    for role in ["all", "api", "worker"] {
        let said = refused_as(role, &bed, &[password]).await;
        assert!(said.starts_with("landfall: Redis cannot be used"), "{role}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_replica_is_refused_and_one_that_forgets_is_warned_of() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    let ready = async || bed.client.get(format!("{}/readyz", api.url)).send().await.unwrap().status().as_u16();
    assert_eq!(ready().await, 200);
    let nobody = super::bed::free_port().to_string();
    let _: String = bed.redis.ask(&["REPLICAOF", "127.0.0.1", &nobody]).await;
    assert_eq!(ready().await, 503, "it answers questions, and takes nothing");
    let said = refused(&bed, &[]).await;
    assert!(said.starts_with("landfall: Redis cannot be used: it is a replica, which can only be read"), "{said}");
    let _: String = bed.redis.ask(&["REPLICAOF", "NO", "ONE"]).await;
    assert_eq!(ready().await, 200);

    let warned = async || {
        let mut started = bed.command("all", &[]).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(started.stdout.take().unwrap()).lines();
        while !lines.next_line().await.unwrap().expect("it starts").starts_with("listening") {}
        started.kill().await.unwrap();
        let said = started.wait_with_output().await.unwrap().stderr;
        String::from_utf8_lossy(&said).contains("noeviction")
    };
    assert!(!warned().await, "nothing is wrong");
    let _: String = bed.redis.ask(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]).await;
    assert!(warned().await, "it says which setting mends it");
    // Its memory is full.
    let _: String = bed.redis.ask(&["CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1"]).await;
    assert_eq!(ready().await, 503);
    let _: String = bed.redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(ready().await, 200);
}

/// What a process says that does not start: one sentence, what to do about it, and the code of a network error.
async fn refused(bed: &Bed, environment: &[(&str, &str)]) -> String {
    refused_as("all", bed, environment).await
}

async fn refused_as(role: &str, bed: &Bed, environment: &[(&str, &str)]) -> String {
    let mut command = bed.command(role, &[]);
    let ended = command.envs(environment.iter().copied()).stderr(std::process::Stdio::piped()).output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), ended.stdout.is_empty()), (Some(7), true), "{said}");
    assert_eq!(said.lines().count(), 2, "a sentence, and what to do: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_health_readiness_and_metrics_need_no_token_and_tell_of_the_queue() {
    let mut bed = Bed::new().await;
    let (api, worker) = (bed.api().await, bed.node("worker", &["--workers", "1", "--pace", "60"]).await);
    for node in [&api, &worker] {
        for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/metrics", 200)] {
            let answer = bed.client.get(format!("{}{path}", node.url)).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{path}");
        }
    }
    assert_eq!(bed.get(&worker, "/v1/me").await.unwrap().status(), 404, "a worker answers nothing else");
    for _ in 0..3 {
        bed.initiate(&api, &[1]).await;
    }
    let metrics = async |node: &super::bed::Node| {
        bed.client.get(format!("{}/metrics", node.url)).send().await.unwrap().text().await.unwrap()
    };
    let wanted = "landfall_queue_depth{messaging_destination_name=\"download-queue\",state=\"waiting\"} 2";
    eventually("depth", async || metrics(&api).await.lines().any(|line| line == wanted).then_some(())).await;
    let client = bed.client.clone();
    let ready = async |node: &super::bed::Node| client.get(format!("{}/readyz", node.url)).send().await.unwrap();
    let port = bed.take_s3_away();
    for node in [&api, &worker] {
        let answer = ready(node).await;
        assert_eq!(answer.status(), 503, "nothing can be landed, or fetched");
        assert_eq!(answer.text().await.unwrap(), "the object store does not answer\n");
        let alive = bed.client.get(format!("{}/healthz", node.url)).send().await.unwrap();
        assert_eq!(alive.status(), 200, "a restart would mend nothing");
    }
    bed.bring_s3_back(port).await;
    for node in [&api, &worker] {
        eventually("readiness", async || (ready(node).await.status() == 200).then_some(())).await;
    }
    bed.redis.kill().await;
    eventually("unreadiness", async || {
        let answer = bed.client.get(format!("{}/readyz", api.url)).send().await.unwrap();
        (answer.status() == 503).then_some(())
    })
    .await;
    assert_eq!(bed.client.get(format!("{}/healthz", api.url)).send().await.unwrap().status(), 200, "it lives");
    assert_eq!(bed.get(&api, "/v1/download/jobs").await.unwrap().status(), 503, "and says to come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_dead_letters_are_listed_and_put_back() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    let broken = bed.node("worker", &["--pace", "0", "--faults", "job-fails=2x"]).await;
    let job = bed.initiate(&api, &[1, 2]).await;
    let path = format!("/v1/download/status/{job}");
    let failed = eventually("failure", async || {
        let status = bed.json(&api, &path).await;
        (status["status"] == "failed").then_some(status)
    })
    .await;
    assert!(!text(&failed["error"]).is_empty() && !text(&failed["remediation"]).is_empty());
    let dead = async |words: &[&str]| dead(&bed, words).await;
    let listed = dead(&["list"]).await;
    assert_eq!(listed[0]["jobId"], json!(job), "{listed}");
    let other = bed.initiate(&api, &[1]).await;
    eventually("second failure", async || (dead(&["list"]).await.as_array().unwrap().len() == 2).then_some(())).await;
    assert_eq!(broken.stop().await, 143);
    assert_eq!(dead(&["drop", &other]).await, json!({"dropped": 1, "notDead": []}));
    assert_eq!(dead(&["retry", &job]).await["putBack"], 1);
    assert_eq!(dead(&["list"]).await, json!([]));
    let _worker = bed.worker("0").await;
    bed.completed(&api, &job).await;
    assert_eq!(bed.json(&api, &format!("/v1/download/status/{other}")).await["status"], "failed", "it stays so");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_all_dead_letters_are_put_back_or_dropped_at_once() {
    const MANY: usize = 12;
    let bed = Bed::new().await;
    let api = bed.api().await;
    let dead = async |words: &[&str]| dead(&bed, words).await;
    let mut jobs = std::collections::BTreeSet::new();
    for round in ["1", "2"] {
        let broken = bed.node("worker", &["--pace", "0", "--faults", &format!("job-fails={MANY}x")]).await;
        for _ in 0..MANY {
            if round == "1" {
                jobs.insert(bed.initiate(&api, &[1]).await);
            }
        }
        eventually("deaths", async || (dead(&["list"]).await.as_array().unwrap().len() == MANY).then_some(())).await;
        assert_eq!(broken.stop().await, 143);
        let listed: std::collections::BTreeSet<String> =
            dead(&["list"]).await.as_array().unwrap().iter().map(|letter| text(&letter["jobId"])).collect();
        assert_eq!(listed, jobs);
        assert_eq!(dead(&["retry", "--all"]).await, json!({"putBack": MANY, "notDead": []}));
        assert_eq!(dead(&["list"]).await, json!([]));
    }
    let worker = bed.worker("0").await;
    for job in &jobs {
        bed.completed(&api, job).await;
    }
    assert_eq!(worker.stop().await, 143);
    assert_eq!(bed.objects("downloads").len(), MANY, "each is made once");

    let _broken = bed.node("worker", &["--pace", "0", "--faults", "job-fails=3x"]).await;
    for _ in 0..3 {
        bed.initiate(&api, &[1]).await;
    }
    eventually("deaths", async || (dead(&["list"]).await.as_array().unwrap().len() == 3).then_some(())).await;
    assert_eq!(dead(&["drop", "--all"]).await, json!({"dropped": 3, "notDead": []}));
    assert_eq!(dead(&["list"]).await, json!([]));
    assert_eq!(dead(&["retry", "--all"]).await, json!({"putBack": 0, "notDead": []}), "they are gone for good");
}

/// What `landfall serve dead` says, in JSON.
async fn dead(bed: &Bed, words: &[&str]) -> serde_json::Value {
    let mut command = tokio::process::Command::new(landfall_tests::program::binary());
    command.args(["--json", "serve", "dead"]).args(words).args(["--queue", &bed.redis.url()]);
    let ran = command.output().await.unwrap();
    assert!(ran.status.success(), "{ran:?}");
    serde_json::from_slice(&ran.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_user_has_no_more_unfinished_jobs_than_the_limit() {
    let bed = Bed::new().await;
    let api = bed.node("api", &["--user-limit", "2"]).await;
    let jobs = [bed.initiate(&api, &[1]).await, bed.initiate(&api, &[2]).await];
    let full = bed.post(&api, "/v1/download/initiate", "k", &json!({"fileIds": [3]})).await.unwrap_err();
    assert_eq!(full.status().map(|status| status.as_u16()), Some(429));
    let _worker = bed.worker("0").await;
    bed.completed(&api, &jobs[0]).await;
    bed.completed(&api, &jobs[1]).await;
    assert!(bed.post(&api, "/v1/download/initiate", "k", &json!({"fileIds": [3]})).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_ended_job_is_kept_for_as_long_as_the_operator_says() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    let worker = bed.node("worker", &["--pace", "0", "--keep", "2min"]).await;
    let job = bed.initiate(&api, &[1]).await;
    bed.completed(&api, &job).await;
    for key in [format!("job:{job}"), format!("landfall:job:{job}"), format!("landfall:object:downloads/{job}.zip")] {
        let left: i64 = bed.redis.ask(&["TTL", &key]).await;
        assert!((1..=120).contains(&left), "{key} is forgotten in {left} s");
    }
    // A key stands for its job for a day: so long there is one.
    let keyed = text(&bed.post(&api, "/v1/download/initiate", "k", &json!({"fileIds": [2]})).await.unwrap()["jobId"]);
    bed.completed(&api, &keyed).await;
    for key in
        [format!("job:{keyed}"), format!("landfall:job:{keyed}"), format!("landfall:object:downloads/{keyed}.zip")]
    {
        let left: i64 = bed.redis.ask(&["TTL", &key]).await;
        assert!((86_300..=86_400).contains(&left), "{key} is forgotten in {left} s");
    }
    let again = bed.post(&api, "/v1/download/initiate", "k", &json!({"fileIds": [2]})).await.unwrap();
    assert_eq!(again["jobId"], json!(keyed));
    // What an operator drops is kept as long as the service says, whatever the command was told.
    let failing = bed.node("worker", &["--pace", "0", "--keep", "3min", "--faults", "job-fails=1x"]).await;
    assert_eq!(worker.stop().await, 143);
    let dead = bed.initiate(&api, &[1]).await;
    let path = format!("/v1/download/status/{dead}");
    eventually("failure", async || (bed.json(&api, &path).await["status"] == "failed").then_some(())).await;
    assert_eq!(failing.stop().await, 143);
    let mut dropped = tokio::process::Command::new(landfall_tests::program::binary());
    let dropped = dropped.args(["serve", "dead", "drop", &dead, "--queue", &bed.redis.url()]).status().await.unwrap();
    assert!(dropped.success());
    let left: i64 = bed.redis.ask(&["TTL", &format!("job:{dead}")]).await;
    assert!((121..=180).contains(&left), "it is forgotten in {left} s");

    let ended = bed.command("worker", &["--keep", "59s"]).stderr(std::process::Stdio::piped()).output().await.unwrap();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
}
