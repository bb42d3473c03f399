//! What goes wrong around the app: a clear state in words, nothing lost, and it goes on when it is mended.

use landfall_service::User;
use serde_json::json;

use crate::orders::{ask_for, ask_for_a_table, only_title};
use crate::stage::{Desk, until};

#[tokio::test]
async fn full_disk_is_said_and_the_file_lands_once_there_is_room() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    let notices = desk.notices().await;
    let window = desk.open_on_a_small_disk("2m").await;
    ask_for(&window, "16").await;
    notices.tells("waits for you").await;
    window.press("Waiting for me").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "Not enough room").await;
    window.select(&title).await;
    window.reads("What to do:").await;
    window.picture("full-disk").await;
    desk.resize_the_small_disk("64m");
    window.press_in(&title, "Resume").await;
    let jobs = desk.jobs_are("landed", 1).await;
    assert_eq!(jobs[0]["files"][0]["verified"], true, "whole: {}", jobs[0]);
    window.close().await;
}

#[tokio::test]
async fn folder_that_has_gone_is_said_and_the_file_lands_once_it_is_back() {
    let desk = Desk::new();
    let service = desk.service(|options| options.workers = 1).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "rate": 1_000_000 }));
    let window = desk.open(&[]).await;
    ask_for(&window, "16").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "downloading").await;
    window.press_in(&title, "Pause").await;
    window.line_reads(&title, "paused at").await;
    std::fs::remove_dir_all(desk.downloads()).expect("it can be taken away");
    window.press_in(&title, "Resume").await;
    window.press("Waiting for me").await;
    window.line_reads(&title, "The folder cannot be used").await;
    window.picture("folder-gone").await;
    std::fs::create_dir(desk.downloads()).expect("it can be made");
    window.press_in(&title, "Resume").await;
    let jobs = desk.jobs_are("landed", 1).await;
    assert_eq!(jobs[0]["files"][0]["verified"], true, "whole: {}", jobs[0]);
    window.close().await;
}

#[tokio::test]
async fn file_whose_name_is_in_use_waits_for_the_persons_word() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    desk.has_set(&json!({ "onClash": "ask", "nameTemplate": "{connection}" }));
    std::fs::write(desk.downloads().join("report-exports.csv"), "mine").expect("a file can be written");
    let window = desk.open(&[]).await;
    ask_for_a_table(&window).await;
    window.no_longer_reads("What comes of it").await;
    window.press("Waiting for me").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "Name in use").await;
    window.select(&title).await;
    window.reads("A file called report-exports.csv is there already").await;
    window.picture("name-in-use").await;
    window.press_in(&title, "Keep both").await;
    desk.jobs_are("landed", 1).await;
    assert_eq!(desk.landed(), ["report-exports (2).csv", "report-exports.csv"]);
    let old = std::fs::read_to_string(desk.downloads().join("report-exports.csv")).expect("it is there");
    assert_eq!(old, "mine", "what was there stays as it was");
    window.close().await;
}

#[tokio::test]
async fn sign_in_withdrawn_while_a_job_is_followed_is_asked_for_and_the_same_job_lands() {
    let desk = Desk::new();
    let service = desk.service(|options| options.workers = 0).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    ask_for_a_table(&window).await;
    let title = only_title(&window).await;
    window.line_reads(&title, "queued on the server").await;
    let before = desk.jobs();
    let port = service.address().port();
    service.stop().await;
    let _service = desk
        .service(|options| {
            options.port = port;
            options.users = vec![User::new("anna", "another-token-of-anna")];
        })
        .await;
    window.press("Waiting for me").await;
    window.line_reads(&title, "Sign in again").await;
    window.press_in(&title, "Sign in").await;
    window.reads("Sign in to report-exports").await;
    window.fill("Token", "another-token-of-anna").await;
    window.answer("Sign in again").await;
    let jobs = desk.jobs_are("landed", 1).await;
    assert_eq!((&jobs[0]["id"], &jobs[0]["remoteId"]), (&before[0]["id"], &before[0]["remoteId"]), "the same job");
    window.close().await;
}

#[tokio::test]
async fn home_that_the_command_line_holds_is_said_and_the_app_ends() {
    let desk = Desk::new();
    let service = desk.service(|options| options.workers = 0).await;
    desk.connect("report-exports", &service);
    let _export = desk.exporting("report-exports", &["project_id=riverside-clinic", "format=csv"]);
    until("the command line follows its job", async || {
        desk.jobs().first().is_some_and(|job| job["phase"] == "waiting").then_some(())
    })
    .await;
    let app = desk.start(&[]);
    let dialog = desk.windows_are(1).await.remove(0);
    desk.picture("home-in-use");
    until("the dialog is answered", async || {
        desk.press_key(&dialog, "Return");
        desk.windows("Landfall").is_empty().then_some(())
    })
    .await;
    assert_eq!(app.ends_with().await, Some(11), "as the command line's exit codes have it");
}
