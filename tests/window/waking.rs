//! Sleep: held off while bytes flow, and the truth asked for after it.

use jiff::Timestamp;
use landfall_engine::clock::{Clock as _, SystemClock};
use serde_json::json;

use crate::orders::{ask_for, only_title};
use crate::stage::{Desk, until};

#[tokio::test]
async fn machine_is_kept_awake_while_bytes_flow_and_asked_for_the_truth_when_it_wakes() {
    let desk = Desk::new();
    let login = desk.login().await;
    let service = desk.service(|options| options.port = 0).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "rate": 1_500_000 }));
    let window = desk.open(&[]).await;
    login.is_held_by(0).await;
    ask_for(&window, "16").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "downloading").await;
    login.is_held_by(1).await;
    window.press_in(&title, "Pause").await;
    login.is_held_by(0).await;

    // A server that was gone for long is tried again only after long: a wake does not wait for that.
    let port = service.address().port();
    service.stop().await;
    window.press_in(&title, "Resume").await;
    let clock = SystemClock::new();
    let now = || clock.now().as_second();
    until("it rests for long", async || {
        let rests = desk.jobs()[0]["restingUntil"].as_str()?.parse::<Timestamp>().ok()?;
        (rests.as_second() > now() + 15).then_some(())
    })
    .await;
    let _service = desk.service(|options| options.port = port).await;
    login.sleeps(true).await;
    login.sleeps(false).await;
    let woke = now();
    window.line_reads(&title, "downloading").await;
    assert!(now() < woke + 12, "it did not wait for its time");
    desk.jobs_are("landed", 1).await;
    window.close().await;
}
