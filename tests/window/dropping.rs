//! Files that a person drags from a file manager onto the window.

use crate::stage::Desk;

#[tokio::test]
async fn table_dragged_onto_the_window_shows_what_it_becomes_and_is_asked_for() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.reads("Nothing under way").await;
    let file = desk.root().join("month.csv");
    let table = "project_id,format\nriverside-clinic,csv\nnordkai-40,pdf\nnordkai-40,docx\n";
    std::fs::write(&file, table).expect("a file can be written");
    let shown = desk.windows_are(1).await.remove(0);
    desk.drag_onto(&shown, &file);
    window.reads("month.csv").await;
    window.reads("one row cannot be asked for").await;
    window.picture("dropped-table").await;
    assert_eq!(desk.jobs().len(), 0, "nothing is asked for by a drop");
    window.press("Leave out the row that cannot be asked for").await;
    window.press("Export 2 times").await;
    desk.jobs_are("landed", 2).await;
    window.close().await;
}

#[tokio::test]
async fn connector_dragged_onto_the_window_shows_its_hosts_before_it_is_added() {
    let desk = Desk::new();
    let window = desk.open(&[]).await;
    window.reads("Try it without a server").await;
    let file = desk.root().join("archive.toml");
    let source = include_str!("../../src-tauri/engine/connectors/report-exports.toml");
    let source = source.replacen("id = \"report-exports\"", "id = \"archive-exports\"", 1);
    std::fs::write(&file, source).expect("a file can be written");
    let shown = desk.windows_are(1).await.remove(0);
    desk.drag_onto(&shown, &file);
    window.reads("archive.toml").await;
    window.picture("dropped-connector").await;
    window.close().await;
}

#[tokio::test]
async fn file_that_is_neither_is_refused_in_words() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.reads("Nothing under way").await;
    let file = desk.root().join("film.mp4");
    std::fs::write(&file, [0xff, 0xfe, 0x00]).expect("a file can be written");
    let shown = desk.windows_are(1).await.remove(0);
    desk.drag_onto(&shown, &file);
    window.reads("film.mp4 cannot be used").await;
    window.reads("Drop a table").await;
    window.close().await;
}
