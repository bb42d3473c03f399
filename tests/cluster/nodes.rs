//! Processes that share nothing but Redis and the bucket.

use serde_json::{Value, json};

use super::bed::{BUCKET, Bed, eventually, reference, text};

const FILES: &[i64] = &[1, 2, 3];

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_lands_through_processes_that_share_nothing_but_redis_and_s3() {
    let bed = Bed::new().await;
    let (taker, other, _worker) = (bed.api().await, bed.api().await, bed.worker("0").await);
    let job = bed.initiate(&taker, FILES).await;
    let status = bed.completed(&other, &job).await;
    assert_eq!(status["progress"], 100);
    let link = text(&status["downloadUrl"]);
    let bucket = bed.s3.as_ref().unwrap().address();
    assert!(link.starts_with(&format!("http://{bucket}/{BUCKET}/downloads/{job}.zip?X-Amz-")), "{link}");
    assert_eq!(bed.digest(&status["downloadUrl"]).await, reference(&[FILES]).await[FILES], "the same bytes as ever");
    let document = bed.redis.status(&job).await;
    assert_eq!(document["status"], "completed");
    assert_eq!(document["fileIds"], json!(FILES));
    assert_eq!(document["resultKey"], json!(format!("downloads/{job}.zip")));
    assert!(text(&document["createdAt"]).ends_with('Z'), "{document}");
    let queue: u64 = bed.redis.ask(&["ZCARD", "bull:download-queue:completed"]).await;
    assert_eq!(queue, 1, "BullMQ knows the job as completed");
}

/// Files of 8 and 64 MiB: nine parts, put together by S3.
#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_large_result_goes_to_s3_in_parts_and_is_whole() {
    const LARGE: &[i64] = &[16, 17];
    let bed = Bed::new().await;
    let (api, _worker) = (bed.api().await, bed.worker("0").await);
    let job = bed.initiate(&api, LARGE).await;
    let status = bed.completed(&api, &job).await;
    assert_eq!(bed.digest(&status["downloadUrl"]).await, reference(&[LARGE]).await[LARGE]);
    let part = bed.client.get(text(&status["downloadUrl"])).header("range", "bytes=9000000-9000009");
    let part = part.send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().await.unwrap().len()), (206, 10), "ranges are S3's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_expired_link_is_renewed_by_a_process_that_never_saw_the_job() {
    let bed = Bed::new().await;
    let brief = bed.node("api", &["--link-ttl", "1s"]).await;
    let (other, _worker) = (bed.api().await, bed.worker("0").await);
    let job = bed.initiate(&brief, FILES).await;
    let old = text(&bed.completed(&brief, &job).await["downloadUrl"]);
    let refused = eventually("expiry", async || {
        let answer = bed.client.get(&old).send().await.unwrap();
        Some(answer).filter(|answer| answer.status() != 200)
    })
    .await;
    assert_eq!(refused.status(), 403, "S3's own answer to a link that was good once");
    let fresh = bed.completed(&other, &job).await;
    assert_eq!(bed.digest(&fresh["downloadUrl"]).await, reference(&[FILES]).await[FILES]);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_the_same_key_gives_the_same_job_by_any_process() {
    let bed = Bed::new().await;
    let (first, second) = (bed.api().await, bed.api().await);
    let body = json!({"fileIds": FILES});
    let one = bed.post(&first, "/v1/download/initiate", "key", &body).await.unwrap();
    let two = bed.post(&second, "/v1/download/initiate", "key", &body).await.unwrap();
    assert_eq!(one, two);
    let other = bed.post(&second, "/v1/download/initiate", "key", &json!({"fileIds": [4]})).await.unwrap_err();
    assert_eq!(other.status().map(|status| status.as_u16()), Some(422));
    let jobs = bed.json(&second, "/v1/download/jobs").await;
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1), "{jobs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_every_kind_of_export_lands_and_a_stream_is_told_by_another_process() {
    let bed = Bed::new().await;
    let (taker, other, _worker) = (bed.api().await, bed.api().await, bed.worker("0").await);
    let brief = json!({"brief": {"title": "Site tour", "durationSeconds": 1, "resolution": "320x180"}});
    let media = bed.post(&taker, "/api/jobs", "m", &brief).await.unwrap();
    let package = json!({"type": "worktype", "systemName": "matter", "environment": "uat", "noCache": true});
    let package = bed.post(&taker, "/api/exports", "p", &package).await.unwrap();
    let projects = bed.json(&taker, "/projects").await;
    let project = text(&projects["projects"][0]["id"]);
    let report = format!("/projects/{project}/export");
    let report = bed.post(&taker, &report, "r", &json!({"format": "csv"})).await.unwrap();
    let camera =
        json!({"type": "Batch", "storage": "Cloud", "start": "2025-06-01T12:00:00Z", "end": "2025-06-01T12:00:02Z"});
    let camera = bed.post(&taker, "/v1/cameras/gate-north/exportsV2", "c", &camera).await.unwrap();

    // The stream of a process that did not take the job, to its end; then the same events once more from the first.
    let events = format!("/api/jobs/{}/events", text(&media["id"]));
    let told = bed.get(&other, &events).await.unwrap().text().await.unwrap();
    let again = bed.get(&taker, &events).await.unwrap().text().await.unwrap();
    assert!(told.contains("event: job-completed"), "{told}");
    assert_eq!(told, again, "events have their numbers, whoever tells them");

    let package = format!("/api/exports/{}", text(&package["id"]));
    eventually("package", async || done(&bed.json(&other, &package).await, "COMPLETED")).await;
    let bytes = bed.get(&other, &format!("{package}/package")).await.unwrap();
    assert!(bytes.headers().contains_key("repr-digest"));
    assert_eq!(&bytes.bytes().await.unwrap()[..2], b"PK");

    let export = format!("/exports/{}", text(&report["export_id"]));
    let report = eventually("report", async || {
        let answer = bed.json(&other, &export).await;
        done(&answer, "completed").map(|()| answer)
    })
    .await;
    let csv = bed.client.get(text(&report["download_url"])).send().await.unwrap();
    assert_eq!(csv.headers()["content-type"], "text/csv; charset=utf-8");
    assert_eq!(report["file_size"].as_u64(), Some(csv.bytes().await.unwrap().len() as u64));

    let clip = format!("/v1/exportsV2/{}/downloads", text(&camera["exportId"]));
    let link =
        eventually("clip", async || bed.json(&other, &clip).await["presignedURL"].as_str().map(str::to_owned)).await;
    assert_eq!(bed.client.get(link).send().await.unwrap().status(), 200);
}

