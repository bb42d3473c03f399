//! What is told by the desktop's notifications, and what a press on one comes to.

use std::time::Duration;

use landfall_service::{Chance, Fault};
use serde_json::json;

use crate::stage::{Desk, until};

const LINK: &str = "landfall://export?connection=download-jobs&fileIds=1,2";

/// A desk with links that need no question, and a window that is closed to the tray by its cross.
fn set(desk: &Desk) {
    desk.has_set(&json!({ "closeToTray": true }));
    std::fs::create_dir_all(desk.home().join("desk")).expect("a folder can be made");
    std::fs::write(desk.home().join("desk/instant-links.json"), r#"["download-jobs"]"#).expect("it can be written");
}

#[tokio::test]
async fn landed_file_is_opened_and_a_failed_export_tried_again_from_its_notification() {
    let desk = Desk::new();
    let opened = desk.opens_files();
    let service = desk.service(|options| options.faults.set(Fault::JobFails, Chance::Share(1.0))).await;
    desk.connect("download-jobs", &service);
    set(&desk);
    let (tray, notices) = (desk.tray().await, desk.notices().await);
    let app = desk.start(&[LINK]);
    notices.tells("failed").await;
    let window = desk.windows_are(1).await.remove(0);
    desk.close_to_tray(&window).await;
    service.faults().set(Fault::JobFails, Chance::Share(0.0));
    let is_landed = || desk.jobs()[0]["phase"] == "landed";
    notices.press_until("failed", "retry", "it lands", || is_landed().then_some(())).await;
    let file =
        notices.press_until("landed", "open", "the file is opened", || std::fs::read_to_string(&opened).ok()).await;
    assert!(file.contains(&desk.landed()[0]), "the landed file, by the system's program: {file}");
    assert!(desk.windows("Landfall").is_empty(), "no window was needed for that");
    tray.click("Quit").await;
    app.ends().await;
}

#[tokio::test]
async fn press_on_a_notification_makes_the_window_anew_and_brings_its_job_up() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    set(&desk);
    let (tray, notices) = (desk.tray().await, desk.notices().await);
    let app = desk.start(&[LINK]);
    notices.tells("File numbers 1, 2").await;
    let first = desk.jobs()[0]["id"].clone();
    desk.start_again(&[&LINK.replace("1,2", "3")]).await;
    notices.tells("File numbers 3").await;
    let window = desk.windows_are(1).await.remove(0);
    desk.close_to_tray(&window).await;
    until("the page's process is given up", async || (app.web_processes() == 0).then_some(())).await;
    let shown = || desk.windows("Landfall").into_iter().next();
    let window = notices.press_until("File numbers 1, 2", "default", "the window comes", shown).await;
    // The older of the two has the focus: the key takes it off the list, and not the newer one. Pressed once more where the
    // page was not there yet, and never while it is at it.
    let left = until("the key takes a job off the list", async || {
        desk.press_key(&window, "Delete");
        let gone = async {
            while desk.jobs().len() > 1 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), gone).await.ok().map(|()| desk.jobs().remove(0))
    })
    .await;
    assert_ne!(left["id"], first, "it was the notification's");
    tray.click("Quit").await;
    app.ends().await;
}

#[tokio::test]
async fn real_notification_service_shows_what_landed_and_leads_to_it() {
    let mut desk = Desk::new();
    desk.dunst();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    set(&desk);
    let tray = desk.tray().await;
    let app = desk.start(&[LINK]);
    desk.jobs_are("landed", 1).await;
    let shown = || {
        let mut count = desk.command("dunstctl");
        let told = count.args(["count", "displayed"]).stdout(std::process::Stdio::piped()).output();
        String::from_utf8_lossy(&told.expect("dunst is installed").stdout).trim() == "1"
    };
    until("a notification is shown", async || shown().then_some(())).await;
    desk.picture("notification");
    let window = desk.windows_are(1).await.remove(0);
    tray.offers("Open Landfall").await;
    desk.close_to_tray(&window).await;
    let pressed = desk.command("dunstctl").args(["action", "0"]).status().expect("dunst is installed");
    assert!(pressed.success(), "the notification takes a press");
    desk.windows_are(1).await;
    tray.click("Quit").await;
    app.ends().await;
}
