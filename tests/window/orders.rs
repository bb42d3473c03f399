//! Exports asked for in the window, and what a person orders of them.

use landfall_service::{Chance, Fault};
use serde_json::json;

use crate::stage::{Desk, Window, until};

/// A file of 8 MiB: at a few MB a second there is time to do something with it.
const LARGE: &str = "16";

/// How a person asks for files by their numbers.
pub(crate) async fn ask_for(window: &Window, files: &str) {
    window.press("New export").await;
    window.fill("File numbers", files).await;
    window.press("Export").await;
}

/// Asks for a table of the one project by the form.
pub(crate) async fn ask_for_a_table(window: &Window) {
    window.press("New export").await;
    window.fill("Project", "riverside-clinic").await;
    window.choose("Format", "Table (CSV)").await;
    window.press("Export").await;
}

/// The title of the only line.
pub(crate) async fn only_title(window: &Window) -> String {
    window.lines_are(1).await;
    let title = window.script("return document.querySelector('[data-job] .title').title").await;
    title.as_str().expect("a line has a title").to_owned()
}

#[tokio::test]
async fn export_asked_for_by_the_form_lands_and_shows_at_once() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.press("New export").await;
    window.fill("Project", "riverside-clinic").await;
    window.choose("Format", "Excel workbook").await;
    window.reads("1 export").await;
    window.picture("new-export").await;
    window.script(WATCH_FOR_LINE).await;
    window.press("Export").await;
    desk.jobs_are("landed", 1).await;
    let milliseconds =
        until("the line shows", async || window.script("return window.shownAfter ?? null").await.as_f64());
    println!("from the click to the line: {:.0} ms", milliseconds.await);
    assert_eq!(desk.landed().len(), 1, "one file lies in the folder: {:?}", desk.landed());
    window.press("Landed").await;
    window.reads("Landed, verified").await;
    window.select(&only_title(&window).await).await;
    window.reads("SHA-256").await;
    window.picture("landed-details").await;
    window.close().await;
}

/// Notes how long after a press of the form's button the first line is in the page.
const WATCH_FOR_LINE: &str = "
    const button = document.querySelector('[type=submit][form=new-export]');
    button.addEventListener('click', () => {
        const pressed = performance.now();
        const look = () => {
            if (document.querySelector('[data-job]') === null) return;
            window.shownAfter = performance.now() - pressed;
            watcher.disconnect();
        };
        const watcher = new MutationObserver(look);
        watcher.observe(document.body, { childList: true, subtree: true });
    }, { capture: true });";

#[tokio::test]
async fn download_is_paused_and_resumed_in_its_line_and_lands_whole() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "rate": 1_500_000 }));
    let window = desk.open(&[]).await;
    ask_for(&window, LARGE).await;
    let title = only_title(&window).await;
    window.line_reads(&title, "downloading").await;
    window.press_in(&title, "Pause").await;
    window.line_reads(&title, "paused at").await;
    assert_eq!(desk.landed(), Vec::<String>::new(), "nothing that a person sees lands while it is paused");
    window.picture("paused").await;
    window.press_in(&title, "Resume").await;
    window.line_reads(&title, "downloading").await;
    let jobs = desk.jobs_are("landed", 1).await;
    assert_eq!(jobs[0]["files"][0]["verified"], true, "whole, though in two parts: {}", jobs[0]);
    window.close().await;
}

#[tokio::test]
async fn export_is_cancelled_on_the_server_by_its_menu_after_a_question() {
    let desk = Desk::new();
    let service = desk.service(|options| options.workers = 0).await;
    desk.connect("media-jobs", &service);
    let window = desk.open(&[]).await;
    window.press("New export").await;
    window.fill("Title", "Site tour").await;
    window.press("Export").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "Initialization").await;
    window.order(&title, "Cancel on the server").await;
    window.reads("Cancel on the server?").await;
    window.picture("cancel-question").await;
    window.answer("Cancel on the server").await;
    desk.jobs_are("cancelled", 1).await;
    window.reads("Nothing under way").await;
    window.press("Ended").await;
    window.line_reads(&title, "cancelled").await;
    window.close().await;
}

#[tokio::test]
async fn failed_export_says_what_to_do_and_lands_when_tried_again() {
    let desk = Desk::new();
    let service = desk.service(|options| options.faults.set(Fault::PackageNotZip, Chance::Share(1.0))).await;
    desk.connect("package-exports", &service);
    let window = desk.open(&[]).await;
    window.press("New export").await;
    window.choose("What", "Work type").await;
    window.fill("System name", "matter").await;
    window.fill("Environment", "uat").await;
    window.press("Export").await;
    window.press("Waiting for me").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "Failed").await;
    window.select(&title).await;
    window.reads("What to do:").await;
    window.picture("failed").await;
    service.faults().set(Fault::PackageNotZip, Chance::Share(0.0));
    window.press_in(&title, "Try again").await;
    desk.jobs_are("landed", 1).await;
    window.reads("Nothing waits for you").await;
    window.close().await;
}
