//! `kill -9` of any process, at any moment: no job lost, none landed twice, every digest right.

use futures_util::StreamExt as _;
use serde_json::json;

use super::bed::{Bed, eventually, hex, reference, sha256, text};

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_worker_killed_in_mid_job_loses_it_to_the_next() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    let mut first = bed.worker("60").await;
    let job = bed.initiate(&api, &[1, 2]).await;
    let path = format!("/v1/download/status/{job}");
    eventually("work", async || (bed.json(&api, &path).await["status"] == "processing").then_some(())).await;
    first.kill().await;
    let _second = bed.worker("0").await;
    let status = bed.completed(&api, &job).await;
    assert!(text(&status["downloadUrl"]).contains(&format!("/downloads/{job}.2.zip?")), "the second taking: {status}");
    assert_eq!(bed.digest(&status["downloadUrl"]).await, reference(&[&[1, 2]]).await[&vec![1, 2]]);
    assert_eq!(bed.objects("downloads").len(), 1, "nothing of the first is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_worker_killed_in_mid_job_loses_one_of_any_kind_to_the_next() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    let project = text(&bed.json(&api, "/projects").await["projects"][0]["id"]);
    let camera =
        json!({"type": "Batch", "storage": "Cloud", "start": "2025-06-01T12:00:00Z", "end": "2025-06-01T12:00:02Z"});
    let brief = json!({"brief": {"title": "Site tour", "durationSeconds": 1, "resolution": "320x180"}});
    let package = json!({"type": "worktype", "systemName": "matter", "environment": "uat", "noCache": true});
    let kinds = [
        ("/v1/cameras/gate-north/exportsV2".to_owned(), camera, "exportId"),
        ("/api/jobs".to_owned(), brief, "id"),
        ("/api/exports".to_owned(), package, "id"),
        (format!("/projects/{project}/export"), json!({"format": "csv"}), "export_id"),
    ];
    for (path, wish, id) in kinds {
        let mut first = bed.worker("60").await;
        let job = text(&bed.post(&api, &path, "lost", &wish).await.unwrap()[id]);
        eventually("middle of the work", async || {
            let status = bed.redis.status(&job).await;
            (status["status"] == "processing" && status["progress"].as_u64() > Some(0)).then_some(())
        })
        .await;
        first.kill().await;
        let second = bed.worker("0").await;
        // What the same wish makes where nobody dies.
        let undisturbed = text(&bed.post(&api, &path, "undisturbed", &wish).await.unwrap()[id]);
        let mut sums = Vec::new();
        for (job, taking) in [(&job, ".2."), (&undisturbed, ".")] {
            let key = eventually("result", async || {
                let status = bed.redis.status(job).await;
                assert_ne!(status["status"], "failed", "{path}: {status}");
                status["resultKey"].as_str().map(str::to_owned)
            })
            .await;
            assert!(key.contains(&format!("/{job}{taking}")), "{path}: {key}");
            let object = bed.object(&key);
            let told: String = bed.redis.ask(&["GET", &format!("landfall:object:{key}")]).await;
            let told: serde_json::Value = serde_json::from_str(&told).unwrap();
            assert_eq!((&told["size"], text(&told["sha256"])), (&json!(object.len()), hex(&sha256(&object))), "{path}");
            sums.push(sha256(&object));
        }
        assert_eq!(sums[0], sums[1], "{path}: the same bytes, whoever makes them");
        assert_eq!(second.stop().await, 143);
    }
    assert_eq!(bed.parts(), 0, "nothing of the first ones is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_job_that_kills_its_worker_three_times_is_dead() {
    let bed = Bed::new().await;
    let api = bed.api().await;
    let job = bed.initiate(&api, &[1, 2]).await;
    for attempt in 1..=3 {
        let mut worker = bed.worker("60").await;
        eventually("attempt", async || {
            let attempts: Option<u32> = bed.redis.ask(&["HGET", &format!("landfall:job:{job}"), "attempts"]).await;
            (attempts == Some(attempt)).then_some(())
        })
        .await;
        worker.kill().await;
    }
    let _worker = bed.worker("0").await;
    let path = format!("/v1/download/status/{job}");
    let status = eventually("end", async || {
        let status = bed.json(&api, &path).await;
        (status["status"] == "failed").then_some(status)
    })
    .await;
    assert_eq!(status["error"], "The worker died during each attempt at this job");
    let letters = bed.json(&api, "/v1/dead-letters").await;
    assert_eq!(letters["deadLetters"][0]["jobId"], json!(job), "{letters}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_stream_goes_on_at_another_process_when_its_own_is_killed() {
    let bed = Bed::new().await;
    let (mut first, second, _worker) = (bed.api().await, bed.api().await, bed.worker("1").await);
    let brief = json!({"brief": {"title": "Site tour", "durationSeconds": 1, "resolution": "320x180"}});
    let job = bed.post(&first, "/api/jobs", "m", &brief).await.unwrap();
    let path = format!("/api/jobs/{}/events", text(&job["id"]));
    let mut stream = bed.get(&first, &path).await.unwrap().bytes_stream();
    let mut heard = String::new();
    while !heard.contains("id: 2\n") {
        heard += &String::from_utf8_lossy(&stream.next().await.unwrap().unwrap());
    }
    first.kill().await;
    while let Some(Ok(rest)) = stream.next().await {
        heard += &String::from_utf8_lossy(&rest);
    }
    let whole = heard.rfind("\n\n").map_or("", |end| &heard[..end + 2]).to_owned();
    let last = whole.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap().to_owned();
    let request = bed.client.get(format!("{}{path}", second.url)).bearer_auth(super::bed::TOKEN);
    let rest = request.header("last-event-id", last).send().await.unwrap().text().await.unwrap();
    let all = bed.get(&second, &path).await.unwrap().text().await.unwrap();
    assert_eq!(whole + &rest, all, "no event is lost and none is told twice");
    assert!(all.contains("event: job-completed"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_worker_killed_in_the_middle_of_an_upload_leaves_one_object_and_no_part_of_another() {
    // Files of 8 and 64 MiB: nine parts.
    const LARGE: &[i64] = &[16, 17];
    let bed = Bed::new().await;
    let (api, mut first) = (bed.api().await, bed.worker("0").await);
    let job = bed.initiate(&api, LARGE).await;
    eventually("part", async || (bed.parts() > 2).then_some(())).await;
    first.kill().await;
    let uploads: u64 = bed.redis.ask(&["ZCARD", "landfall:uploads"]).await;
    assert_eq!(uploads, 1, "what it has begun is noted");
    let second = bed.worker("0").await;
    let status = bed.completed(&api, &job).await;
    assert_eq!(bed.digest(&status["downloadUrl"]).await, reference(&[LARGE]).await[LARGE]);
    assert_eq!(bed.objects("downloads").len(), 1);
    assert!(bed.parts() > 2, "the first one's parts lie there still");
    // An hour later a worker that starts ends it.
    let left: Vec<String> = bed.redis.ask(&["ZRANGE", "landfall:uploads", "0", "-1"]).await;
    let _: u64 = bed.redis.ask(&["ZADD", "landfall:uploads", "1", &left[0]]).await;
    second.stop().await;
    let _third = bed.worker("0").await;
    eventually("end of the upload", async || (bed.parts() == 0).then_some(())).await;
    assert_eq!(bed.objects("downloads").len(), 1, "and the result stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_camera_exports_are_told_by_a_process_that_did_not_take_them() {
    let bed = Bed::new().await;
    let (mut taker, other) = (bed.api().await, bed.api().await);
    let mut stream = bed.get(&other, "/settings?task=eventsource.status").await.unwrap().bytes_stream();
    let camera =
        json!({"type": "Batch", "storage": "Cloud", "start": "2025-06-01T12:00:00Z", "end": "2025-06-01T12:00:02Z"});
    let export = bed.post(&taker, "/v1/cameras/gate-north/exportsV2", "c", &camera).await.unwrap();
    taker.kill().await;
    let (id, mut heard) = (text(&export["exportId"]), String::new());
    let told = |heard: &str| {
        let jobs = heard
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line.strip_prefix("data: ")?).ok());
        let jobs = jobs.flat_map(|event| event["jobs"].as_array().cloned().unwrap_or_default());
        jobs.filter(|job| job["jobId"] == json!(id)).map(|job| text(&job["status"]).to_uppercase()).collect::<Vec<_>>()
    };
    let mut worker = None;
    while !told(&heard).last().is_some_and(|word| word == "COMPLETE" || word == "SUCCESS") {
        heard += &String::from_utf8_lossy(&stream.next().await.expect("the stream goes on").unwrap());
        if worker.is_none() && !told(&heard).is_empty() {
            worker = Some(bed.worker("0").await);
        }
    }
    assert_eq!(told(&heard).first().map(String::as_str), Some("QUEUED"), "{heard}");
}
