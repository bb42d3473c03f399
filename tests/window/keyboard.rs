//! Everything without any pointer, and the focus in sight at every step.

use landfall_service::{Chance, Fault};
use serde_json::{Value, json};

use crate::stage::{Chord, Desk, Key, Window, until};

/// What has the focus, and whether a person sees that it has.
const FOCUS: &str = "
    const focused = document.activeElement;
    const style = getComputedStyle(focused);
    const name = focused.getAttribute('aria-label') ?? document.querySelector(`label[for=\"${focused.id}\"]`)?.innerText ?? focused.innerText ?? '';
    const outlined = ({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
    // A field of several values is outlined around all of them.
    const around = focused.closest('.chips:focus-within');
    const marked = outlined(style) || style.boxShadow !== 'none' || (around !== null && outlined(getComputedStyle(around)));
    const seen = focused !== document.body && focused.matches(':focus-visible') && marked;
    const box = focused.getBoundingClientRect();
    const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { name: name.trim(), tag: focused.tagName.toLowerCase(), job: focused.dataset?.job ?? null, seen: seen && inside };";

/// Notes every pointer event that the page gets.
const NO_POINTER: &str = "
    window.pointed = [];
    for (const kind of ['pointerdown', 'mousedown', 'touchstart']) addEventListener(kind, () => window.pointed.push(kind), true);";

/// The focus, which must be in sight.
async fn focus(window: &Window) -> Value {
    let focus = window.script(FOCUS).await;
    assert_eq!(focus["seen"], true, "the focus is in sight: {focus}");
    focus
}

/// Presses a key, and looks at the focus.
async fn step(window: &Window, key: Key) -> Value {
    window.key(key).await;
    focus(window).await
}

/// Goes on by that key until what has the focus is named so.
async fn step_to(window: &Window, key: Key, name: &str) {
    let mut passed = Vec::new();
    for _ in 0..60 {
        let focus = step(window, key).await;
        let at = focus["name"].as_str().unwrap_or_default().to_owned();
        if at.starts_with(name) {
            return;
        }
        passed.push(at);
    }
    panic!("{name:?} is reached by keys, but only these were: {passed:?}");
}

/// Waits until the focus is on something that is named so.
async fn focus_comes_to(window: &Window, name: &str) {
    until(&format!("the focus comes to {name:?}"), async || {
        let focus = window.script(FOCUS).await;
        focus["name"].as_str().is_some_and(|at| at.starts_with(name)).then_some(())
    })
    .await;
    focus(window).await;
}

#[tokio::test]
async fn d_6_create_pause_retry_and_open_go_by_keys_alone_with_the_focus_in_sight() {
    let desk = Desk::new();
    let opened = desk.opens_files();
    let service = desk.service(|options| options.faults.set(Fault::JobFails, Chance::Share(1.0))).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "rate": 1_500_000 }));
    let window = desk.open(&[]).await;
    window.reads("Nothing under way").await;
    window.script(NO_POINTER).await;

    // Create.
    window.chord(Chord::with(&[Key::Control], 'n')).await;
    window.reads("File numbers").await;
    step_to(&window, Key::Tab, "File numbers").await;
    window.types("16").await;
    window.key(Key::Enter).await;
    window.reads("1 export").await;
    step_to(&window, Key::Tab, "Export").await;
    window.picture("keyboard-create").await;
    window.key(Key::Enter).await;

    // Retry what has failed, by the line's button.
    window.chord(Chord::with(&[Key::Control], '2')).await;
    window.lines_are(1).await;
    window.reads("Failed").await;
    service.faults().set(Fault::JobFails, Chance::Share(0.0));
    to_the_line(&window).await;
    assert_eq!(step(&window, Key::Right).await["name"], "Try again", "of what failed the one order is to try it again");
    window.picture("keyboard-retry").await;
    window.key(Key::Enter).await;
    window.chord(Chord::with(&[Key::Control], '1')).await;

    // Pause and resume by the line's button.
    window.reads("downloading").await;
    to_the_line(&window).await;
    assert_eq!(step(&window, Key::Right).await["name"], "Pause", "the line's one order is beside it");
    window.key(Key::Enter).await;
    window.reads("paused at").await;
    focus_comes_to(&window, "Resume").await;
    window.picture("keyboard-paused").await;
    // Resume by the menu.
    step(&window, Key::Left).await;
    window.chord(Chord::with(&[Key::Shift], Key::F10)).await;
    focus_comes_to(&window, "Details").await;
    step_to(&window, Key::Down, "Resume").await;
    window.picture("keyboard-menu").await;
    window.key(Key::Enter).await;
    desk.jobs_are("landed", 1).await;

    // Open what landed.
    window.chord(Chord::with(&[Key::Control], '3')).await;
    window.reads("Landed, verified").await;
    to_the_line(&window).await;
    assert_eq!(step(&window, Key::Right).await["name"], "Open", "of what landed the one order is to open it");
    window.key(Key::Enter).await;
    let file = until("the file is opened", async || std::fs::read_to_string(&opened).ok()).await;
    assert!(file.contains(&desk.landed()[0]), "the landed file, by the system's program: {file}");

    assert_eq!(window.script("return window.pointed").await, json!([]), "no pointer was used");
    window.close().await;
}

/// Goes to the list's line.
async fn to_the_line(window: &Window) {
    for _ in 0..60 {
        if step(window, Key::Tab).await["job"].is_string() {
            return;
        }
    }
    panic!("the line is reached by keys");
}

#[tokio::test]
async fn first_start_goes_by_keys_alone() {
    let desk = Desk::new();
    let window = desk.open(&[]).await;
    window.reads("Try it without a server").await;
    window.script(NO_POINTER).await;
    step_to(&window, Key::Tab, "Try it").await;
    window.picture("keyboard-first-start").await;
    window.key(Key::Enter).await;
    until("five files land", async || (desk.landed().len() == 5).then_some(())).await;
    assert_eq!(window.script("return window.pointed").await, json!([]), "no pointer was used");
    window.close().await;
}
