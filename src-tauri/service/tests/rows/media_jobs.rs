//! M-1 to M-4: media jobs and their events. How they end is in `media_ends`, how a render does in `media_renders`.

use std::time::Duration;

use landfall_service::{Chance, Fault, State, Step};
use serde_json::{Value, json};

use super::bed::{BERT, Bed, eventually, text};
use super::stream::{Event, Heard, Stream};

const BRIEF: &str = "{\"brief\":{\"title\":\"Site tour\",\"durationSeconds\":2,\"resolution\":\"320x180\"}}";

pub(crate) async fn submit(bed: &Bed) -> String {
    let reply = bed.post("/api/jobs", &[], BRIEF).await;
    assert_eq!(reply.status, 202, "a good submission is taken: {}", reply.text());
    text(&reply.json()["id"])
}

pub(crate) async fn job(bed: &Bed, id: &str) -> Value {
    bed.get(&format!("/api/jobs/{id}")).await.json()
}

/// The job, once it is in this status.
pub(crate) async fn reached(bed: &Bed, id: &str, status: &str) -> Value {
    eventually(status, async || Some(job(bed, id).await).filter(|job| job["status"] == status)).await
}

pub(crate) fn events(id: &str) -> String {
    format!("/api/jobs/{id}/events")
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_deref().unwrap()).collect()
}

#[tokio::test]
async fn m_1_a_submission_is_202_and_the_whole_job_can_be_had_at_any_time() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let reply = bed.post("/api/jobs", &[("X-Correlation-ID", "corr")], BRIEF).await;
    let id = text(&reply.json()["id"]);
    let expected =
        json!({"id": id, "status": "Queued", "stage": "Initialization", "percent": 0, "correlationId": "corr"});
    assert_eq!((reply.status.as_u16(), reply.json()), (202, expected));
    let waiting = job(&bed, &id).await;
    assert_eq!(
        (&waiting["status"], &waiting["output"], &waiting["errors"]),
        (&json!("Queued"), &json!(null), &json!([]))
    );
    let bed = bed.restart_with(|options| options.pace = 1_000.0).await;
    reached(&bed, &id, "Running").await;
    let bed = bed.restart_with(|_| {}).await;
    let done = reached(&bed, &id, "Done").await;
    assert_eq!(
        (&done["stage"], &done["percent"], &done["correlationId"]),
        (&json!("Done"), &json!(100), &json!("corr"))
    );
    assert!(done["output"]["sizeBytes"].as_u64().unwrap() > 1_000, "{done}");
    assert_eq!(done["failureDetails"], json!(null));
    assert!(!text(&done["output"]["videoPath"]).contains(&bed.data().display().to_string()), "no path of this machine");
    assert_eq!(bed.get("/api/jobs/unknown").await.status, 404);
}

#[tokio::test]
async fn m_1_a_brief_that_cannot_be_is_422_with_what_to_do() {
    let bed = Bed::new().await;
    let brief = |title: &str, seconds: &str, resolution: &str| {
        format!("{{\"brief\":{{\"title\":\"{title}\",\"durationSeconds\":{seconds},\"resolution\":\"{resolution}\"}}}}")
    };
    let good = ("Site tour", "2", "320x180");
    for body in [
        brief("", good.1, good.2),
        brief(&"x".repeat(201), good.1, good.2),
        brief(good.0, "0", good.2),
        brief(good.0, "-1", good.2),
        brief(good.0, "61", good.2),
        brief(good.0, "\"2\"", good.2),
        brief(good.0, good.1, "big"),
        brief(good.0, good.1, "321x180"),
        brief(good.0, good.1, "3840x2160"),
        brief(good.0, good.1, "+320x180"),
        brief(good.0, good.1, "320x180:rate=1"),
        brief(good.0, good.1, ""),
        "{\"title\":\"Site tour\"}".to_owned(),
    ] {
        let reply = bed.post("/api/jobs", &[], &body).await;
        assert_eq!(reply.status, 422, "{body}: {}", reply.text());
        assert!(!text(&reply.json()["error"]["remediation"]).is_empty(), "{body}");
    }
    assert!(bed.service.jobs().await.unwrap().is_empty(), "nothing refused became a job");
}

