//! D-1 to D-4: download jobs.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};
use std::time::Duration;

use landfall_service::{Chance, Fault, State};

use super::bed::{Bed, eventually, text};

#[tokio::test]
async fn d_1_a_submission_is_answered_at_once_with_202_and_a_job_id() {
    // Without workers: the answer waits for no work.
    let bed = Bed::with(|options| options.workers = 0).await;
    let job = bed.initiate("[1,2,3]").await;
    let status = bed.get(&format!("/v1/download/status/{job}")).await.json();
    assert_eq!(status, serde_json::json!({"jobId": job, "status": "pending", "progress": 0}));
}

#[tokio::test]
async fn d_1_the_list_comes_in_pages_to_whoever_asks_for_them() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, bed.initiate("[1]").await);
    }
    let listed = async |query: &str| {
        let answer = bed.get(&format!("/v1/download/jobs{query}")).await.json();
        let jobs: Vec<_> = answer["jobs"].as_array().unwrap().iter().map(|job| text(&job["jobId"])).collect();
        (jobs, answer.get("next").map(text))
    };
    assert_eq!(listed("").await, (ids.clone(), None), "all of so few");
    assert_eq!(listed("?limit=2").await, (ids[..2].to_vec(), Some(ids[1].clone())));
    assert_eq!(listed(&format!("?limit=2&before={}", ids[1])).await, (ids[2..].to_vec(), None));
    for limit in ["0", "1001", "x", ""] {
        let reply = bed.get(&format!("/v1/download/jobs?limit={limit}")).await;
        assert_eq!(reply.status, 400, "{limit}");
        assert!(text(&reply.json()["error"]["remediation"]).contains("1000"), "{limit}");
    }
}

#[tokio::test]
async fn d_1_file_ids_that_cannot_be_are_422_with_what_to_do() {
    let bed = Bed::new().await;
    for ids in
        ["[]", "[0]", "[-1]", "[18]", "[1,99]", "[\"1\"]", "[1.5]", "7", "null", "[[1]]", "[99999999999999999999]"]
    {
        let reply = bed.post("/v1/download/initiate", &[], &format!("{{\"fileIds\":{ids}}}")).await;
        assert_eq!(reply.status, 422, "{ids}: {}", reply.text());
        assert!(!text(&reply.json()["error"]["remediation"]).is_empty(), "{ids}");
    }
    let many = format!("{{\"fileIds\":[{}1]}}", "1,".repeat(100));
    assert_eq!(bed.post("/v1/download/initiate", &[], &many).await.status, 422, "101 ids");
}

