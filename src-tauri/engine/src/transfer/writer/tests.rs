use std::sync::Arc;

use bytes::Bytes;

use super::super::journal::{Journal, Record};
use super::super::staging::Staging;
use super::*;
use crate::clock::SystemClock;

fn sheet(folder: &std::path::Path, at: u64) -> Sheet {
    let staging = Staging::new(folder, "t").unwrap();
    Sheet {
        file: staging.open_part().unwrap(),
        path: staging.part(),
        at,
        reserve: 0,
        also: Vec::new(),
        journal: Journal::new(&staging, Record::new("t", serde_json::Value::Null)),
        clock: Arc::new(SystemClock::new()),
    }
}

fn pattern(from: usize, count: usize) -> Bytes {
    (from..from + count).map(|at| u8::try_from(at * 31 % 251).unwrap_or_default()).collect()
}

#[tokio::test]
async fn what_was_there_is_hashed_beside_the_new_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (3_000_000, 2_000_000);
    std::fs::write(folder.path().join(".t.landfall-part"), pattern(0, old)).unwrap();
    let mut writer = Writer::start(sheet(folder.path(), old as u64)).unwrap();
    for piece in pattern(old, new).chunks(100_000) {
        writer.write(vec![Bytes::copy_from_slice(piece)]).await.unwrap();
    }
    assert_eq!(writer.accepted(), (old + new) as u64);
    let written = writer.finish().await.unwrap();
    let whole = pattern(0, old + new);
    assert_eq!(std::fs::read(folder.path().join(".t.landfall-part")).unwrap(), whole);
    assert_eq!(written.digests, [Digest::parse(Algorithm::Sha256, &sha256(&whole)).unwrap()]);
}

#[tokio::test]
async fn settled_bytes_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::start(sheet(folder.path(), 0)).unwrap();
    writer.write(vec![pattern(0, 1000), pattern(1000, 500)]).await.unwrap();
    writer.settle().await.unwrap();
    assert_eq!(std::fs::read(folder.path().join(".t.landfall-part")).unwrap(), pattern(0, 1500));
}

fn sha256(bytes: &[u8]) -> String {
    crate::digest::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}
