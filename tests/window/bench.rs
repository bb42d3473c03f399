//! What the window costs a person's time (S8) and, in the tray, a person's machine (S9). Prints its figures and writes them as
//! JSON to `target/bench-window.json`. All of it, or the parts that are named after `--`: start, click, event, tray.
//!
//! `LANDFALL_DESKTOP_BIN` names the app that is measured; the window is drawn in software on a display of its own.
//! `LANDFALL_BIN` only makes the jobs, and must be a build for debugging: no other dies where it is told to.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

#[allow(dead_code, unused_imports, reason = "the tests of the window use the rest")]
mod stage;

use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};
use landfall_service::Service;
use landfall_tests::bench::median;
use landfall_tests::testbed::token_of;
use serde_json::{Value, json};
use stage::app::App;
use stage::{Desk, Key, SCROLL, Window, until};

/// Runs of each.
const RUNS: usize = 5;

/// What takes longer to be seen was asked for, and not told by a stream, in milliseconds.
const OPENING: f64 = 1_000.0;

/// So long the app is left alone in the tray, and so often.
const REST: Duration = Duration::from_mins(1);
const RESTS: usize = 3;

/// Clock ticks a second, on every Linux that this runs on.
const TICKS: f64 = 100.0;

/// When the page had drawn what it knows of the exports, in milliseconds since 1970.
const PAINTED: &str = "
    const [mark] = performance.getEntriesByName('list');
    return { at: mark === undefined ? null : performance.timeOrigin + mark.startTime };";

/// Notes when a frame shows a line that says so, in milliseconds since 1970.
const WATCH: &str = "
    const [wanted] = arguments;
    window.seenAt = null;
    const seen = () => [...document.querySelectorAll('[data-job]')].some((line) => line.innerText.includes(wanted));
    const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => (window.seenAt = performance.timeOrigin + performance.now())));
    const observer = new MutationObserver(() => {
        if (!seen()) return;
        observer.disconnect();
        painted();
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });";

/// Presses the button of that name; tells after how many milliseconds a frame showed that it was heard, and after how many
/// every line says what it asks for.
const PRESS: &str = "
    const [name, wanted, done] = arguments;
    const button = [...document.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.innerText).trim() === name);
    const shown = () => {
        const lines = [...document.querySelectorAll('[data-job]')];
        return lines.length > 0 && lines.every((line) => line.innerText.includes(wanted));
    };
    const began = performance.now();
    let heard = null, mutated = null;
    const observer = new MutationObserver(() => {
        mutated ??= performance.now() - began;
        if (heard === null) requestAnimationFrame(() => heard ??= performance.now() - began);
    });
    observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    const frame = () => {
        if (!shown()) return requestAnimationFrame(frame);
        observer.disconnect();
        done({ heard: heard ?? performance.now() - began, shown: performance.now() - began });
    };
    button.click();
    requestAnimationFrame(frame);";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` and its kin only want to know whether this can be started.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    // All, or those that are named.
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    let mut figures = Figures::default();
    if wanted("start") {
        ten_thousand(&mut figures).await;
    }
    if wanted("click") {
        sign_of_life(&mut figures).await;
    }
    if wanted("event") {
        event_to_pixel(&mut figures).await;
    }
    if wanted("tray") {
        in_the_tray(&mut figures).await;
    }
    figures.keep();
}

/// What was measured, as it is printed and kept.
#[derive(Default)]
struct Figures(Vec<Value>);

impl Figures {
    fn add(&mut self, measure: &str, unit: &str, values: &[f64], of: impl Fn(&[f64]) -> f64) {
        let value = of(values);
        println!("{measure}: {value:.2} {unit}   (of {values:.1?})");
        self.0.push(json!({ "measure": measure, "value": value, "unit": unit, "runs": values }));
    }

    fn keep(&self) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-window.json");
        let text = serde_json::to_vec_pretty(&self.0).expect("figures are JSON");
        std::fs::write(path, text).expect("they can be written");
    }
}

fn middle(values: &[f64]) -> f64 {
    median(values.iter().copied())
}