#[tokio::test]
async fn m_1_jobs_are_listed_newest_first_and_the_same_key_gives_the_same_answer() {
    let mut bed = Bed::new().await;
    let key = [("Idempotency-Key", "k")];
    let first = bed.post("/api/jobs", &key, BRIEF).await.json();
    reached(&bed, &text(&first["id"]), "Done").await;
    assert_eq!(bed.post("/api/jobs", &key, BRIEF).await.json(), first, "also when it is done (X-3)");
    assert_eq!(bed.post("/api/jobs", &key, &BRIEF.replace('2', "4")).await.status, 422, "another body");
    let second = submit(&bed).await;
    let listed = bed.get("/api/jobs").await.json();
    let ids: Vec<_> = listed["jobs"].as_array().unwrap().iter().map(|job| text(&job["id"])).collect();
    assert_eq!(ids, [second.clone(), text(&first["id"])]);
    assert!(text(&listed["jobs"][0]["createdAt"]).parse::<jiff::Timestamp>().is_ok());
    assert_eq!(listed["jobs"][1]["correlationId"], first["correlationId"]);
    bed.set_token(BERT);
    assert_eq!(bed.get("/api/jobs").await.json(), json!({"jobs": []}));
    for path in [format!("/api/jobs/{second}"), events(&second), format!("/api/jobs/{second}/output")] {
        assert_eq!(bed.get(&path).await.status, 404, "another user's job: {path}");
    }
    assert_eq!(bed.post(&format!("/api/jobs/{second}/cancel"), &[], "").await.status, 404);
}

#[tokio::test]
async fn m_2_the_stream_tells_each_change_once_with_ids_and_ends_after_the_last_event() {
    // Slow enough that no look comes too late for a stage.
    let bed = Bed::with(|options| options.pace = 20.0).await;
    let reply = bed.post("/api/jobs", &[("X-Correlation-ID", "corr")], BRIEF).await.json();
    let id = text(&reply["id"]);
    let mut stream = Stream::open(&bed, &events(&id)).await;
    let (told, end) = walk(&bed, &mut stream, &id).await;
    assert_eq!(end, Heard::Closed(String::new()), "it ends by itself, with nothing half said");
    let numbers: Vec<u32> = told.iter().map(|event| event.id.as_deref().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (1..=u32::try_from(told.len()).unwrap()).collect::<Vec<_>>());
    for event in &told {
        assert_eq!(event.data["correlationId"], "corr");
        assert!(text(&event.data["timestamp"]).parse::<jiff::Timestamp>().is_ok(), "{event:?}");
    }
    let of = |name: &str| told.iter().filter(|event| event.name.as_deref() == Some(name)).collect::<Vec<_>>();
    let statuses: Vec<_> = of("job-status").iter().map(|event| text(&event.data["status"])).collect();
    assert!(statuses.ends_with(&["Running".to_owned(), "Done".to_owned()]), "{statuses:?}");
    let steps: Vec<_> = of("step-status").iter().map(|event| text(&event.data["step"])).collect();
    let mut all = vec!["Initialization", "Script", "Voice", "Visuals", "Rendering", "Postprocessing", "Done"];
    assert_eq!(steps, all, "each step is told once, at this pace none is missed");
    all.retain(|step| ["Script", "Voice", "Visuals", "Postprocessing"].contains(step));
    let percents: Vec<_> =
        of("step-progress").iter().map(|event| event.data["progressPct"].as_u64().unwrap()).collect();
    let mut rising = percents.clone();
    rising.dedup();
    assert_eq!(percents, rising, "on change only");
    assert!(percents.is_sorted() && percents.ends_with(&[100]), "{percents:?}");
    let script = of("step-progress").into_iter().find(|event| event.data["step"] == "Script").unwrap();
    assert_eq!(script.data["progressPct"], 10, "of the whole job");
    let message =
        |step: &str| of("step-status").iter().find(|event| event.data["step"] == step).unwrap().data["message"].clone();
    assert_eq!(message("Voice"), "Generating narration");
    let last = told.last().unwrap();
    assert_eq!((last.name.as_deref(), &last.data["status"]), (Some("job-completed"), &json!("Succeeded")));
    assert_eq!(last.data["output"], job(&bed, &id).await["output"]);
}

