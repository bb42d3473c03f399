//! Settings that work at once.

use landfall_wire::{Language, Phase, Section, Settings};

use crate::bed::{Bed, Page, report};

#[tokio::test(flavor = "multi_thread")]
async fn settings_hold_at_once_and_over_a_restart() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let row = bed.landed_report("csv").await;
    assert_eq!(row.title, "nordkai-40, Table (CSV)");
    let settings =
        Settings { language: Language::De, at_once: 2, rate: Some(1 << 20), ..bed.desk.settings().await.unwrap() };
    assert_eq!(bed.desk.save_settings(settings.clone()).await.unwrap(), settings);
    let mut page = Page::open(&bed.desk);
    page.until(&row.id, |row| row.title == "nordkai-40, Tabelle (CSV)").await;
    for wrong in [
        Settings { at_once: 0, ..settings.clone() },
        Settings { certificate_authority: Some("/nowhere/ca.pem".into()), ..settings.clone() },
        Settings { proxy: Some("no address".into()), ..settings.clone() },
    ] {
        assert!(bed.desk.save_settings(wrong).await.is_err(), "it makes no sense");
        assert_eq!(bed.desk.settings().await.unwrap(), settings, "and changes nothing");
    }
    drop(page);
    let bed = bed.restart().await;
    assert_eq!(bed.desk.settings().await.unwrap(), settings);
    let mut page = Page::open(&bed.desk);
    let row = page.until(&row.id, |row| row.phase == Phase::Landed).await;
    assert_eq!(
        (row.title.as_str(), row.section),
        ("nordkai-40, Tabelle (CSV)", Section::Landed),
        "read from the store"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_settings_are_set_aside_with_a_notice() {
    let bed = Bed::new().await;
    let home = bed.folder.path().join("home");
    let Bed { folder, service, desk } = bed;
    crate::bed::end(desk).await;
    std::fs::write(home.join("settings.json"), "{ no json").unwrap();
    let desk = crate::bed::start(folder.path()).await;
    assert_eq!(desk.settings().await.unwrap(), Settings::default());
    let mut page = Page::open(&desk);
    page.until_around(|around| around.notices.iter().any(|notice| notice.title.contains("settings"))).await;
    assert!(home.join("settings.json.damaged").exists(), "nothing of it is lost");
    drop(page);
    let _ = (folder, service, report("csv"));
}
