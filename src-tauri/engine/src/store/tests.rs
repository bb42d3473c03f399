//! The store on a real disk: kept, refused, set aside, rebuilt.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use landfall_wire::{CorrelationId, JobId, TimelineEntry};

use super::*;
use crate::connector::Params;
use crate::job::{Remote, State, Wish};
use crate::transfer::Clash;

fn job(id: &str) -> Job {
    Job::new(Wish {
        id: JobId::new(id),
        connection: "demo".into(),
        connector: "download-jobs".into(),
        params: Params::default(),
        folder: "/exports".into(),
        name: None,
        sha256: None,
        rate: None,
        extract: false,
        priority: crate::job::Priority::NORMAL,
        clash: Some(Clash::Number),
        not_before: None,
        correlation: CorrelationId::new("c0ffee"),
        created_at: Timestamp::UNIX_EPOCH,
    })
}

fn landed(id: &str) -> Job {
    let remote = Remote::new("1", crate::connector::Kept::new());
    Job { state: State::landed(remote, Vec::new()), ..job(id) }
}

fn notes(count: usize) -> Vec<TimelineEntry> {
    (0..count).map(|number| TimelineEntry { at: Timestamp::UNIX_EPOCH, text: format!("line {number}") }).collect()
}

fn at(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("landfall.db")
}

fn nothing() -> Finds {
    Finds::default()
}

/// Overwrites the middle of the file, where the tables' pages are.
fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let length = bytes.len();
    bytes[40..length].fill(0xa5);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn what_was_saved_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&at(&folder)).unwrap();
    store.insert(&job("one"), notes(1)).await.unwrap();
    store.save(&landed("one"), notes(2)).await.unwrap();
    assert!(store.insert(&job("one"), Vec::new()).await.is_err(), "an id is taken once");
    assert!(store.save(&job("two"), Vec::new()).await.is_err(), "an unknown job is not saved in silence");
    drop(store);
    let store = Store::open(&at(&folder)).unwrap();
    assert_eq!(store.job(&JobId::new("one")).await.unwrap(), Some(landed("one")));
    assert_eq!(store.job(&JobId::new("two")).await.unwrap(), None);
    let reader = Reader::open(&at(&folder)).unwrap();
    assert_eq!(reader.jobs().unwrap(), [landed("one")], "readable while an engine holds it");
    assert_eq!(reader.timeline(&JobId::new("one")).unwrap().len(), 3);
}

#[tokio::test]
async fn timeline_has_a_limit_and_keeps_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&at(&folder)).unwrap();
    store.insert(&job("one"), notes(700)).await.unwrap();
    let lines = Reader::open(&at(&folder)).unwrap().timeline(&JobId::new("one")).unwrap();
    assert_eq!(lines.len(), 500);
    assert_eq!(lines.last().unwrap().text, "line 699");
}

#[tokio::test]
async fn writes_of_many_share_commits_and_all_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&at(&folder)).unwrap();
    let jobs: Vec<Job> = (0..300).map(|number| job(&format!("job-{number}"))).collect();
    let saved = futures_util::future::join_all(jobs.iter().map(|job| store.insert(job, Vec::new()))).await;
    assert!(saved.iter().all(Result::is_ok));
    assert_eq!(store.jobs().await.unwrap().len(), 300);
}

#[test]
fn newer_store_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(&at(&folder)).unwrap());
    let connection = Connection::open(at(&folder)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(at(&folder)).unwrap();
    let error = Store::open_or_rebuild(&at(&folder), nothing).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    assert!(matches!(Reader::open(&at(&folder)), Err(StoreError::Newer { .. })));
    assert_eq!(std::fs::read(at(&folder)).unwrap(), before, "not a byte changed");
}

#[tokio::test]
async fn damaged_store_is_set_aside_and_rebuilt_from_what_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&at(&folder)).unwrap();
    store.insert(&job("gone"), Vec::new()).await.unwrap();
    drop(store);
    damage(&at(&folder));
    let damaged = std::fs::read(at(&folder)).unwrap();
    let finds = || Finds { jobs: vec![job("on-its-way"), landed("on-its-way"), landed("landed")], ..Finds::default() };
    let (store, rebuilt) = Store::open_or_rebuild(&at(&folder), finds).unwrap();
    let rebuilt = rebuilt.expect("the damage is told");
    assert_eq!((rebuilt.salvaged, rebuilt.found), (0, 2));
    assert_eq!(std::fs::read(&rebuilt.set_aside).unwrap(), damaged, "nothing of it is thrown away");
    let mut ids: Vec<_> =
        store.jobs().await.unwrap().into_iter().map(|job| (job.wish.id.clone(), job.state.is_end())).collect();
    ids.sort();
    assert_eq!(ids, [(JobId::new("landed"), true), (JobId::new("on-its-way"), true)], "a receipt is the last word");
}

