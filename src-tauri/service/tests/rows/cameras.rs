//! C-1 to C-7: camera exports.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use landfall_service::{Chance, Fault, State};
use serde_json::{Value, json};

use super::bed::{BERT, Bed, eventually, text};
use super::stream::{Heard, Stream};
use super::videos::{apart, probe};

const STATUSES: &str = "/settings?task=eventsource.status";

fn order(start: &str, end: &str) -> String {
    json!({"type": "Batch", "start": start, "end": end, "storage": "Cloud"}).to_string()
}

/// Four seconds of a summer noon.
fn noon() -> String {
    order("2025-06-01T12:00:00Z", "2025-06-01T12:00:04Z")
}

async fn submit(bed: &Bed, camera: &str, body: &str) -> Value {
    let reply = bed.post(&format!("/v1/cameras/{camera}/exportsV2"), &[], body).await;
    assert_eq!(reply.status, 201, "a good submission is taken: {}", reply.text());
    reply.json()
}

async fn export(bed: &Bed) -> String {
    text(&submit(bed, "gate-north", &noon()).await["exportId"])
}

/// The link, once there is one.
async fn link(bed: &Bed, export: &str) -> String {
    let path = format!("/v1/exportsV2/{export}/downloads");
    eventually("download", async || bed.get(&path).await.json()["presignedURL"].as_str().map(str::to_owned)).await
}

fn is(job: &Value, words: &[&str]) -> bool {
    words.iter().any(|word| text(&job["status"]).eq_ignore_ascii_case(word))
}

/// Follows the stream until it says that this export is done; the statuses on the way.
async fn follow(stream: &mut Stream, export: &str) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        for job in stream.event().await.data["jobs"].as_array().unwrap() {
            if job["jobId"] == export {
                seen.push(text(&job["status"]).to_ascii_uppercase());
                if is(job, &["COMPLETE", "SUCCESS", "FAILED"]) {
                    return seen;
                }
            }
        }
    }
}

