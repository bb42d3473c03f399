//! Rows, orders, details, and what a restart finds.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use landfall_desk::{Desk, DeskOptions};
use landfall_engine::clock::ManualClock;
use landfall_engine::home::Home;
use landfall_wire::{Change, FileKind, JobId, JobOrder, Phase, Section, Settings};

use crate::bed::{Bed, Page, end, export, report};

#[tokio::test(flavor = "multi_thread")]
async fn export_goes_from_a_form_to_a_landed_row() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let form = bed.desk.form("reports".into()).await.unwrap();
    assert_eq!(form.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["project_id", "format"]);
    let nothing = bed.desk.check_form(export("reports", &[("format", "word")])).await.unwrap();
    assert_eq!((nothing.flaws.len(), nothing.jobs), (2, 0), "all that is wrong is told: {:?}", nothing.flaws);
    let fine = bed.desk.check_form(report("excel")).await.unwrap();
    assert_eq!((fine.jobs, fine.titles.as_slice()), (1, &["nordkai-40, Excel workbook".to_owned()][..]));

    let mut page = Page::open(&bed.desk);
    assert!(page.draw().await, "first everything");
    let ids = bed.desk.request(report("excel")).await.unwrap();
    let row = page.until(&ids[0], |row| row.phase == Phase::Landed).await;
    assert_eq!((row.title.as_str(), row.badge.as_str()), ("nordkai-40, Excel workbook", "XLSX"));
    assert_eq!((row.kind, row.section, row.verified), (FileKind::Table, Section::Landed, true));
    assert_eq!(row.orders[..2], [JobOrder::Open, JobOrder::Reveal], "the best first");
    assert!(!page.around.as_ref().unwrap().first_start);

    let detail = bed.desk.detail(ids[0].clone()).await.unwrap();
    assert_eq!(detail.params, [("Project".into(), "nordkai-40".into()), ("Format".into(), "Excel workbook".into())]);
    assert_eq!(detail.connector_name.as_deref(), Some("Report exports"));
    assert!(detail.timeline.iter().any(|entry| entry.text.contains("Asked for")), "{:?}", detail.timeline);
    let remote_id = detail.job.remote_id.as_deref().unwrap();
    let name = detail.job.files[0].path.file_name().unwrap().to_str().unwrap().to_uppercase();
    let words = [&detail.job.correlation_id[..8], remote_id, name.as_str(), "nowhere", "a"].map(str::to_owned);
    let found = bed.desk.find(words.into()).await.unwrap();
    assert_eq!(found, [&ids[..], &ids, &ids, &[], &[]], "by both ids and its file; one letter finds nothing");
    assert!(bed.desk.verify(ids[0].clone()).await.unwrap(), "it is what landed");
    let path = bed.desk.path_of(ids[0].clone(), 0).await.unwrap();
    std::fs::write(&path, "changed").unwrap();
    assert!(!bed.desk.verify(ids[0].clone()).await.unwrap(), "somebody changed it");
    assert!(bed.desk.path_of(ids[0].clone(), 1).await.is_err(), "it has one file");

    bed.desk.order(ids.clone(), JobOrder::Forget).await.unwrap();
    while page.rows.contains_key(&ids[0]) {
        assert!(!page.draw().await, "a removal is a small change");
    }
    assert!(path.exists(), "the file stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_paused_goes_on_only_where_it_was_paused_by_that() {
    // Nobody works on jobs at the service: they wait.
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let (one, other) = (
        bed.desk.request(report("csv")).await.unwrap().remove(0),
        bed.desk.request(report("pdf")).await.unwrap().remove(0),
    );
    for id in [&one, &other] {
        page.until(id, |row| row.phase == Phase::Waiting).await;
    }
    let outcome = bed.desk.order(vec![one.clone()], JobOrder::Pause).await.unwrap();
    assert!(outcome[0].failure.is_none(), "{outcome:?}");
    page.until(&one, |row| row.phase == Phase::Paused).await;
    bed.desk.pause_all().await.unwrap();
    page.until(&other, |row| row.phase == Phase::Paused).await;
    page.until_around(|around| around.all_paused).await;
    assert!(bed.desk.tray().borrow().all_paused);
    let refused = bed.desk.order(vec![one.clone()], JobOrder::Extend).await.unwrap();
    assert!(refused[0].failure.is_none(), "a paused job's wait can be longer: {refused:?}");

    drop(page);
    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    page.until_around(|around| around.all_paused).await;
    bed.desk.unlock_secrets(crate::bed::PHRASE.into()).await.unwrap();
    bed.desk.resume_all().await.unwrap();
    page.until(&other, |row| row.phase == Phase::Waiting).await;
    page.until_around(|around| !around.all_paused).await;
    assert_eq!(page.rows[&one].phase, Phase::Paused, "a person paused that one alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paused_together_and_then_cancelled_no_longer_counts_as_paused() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let ids = bed.desk.request(report("csv")).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    bed.desk.pause_all().await.unwrap();
    page.until_around(|around| around.all_paused).await;
    bed.desk.order(ids.clone(), JobOrder::Cancel).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Cancelled).await;
    page.until_around(|around| !around.all_paused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_all_at_once_after_pause_all_leaves_nothing_paused() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.extend(bed.desk.request(report("csv")).await.unwrap());
    }
    for id in &ids {
        page.until(id, |row| row.phase == Phase::Waiting).await;
    }
    let (paused, resumed) = tokio::join!(bed.desk.pause_all(), bed.desk.resume_all());
    paused.unwrap();
    resumed.unwrap();
    page.until_around(|around| !around.all_paused).await;
    for id in &ids {
        let state = bed.desk.detail(id.clone()).await.unwrap().job.phase;
        assert_eq!(state, Phase::Waiting, "{id} goes on, though the second order came while the first was carried out");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_goes_on_with_what_was_interrupted_and_says_so_once() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let ids = bed.desk.request(report("csv")).await.unwrap();
    Page::open(&bed.desk).until(&ids[0], |row| row.phase == Phase::Waiting).await;
    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    // Its token is sealed, and the phrase is not typed yet.
    let row = page.until(&ids[0], |row| row.phase == Phase::NeedsSignIn).await;
    assert_eq!((row.section, row.orders[0]), (Section::WaitingForMe, JobOrder::SignIn));
    page.until_around(|around| around.notices.iter().any(|notice| notice.title.starts_with("1 export goes on"))).await;
    bed.desk.unlock_secrets(crate::bed::PHRASE.into()).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    assert_eq!(bed.service.jobs().await.unwrap().len(), 1, "the same job on the server");
    let number = page.around.as_ref().unwrap().notices[0].number;
    bed.desk.notices_seen(vec![number]).await.unwrap();
    page.until_around(|around| around.notices.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn priority_order_and_adoption_reach_the_engine() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let id = bed.desk.request(report("csv")).await.unwrap().remove(0);
    page.until(&id, |row| row.phase == Phase::Waiting).await;
    bed.desk.set_priority(id.clone(), 10).await.unwrap();
    page.until(&id, |row| row.priority == 10).await;
    assert!(bed.desk.set_priority(id.clone(), 1_000).await.is_err(), "no such priority");
    let remote = bed.desk.detail(id.clone()).await.unwrap().job.remote_id.unwrap();
    assert!(bed.desk.adopt("reports".into(), remote.clone()).await.is_err(), "it is followed already");
    bed.desk.order(vec![id.clone()], JobOrder::Forget).await.unwrap();
    let adopted = bed.desk.adopt("reports".into(), remote).await.unwrap();
    page.until(&adopted, |row| row.phase == Phase::Waiting).await;
    let again = bed.desk.again(adopted, 1).await.unwrap();
    assert_eq!(again.connection, "reports");
    let outcomes = bed.desk.order(vec![id, JobId::new("none")], JobOrder::Cancel).await.unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.failure.is_some()), "neither is there: {outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_that_does_not_acknowledge_is_told_nothing_more() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut watch = bed.desk.watch();
    let Change::Whole { revision, .. } = watch.next().await.unwrap() else { panic!("first everything") };
    let mut other = Page::open(&bed.desk);
    let id = bed.desk.request(report("csv")).await.unwrap().remove(0);
    other.until(&id, |row| row.phase == Phase::Waiting).await;
    let waits = watch.next().now_or_never();
    assert!(waits.is_none(), "the first was not acknowledged: {waits:?}");
    bed.desk.acknowledge(revision + 1_000_000);
    assert!(watch.next().now_or_never().is_none(), "nor by another number");
    bed.desk.acknowledge(revision);
    match watch.next().await.unwrap() {
        Change::Delta { rows, .. } => assert!(rows.iter().any(|row| row.id == id), "{rows:?}"),
        whole @ Change::Whole { .. } => panic!("nothing was missed: {whole:?}"),
    }
}

#[tokio::test]
async fn page_is_told_at_most_ten_times_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(Timestamp::from_second(1_800_000_000).unwrap());
    let home = Home::at(folder.path().join("home")).unwrap();
    let options = DeskOptions { clock: Arc::new(clock.clone()), ..DeskOptions::new(home, "1", folder.path()) };
    let desk = Desk::start(options).await.unwrap();
    let mut watch = desk.watch();
    let Change::Whole { revision, .. } = watch.next().await.unwrap() else { panic!("first everything") };
    desk.acknowledge(revision);
    desk.has_tray(true);
    let mut next = Box::pin(watch.next());
    assert!((&mut next).now_or_never().is_none(), "it was told just now");
    clock.advance(Duration::from_millis(99));
    assert!((&mut next).now_or_never().is_none(), "a moment too early");
    desk.has_tray(false);
    desk.has_tray(true);
    clock.advance(Duration::from_millis(1));
    match next.await.unwrap() {
        Change::Delta { desk: Some(around), rows, .. } => assert!(around.has_tray && rows.is_empty(), "once for all"),
        other => panic!("what changed: {other:?}"),
    }
    end(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_took_about_as_long_each_time_is_said_to_take_as_long_again() {
    let bed = Bed::with(|options| options.pace = 0.5).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    for format in ["csv", "pdf", "excel"] {
        let id = bed.desk.request(report(format)).await.unwrap().remove(0);
        let told = page.until(&id, |row| row.phase == Phase::Landed || row.eta_seconds.is_some()).await;
        assert_eq!(told.phase, Phase::Landed, "nobody knows yet: {told:?}");
    }
    drop(page);
    let bed = bed.restart().await;
    bed.desk.unlock_secrets(crate::bed::PHRASE.into()).await.unwrap();
    let mut page = Page::open(&bed.desk);
    let id = bed.desk.request(report("csv")).await.unwrap().remove(0);
    let at_work = |row: &landfall_wire::JobRow| matches!(row.phase, Phase::Waiting | Phase::Preparing);
    page.until(&id, |row| at_work(row) && row.eta_seconds.is_some_and(|seconds| seconds < 60)).await;
    page.until(&id, |row| row.phase == Phase::Landed).await;
}

#[test]
fn what_the_window_waits_for_may_cross_threads() {
    fn crosses<T: Send>(_: &T) {}
    fn all(desk: &Desk, id: &JobId) {
        crosses(&desk.order(vec![id.clone()], JobOrder::Pause));
        crosses(&desk.pause_all());
        crosses(&desk.request(report("csv")));
        crosses(&desk.detail(id.clone()));
        crosses(&desk.preview(id.clone(), 0));
        crosses(&desk.compare(id.clone(), id.clone()));
        crosses(&desk.take_link(""));
        crosses(&desk.answer_link(1, true, true));
        crosses(&desk.start_sample());
        crosses(&desk.unlock_secrets(String::new()));
        crosses(&desk.save_settings(Settings::default()));
        crosses(&desk.stop());
    }
    let _ = all;
}