#[tokio::test]
async fn d_2_an_unknown_job_is_404() {
    let bed = Bed::new().await;
    for id in ["nothing", "0", "%00", "..%2f..", "%F0%9F%92%A9"] {
        assert_eq!(bed.get(&format!("/v1/download/status/{id}")).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn d_2_progress_grows_in_steps_at_the_pace_asked_for() {
    let bed = Bed::with(|options| options.pace = 10.0).await;
    let job = bed.initiate("[2,5,7,10]").await;
    let path = format!("/v1/download/status/{job}");
    let mut seen = Vec::new();
    let done = loop {
        let answer = bed.get(&path).await.json();
        let progress = answer["progress"].as_u64().unwrap();
        if seen.last() != Some(&progress) {
            seen.push(progress);
            assert!(answer["status"] == "completed" || answer.get("downloadUrl").is_none(), "no link before its time");
        }
        if answer["status"] == "completed" {
            break answer;
        }
        // Thirty seconds in six steps: no poll can miss one that lasts until the clock is moved.
        if answer["status"] == "processing" && progress > 0 {
            let before = progress;
            bed.service.clock().advance(Duration::from_secs(5));
            eventually("the next step", async || {
                let now = bed.get(&path).await.json()["progress"].as_u64().unwrap();
                (now > before).then_some(())
            })
            .await;
        }
    };
    assert!(seen.is_sorted(), "{seen:?} never falls");
    assert!(seen.iter().filter(|step| (1..100).contains(*step)).count() >= 5, "{seen:?} shows the steps");
    assert_eq!(done["progress"], 100);
    assert!(text(&done["downloadUrl"]).starts_with("http://"));
}

#[tokio::test]
async fn d_3_the_result_is_a_zip_of_the_files_asked_for() {
    let bed = Bed::new().await;
    let catalogue = bed.get("/v1/files").await.json();
    let catalogue = catalogue["files"].as_array().unwrap();
    assert_eq!(catalogue.len(), 17);
    let all: Vec<_> = (1..=16).collect();
    let link = bed.zip_link(&format!("{all:?}")).await;
    let mut zip = zip::ZipArchive::new(Cursor::new(bed.fetch(&link, &[]).await.unwrap().body)).unwrap();
    assert_eq!(zip.len(), 16);
    for file in &catalogue[..16] {
        // Reading to the end checks the CRC too.
        let mut content = Vec::new();
        zip.by_name(file["name"].as_str().unwrap()).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content.len() as u64, file["size"].as_u64().unwrap(), "{file}");
        assert!(!content.is_empty(), "{file}");
    }
    let mut report = Vec::new();
    zip.by_name("suzhou-lab/report.pdf").unwrap().read_to_end(&mut report).unwrap();
    assert!(super::readers::pdf_pages(&report).len() > 10, "the files are real ones");
}

#[tokio::test]
async fn d_3_the_same_files_make_the_same_zip_and_twice_the_same_id_one_entry() {
    let bed = Bed::new().await;
    let first = bed.fetch(&bed.zip_link("[5,6]").await, &[]).await.unwrap();
    let second = bed.fetch(&bed.zip_link("[5,6,5]").await, &[]).await.unwrap();
    assert!(first.body == second.body, "{} and {} bytes", first.body.len(), second.body.len());
}

#[tokio::test]
async fn d_3_a_big_file_streams_whole() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[17]").await;
    let reply = bed.fetch(&link, &[]).await.unwrap();
    assert!(reply.body.len() > 64 * 1024 * 1024, "{} bytes", reply.body.len());
    let mut zip = zip::ZipArchive::new(Cursor::new(reply.body)).unwrap();
    let mut log = zip.by_index(0).unwrap();
    let size = std::io::copy(&mut log, &mut std::io::sink()).unwrap();
    assert_eq!(size, 64 * 1024 * 1024);
}

#[tokio::test]
async fn d_4_passing_failures_are_tried_again_after_pauses_that_double() {
    let bed = Bed::with(|options| options.backoff = Duration::from_mins(10)).await;
    bed.service.faults().set(Fault::AttemptFails, Chance::Times(2));
    let job = bed.initiate("[5]").await;
    for (attempt, minutes) in [(1, 10), (2, 20)] {
        bed.only_job(attempt, State::Pending).await;
        let database = rusqlite::Connection::open(bed.data().join("service.sqlite3")).unwrap();
        let rest: i64 = database.query_row("SELECT due_at - changed_at FROM jobs", [], |row| row.get(0)).unwrap();
        let whole = minutes * 60_000;
        assert!((whole..whole + 1_000).contains(&rest), "after attempt {attempt} it rests {rest} ms");
        bed.service.clock().advance(Duration::from_millis(rest.unsigned_abs()));
    }
    bed.status(&job, "completed").await;
    bed.only_job(3, State::Completed).await;
    assert!(bed.service.dead_letters().await.unwrap().is_empty());
}

#[tokio::test]
async fn d_4_a_third_transient_failure_goes_to_the_dead_letters() {
    let bed = Bed::with(|options| options.backoff = Duration::from_mins(10)).await;
    bed.service.faults().set(Fault::AttemptFails, Chance::Times(3));
    let job = bed.initiate("[5]").await;
    for attempt in 1..3 {
        bed.only_job(attempt, State::Pending).await;
        assert!(bed.service.dead_letters().await.unwrap().is_empty(), "not after attempt {attempt}");
        bed.service.clock().advance(Duration::from_mins(20));
    }
    let status = bed.status(&job, "failed").await;
    assert!(status.get("downloadUrl").is_none());
    assert!(!text(&status["error"]).is_empty() && !text(&status["remediation"]).is_empty(), "{status}");
    let letters = bed.service.dead_letters().await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].job_id.as_str(), letters[0].attempts, letters[0].user.as_str()), (job.as_str(), 3, "anna"));
    assert_eq!(letters[0].reason, text(&status["error"]));
}

