//! Ten thousand exports, and a window that is closed while much goes on.

use serde_json::json;

use crate::stage::{Desk, SCROLL, until};

#[tokio::test]
async fn ten_thousand_exports_are_in_the_list_and_scroll() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    desk.export("report-exports", &["project_id=riverside-clinic", "format=csv"]).await;
    desk.multiply(10_000);
    let window = desk.open(&[]).await;
    window.press("Landed").await;
    window.reads("10,000").await;
    window.waited("//*[@data-job]").await;
    let scrolled = window.told_by(SCROLL).await;
    println!("scrolled: {scrolled}");
    let whole = scrolled["whole"].as_f64().expect("a height");
    assert!(whole > 10_000.0 * 50.0, "the list is as long as all its lines: {scrolled}");
    assert!(scrolled["most"].as_u64().is_some_and(|most| most < 60), "only what is in sight is drawn: {scrolled}");
    assert_eq!(scrolled["blank"], 0, "no frame was empty: {scrolled}");
    window.picture("ten-thousand").await;
    window.fill("Search name, connection, id, file", "no such export").await;
    window.reads("No export fits").await;
    window.close().await;
}

/// Several times the changes that ten minutes bring at the ten a second that a page is told at most are made while there is
/// no window: whole lives of exports, one after the other.
#[tokio::test]
async fn changes_while_the_window_is_closed_leave_the_memory_flat() {
    let desk = Desk::new();
    let tray = desk.tray().await;
    let service = desk.service(|options| options.workers = 8).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "closeToTray": true, "atOnce": 20, "downloadsAtOnce": 20 }));
    desk.wishes_many(800);
    let app = desk.start(&[]);
    let window = desk.windows_are(1).await.remove(0);
    tray.click("Pause all").await;
    desk.close_to_tray(&window).await;
    until("the page's process is given up", async || (app.web_processes() == 0).then_some(())).await;
    let mut memory = vec![app.memory()];
    tray.click("Resume all").await;
    for landed in [100, 200, 300, 400, 500, 600, 700] {
        until("more have landed", async || (desk.landed().len() >= landed).then_some(())).await;
        memory.push(app.memory());
    }
    desk.jobs_are("landed", 800).await;
    memory.push(app.memory());
    println!("memory: {memory:?} KiB");
    assert_eq!(app.web_processes(), 0, "no page was made for nobody");
    assert!(memory[8] < memory[4] + 24 * 1024, "the second half of the changes costs nothing: {memory:?} KiB");
    tray.click_icon().await;
    desk.windows_are(1).await;
    tray.click("Quit").await;
    app.ends().await;
}

/// Reads every line of the list from its top to its end: job by job what stands in it.
const LINES: &str = "
    const done = arguments[arguments.length - 1];
    const list = document.querySelector('[role=grid] [role=rowgroup]');
    const lines = {};
    // Whether lines stand all the way down to where the view ends: a busy machine draws them later than it scrolls.
    const drawn = () => {
        const view = list.getBoundingClientRect();
        const boxes = [...document.querySelectorAll('[data-job]')].map((line) => line.getBoundingClientRect());
        const top = Math.min(...boxes.map((box) => box.top)), bottom = Math.max(...boxes.map((box) => box.bottom));
        const edge = 16;
        return top <= view.top + edge && bottom >= Math.min(view.bottom, view.top + list.scrollHeight - list.scrollTop) - edge;
    };
    const frame = () => {
        if (!drawn()) return requestAnimationFrame(frame);
        for (const line of document.querySelectorAll('[data-job]')) lines[line.dataset.job] = line.querySelector('.title').title + ' ' + line.querySelector('.stage').innerText;
        if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) return done(lines);
        // On from where it is: the list itself goes to its top once more when it has just been changed.
        list.scrollTop += list.clientHeight * 0.9;
        requestAnimationFrame(() => requestAnimationFrame(frame));
    };
    list.scrollTop = 0;
    requestAnimationFrame(() => requestAnimationFrame(frame));";

#[tokio::test]
async fn first_paint_after_the_window_was_closed_is_what_the_command_line_tells() {
    let desk = Desk::new();
    let tray = desk.tray().await;
    // Not so fast that all have landed before a busy machine has drawn the page and the button is pressed.
    let service = desk.service(|options| (options.workers, options.pace) = (8, 0.2)).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "closeToTray": true, "atOnce": 20, "downloadsAtOnce": 20 }));
    desk.wishes_many(300);
    let window = desk.open(&[]).await;
    window.press("Pause all").await;
    window.reads("Everything is paused").await;
    let closed = desk.windows_are(1).await.remove(0);
    desk.close_to_tray(&closed).await;
    tray.click("Resume all").await;
    let jobs = desk.jobs_are("landed", 300).await;
    desk.start_again(&[]).await;
    desk.windows_are(1).await;
    window.press("Landed").await;
    window.reads("Landed, verified").await;
    let lines = window.told_by(LINES).await;
    let lines = lines.as_object().expect("lines by their jobs");
    for job in &jobs {
        let id = job["id"].as_str().expect("a job has an id");
        let line = lines.get(id).unwrap_or_else(|| panic!("{id} is in the list: {:?}", lines.keys()));
        assert!(line.to_string().contains("Landed, verified"), "of {id} the list says what is true: {line}");
    }
    assert_eq!(lines.len(), jobs.len(), "and there is no other line");
    window.close().await;
}