#[tokio::test]
async fn c_1_a_submission_is_201_with_exactly_these_fields() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let answer = submit(&bed, "gate-north", &noon()).await;
    let id = text(&answer["exportId"]);
    let expires = text(&answer["expiresOn"]);
    assert!(expires.parse::<Timestamp>().unwrap() > bed.service.clock().now(), "{expires}");
    let expected = json!({
        "exportId": id,
        "cameraId": "gate-north",
        "status": "Queued",
        "start": "2025-06-01T12:00:00Z",
        "end": "2025-06-01T12:00:04Z",
        "storage": "Cloud",
        "expiresOn": expires,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn c_1_what_cannot_be_is_refused_with_what_to_do() {
    let bed = Bed::new().await;
    let start = "2025-06-01T12:00:00Z";
    let cases = [
        ("nowhere", noon(), 404),
        ("no%20where", noon(), 404),
        ("gate-north", "{\"start\":".to_owned(), 400),
        ("gate-north", "{}".to_owned(), 422),
        ("gate-north", noon().replace("Batch", "Live"), 422),
        ("gate-north", noon().replace("Cloud", "Moon"), 422),
        ("gate-north", order(start, "soon"), 422),
        ("gate-north", order(start, "2025-06-01"), 422),
        ("gate-north", order(start, "+999999999-01-01T00:00:00Z"), 422),
    ];
    for (camera, body, status) in cases {
        let reply = bed.post(&format!("/v1/cameras/{camera}/exportsV2"), &[], &body).await;
        assert_eq!(reply.status, status, "{camera} {body}: {}", reply.text());
        assert!(!text(&reply.json()["error"]["remediation"]).is_empty(), "{body}");
    }
    assert!(bed.service.jobs().await.unwrap().is_empty(), "nothing refused became a job");
}

#[tokio::test]
async fn c_1_the_same_key_and_body_gives_the_same_export_and_another_body_422() {
    let bed = Bed::new().await;
    let (path, key) = ("/v1/cameras/gate-north/exportsV2", [("Idempotency-Key", "k")]);
    let first = bed.post(path, &key, &noon()).await;
    link(&bed, &text(&first.json()["exportId"])).await;
    let again = bed.post(path, &key, &noon()).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()), "also when it is done (X-3)");
    let other = bed.post(path, &key, &order("2025-06-01T12:00:00Z", "2025-06-01T12:00:09Z")).await;
    assert_eq!(other.status, 422);
    let elsewhere = bed.post("/v1/cameras/crane-2/exportsV2", &key, &noon()).await;
    assert_eq!(elsewhere.status, 422, "the camera is part of what is asked");
    assert_eq!(bed.service.jobs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn c_2_bounds_are_clipped_to_the_footage_and_an_empty_interval_is_422() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let at = |time: &Value| text(time).parse::<Timestamp>().unwrap();
    let (now, second) = (bed.service.clock().now(), SignedDuration::from_secs);
    let body = order(&(now - second(86_400)).to_string(), &(now + second(3_600)).to_string());
    let whole = submit(&bed, "yard", &body).await;
    assert_eq!(at(&whole["start"]), now - second(86_400), "yesterday is there");
    assert!(at(&whole["end"]) >= now && at(&whole["end"]) < now + second(600), "the future is not: {whole}");
    let early = submit(&bed, "old%20pit", &order("2024-12-31T23:59:00Z", "2025-01-01T00:00:30+00:00")).await;
    assert_eq!((&early["start"], &early["end"]), (&json!("2025-01-01T00:00:00Z"), &json!("2025-01-01T00:00:30Z")));
    for (camera, start, end) in [
        ("old%20pit", "2025-06-01T12:00:00Z", "2025-06-01T12:00:00Z"),
        ("old%20pit", "2025-06-01T12:00:01Z", "2025-06-01T12:00:00Z"),
        ("old%20pit", "2023-06-01T12:00:00Z", "2023-06-01T12:00:01Z"),
    ] {
        let reply = bed.post(&format!("/v1/cameras/{camera}/exportsV2"), &[], &order(start, end)).await;
        assert_eq!(reply.status, 422, "{start} {end}: {}", reply.text());
    }
    let listed = bed.get("/v1/cameras").await.json();
    let choices = listed["cameras"].as_array().unwrap();
    assert!(choices.len() >= 3 && choices.iter().all(|camera| camera["id"].is_string() && camera["name"].is_string()));
    assert!(choices.iter().any(|camera| camera["id"] == "yard" && camera["name"] == "Storage yard"), "{listed}");
}

#[tokio::test]
async fn c_3_one_stream_tells_all_jobs_at_connect_and_then_changes_only() {
    let bed = Bed::with(|options| options.pace = 10.0).await;
    let first = export(&bed).await;
    let mut stream = Stream::open(&bed, STATUSES).await;
    let snapshot = stream.event().await;
    assert_eq!((snapshot.id, snapshot.name), (None, None), "the messages have no name");
    let job = &snapshot.data["jobs"][0];
    let names: Vec<_> = job.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["jobId", "status", "cameraHash", "expiry"]);
    assert_eq!((&job["jobId"], &job["cameraHash"]), (&json!(first), &json!("gate-north")));
    assert!(text(&job["expiry"]).parse::<Timestamp>().is_ok());
    let second = text(&submit(&bed, "crane-2", &noon()).await["exportId"]);
    let mut told = vec![job.clone()];
    let count = |told: &[Value], words: &[&str]| told.iter().filter(|job| is(job, words)).count();
    // The clock stands until both are seen at work, and is moved until both are done; no further than the
    // work takes, however long FFmpeg does: an export may take five minutes.
    let (mut moves, mut at) = (0, 0);
    while count(&told, &["RUNNING"]) < 2 {
        told.extend(stream.event().await.data["jobs"].as_array().unwrap().clone());
    }
    while count(&told, &["COMPLETE", "SUCCESS"]) < 2 {
        let moved = async {
            loop {
                let progress: u32 = bed.service.jobs().await.unwrap().iter().map(|job| u32::from(job.progress)).sum();
                (moves, at) = if progress == at { (moves + 1, at) } else { (0, progress) };
                // No step of the work takes longer than fifteen seconds at this pace.
                if moves < 9 {
                    bed.service.clock().advance(Duration::from_secs(2));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let event = tokio::select! { event = stream.event() => event, () = moved => unreachable!() };
        told.extend(event.data["jobs"].as_array().unwrap().clone());
    }
    for id in [&first, &second] {
        let statuses: Vec<_> = told.iter().filter(|job| job["jobId"] == **id).map(|job| text(&job["status"])).collect();
        let mut once = statuses.clone();
        once.dedup();
        assert_eq!(statuses, once, "on change only");
        assert!(statuses.len() >= 2, "at work and done: {statuses:?}");
    }
}

#[tokio::test]
async fn c_3_a_reconnect_is_a_snapshot_of_the_last_day_with_100_jobs_a_message_and_none_of_others() {
    let mut bed = Bed::with(|options| options.workers = 0).await;
    let old = export(&bed).await;
    bed.service.clock().advance(Duration::from_hours(24) + Duration::from_secs(1));
    let mut ours = std::collections::BTreeSet::new();
    for _ in 0..105 {
        ours.insert(export(&bed).await);
    }
    bed.set_token(BERT);
    let others = export(&bed).await;
    bed.set_token(super::bed::ANNA);
    for time in ["first", "second"] {
        let mut stream = Stream::open(&bed, STATUSES).await;
        let (one, two) = (stream.event().await.data, stream.event().await.data);
        let jobs: Vec<_> = [&one, &two].iter().flat_map(|data| data["jobs"].as_array().unwrap().clone()).collect();
        assert_eq!([&one, &two].map(|data| data["jobs"].as_array().unwrap().len()), [100, 5], "at the {time} connect");
        let ids: std::collections::BTreeSet<_> = jobs.iter().map(|job| text(&job["jobId"])).collect();
        assert_eq!(ids, ours, "neither {old} of yesterday nor {others} of another user");
    }
    let elsewhere = bed.get("/settings?task=other").await;
    assert_eq!(elsewhere.status, 404, "{}", elsewhere.text());
    assert_eq!(bed.get("/settings").await.status, 404);
}

#[tokio::test]
async fn c_4_a_job_that_does_not_change_makes_the_stream_silent_but_for_comments() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let export = export(&bed).await;
    let mut stream = Stream::open(&bed, STATUSES).await;
    assert_eq!(stream.event().await.data["jobs"][0]["jobId"], export.as_str());
    for _ in 0..4 {
        bed.service.clock().advance(Duration::from_secs(15));
        assert_eq!(stream.next().await, Heard::Comment, "the line is alive, and there is no word of the job");
    }
    let answer = bed.get(&format!("/v1/exportsV2/{export}/downloads")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({"presignedURL": null})),
        "what C-5 says meanwhile"
    );
}

#[tokio::test]
async fn c_4_a_stream_can_be_told_to_fall_silent_while_the_job_goes_on() {
    let bed = Bed::new().await;
    let first = export(&bed).await;
    link(&bed, &first).await;
    bed.service.faults().set(Fault::StreamSilent, Chance::Times(1));
    let mut stream = Stream::open(&bed, STATUSES).await;
    stream.event().await;
    let second = export(&bed).await;
    assert!(!link(&bed, &second).await.is_empty(), "asking tells what the stream keeps to itself");
    bed.service.clock().advance(Duration::from_mins(1));
    let word = tokio::time::timeout(Duration::from_millis(300), stream.next()).await;
    assert!(word.is_err(), "not even a comment: {word:?}");
    bed.service.stop().await;
    assert!(matches!(stream.next().await, Heard::Closed(_) | Heard::Broken), "it ends when the service stops");
}

#[tokio::test]
async fn c_5_downloads_gives_null_until_the_export_is_done_and_a_presigned_url_then() {
    let bed = Bed::with(|options| options.pace = 1_000.0).await;
    let export = export(&bed).await;
    let path = format!("/v1/exportsV2/{export}/downloads");
    bed.only_job(1, State::Processing).await;
    assert_eq!(bed.get(&path).await.json(), json!({"presignedURL": null}));
    let bed = bed.restart_with(|_| {}).await;
    let first = link(&bed, &export).await;
    assert!(first.contains("X-Amz-Signature=") && !first.starts_with(&bed.service.url()), "of the storage: {first}");
    bed.service.faults().set(Fault::NoLink, Chance::Times(1));
    assert_eq!(bed.get(&path).await.json(), json!({"presignedURL": null}), "as told, although it is done");
    bed.service.faults().set(Fault::Expired, Chance::Times(1));
    let expired = text(&bed.get(&path).await.json()["presignedURL"]);
    assert!(bed.fetch(&expired, &[]).await.unwrap().text().contains("Request has expired"));
    assert_eq!(bed.get("/v1/exportsV2/unknown/downloads").await.status, 404);
    bed.service.clock().advance(Duration::from_hours(7 * 24));
    let gone = bed.get(&path).await;
    assert_eq!((gone.status.as_u16(), gone.json()["error"]["code"].as_str()), (410, Some("expired")));
}

#[tokio::test]
async fn c_6_exports_are_listed_newest_first_with_correlation_id_and_time_and_another_users_are_not() {
    let mut bed = Bed::with(|options| options.workers = 0).await;
    let path = "/v1/cameras/gate-north/exportsV2";
    let mut made = Vec::new();
    for number in ["c-1", "c-2", "c-3"] {
        made.insert(0, bed.post(path, &[("X-Correlation-ID", number)], &noon()).await.json());
    }
    let listed = bed.get("/v1/exportsV2").await.json();
    for ((item, submitted), correlation_id) in
        listed["exports"].as_array().unwrap().iter().zip(&made).zip(["c-3", "c-2", "c-1"])
    {
        for field in ["exportId", "cameraId", "start", "end", "storage", "expiresOn"] {
            assert_eq!(item[field], submitted[field], "{field}");
        }
        assert!(is(item, &["QUEUED"]), "{item}");
        assert_eq!(item["correlationId"], correlation_id);
        assert!(text(&item["createdAt"]).parse::<Timestamp>().is_ok());
    }
    let mine = format!("/v1/exportsV2/{}/downloads", text(&made[0]["exportId"]));
    bed.set_token(BERT);
    assert_eq!(bed.get("/v1/exportsV2").await.json(), json!({"exports": []}));
    assert_eq!(bed.get(&mine).await.status, 404, "as if there were none (X-1)");
}

#[tokio::test]
async fn c_7_the_result_is_one_mp4_with_the_cameras_name_and_a_running_clock() {
    let bed = Bed::new().await;
    let mut stream = Stream::open(&bed, STATUSES).await;
    let export = export(&bed).await;
    let statuses = follow(&mut stream, &export).await;
    assert!(["COMPLETE", "SUCCESS"].contains(&statuses.last().unwrap().as_str()), "{statuses:?}");
    let reply = bed.fetch(&link(&bed, &export).await, &[]).await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "video/mp4"));
    assert!(reply.header("content-disposition").contains("North_gate"), "{:?}", reply.headers);
    let video = probe(&reply.body);
    assert!((video.duration - 4.0).abs() < 0.1, "{video:?}");
    assert_eq!((video.size, video.codecs.as_slice()), ((640, 360), ["h264".to_owned()].as_slice()));
    // The seconds stand in the box at the bottom left, the name in the one at the top.
    let (clock, name) = ((60, 30, 250, 310), (150, 30, 24, 24));
    assert!(apart(&video.letters(1.1, clock), &video.letters(1.4, clock)) < 2.0, "within a second the clock stands");
    assert!(
        apart(&video.letters(1.1, clock), &video.letters(3.1, clock)) > 4.0,
        "two seconds later it shows another time"
    );
    let other = text(&submit(&bed, "crane-2", &noon()).await["exportId"]);
    let other = probe(&bed.fetch(&link(&bed, &other).await, &[]).await.unwrap().body);
    assert!(apart(&video.letters(1.1, name), &other.letters(1.1, name)) > 5.0, "another camera has another name");
    assert!(apart(&video.letters(1.1, clock), &other.letters(1.1, clock)) < 2.0, "and the same clock");
}