#[tokio::test]
async fn rubbish_instead_of_a_store_is_set_aside_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(at(&folder), "this is no database, whatever its name says".repeat(50)).unwrap();
    let (store, rebuilt) = Store::open_or_rebuild(&at(&folder), nothing).unwrap();
    assert!(rebuilt.is_some());
    assert_eq!(store.jobs().await.unwrap(), []);
}

#[tokio::test]
async fn job_taken_off_the_list_is_gone_with_its_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&at(&folder)).unwrap();
    store.insert(&job("one"), notes(3)).await.unwrap();
    store.insert(&job("two"), notes(1)).await.unwrap();
    store.remove(&JobId::new("one")).await.unwrap();
    store.remove(&JobId::new("one")).await.expect("gone already is gone");
    assert_eq!(store.jobs().await.unwrap(), [job("two")]);
    let reader = Reader::open(&at(&folder)).unwrap();
    assert_eq!(reader.timeline(&JobId::new("one")).unwrap(), [], "no line stays without its job");
    assert_eq!(reader.timeline(&JobId::new("two")).unwrap().len(), 1);
}

/// Rows as the program wrote them before steps, routes, priorities and extraction were known.
#[tokio::test]
async fn rows_of_the_first_form_are_still_read() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(&at(&folder)).unwrap());
    let wish = r#""wish":{"id":"ID","connection":"demo","connector":"download-jobs","params":{"fileIds":[1]},
        "folder":"/exports","name":null,"sha256":null,"rate":null,"correlation":"c0ffee","createdAt":"2026-11-23T08:00:00Z"}"#;
    let rest = r#""attempt":3,"round":1,"budget":{"used":0},"troubled_since":null,"updated_at":"2026-11-23T08:00:01Z""#;
    let remote = r#"{"id":"7","kept":{"export":"e"}}"#;
    let failure = r#"{"code":"EXPORT_007","name":"NETWORK_ERROR","message":"m","remediation":"r","recoverable":true,"correlationId":null,"details":null}"#;
    let file =
        r#"{"path":"/exports/a.zip","size":3,"sha256":"00","vouched":{"size":true,"digests":[],"structure":null}}"#;
    let follow = format!(
        r#"{{"remote":{remote},"deadline":"2026-11-23T09:00:00Z","changed_at":"2026-11-23T08:00:00Z","stalled":false,"preparing":true,"stage":"work","percent":4.5}}"#
    );
    let states = [
        r#"{"active":{"submit":{"sent":true}}}"#.to_owned(),
        format!(r#"{{"active":{{"follow":{follow}}}}}"#),
        format!(r#"{{"paused":{{"stage":{{"resolve":{{"remote":{remote},"tries":2}}}}}}}}"#),
        format!(
            r#"{{"resting":{{"stage":{{"download":{{"remote":{remote}}}}},"until":"2026-11-23T08:01:00Z","failure":{failure}}}}}"#
        ),
        format!(r#"{{"needs-sign-in":{{"stage":{{"submit":{{"sent":false}}}},"failure":{failure}}}}}"#),
        format!(r#"{{"cancelled":{{"remote":{remote}}}}}"#),
        format!(r#"{{"failed":{{"failure":{failure},"next":{{"submit":{{"sent":false}}}},"remote":null}}}}"#),
        format!(r#"{{"expired":{{"failure":{failure},"remote":{remote}}}}}"#),
        format!(r#"{{"landed":{{"remote":{remote},"files":[{file}]}}}}"#),
    ];
    let connection = Connection::open(at(&folder)).unwrap();
    for (number, state) in states.iter().enumerate() {
        let id = format!("job-{number}");
        let text = format!(r#"{{{},"state":{state},{rest}}}"#, wish.replace("ID", &id));
        let sql = "INSERT INTO jobs (id, connection, created_at, ended, job) VALUES (?1, 'demo', 0, 0, ?2)";
        connection.execute(sql, [&id, &text]).unwrap();
    }
    drop(connection);
    let store = Store::open(&at(&folder)).unwrap();
    let jobs = store.jobs().await.unwrap();
    assert_eq!(jobs.len(), states.len(), "every one of them");
    for job in jobs {
        assert_eq!((job.round, job.method(), job.wish.extract), (1, landfall_wire::Method::Primary, false));
        store.save(&job, Vec::new()).await.expect("and is written in the form of today");
        assert_eq!(store.job(&job.wish.id).await.unwrap(), Some(job));
    }
}
