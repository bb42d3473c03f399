//! Settings that a person changes in the window.

use serde_json::json;

use crate::orders::{ask_for, only_title};
use crate::stage::{Desk, until};

#[tokio::test]
async fn language_and_colours_change_at_once_and_stay() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.press("Settings").await;
    window.press("Deutsch").await;
    window.reads("Gelandet").await;
    window.press("Dunkel").await;
    let theme = "return getComputedStyle(document.documentElement).colorScheme";
    until("it is dark", async || (window.script(theme).await == json!("dark")).then_some(())).await;
    window.picture("settings-de-dark").await;
    window.close().await;
    until("the app has ended", async || desk.app_process().is_none().then_some(())).await;
    let window = desk.open(&[]).await;
    window.reads("Gelandet").await;
    assert_eq!(window.script(theme).await, json!("dark"), "kept");
    window.close().await;
}

#[tokio::test]
async fn start_with_the_session_is_written_where_sessions_look_and_taken_away_again() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.press("Settings").await;
    // The start of the app in another home, the usual one, which is none of this one's matters.
    let folder = desk.root().join("config/autostart");
    let others = folder.join("landfall-desktop.desktop");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    std::fs::write(&others, "of another home").expect("a file can be written");
    let entry = || {
        let entries = std::fs::read_dir(&folder).expect("the folder is there").flatten();
        entries.map(|entry| entry.path()).find(|path| *path != others)
    };
    window.press("Start with the session, hidden").await;
    let entry_there = until("the entry is there", async || entry()).await;
    let text = until("it is written", async || {
        std::fs::read_to_string(&entry_there).ok().filter(|text| text.ends_with("=true\n"))
    })
    .await;
    assert!(text.contains(&format!("--hidden --home \"{}\"", desk.home().display())), "{text}");
    window.press("Start with the session, hidden").await;
    until("the entry is gone", async || entry().is_none().then_some(())).await;
    assert_eq!(std::fs::read_to_string(&others).expect("it is there"), "of another home");
    window.close().await;
}

#[tokio::test]
async fn minimised_window_becomes_the_small_one_above_all_others() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("download-jobs", &service);
    desk.has_set(&json!({ "minimiseToCompact": true, "rate": 300_000 }));
    let window = desk.open(&[]).await;
    ask_for(&window, "16").await;
    let title = only_title(&window).await;
    let main = desk.windows_are(1).await.remove(0);
    until("the small window comes", async || {
        desk.minimise(&main);
        let shown = desk.windows("Landfall");
        shown.into_iter().find(|other| *other != main)
    })
    .await;
    window.go_to_compact().await;
    window.reads(&title).await;
    let small = desk.windows("Landfall").into_iter().find(|other| *other != main).expect("it is there");
    assert!(desk.state_of(&small).contains("_NET_WM_STATE_ABOVE"), "{}", desk.state_of(&small));
    window.close().await;
}
