//! Trying everything without a server.

use std::collections::BTreeSet;

use landfall_wire::{ConnectionState, NoticeKind, Phase};

use crate::bed::{Page, end, start};

#[tokio::test(flavor = "multi_thread")]
async fn sample_lands_one_export_of_each_system_and_runs_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let desk = start(folder.path()).await;
    let mut page = Page::open(&desk);
    page.until_around(|around| around.first_start).await;
    let mut told = desk.notices();
    let ids = desk.start_sample().await.unwrap();
    assert_eq!(ids.len(), 5, "one of each");
    page.until_around(|around| around.sample_runs && !around.first_start).await;
    for id in &ids {
        let row = page.until(id, |row| row.phase.is_end()).await;
        assert_eq!(row.phase, Phase::Landed, "{row:?}");
    }
    let notice = told.recv().await.unwrap();
    assert_eq!(notice.kind, NoticeKind::Landed, "{notice:?}");
    let views = desk.connections().await.unwrap();
    assert_eq!(views.len(), 5);
    assert!(views.iter().all(|view| view.state == ConnectionState::Ready), "{views:?}");
    let urls: BTreeSet<String> = views.into_iter().map(|view| view.settings.url).collect();
    drop(page);
    end(desk).await;

    let desk = start(folder.path()).await;
    let again = desk.connections().await.unwrap();
    assert_eq!(again.len(), 5, "the same five");
    let mut page = Page::open(&desk);
    page.until_around(|around| around.sample_runs).await;
    desk.test_connection("Downloads".into()).await.unwrap();
    assert_eq!(again.into_iter().map(|view| view.settings.url).collect::<BTreeSet<_>>(), urls, "on the same port");
    desk.stop_sample().await.unwrap();
    page.until_around(|around| !around.sample_runs).await;
    drop(page);
    end(desk).await;
    let desk = start(folder.path()).await;
    let mut page = Page::open(&desk);
    page.draw().await;
    assert!(!page.around.unwrap().sample_runs, "it was stopped by a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_of_the_sample_that_was_taken_away_stays_away_until_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let desk = start(folder.path()).await;
    let ids = desk.start_sample().await.unwrap();
    let mut page = Page::open(&desk);
    for id in &ids {
        page.until(id, |row| row.phase == Phase::Landed).await;
    }
    desk.remove_connection("Downloads".into()).await.unwrap();
    drop(page);
    end(desk).await;

    let desk = start(folder.path()).await;
    let mut page = Page::open(&desk);
    page.until_around(|around| around.sample_runs).await;
    assert_eq!(desk.connections().await.unwrap().len(), 4);
    let again = desk.start_sample().await.unwrap();
    assert_eq!(again.len(), 1, "one export of what was added, and none of what was there");
    assert_eq!(desk.connections().await.unwrap().len(), 5);
    page.until(&again[0], |row| row.phase == Phase::Landed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sample_finds_another_port_where_its_own_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let desk = start(folder.path()).await;
    desk.start_sample().await.unwrap();
    let url = desk.connections().await.unwrap().remove(0).settings.url;
    end(desk).await;
    let port: u16 = url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let desk = start(folder.path()).await;
    Page::open(&desk).until_around(|around| around.sample_runs).await;
    let again = desk.connections().await.unwrap().remove(0).settings.url;
    assert_ne!(again, url, "its connections lead to where it is now");
    desk.test_connection("Downloads".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sample_asks_for_what_could_not_be_asked_for_before() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder for downloads is to be.
    let downloads = folder.path().join("out");
    std::fs::write(&downloads, "in the way").unwrap();
    let desk = start(folder.path()).await;
    let failure = desk.start_sample().await.unwrap_err();
    assert!(failure.message.contains("it is a file, not a folder"), "{failure}");
    assert_eq!(desk.connections().await.unwrap().len(), 5, "they are there");
    std::fs::remove_file(&downloads).unwrap();
    assert_eq!(desk.start_sample().await.unwrap().len(), 5, "one of each, now that there is room for them");
    assert_eq!(desk.start_sample().await.unwrap().len(), 0, "and once is enough");
    end(desk).await;
}
