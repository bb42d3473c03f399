//! M-5 and M-6: a media job that is cancelled, and one that has its video.

use landfall_service::{Chance, Fault, Step};
use reqwest::Method;
use serde_json::json;

use super::bed::{ANNA, Bed};
use super::media_jobs::{events, job, reached, submit};
use super::stream::Stream;
use super::videos::{apart, probe};

#[tokio::test]
async fn m_5_a_cancelled_job_ends_failed_whether_it_waits_or_runs() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let waiting = submit(&bed).await;
    let cancel = async |bed: &Bed, id: &str| bed.post(&format!("/api/jobs/{id}/cancel"), &[], "").await;
    assert_eq!(cancel(&bed, &waiting).await.status, 202);
    let bed = bed.restart_with(|options| options.pace = 1_000.0).await;
    let running = submit(&bed).await;
    reached(&bed, &running, "Running").await;
    let reply = cancel(&bed, &running).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (202, &json!("Failed")));
    for id in [&waiting, &running] {
        let ended = job(&bed, id).await;
        let error = &ended["errors"][0];
        assert_eq!((&ended["status"], &error["message"]), (&json!("Failed"), &json!("Job was cancelled")));
        assert_eq!(error["code"], "E310-JOB_CANCELLED");
        let (told, _) = Stream::open(&bed, &events(id)).await.rest().await;
        let last = told.last().unwrap();
        assert_eq!(last.name.as_deref(), Some("job-failed"));
        assert_eq!(last.data["errors"], ended["errors"]);
        let again = cancel(&bed, id).await;
        assert_eq!((again.status.as_u16(), &again.json()["errors"]), (200, &ended["errors"]), "nothing more to cancel");
    }
    assert!(bed.service.dead_letters().await.unwrap().is_empty(), "what nobody wants is no dead letter");
    // The worker is free again, and what it had begun changes nothing.
    let bed = bed.restart_with(|_| {}).await;
    let third = submit(&bed).await;
    reached(&bed, &third, "Done").await;
    assert_eq!(job(&bed, &running).await["status"], "Failed");
    assert_eq!(cancel(&bed, &third).await.status, 200, "a job that is done stays done");
    assert_eq!(job(&bed, &third).await["status"], "Done");
    assert_eq!(cancel(&bed, "unknown").await.status, 404);
}

#[tokio::test]
async fn m_5_a_cancel_ends_the_attempt_at_once_and_one_that_is_refused_or_lost_is_told_apart() {
    let bed = Bed::with(|options| {
        options.pace = 1_000.0;
        options.workers = 1;
    })
    .await;
    let (first, second) = (submit(&bed).await, submit(&bed).await);
    reached(&bed, &first, "Running").await;
    let path = format!("/api/jobs/{first}/cancel");
    bed.service.faults().set_at(Fault::Unavailable, Step::Cancel, Chance::Times(1));
    assert_eq!(bed.post(&path, &[], "").await.status, 503);
    assert_eq!(job(&bed, &first).await["status"], "Running", "a refusal cancels nothing");
    bed.service.faults().set_at(Fault::Lost, Step::Cancel, Chance::Times(1));
    assert!(bed.send(Method::POST, &path, &[], Some("")).await.is_err(), "the answer is not whole");
    assert_eq!(bed.post(&path, &[], "").await.status, 200, "it had ended by then");
    // The clock stands still: only a stopped attempt leaves the one worker there is.
    reached(&bed, &second, "Running").await;
    assert_eq!(job(&bed, &first).await["errors"][0]["code"], "E310-JOB_CANCELLED");
}

#[tokio::test]
async fn m_6_output_redirects_to_a_presigned_mp4_once_it_is_done() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let id = submit(&bed).await;
    let path = format!("/api/jobs/{id}/output");
    let early = bed.get(&path).await;
    assert_eq!((early.status.as_u16(), early.json()["error"]["code"].as_str()), (409, Some("not_done")));
    let bed = bed.restart_with(|_| {}).await;
    let done = reached(&bed, &id, "Done").await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let reply = client.get(bed.service.url() + &path).bearer_auth(ANNA).send().await.unwrap();
    assert_eq!(reply.status(), 302);
    let link = reply.headers()["location"].to_str().unwrap().to_owned();
    assert!(link.contains("X-Amz-Signature="), "{link}");
    let reply = bed.fetch(&link, &[]).await.unwrap();
    assert_eq!(reply.header("content-type"), "video/mp4");
    assert_eq!(done["output"]["sizeBytes"], reply.body.len());
    let video = probe(&reply.body);
    assert!((video.duration - 2.0).abs() < 0.1, "{video:?}");
    assert_eq!((video.size, video.codecs.as_slice()), ((320, 180), ["h264".to_owned(), "aac".to_owned()].as_slice()));
    let clock = (120, 14, 100, 146);
    assert!(apart(&video.letters(0.2, clock), &video.letters(1.5, clock)) > 1.0, "the clock runs");
}