/// The value that no more than five in a hundred are above.
fn p95(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[(values.len() * 95).div_ceil(100) - 1]
}

/// S8: from the start of the program to the first painted list, and how it scrolls.
async fn ten_thousand(figures: &mut Figures) {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    desk.export("report-exports", &["project_id=riverside-clinic", "format=csv"]).await;
    desk.multiply(10_000);
    let (mut starts, mut longest, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    // The first is for the page to learn which part of the list it shows: that with ten thousand lines.
    for run in 0..=RUNS {
        let window = desk.open(&[]).await;
        let at =
            until("the page marks what it has painted", async || window.script(PAINTED).await["at"].as_f64()).await;
        if run > 0 {
            starts.push(at - begun(&desk));
        }
        window.reads("10,000").await;
        if run == 0 {
            window.press("Landed").await;
        }
        window.waited("//*[@data-job]").await;
        let scrolled = window.told_by(SCROLL).await;
        longest.push(scrolled["longest"].as_f64().unwrap_or(f64::NAN));
        frames.push(scrolled["mean"].as_f64().unwrap_or(f64::NAN));
        window.close().await;
        until("the app has ended", async || desk.app_process().is_none().then_some(())).await;
    }
    figures.add("S8 start to the first painted list of 10,000 exports", "ms", &starts, middle);
    figures.add("S8 scroll, drawn in software: a frame", "ms", &frames, middle);
    figures.add("S8 scroll, drawn in software: the longest frame", "ms", &longest, middle);
}

/// When the app's process began, in milliseconds since 1970.
fn begun(desk: &Desk) -> f64 {
    let id = desk.app_process().expect("the app runs");
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("the process can be seen");
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    // The 22nd field: ticks after boot (proc(5)).
    let after_boot =
        fields.split_whitespace().nth(19).and_then(|ticks| ticks.parse::<f64>().ok()).expect("a time") / TICKS;
    let uptime = std::fs::read_to_string("/proc/uptime").expect("the uptime can be read");
    let uptime: f64 = uptime.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).expect("seconds");
    let now = SystemClock::new().now().as_duration().as_secs_f64();
    (now - (uptime - after_boot)) * 1000.0
}

/// From the click on Export to the first sign of life; and from an order to its line.
async fn sign_of_life(figures: &mut Figures) {
    let desk = Desk::new();
    let service = desk.service(|options| options.workers = 0).await;
    desk.connect("download-jobs", &service);
    let window = desk.open(&[]).await;
    let (mut heard, mut shown) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        window.press("New export").await;
        window.fill("File numbers", "1").await;
        // A field of several values takes one in by the key.
        window.key(Key::Enter).await;
        window.reads("1 export").await;
        // Nobody presses before the form has drawn what was typed last.
        window.at_rest().await;
        let pressed = window.told_with(PRESS, vec![json!("Export"), json!("")]).await;
        heard.push(pressed["heard"].as_f64().unwrap_or(f64::NAN));
        shown.push(pressed["shown"].as_f64().unwrap_or(f64::NAN));
        window.reads("queued on the server").await;
    }
    figures.add("click on Export to the first sign of life", "ms", &heard, middle);
    figures.add("click on Export to its line in the list", "ms", &shown, middle);
    let mut orders = Vec::new();
    for _ in 0..10 {
        for (order, words) in [("Pause all", "paused"), ("Resume all", "queued on the server")] {
            orders.push(order_to_pixel(&window, order, words).await);
        }
    }
    figures.add("order to pixel, through engine and store, p95", "ms", &orders, p95);
    window.close().await;
}

