//! The first start.

use crate::stage::{Desk, until};

#[tokio::test]
async fn first_start_leads_by_try_it_to_five_landed_files() {
    let desk = Desk::new();
    let window = desk.open(&[]).await;
    window.reads("Try it without a server").await;
    window.picture("first-start").await;
    window.press("Try it").await;
    until("five files land", async || (desk.landed().len() == 5).then_some(())).await;
    let jobs = desk.jobs_are("landed", 5).await;
    window.press("Landed").await;
    window.lines_are(5).await;
    window.reads("Landed, verified").await;
    window.picture("first-start-landed").await;
    for file in jobs.iter().flat_map(|job| job["files"].as_array().cloned().unwrap_or_default()) {
        let path = std::path::PathBuf::from(file["path"].as_str().expect("a file has a path"));
        assert_eq!(path.parent(), Some(desk.downloads().as_path()), "it lies in the person's folder for downloads");
        assert_eq!(file["verified"], true, "its bytes are those that the server vouches for: {file}");
    }
    window.close().await;
}
