//! Takes the pictures of the README in the real window: exports on their way, landed, failed, and the dark theme.
//!
//! They are left in `target/pictures` as `readme-….png`; `make pictures` puts them where the README shows them.

#[allow(dead_code, unused_imports, reason = "the tests of the window use the rest")]
mod stage;

use std::time::Duration;

use landfall_service::{Chance, Fault};
use landfall_tests::testbed::token_of;
use serde_json::json;
use stage::{Desk, Window, until};

/// The systems, by the names that a person gives them.
const CONNECTIONS: [(&str, &str); 5] = [
    ("downloads", "download-jobs"),
    ("take-off-reports", "report-exports"),
    ("harbour-cameras", "exports-v2"),
    ("render-farm", "media-jobs"),
    ("matter-packages", "package-exports"),
];

/// What has landed before: the connection, and what is asked for.
const LANDED: [(&str, &[&str]); 6] = [
    ("take-off-reports", &["project_id=riverside-clinic", "format=pdf"]),
    ("harbour-cameras", &["camera=gate-north", "start=2025-06-02T07:30:00Z", "end=2025-06-02T07:30:05Z"]),
    ("render-farm", &["title=Site tour", "durationSeconds=3", "resolution=640x360"]),
    ("matter-packages", &["type=worktype", "systemName=matter", "environment=uat"]),
    ("take-off-reports", &["project_id=riverside-clinic", "format=excel"]),
    ("take-off-reports", &["project_id=nordkai-40", "format=csv"]),
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` and its kin only want to know whether this can be started.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let desk = Desk::new();
    let service = desk.service(|options| (options.pace, options.workers) = (4.0, 4)).await;
    for (name, connector) in CONNECTIONS {
        desk.connect_as(name, connector, &service, &token_of("anna"));
    }
    for (connection, params) in LANDED {
        desk.export(connection, params).await;
    }
    service.faults().set(Fault::PackageNotZip, Chance::Share(1.0));
    let mut fails =
        desk.exporting("matter-packages", &["type=worktype", "systemName=billing", "environment=production"]);
    until("an export fails", async || fails.ended()).await;
    desk.has_set(&json!({ "rate": 4_000_000 }));

    let window = desk.open(&[]).await;
    ask(&window, "downloads", &[("File numbers", "16, 17")]).await;
    window.press("Active").await;
    window.reads("downloading").await;
    for format in ["Excel workbook", "PDF document"] {
        fill(&window, "take-off-reports", &[("Project", "nordkai-40")]).await;
        window.choose("Format", format).await;
        window.press("Export").await;
        window.reads("nordkai-40").await;
    }
    ask(&window, "render-farm", &[("Title", "Harbour fly-over")]).await;
    window.press("Active").await;
    // Long enough for a speed, and for what is left by it.
    tokio::time::sleep(Duration::from_secs(6)).await;
    window.picture("readme-active").await;

    window.press("Waiting for me").await;
    window.lines_are(1).await;
    window.script("document.querySelector('[data-job]').click()").await;
    window.reads("What to do").await;
    window.picture("readme-failed").await;

    window.press("Landed").await;
    window.select("gate-north, 2025-06-02 07:30:00–07:30:05").await;
    window.picture("readme-landed").await;

    window.press("Settings").await;
    window.press("Dark").await;
    window.press("Landed").await;
    window.select("nordkai-40, Table (CSV)").await;
    window.waited("//aside//table//td").await;
    window.picture("readme-dark").await;
    window.close().await;
}

/// Asks for an export by the form.
async fn ask(window: &Window, connection: &str, fields: &[(&str, &str)]) {
    fill(window, connection, fields).await;
    window.press("Export").await;
}

/// Fills in the form.
async fn fill(window: &Window, connection: &str, fields: &[(&str, &str)]) {
    window.press("New export").await;
    window.choose("Connection", connection).await;
    for (label, text) in fields {
        window.fill(label, text).await;
    }
}
