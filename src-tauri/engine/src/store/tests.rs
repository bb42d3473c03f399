//! The store on a real disk: kept, refused, set aside, rebuilt.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use landfall_wire::{CorrelationId, JobId, TimelineEntry};

use super::*;
use crate::connector::Params;
use crate::job::{Remote, State, Wish};

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
        correlation: CorrelationId::new("c0ffee"),
        created_at: Timestamp::UNIX_EPOCH,
    })
}

fn landed(id: &str) -> Job {
    let remote = Remote { id: "1".into(), kept: crate::connector::Kept::new() };
    Job { state: State::Landed { remote, files: Vec::new() }, ..job(id) }
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
        store.jobs().await.unwrap().into_iter().map(|job| (job.wish.id, job.state.is_end())).collect();
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
