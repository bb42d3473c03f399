//! Settings that work at once.

use landfall_wire::{Language, NewExport, Phase, Section, Settings};

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
async fn files_are_called_as_the_template_says_with_the_ending_that_the_server_says() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let template = Some("{connection} {title}".to_owned());
    let settings = Settings { name_template: template, ..bed.desk.settings().await.unwrap() };
    bed.desk.save_settings(settings).await.unwrap();
    let row = bed.landed_report("csv").await;
    let path = bed.desk.path_of(row.id.clone(), 0).await.unwrap();
    assert_eq!(path.file_name().unwrap(), "reports nordkai-40, Table (CSV).csv");
    assert_eq!(bed.desk.again(row.id, 1).await.unwrap().name, None, "another export has a name of its own");
    let named = bed.desk.request(NewExport { name: Some("mine.csv".into()), ..report("csv") }).await.unwrap();
    Page::open(&bed.desk).until(&named[0], |row| row.phase == Phase::Landed).await;
    assert!(
        bed.desk.path_of(named[0].clone(), 0).await.unwrap().ends_with("mine.csv"),
        "what is asked for comes first"
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