#[tokio::test]
async fn c_7_a_long_interval_gives_a_clip_of_twenty_seconds_and_a_moment_one_frame() {
    let bed = Bed::new().await;
    for (end, seconds) in [("2025-06-02T12:00:00Z", 20.0), ("2025-06-01T12:00:00.001Z", 0.05)] {
        let export = text(&submit(&bed, "old%20pit", &order("2025-06-01T12:00:00Z", end)).await["exportId"]);
        let video = probe(&bed.fetch(&link(&bed, &export).await, &[]).await.unwrap().body);
        assert!((video.duration - seconds).abs() < 0.1, "{end}: {video:?}");
    }
}

#[tokio::test]
async fn c_7_a_failure_comes_with_the_servers_reason() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::JobFails, Chance::Times(1));
    let mut stream = Stream::open(&bed, STATUSES).await;
    let export = export(&bed).await;
    assert_eq!(follow(&mut stream, &export).await.last().unwrap(), "FAILED");
    let bed = bed.restart_with(|options| options.ffmpeg = "no-such-program-anywhere".into()).await;
    let without = text(
        &submit(&bed, "yard", &order("2000-01-01T00:00:00Z", &bed.service.clock().now().to_string())).await["exportId"],
    );
    let mut stream = Stream::open(&bed, STATUSES).await;
    follow(&mut stream, &without).await;
    let listed = bed.get("/v1/exportsV2").await.json();
    for item in listed["exports"].as_array().unwrap() {
        assert!(is(item, &["FAILED"]), "{item}");
        assert!(!text(&item["error"]).is_empty() && !text(&item["remediation"]).is_empty(), "{item}");
    }
    assert!(text(&listed["exports"][0]["error"]).contains("FFmpeg"), "{listed}");
    let message = Stream::open(&bed, STATUSES).await.event().await;
    assert_eq!(message.data["jobs"][0]["error"], listed["exports"][0]["error"], "the stream has it too");
}