/// To the end of the stream. The clock is moved only when the stream has told all there is: so it misses nothing; and no
/// further than the work takes, however long FFmpeg does: a job may take five minutes.
async fn walk(bed: &Bed, stream: &mut Stream, id: &str) -> (Vec<Event>, Heard) {
    let mut told: Vec<Event> = Vec::new();
    let mut moves = 0;
    loop {
        let heard = tokio::time::timeout(Duration::from_millis(20), stream.next()).await;
        match heard {
            Ok(Heard::Event(event)) => told.push(event),
            Ok(Heard::Comment) => {}
            Ok(end) => return (told, end),
            Err(_) => {
                let percent = told.iter().rev().find_map(|event| event.data.get("progressPct"));
                if moves < 60 && percent == Some(&job(bed, id).await["percent"]) {
                    moves += 1;
                    bed.service.clock().advance(Duration::from_secs(2));
                }
            }
        }
    }
}

#[tokio::test]
async fn m_2_a_quiet_stream_has_a_comment_every_15_seconds_and_looks_as_often_as_told() {
    let bed = Bed::with(|options| {
        options.workers = 0;
        options.look = Duration::from_hours(1);
    })
    .await;
    let id = submit(&bed).await;
    let mut stream = Stream::open(&bed, &events(&id)).await;
    let first: Vec<_> = [stream.event().await, stream.event().await, stream.event().await].to_vec();
    assert_eq!(names(&first), ["job-status", "step-status", "step-progress"], "how things are at first");
    bed.post(&format!("/api/jobs/{id}/cancel"), &[], "").await;
    for _ in 0..4 {
        bed.service.clock().advance(Duration::from_secs(15));
        assert_eq!(stream.next().await, Heard::Comment, "the next look is far away");
    }
    bed.service.clock().advance(Duration::from_hours(1));
    assert_eq!(stream.event().await.data["status"], "Failed");
}

#[tokio::test]
async fn m_2_last_event_id_resumes_without_a_lost_or_doubled_event_also_after_a_restart() {
    let bed = Bed::with(|options| options.pace = 1_000.0).await;
    let id = submit(&bed).await;
    let path = events(&id);
    bed.only_job(1, State::Processing).await;
    let mut heard = Vec::new();
    // A client that goes after each event and comes again.
    for _ in 0..2 {
        let last = heard.last().and_then(|event: &Event| event.id.clone());
        heard.push(Stream::after(&bed, &path, last.as_deref()).await.event().await);
    }
    let bed = bed.restart_with(|_| {}).await;
    let last = heard.last().unwrap().id.clone();
    let (rest, end) = Stream::after(&bed, &path, last.as_deref()).await.rest().await;
    assert_eq!(end, Heard::Closed(String::new()));
    heard.extend(rest);
    let (whole, _) = Stream::open(&bed, &path).await.rest().await;
    assert_eq!(heard, whole, "in pieces it is the same as in one");
    assert_eq!(names(&heard).last(), Some(&"job-completed"));
    let last = heard.last().unwrap().id.clone();
    assert_eq!(bed.open(&path, last.as_deref()).await.status(), 204, "who has the last event need not come again");
    for unknown in ["", "x", "-1", "0", "99999", "99999999999999999999"] {
        let (again, _) = Stream::after(&bed, &path, Some(unknown)).await.rest().await;
        assert_eq!(again, whole, "an id that was never given means from the beginning: {unknown:?}");
    }
}