fn done(answer: &Value, word: &str) -> Option<()> {
    let state = answer.get("state").or_else(|| answer.get("status")).and_then(Value::as_str).unwrap_or_default();
    assert!(!state.eq_ignore_ascii_case("failed"), "{answer}");
    (state == word).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_worker_that_is_told_to_stop_gives_its_job_to_another() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    // A job takes three times a minute there: it will not be done before it is stopped.
    let slow = bed.worker("60").await;
    let job = bed.initiate(&api, FILES).await;
    let path = format!("/v1/download/status/{job}");
    eventually("work", async || is(&bed.json(&api, &path).await, "processing")).await;
    assert_eq!(slow.stop().await, 143, "it ends by the signal's own code");
    is(&bed.json(&api, &path).await, "pending").expect("the job waits again at once, without a lease that must pass");
    let _quick = bed.worker("0").await;
    bed.completed(&api, &job).await;
    let attempts: u32 = bed.redis.ask(&["HGET", &format!("landfall:job:{job}"), "attempts"]).await;
    assert_eq!(attempts, 1, "the stop was not the job's fault");
}

fn is(answer: &Value, word: &str) -> Option<()> {
    (answer["status"] == word).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_cancelled_job_ends_in_the_worker_that_has_it() {
    let bed = Bed::new().await;
    let (api, _worker) = (bed.api().await, bed.worker("60").await);
    let brief = json!({"brief": {"title": "Site tour", "durationSeconds": 1, "resolution": "320x180"}});
    let job = bed.post(&api, "/api/jobs", "m", &brief).await.unwrap();
    let path = format!("/api/jobs/{}", text(&job["id"]));
    eventually("work", async || is(&bed.json(&api, &path).await, "Running")).await;
    bed.post(&api, &format!("{path}/cancel"), "x", &json!({})).await.unwrap();
    assert_eq!(bed.json(&api, &path).await["errors"][0]["message"], "Job was cancelled");
    eventually("free worker", async || {
        let active: u64 = bed.redis.ask(&["LLEN", "bull:media-queue:active"]).await;
        (active == 0).then_some(())
    })
    .await;
    assert!(bed.objects("media").is_empty(), "nothing was stored");
}
