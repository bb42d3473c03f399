//! The app killed in the middle, and started again.

use serde_json::json;

use crate::orders::{ask_for, only_title};
use crate::stage::Desk;

#[tokio::test]
async fn app_killed_in_mid_download_lands_the_file_whole_after_the_next_start() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "rate": 1_500_000 }));
    let window = desk.open(&[]).await;
    ask_for(&window, "16").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "downloading").await;
    desk.kill_app().await;
    drop(window);
    assert_eq!(desk.landed(), Vec::<String>::new(), "what is not whole is not seen");
    let before = desk.jobs();
    assert_eq!(before.len(), 1, "the job is known after the kill: {before:?}");
    assert_ne!(before[0]["phase"], "landed", "it was killed before the end: {}", before[0]);

    let window = desk.open(&[]).await;
    window.line_reads(&title, "downloading").await;
    let jobs = desk.jobs_are("landed", 1).await;
    assert_eq!(jobs[0]["id"], before[0]["id"], "the same job, not another");
    assert_eq!(jobs[0]["files"][0]["verified"], true, "whole, though in two parts: {}", jobs[0]);
    assert_eq!(desk.landed().len(), 1, "one file: {:?}", desk.landed());
    window.press("Landed").await;
    window.line_reads(&title, "Landed, verified").await;
    window.close().await;
}
