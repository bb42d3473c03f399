//! Settings that work at once.

use landfall_wire::{JobOrder, Language, NewExport, NoticeKind, OnClash, Phase, Section, Settings, Theme};

use crate::bed::{Bed, Page, report};

/// An authority that has signed nothing.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUK+0XInnBUk7dWeA0QtNqVvdKgeMwCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXTGFuZGZhbGwgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTMwMjE1
NTE3WhgPMjEyNjExMDYyMTU1MTdaMCIxIDAeBgNVBAMMF0xhbmRmYWxsIHRlc3Qg
YXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+0v7oYjaM20RuE/s
yNEEmZ83HnsV3Bx3gZgHpln1UpCeU13OJ1Ter3Yifr3BL31zic0l+da1cZQWNk4w
S+hlkKNTMFEwHQYDVR0OBBYEFIKuwHjXhxuOv/0ld00JNf5lPq0xMB8GA1UdIwQY
MBaAFIKuwHjXhxuOv/0ld00JNf5lPq0xMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSQAwRgIhAONjVXPwZGcopWC5DMow2BFbQrPtcJaI3I+maE5EIqZXAiEA
0oxToHBi0pQEaHujij/Y/CgJgg1XVV/xVAI3APgGIlM=
-----END CERTIFICATE-----";

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
    page.until_around(|around| around.language == Language::De).await;
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
async fn certificate_that_has_gone_does_not_keep_other_settings_from_being_changed() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let file = bed.folder.path().join("ca.pem");
    std::fs::write(&file, CERTIFICATE).unwrap();
    let with_authority =
        Settings { certificate_authority: Some(file.display().to_string()), ..bed.desk.settings().await.unwrap() };
    bed.desk.save_settings(with_authority.clone()).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let dark = Settings { theme: Theme::Dark, ..with_authority.clone() };
    assert_eq!(bed.desk.save_settings(dark.clone()).await.unwrap(), dark);
    let other = Settings { proxy: Some("http://127.0.0.1:9".into()), ..dark.clone() };
    assert!(bed.desk.save_settings(other).await.is_err(), "the way into the network would be another one");
    bed.desk.save_settings(Settings { certificate_authority: None, ..dark }).await.unwrap();
    bed.landed_report("csv").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn name_in_use_is_dealt_with_as_it_is_set_and_as_a_person_says() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let settings = bed.desk.settings().await.unwrap();
    let asking = Settings { on_clash: OnClash::Ask, name_template: Some("{connection}".into()), ..settings };
    bed.desk.save_settings(asking).await.unwrap();
    let first = bed.landed_report("csv").await;
    let path = bed.desk.path_of(first.id.clone(), 0).await.unwrap();
    let mut told = bed.desk.notices();
    let ids = bed.desk.request(report("csv")).await.unwrap();
    let mut page = Page::open(&bed.desk);
    let waits = page.until(&ids[0], |row| row.section == Section::WaitingForMe).await;
    assert_eq!(waits.orders[..3], [JobOrder::KeepBoth, JobOrder::Replace, JobOrder::KeepOld]);
    assert_eq!(waits.trouble.as_deref(), Some("A file called reports.csv is there already"));
    while told.recv().await.unwrap().kind != NoticeKind::WaitsForYou {}
    let outcome = bed.desk.order(ids.clone(), JobOrder::KeepBoth).await.unwrap();
    assert!(outcome[0].failure.is_none(), "{outcome:?}");
    page.until(&ids[0], |row| row.phase == Phase::Landed).await;
    assert_eq!(bed.desk.path_of(ids[0].clone(), 0).await.unwrap().file_name().unwrap(), "reports (2).csv");

    std::fs::write(&path, "mine").unwrap();
    let replacing = NewExport { on_clash: Some(OnClash::Replace), ..report("csv") };
    let ids = bed.desk.request(replacing).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Landed).await;
    assert_ne!(std::fs::read_to_string(&path).unwrap(), "mine", "what is asked for comes before what is set");
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