#[tokio::test]
async fn m_2_a_retried_job_does_not_begin_with_the_end_it_had_before() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::JobFails, Chance::Times(1));
    let id = submit(&bed).await;
    let (told, _) = Stream::open(&bed, &events(&id)).await.rest().await;
    assert_eq!(names(&told).last(), Some(&"job-failed"));
    assert!(bed.service.retry_dead_letter(&id).await.unwrap());
    reached(&bed, &id, "Done").await;
    let (told, _) = Stream::open(&bed, &events(&id)).await.rest().await;
    assert!(!names(&told).contains(&"job-failed"), "{told:?}");
    assert_eq!(names(&told).last(), Some(&"job-completed"));
}

#[tokio::test]
async fn m_3_every_job_seen_by_polling_has_the_percentage_of_its_stage() {
    let bed = Bed::with(|options| options.pace = 10.0).await;
    let id = submit(&bed).await;
    let mut stages = Vec::new();
    loop {
        let job = job(&bed, &id).await;
        let (stage, percent) = (text(&job["stage"]), job["percent"].as_u64().unwrap());
        let range = match stage.as_str() {
            "Initialization" => 0..=0,
            "Script" => 10..=10,
            "Voice" => 30..=30,
            "Visuals" => 50..=50,
            "Rendering" => 70..=89,
            "Postprocessing" => 90..=90,
            "Done" => 100..=100,
            other => panic!("{other} is no stage"),
        };
        assert!(range.contains(&percent), "{stage} has {percent}");
        let status = text(&job["status"]);
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
        if status == "Done" {
            break;
        }
        bed.service.clock().advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(stages.len() >= 5, "{stages:?}");
}

#[tokio::test]
async fn m_4_a_cut_stream_resumes_and_polling_tells_the_same() {
    let bed = Bed::new().await;
    let id = submit(&bed).await;
    reached(&bed, &id, "Done").await;
    let path = events(&id);
    let (whole, _) = Stream::open(&bed, &path).await.rest().await;
    let faults = bed.service.faults();
    for fault in [Fault::Cut, Fault::StreamCut] {
        faults.set_at(fault, Step::Stream, Chance::Times(1));
        let (mut heard, end) = Stream::open(&bed, &path).await.rest().await;
        match &end {
            Heard::Broken => assert_eq!(fault, Fault::Cut),
            Heard::Closed(half) => {
                assert_eq!(fault, Fault::StreamCut);
                assert!(half.starts_with("id: 2\nevent: "), "half an event is left: {half:?}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(heard, whole[..1], "one event came whole");
        let last = heard[0].id.clone();
        heard.extend(Stream::after(&bed, &path, last.as_deref()).await.rest().await.0);
        assert_eq!(heard, whole, "after {fault:?} nothing is lost or doubled");
    }
    let polled = job(&bed, &id).await;
    assert_eq!((&polled["status"], &polled["percent"]), (&json!("Done"), &json!(100)));
    assert_eq!(polled["output"], whole.last().unwrap().data["output"]);
}

#[tokio::test]
async fn m_4_a_stream_that_is_none_leaves_polling() {
    let bed = Bed::new().await;
    let id = submit(&bed).await;
    let faults = bed.service.faults();
    let path = events(&id);
    for (word, status, kind) in [
        ("stream-204=1x", 204, ""),
        ("stream-html@stream=1x", 200, "text/html"),
        ("503@stream=1x", 503, "application/json"),
        ("401@stream=1x", 401, "application/json"),
        ("429@stream=1x", 429, "application/json"),
    ] {
        faults.apply(word).unwrap();
        let reply = bed.get(&path).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (status, kind), "{word}");
        assert_eq!(job(&bed, &id).await["id"], id.as_str(), "asking works");
    }
    faults.apply("stall@stream=1x").unwrap();
    let silent = tokio::time::timeout(Duration::from_millis(300), bed.get(&path)).await;
    assert!(silent.is_err(), "no answer comes");
    reached(&bed, &id, "Done").await;
    faults.apply("unknown-state@stream=1x").unwrap();
    assert_eq!(Stream::open(&bed, &path).await.event().await.data["status"], "levitating");
    assert_eq!(names(&Stream::open(&bed, &path).await.rest().await.0).last(), Some(&"job-completed"), "all used up");
}
