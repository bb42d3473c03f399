//! What landed, drawn in the window; and two packages side by side.

use crate::reading::{bring_axe, findings};
use crate::stage::{Desk, Window, until};

/// Chooses a line and waits for the picture that says of itself what it shows.
async fn picture_is_drawn(window: &Window, title: &str, shows: &str) {
    window.select(title).await;
    let width = format!("return document.querySelector('aside img[alt*=\"{shows}\"]')?.naturalWidth || null");
    let wide = until(&format!("the picture of {title} is drawn"), async || window.script(&width).await.as_u64()).await;
    assert!(wide > 300, "it has something to see: {wide} pixels");
    // The details scroll to what they hold.
    window.script("document.querySelector('aside img').scrollIntoView({ block: 'center' })").await;
}

#[tokio::test]
async fn page_film_and_workbook_that_landed_are_drawn() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    for connector in ["report-exports", "media-jobs"] {
        desk.connect(connector, &service);
    }
    desk.export("report-exports", &["project_id=riverside-clinic", "format=pdf"]).await;
    desk.export("report-exports", &["project_id=riverside-clinic", "format=excel"]).await;
    desk.export("media-jobs", &["title=Site tour", "durationSeconds=3", "resolution=640x360"]).await;
    let window = desk.open(&[]).await;
    window.press("Landed").await;
    window.lines_are(3).await;
    bring_axe(&window).await;
    let mut found = Vec::new();
    picture_is_drawn(&window, "riverside-clinic, PDF document", "First page").await;
    window.reads("Pages").await;
    found.extend(findings(&window, "landed-page").await);
    picture_is_drawn(&window, "Site tour, Seconds 3, 640x360", ".mp4").await;
    found.extend(findings(&window, "landed-film").await);
    window.select("riverside-clinic, Excel workbook").await;
    window.waited("//aside//table//td[contains(., 'riverside-clinic')]").await;
    found.extend(findings(&window, "landed-workbook").await);
    assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    window.close().await;
}

#[tokio::test]
async fn two_packages_are_compared_with_their_values() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("package-exports", &service);
    for environment in ["uat", "prod"] {
        let environment = format!("environment={environment}");
        desk.export("package-exports", &["type=worktype", "systemName=matter", &environment]).await;
    }
    let window = desk.open(&[]).await;
    window.press("Landed").await;
    window.lines_are(2).await;
    let titles =
        window.script("return [...document.querySelectorAll('[data-job] .title')].map((one) => one.title)").await;
    let [newer, older] = titles.as_array().expect("titles").as_slice() else { panic!("two lines: {titles}") };
    let (newer, older) = (newer.as_str().expect("a title"), older.as_str().expect("a title"));
    window.select(older).await;
    window.press("Compare with…").await;
    let other = format!("//dialog//button[contains(., '{newer}')]");
    window.waited(&other).await.click().await.expect("the other package can be chosen");
    window.reads("Compare packages").await;
    window.waited("//*[@role='region'][@aria-label='Changes']//*[normalize-space(.)='Changed']").await;
    bring_axe(&window).await;
    let mut found = findings(&window, "compare-light").await;
    window.script("document.documentElement.dataset.theme = 'dark'").await;
    found.extend(findings(&window, "compare-dark").await);
    assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    window.fill("Find a component or a value", "no such component").await;
    window.reads("Nothing matches").await;
    window.press("Show all changes").await;
    window.no_longer_reads("Nothing matches").await;
    window.press("Swap sides").await;
    let before = format!("//*[contains(@class, 'head')]/span[2][contains(., '{newer}')]");
    window.waited(&before).await;
    window.close().await;
}
