//! The window closed to the tray and brought back, without a driver: under one the page would be kept alive.

use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};
use serde_json::json;

use crate::stage::{Desk, until};

/// Asks for a file of 8 MiB by the command line's way of a link, which the person has allowed once and for all.
const LINK: &str = "landfall://export?connection=download-jobs&fileIds=16";

/// A desk whose app downloads slowly, and links of whose connection need no question.
async fn slow_desk(settings: serde_json::Value) -> (Desk, landfall_service::Service) {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&settings);
    std::fs::create_dir_all(desk.home().join("desk")).expect("a folder can be made");
    std::fs::write(desk.home().join("desk/instant-links.json"), r#"["download-jobs"]"#).expect("it can be written");
    (desk, service)
}

#[tokio::test]
async fn d_6_window_closed_to_the_tray_comes_back_while_the_job_goes_on_and_the_person_is_told() {
    let (desk, _service) = slow_desk(json!({ "rate": 250_000, "closeToTray": true })).await;
    let (tray, notices) = (desk.tray().await, desk.notices().await);
    let app = desk.start(&[LINK]);
    let window = desk.windows_are(1).await.remove(0);
    until("its page is drawn", async || (app.web_processes() == 1).then_some(())).await;
    tray.offers("File numbers 16").await;
    until("bytes flow", async || (desk.jobs()[0]["phase"] == "downloading").then_some(())).await;
    desk.picture("before-the-tray");

    desk.close_to_tray(&window).await;
    until("the page's process is given up", async || (app.web_processes() == 0).then_some(())).await;
    assert_eq!(desk.jobs()[0]["phase"], "downloading", "the job goes on without a window");
    tray.offers("Quit (1 still running)").await;

    tray.click_icon().await;
    desk.windows_are(1).await;
    assert_eq!(desk.jobs()[0]["phase"], "downloading", "it was going on all the while");
    let window = desk.windows_are(1).await.remove(0);
    desk.close_to_tray(&window).await;
    desk.jobs_are("landed", 1).await;
    let (title, text) = notices.tells("anded").await;
    println!("told: {title} / {text}");

    desk.start_again(&[]).await;
    desk.windows_are(1).await;
    tray.click("Quit").await;
    app.ends().await;
}

#[tokio::test]
async fn closing_is_asked_about_and_a_second_time_goes_to_the_tray() {
    let desk = Desk::new();
    let tray = desk.tray().await;
    let window = desk.open(&[]).await;
    window.reads("Try it without a server").await;
    tray.offers("Open Landfall").await;
    let shown = desk.windows_are(1).await.remove(0);
    until("the question is put", async || {
        desk.close_window(&shown);
        window.shows("Go on in the background?").await.then_some(())
    })
    .await;
    window.picture("close-question").await;
    window.answer("Cancel").await;
    window.no_longer_reads("Go on in the background?").await;
    assert_eq!(desk.windows("Landfall").len(), 1, "who stays keeps the window");
    desk.close_to_tray(&shown).await;
    assert!(desk.app_process().is_some(), "closing to the tray ends nothing");
    desk.start_again(&["--hidden"]).await;
    assert!(desk.windows("Landfall").is_empty(), "a start by the session shows nothing");
    tray.click("Open Landfall").await;
    desk.windows_are(1).await;
    tray.click("Quit").await;
    until("the app has ended", async || desk.app_process().is_none().then_some(())).await;
}

#[tokio::test]
async fn quitting_in_mid_download_is_quick_and_the_next_start_goes_on_with_the_same_bytes() {
    let (desk, _service) = slow_desk(json!({ "rate": 500_000, "closeToTray": true })).await;
    let tray = desk.tray().await;
    let app = desk.start(&["--hidden", LINK]);
    until("bytes flow", async || (desk.bytes_on_disk() > 1_000_000).then_some(())).await;
    let clock = SystemClock::new();
    let began = clock.monotonic();
    tray.click("Quit (1 still running)").await;
    app.ends().await;
    let took = clock.monotonic().saturating_sub(began);
    println!("quit took {took:?}");
    assert!(
        took < Duration::from_secs(5),
        "it is put down in two seconds, and a busy machine is forgiven as much: {took:?}"
    );
    let before = desk.jobs();
    assert_ne!(before[0]["phase"], "landed", "it was quit before the end: {}", before[0]);

    let app = desk.start(&["--hidden"]);
    let jobs = desk.jobs_are("landed", 1).await;
    assert_eq!((&jobs[0]["id"], jobs[0]["files"][0]["verified"].as_bool()), (&before[0]["id"], Some(true)));
    tray.click("Quit").await;
    app.ends().await;
}

#[tokio::test]
async fn window_without_a_tray_is_minimised_and_the_person_is_told_why() {
    let desk = Desk::new();
    let notices = desk.notices().await;
    let mut app = desk.start(&[]);
    let window = desk.windows_are(1).await.remove(0);
    until("its page is drawn", async || (app.web_processes() == 1).then_some(())).await;
    desk.close_to_the_taskbar(&window).await;
    let (title, text) = notices.tells("tray").await;
    println!("told: {title} / {text}");
    assert!(app.runs(), "it goes on");
    desk.start_again(&[]).await;
    until("a second start brings it back", async || (!desk.is_minimised(&window)).then_some(())).await;
}

#[tokio::test]
async fn app_started_with_the_session_shows_no_window_until_it_is_asked_for() {
    let desk = Desk::new();
    let tray = desk.tray().await;
    let app = desk.start(&["--hidden"]);
    tray.offers("Open Landfall").await;
    assert!(desk.windows("Landfall").is_empty(), "nothing is shown");
    assert_eq!(app.web_processes(), 0, "and no page is drawn for nobody");
    tray.click("Small window").await;
    desk.windows_are(1).await;
    tray.click("Quit").await;
    app.ends().await;
}
