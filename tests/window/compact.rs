//! The small window.

use serde_json::json;

use crate::orders::{ask_for, only_title};
use crate::stage::{Desk, until};

#[tokio::test]
async fn compact_window_shows_the_active_jobs_and_pauses_them() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "rate": 500_000 }));
    let window = desk.open(&[]).await;
    ask_for(&window, "16").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "downloading").await;
    window.press("Small window").await;
    desk.windows_are(2).await;
    window.go_to_compact().await;
    window.reads(&title).await;
    window.reads("1 export").await;
    window.reads("Pause all").await;
    window.picture("compact").await;
    desk.picture("compact-above-main");
    window.press("Pause all").await;
    until("it is paused", async || (desk.jobs()[0]["phase"] == "paused").then_some(())).await;
    window.reads("Resume all").await;
    window.press_to_leave("Back to the main window").await;
    desk.windows_are(1).await;
    window.go_to_main().await;
    window.line_reads(&title, "paused").await;
    window.close().await;
}
