//! Connections: tried before they are kept.

use std::collections::BTreeMap;

use landfall_wire::{ConnectionSettings, ConnectionState, JobOrder, NewConnection, Phase, SecretKeeping};

use crate::bed::{Bed, Page, TOKEN, code, export, report};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1/";

#[tokio::test(flavor = "multi_thread")]
async fn refused_sign_in_is_never_kept() {
    let bed = Bed::new().await;
    let wanted = bed.wanted("reports", "report-exports");
    assert_eq!(code(bed.desk.add_connection(wanted.clone()).await), "AUTHENTICATION_ERROR", "the file is not open");
    assert!(bed.desk.secrets().await.unwrap().file_is_new, "the phrase that is typed now becomes its own");
    bed.desk.unlock_secrets(crate::bed::PHRASE.into()).await.unwrap();
    let secrets = bed.desk.secrets().await.unwrap();
    assert!(secrets.file_is_open && !secrets.file_is_new, "{secrets:?}");
    assert_eq!(code(bed.desk.unlock_secrets("open barley".into()).await), "AUTHENTICATION_ERROR", "another phrase");
    let wrong = NewConnection {
        secrets: BTreeMap::from([("token".into(), "hunter2".into())]),
        untested: true,
        ..wanted.clone()
    };
    let failure = bed.desk.add_connection(wrong).await.unwrap_err();
    assert_eq!(failure.code.name(), "AUTHENTICATION_ERROR");
    assert!(!format!("{failure:?}").contains("hunter2"), "the token is not told");
    assert!(bed.desk.connections().await.unwrap().is_empty(), "nothing is kept");

    let nowhere = ConnectionSettings { url: NOWHERE.into(), ..wanted.settings.clone() };
    let nowhere = NewConnection { settings: nowhere, ..wanted.clone() };
    assert_eq!(code(bed.desk.add_connection(nowhere.clone()).await), "NETWORK_ERROR");
    assert!(bed.desk.connections().await.unwrap().is_empty(), "nor where nobody answers");
    let view = bed.desk.add_connection(NewConnection { untested: true, ..nowhere }).await.unwrap();
    assert_eq!(view.state, ConnectionState::Unreachable, "kept because a person said so");

    let view = bed.desk.add_connection(wanted).await.unwrap();
    assert_eq!((view.state, view.connector_name.as_str()), (ConnectionState::Ready, "Report exports"));
    bed.desk.test_connection("reports".into()).await.unwrap();
    let strange = NewConnection { hosts: vec!["evil.example".into()], ..bed.wanted("more", "report-exports") };
    assert!(bed.desk.add_connection(strange).await.is_err(), "a host that was never shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn change_is_tried_first_and_exports_under_way_go_on_by_it() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let view = bed.connect("reports", "report-exports").await;
    let ids = bed.desk.request(report("csv")).await.unwrap();
    let mut page = Page::open(&bed.desk);
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;

    let change = |settings, untested| bed.desk.change_connection("reports".into(), settings, untested);
    let nowhere = ConnectionSettings { url: NOWHERE.into(), ..view.settings.clone() };
    assert_eq!(code(change(nowhere.clone(), false).await), "NETWORK_ERROR");
    let no_certificate = bed.folder.path().join("ca.pem").display().to_string();
    let untrusted = ConnectionSettings { certificate_authority: Some(no_certificate), ..view.settings.clone() };
    assert!(change(untrusted, true).await.is_err(), "a file of certificates that is not there is never kept");
    let too_many = ConnectionSettings { limit: Some(101), ..view.settings.clone() };
    assert_eq!(code(change(too_many, true).await), "JOB_CREATION_FAILED");
    assert_eq!(bed.desk.connections().await.unwrap()[0].settings, view.settings, "nothing of that was kept");
    assert_eq!(change(nowhere, true).await.unwrap().state, ConnectionState::Unreachable);

    let folder = bed.folder.path().join("reports").display().to_string();
    let settings = ConnectionSettings { folder: Some(folder), limit: Some(2), ..view.settings.clone() };
    let changed = change(settings.clone(), false).await.unwrap();
    assert_eq!((changed.state, &changed.settings), (ConnectionState::Ready, &settings));
    assert_eq!(changed.active, 1, "the export goes on");
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    bed.desk.test_connection("reports".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn change_that_cannot_be_kept_leaves_exports_under_way() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let view = bed.connect("reports", "report-exports").await;
    let ids = bed.desk.request(report("csv")).await.unwrap();
    let mut page = Page::open(&bed.desk);
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;

    // Secrets are written before the connection: here they cannot be.
    let secrets = bed.folder.path().join("home/secrets");
    let kept: Vec<_> = std::fs::read_dir(&secrets)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|file| (std::fs::read(&file).unwrap(), file))
        .collect();
    std::fs::remove_dir_all(&secrets).unwrap();
    std::fs::write(&secrets, "in the way").unwrap();
    let limited = ConnectionSettings { limit: Some(2), ..view.settings.clone() };
    assert_eq!(code(bed.desk.change_connection("reports".into(), limited, false).await), "DISK_ERROR");
    std::fs::remove_file(&secrets).unwrap();
    std::fs::create_dir(&secrets).unwrap();
    for (bytes, file) in kept {
        std::fs::write(file, bytes).unwrap();
    }

    let outcome = bed.desk.order(ids.clone(), JobOrder::Pause).await.unwrap();
    assert!(outcome[0].failure.is_none(), "{outcome:?}");
    page.until(&ids[0], |row| row.phase == Phase::Paused).await;
    bed.desk.order(ids.clone(), JobOrder::Resume).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_that_cannot_be_read_takes_nothing_else_away() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let file = bed.folder.path().join("home/connections/broken.toml");
    std::fs::write(&file, "connector = 7").unwrap();
    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    page.until_around(|around| around.notices.iter().any(|notice| notice.text.contains("broken.toml"))).await;
    assert_eq!(bed.desk.connections().await.unwrap().len(), 1);
    bed.desk.unlock_secrets(crate::bed::PHRASE.into()).await.unwrap();
    bed.landed_report("csv").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_with_jobs_under_way_stays() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let ids = bed.desk.request(report("csv")).await.unwrap();
    let mut page = Page::open(&bed.desk);
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    assert_eq!(bed.desk.connections().await.unwrap()[0].active, 1);
    assert_eq!(code(bed.desk.remove_connection("reports".into()).await), "JOB_CREATION_FAILED");
    bed.desk.order(ids.clone(), JobOrder::Cancel).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Cancelled).await;
    bed.desk.remove_connection("reports".into()).await.unwrap();
    assert!(bed.desk.connections().await.unwrap().is_empty());
    assert!(bed.desk.form("reports".into()).await.is_err(), "it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_sign_in_lets_go_on_what_waited_for_it() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let wrong = BTreeMap::from([("token".to_owned(), "hunter2".to_owned())]);
    assert_eq!(code(bed.desk.sign_in("reports".into(), wrong).await), "AUTHENTICATION_ERROR");
    let ids = bed.desk.request(report("csv")).await.unwrap();
    let mut page = Page::open(&bed.desk);
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    let right = BTreeMap::from([("token".to_owned(), TOKEN.to_owned())]);
    bed.desk.sign_in("reports".into(), right).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_for_this_session_ends_with_it_and_exports_wait_for_the_next() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let wanted = NewConnection { keeping: SecretKeeping::Session, ..bed.wanted("reports", "report-exports") };
    bed.desk.add_connection(wanted).await.unwrap();
    let ids = bed.desk.request(report("csv")).await.unwrap();
    let mut page = Page::open(&bed.desk);
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    drop(page);

    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    let row = page.until(&ids[0], |row| row.phase == Phase::NeedsSignIn).await;
    assert_eq!(row.orders[0], JobOrder::SignIn);
    let right = BTreeMap::from([("token".to_owned(), TOKEN.to_owned())]);
    bed.desk.sign_in("reports".into(), right).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    bed.desk.order(ids.clone(), JobOrder::Cancel).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Cancelled).await;
    bed.desk.remove_connection("reports".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_templates_become_exports() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let pasted = "project_id\tformat\nnordkai-40\tcsv\nsuzhou-lab\tword\n";
    let check = bed.desk.check_table("reports".into(), pasted.into()).await.unwrap();
    assert_eq!((check.columns.len(), check.total, check.flawed), (2, 2, 1), "{check:?}");
    assert_eq!((check.rows[0].title.as_str(), check.rows[1].line), ("nordkai-40, Table (CSV)", 3));
    let lines = "{\"project_id\":\"nordkai-40\",\"format\":\"pdf\"}\n{\"project_id\":1}\n";
    let check = bed.desk.check_table("reports".into(), lines.into()).await.unwrap();
    assert_eq!((check.total, check.exports, check.flawed), (2, 1, 1), "{check:?}");
    let strange = bed.desk.check_table("reports".into(), "colour\nred\n".into()).await.unwrap();
    assert!(strange.flaw.unwrap().message.contains("colour"));
    let ids = bed.desk.request_table(export("reports", &[]), pasted.into()).await.unwrap();
    assert_eq!(ids.len(), 1, "the row that makes sense");
    let long = format!("project_id,format\n{}suzhou-lab,word\n", "nordkai-40,csv\n".repeat(700));
    let check = bed.desk.check_table("reports".into(), long).await.unwrap();
    assert_eq!((check.total, check.flawed, check.rows.len()), (701, 1, 501));
    assert_eq!(
        check.rows.last().map(|row| (row.line, row.flaw.is_some())),
        Some((702, true)),
        "what wants mending is shown"
    );

    let template = landfall_wire::Template { name: "Weekly".into(), export: report("csv"), shifts_times: true };
    bed.desk.save_template(template.clone()).await.unwrap();
    bed.desk.save_template(template.clone()).await.unwrap();
    assert_eq!(bed.desk.form("reports".into()).await.unwrap().templates, [template], "in place of the one before");
    bed.desk.remove_template("reports".into(), "Weekly".into()).await.unwrap();
    assert!(bed.desk.form("reports".into()).await.unwrap().templates.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn connector_files_are_checked_before_they_are_added() {
    let bed = Bed::new().await;
    let all = bed.desk.connectors().await.unwrap();
    assert!(all.iter().filter(|view| view.origin == landfall_wire::ConnectorOrigin::BuiltIn).count() == 5, "{all:?}");
    let wrong = bed.desk.check_connector("mine.toml".into(), "format = 1\nid = \"mine\"\n".into()).await.unwrap();
    assert!(wrong.connector.is_none() && !wrong.problems.is_empty());
    assert!(bed.desk.add_connector("mine.toml".into(), "rubbish".into()).await.is_err());
    let source = include_str!("../../../engine/connectors/report-exports.toml");
    let taken = bed.desk.check_connector("x.toml".into(), source.into()).await.unwrap();
    assert_eq!(taken.problems[0].key, "id", "a built-in one is never replaced");
    let mine = source.replace("id = \"report-exports\"", "id = \"mine\"");
    let check = bed.desk.check_connector("mine.toml".into(), mine.clone()).await.unwrap();
    assert_eq!((check.connector.unwrap().id.as_str(), check.replaces), ("mine", false));
    assert_eq!(bed.desk.add_connector("mine.toml".into(), mine.clone()).await.unwrap().sign_in[0][0].name, "token");
    assert!(bed.desk.check_connector("mine.toml".into(), mine).await.unwrap().replaces);
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_says_that_it_is_closed_and_a_test_that_succeeds_lets_go_on_what_waited() {
    let bed = Bed::with(|options| options.workers = 0).await;
    assert!(!bed.connect("reports", "report-exports").await.is_closed, "the phrase was typed just now");
    let ids = bed.desk.request(report("csv")).await.unwrap();
    Page::open(&bed.desk).until(&ids[0], |row| row.phase == Phase::Waiting).await;
    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    let row = page.until(&ids[0], |row| row.phase == Phase::NeedsSignIn).await;
    assert_eq!(row.orders[..2], [JobOrder::SignIn, JobOrder::Resume]);
    let view = bed.desk.connections().await.unwrap().remove(0);
    assert!(view.is_closed);
    assert_eq!(code(bed.desk.test_connection("reports".into()).await), "AUTHENTICATION_ERROR");
    assert_eq!(code(bed.desk.change_connection("reports".into(), view.settings, false).await), "AUTHENTICATION_ERROR");

    // As a keychain that somebody else has unlocked: its secrets can be read, and nobody has said so.
    let sealed = bed.folder.path().join("home/secrets/reports.sealed");
    std::fs::remove_file(&sealed).unwrap();
    bed.desk.sign_in("reports".into(), BTreeMap::from([("token".into(), TOKEN.into())])).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    assert!(!bed.desk.connections().await.unwrap()[0].is_closed, "its key lies beside it: nothing has to be typed");
}
