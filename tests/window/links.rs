//! Links of web pages: the browser starts the app once more with one.

use landfall_tests::testbed::{Ledger, token_of};

use crate::orders::only_title;
use crate::stage::{Desk, until};

/// A web page's button.
const EXPORT: &str = "landfall://export?connection=report-exports&project_id=riverside-clinic&format=csv";

fn server_jobs(desk: &Desk) -> usize {
    Ledger::of(&desk.root().join("service")).jobs_of("anna").len()
}

#[tokio::test]
async fn c_8_link_of_a_web_page_asks_first_and_makes_the_job_when_confirmed() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.reads("Nothing under way").await;

    desk.start_again(&[EXPORT]).await;
    window.reads("A web page asks for an export").await;
    window.reads("riverside-clinic").await;
    window.picture("link-asks").await;
    assert_eq!(server_jobs(&desk), 0, "nothing is asked for before the person said so");
    window.answer("No, leave it").await;
    window.no_longer_reads("A web page asks for an export").await;
    assert_eq!(desk.jobs().len(), 0, "and nothing after they said no");

    desk.start_again(&[EXPORT]).await;
    window.answer("Ask for it").await;
    desk.jobs_are("landed", 1).await;
    assert_eq!(server_jobs(&desk), 1, "one export, asked for once");
    window.close().await;
}

#[tokio::test]
async fn c_8_link_is_instant_once_the_person_allowed_it_for_the_connection() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.reads("Nothing under way").await;
    desk.start_again(&[EXPORT]).await;
    window.answer("Do not ask again for report-exports").await;
    window.answer("Ask for it").await;
    desk.jobs_are("landed", 1).await;
    desk.start_again(&[EXPORT]).await;
    desk.jobs_are("landed", 2).await;
    assert!(!window.shows("A web page asks").await, "the second one was not asked about");
    window.close().await;
}

#[tokio::test]
async fn c_8_link_to_adopt_follows_a_job_that_somebody_else_started() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    let asked = reqwest::Client::new()
        .post(format!("{}/v1/download/initiate", service.url()))
        .bearer_auth(token_of("anna"))
        .header("Content-Type", "application/json")
        .body(r#"{"fileIds":[1,2]}"#)
        .send()
        .await
        .expect("the service answers");
    let answer: serde_json::Value = serde_json::from_str(&asked.text().await.expect("a text")).expect("JSON");
    let id = answer["jobId"].as_str().expect("the job has an id").to_owned();

    let window = desk.open(&[]).await;
    window.reads("Nothing under way").await;
    desk.start_again(&[&format!("landfall://adopt?connection=download-jobs&id={id}")]).await;
    window.reads("A web page wants a job to be followed").await;
    window.picture("link-adopts").await;
    window.answer("Follow it").await;
    let jobs = desk.jobs_are("landed", 1).await;
    assert_eq!(jobs[0]["remoteId"], id.as_str(), "it is that job: {}", jobs[0]);
    assert_eq!(server_jobs(&desk), 1, "no other was asked for");
    window.press("Landed").await;
    only_title(&window).await;
    window.close().await;
}

#[tokio::test]
async fn c_8_link_that_starts_the_app_asks_first_too() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[EXPORT]).await;
    window.reads("A web page asks for an export").await;
    assert_eq!(server_jobs(&desk), 0, "nothing is asked for before the person said so");
    window.answer("Ask for it").await;
    desk.jobs_are("landed", 1).await;
    window.close().await;
}

#[tokio::test]
async fn link_that_makes_no_sense_is_refused_with_what_to_do() {
    let desk = Desk::new();
    let window = desk.open(&["landfall://export?connection=nowhere&camera=1"]).await;
    window.reads("This link cannot be used").await;
    window.reads("What to do:").await;
    window.picture("link-refused").await;
    window.answer("Close").await;
    until("the first start is there", async || window.shows("Try it without a server").await.then_some(())).await;
    window.close().await;
}