#[tokio::test]
async fn d_4_a_lasting_failure_is_not_tried_again() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::JobFails, Chance::Times(1));
    let job = bed.initiate("[5]").await;
    bed.status(&job, "failed").await;
    bed.only_job(1, State::Failed).await;
    assert_eq!(bed.service.dead_letters().await.unwrap().len(), 1);
}

#[tokio::test]
async fn d_4_a_dead_letter_can_be_retried_by_its_owner() {
    let mut bed = Bed::new().await;
    bed.service.faults().set(Fault::JobFails, Chance::Times(2));
    let job = bed.initiate("[5]").await;
    bed.status(&job, "failed").await;
    let listed = bed.get("/v1/dead-letters").await.json();
    assert_eq!(listed["deadLetters"][0]["jobId"], job.as_str());
    bed.set_token(super::bed::BERT);
    assert_eq!(bed.get("/v1/dead-letters").await.json()["deadLetters"], serde_json::json!([]));
    assert_eq!(bed.post(&format!("/v1/dead-letters/{job}/retry"), &[], "").await.status, 404, "it is not his");
    bed.set_token(super::bed::ANNA);
    assert_eq!(bed.post(&format!("/v1/dead-letters/{job}/retry"), &[], "").await.status, 202);
    bed.status(&job, "failed").await;
    assert!(bed.service.retry_dead_letter(&job).await.unwrap(), "through the library as well");
    let status = bed.status(&job, "completed").await;
    assert!(status.get("error").is_none(), "the old reason is gone: {status}");
    assert!(bed.service.dead_letters().await.unwrap().is_empty());
    assert!(!bed.service.retry_dead_letter(&job).await.unwrap(), "it is not dead any more");
}

#[tokio::test]
async fn d_4_a_job_may_take_five_minutes() {
    let bed = Bed::with(|options| options.pace = 1_000.0).await;
    let job = bed.initiate("[5]").await;
    bed.only_job(1, State::Processing).await;
    // Its first step has begun, so its time runs.
    eventually("a first step", async || {
        (bed.get(&format!("/v1/download/status/{job}")).await.json()["progress"] != 0).then_some(())
    })
    .await;
    bed.service.clock().advance(Duration::from_secs(4 * 60 + 50));
    assert_eq!(bed.get(&format!("/v1/download/status/{job}")).await.json()["status"], "processing");
    bed.service.clock().advance(Duration::from_secs(10));
    let status = bed.status(&job, "failed").await;
    assert!(text(&status["error"]).contains("5 minutes"), "{status}");
    bed.only_job(1, State::Failed).await;
}

#[tokio::test]
async fn d_4_a_dead_workers_job_is_taken_up_again_after_its_five_minutes() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::WorkerDies, Chance::Times(3));
    let job = bed.initiate("[5]").await;
    for attempt in 1..=3 {
        eventually("death of the worker, which comes in the middle of the work", async || {
            let row = &bed.service.jobs().await.unwrap()[0];
            (row.attempts == attempt && row.state == State::Processing && row.progress >= 40).then_some(())
        })
        .await;
        bed.service.clock().advance(Duration::from_mins(5));
        assert_eq!(bed.service.jobs().await.unwrap()[0].attempts, attempt, "it may still be alive");
        bed.service.clock().advance(Duration::from_secs(11));
    }
    let status = bed.status(&job, "failed").await;
    assert!(text(&status["error"]).contains("worker died"), "not for ever: {status}");
    assert_eq!(bed.service.dead_letters().await.unwrap()[0].attempts, 3);
}

#[tokio::test]
async fn d_4_workers_share_the_queue_and_each_job_is_done_once() {
    let bed = Bed::with(|options| options.workers = 4).await;
    let mut jobs = Vec::new();
    for _ in 0..12 {
        jobs.push(bed.initiate("[5]").await);
    }
    for job in &jobs {
        bed.status(job, "completed").await;
    }
    let rows = bed.service.jobs().await.unwrap();
    assert!(rows.iter().all(|row| row.attempts == 1), "one attempt each");
    let keys: BTreeSet<_> = rows.iter().map(|row| row.result_key.clone().unwrap()).collect();
    assert_eq!(keys.len(), 12, "one result each");
}