/// S8: from what happens on the server, told by its stream, to the frame that shows it.
async fn event_to_pixel(figures: &mut Figures) {
    let desk = Desk::new();
    let service = desk.service(|options| (options.workers, options.look) = (0, Duration::from_millis(5))).await;
    desk.connect("media-jobs", &service);
    let window = desk.open(&[]).await;
    // What is told while the stream is not open yet is learned by asking, seconds later: that is another measure.
    let mut run = 0;
    while cancel_to_pixel(&window, &desk, &service, run).await > OPENING && run < RUNS {
        run += 1;
    }
    let mut delays = Vec::new();
    for run in 100..100 + 4 * RUNS {
        delays.push(cancel_to_pixel(&window, &desk, &service, run).await);
    }
    figures.add("S8 event to pixel, p95", "ms", &delays, p95);
    window.close().await;
}

/// From the cancel of a job on the server to the frame that shows it, in milliseconds.
async fn cancel_to_pixel(window: &Window, desk: &Desk, service: &Service, run: usize) -> f64 {
    let clock = SystemClock::new();
    window.press("New export").await;
    window.fill("Title", &format!("Site tour {run}")).await;
    window.press("Export").await;
    let title = format!("Site tour {run}, Seconds 10");
    window.line_reads(&title, "Initialization").await;
    let id = desk.jobs()[0]["remoteId"].as_str().expect("the server has it").to_owned();
    window.press("Waiting for me").await;
    window.at_rest().await;
    window.script_with(WATCH, vec![json!(title)]).await;
    let url = format!("{}/api/jobs/{id}/cancel", service.url());
    let told = clock.now().as_duration().as_secs_f64() * 1000.0;
    let answer = reqwest::Client::new().post(url).bearer_auth(token_of("anna")).send().await;
    let answer = answer.expect("the service answers");
    assert!(answer.status().is_success(), "it is cancelled: {answer:?}");
    let seen = until("it is seen", async || window.script("return window.seenAt").await.as_f64()).await;
    seen - told
}

/// From an order for all exports to the line that says so; the button may still be called by what was ordered before.
async fn order_to_pixel(window: &Window, order: &str, words: &str) -> f64 {
    window.waited(&format!("//button[normalize-space()='{order}']")).await;
    let pressed = window.told_with(PRESS, vec![json!(order), json!(words)]).await;
    pressed["shown"].as_f64().unwrap_or(f64::NAN)
}

/// S9: in the tray, the window given up, twenty jobs waiting.
async fn in_the_tray(figures: &mut Figures) {
    let (mut open, mut hidden, mut away, mut shares) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RESTS {
        let desk = Desk::new();
        let tray = desk.tray().await;
        let service = desk.service(|options| options.workers = 0).await;
        desk.connect("download-jobs", &service);
        desk.has_set(&json!({ "closeToTray": true, "atOnce": 20 }));
        desk.wishes_many(20);
        let app = desk.start(&[]);
        let window = desk.windows_are(1).await.remove(0);
        desk.jobs_are("waiting", 20).await;
        open.push(sum(&app, memory));
        desk.close_to_tray(&window).await;
        hidden.push(sum(&app, memory));
        until("the page's process is given up", async || (app.web_processes() == 0).then_some(())).await;
        let before = sum(&app, cpu);
        tokio::time::sleep(REST).await;
        shares.push((sum(&app, cpu) - before) / REST.as_secs_f64() * 100.0);
        away.push(sum(&app, memory));
        tray.click("Quit").await;
        app.ends().await;
    }
    figures.add("S9 in the tray, 20 jobs waiting: memory (PSS)", "MiB", &away, middle);
    figures.add("S9 in the tray, 20 jobs waiting: of a core", "%", &shares, middle);
    figures.add("S9 the same with its window hidden", "MiB", &hidden, middle);
    figures.add("S9 the same with its window open", "MiB", &open, middle);
}

/// Of the app and all its processes.
fn sum(app: &App, of: fn(u32) -> Option<f64>) -> f64 {
    app.family().into_iter().filter_map(of).sum()
}

/// Its memory, with its share of every page that others use too (PSS), in MiB.
fn memory(id: u32) -> Option<f64> {
    let told = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = told.lines().find(|line| line.starts_with("Pss:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// User and system time so far, in seconds: the 14th and 15th field, counted after the name, which may hold spaces (proc(5)).
fn cpu(id: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: f64 = rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Some(ticks / TICKS)
}
