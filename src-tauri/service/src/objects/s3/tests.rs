//! A bucket that is slow, silent, or left in the middle of an upload.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use object_store::client::HttpConnector as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::patience::Patience;
use super::*;
use crate::faults::Faults;
use crate::objects::contract::s3_server::{KEY, S3Server};
use crate::objects::{ObjectStore, Scratches, StoredObject};
use crate::queue::workers::Ended;

/// A ledger in memory.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<Begun>>);

impl Notes {
    fn all(&self) -> Vec<Begun> {
        self.0.lock().unwrap().clone()
    }
}

impl Ledger for Notes {
    fn note<'a>(&'a self, upload: &'a Begun) -> BoxFuture<'a, io::Result<()>> {
        self.0.lock().unwrap().push(upload.clone());
        Box::pin(async { Ok(()) })
    }

    fn strike<'a>(&'a self, upload: &'a Begun) -> BoxFuture<'a, io::Result<()>> {
        self.0.lock().unwrap().retain(|noted| noted != upload);
        Box::pin(async { Ok(()) })
    }

    fn left(&self, _age: Duration) -> BoxFuture<'_, io::Result<Vec<Begun>>> {
        let all = self.all();
        Box::pin(async move { Ok(all) })
    }
}

/// Nothing ends the attempt.
pub(crate) fn unbound() -> Bounds {
    Bounds {
        clock: Clock::system(),
        stop: CancellationToken::new(),
        gone: CancellationToken::new(),
        deadline: jiff::Timestamp::MAX,
    }
}

fn bucket(endpoint: String) -> Bucket {
    Bucket {
        name: "results".into(),
        endpoint: Some(endpoint),
        public: None,
        region: "us-east-1".into(),
        key_id: KEY.0.into(),
        secret: KEY.1.into(),
    }
}

/// A server that takes every connection and whatever comes over it, and says nothing; it tells how many bytes have come.
async fn silent() -> (String, tokio::sync::watch::Receiver<u64>, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (heard, seen) = tokio::sync::watch::channel(0);
    let heard = Arc::new(heard);
    let served = async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let heard = heard.clone();
            connections.spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    heard.send_modify(|sum| *sum += count as u64);
                }
            });
        }
    };
    #[expect(clippy::disallowed_methods, reason = "its owner is the handle, which ends it")]
    let task = AbortOnDropHandle::new(tokio::spawn(served));
    (url, seen, task)
}

fn store(s3: Arc<S3>, folder: &std::path::Path) -> ObjectStore {
    let scratches = Scratches::of_process(folder).unwrap();
    ObjectStore::new(s3, scratches, Faults::none(), Clock::system())
}

/// An object of so many bytes, put as workers do.
async fn put(store: &ObjectStore, bounds: &Bounds, bytes: usize) -> Result<StoredObject, Ended> {
    let (store, bounds) = (store.clone(), bounds.clone());
    let object = NewObject { key: "downloads/a.zip".into(), content_type: "application/zip", name: "a.zip".into() };
    let put = move || store.put(&bounds, object, |file| Ok(file.write_all(&vec![7; bytes])?));
    tokio::task::spawn_blocking(put).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_an_attempt_ends_while_the_bucket_is_silent() {
    let (url, mut heard, _server) = silent().await;
    let folder = tempfile::tempdir().unwrap();
    let s3 = Arc::new(S3::new(&bucket(url), Duration::from_mins(1), Arc::new(Notes::default())).unwrap());
    let store = store(s3, folder.path());
    // In one piece, and at the beginning of an upload in parts.
    for bytes in [7, 9 * 1024 * 1024] {
        for wanted in ["stop", "gone", "late"] {
            let mut bounds = unbound();
            bounds.deadline = bounds.clock.after(Duration::from_mins(5));
            heard.mark_unchanged();
            let attempt = put(&store, &bounds, bytes);
            let end = async {
                heard.changed().await.unwrap();
                match wanted {
                    "stop" => bounds.stop.cancel(),
                    "gone" => bounds.gone.cancel(),
                    _ => bounds.clock.advance(Duration::from_mins(6)),
                }
            };
            let both = async { tokio::join!(attempt, end).0 };
            // The bucket is waited for for a minute, and then once more.
            let ended =
                tokio::time::timeout(Duration::from_secs(30), both).await.expect("it ends at once").unwrap_err();
            let right = match wanted {
                "stop" => matches!(ended, Ended::Stopping),
                "gone" => matches!(ended, Ended::NotOurs),
                _ => matches!(ended, Ended::Lasting(_)),
            };
            assert!(right, "{wanted}, {bytes} bytes: {ended:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_nothing_is_left_of_an_upload_whose_work_panics_or_whose_process_died() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("s3/results")).unwrap();
    let server = S3Server::start(&folder.path().join("s3"), 0).await.unwrap();
    let notes = Arc::new(Notes::default());
    let url = format!("http://{}", server.address());
    let s3 = Arc::new(S3::new(&bucket(url), Duration::from_mins(1), notes.clone()).unwrap());
    let parts = || left_in(&folder.path().join("s3"));

    let (begun, noted) = (s3.clone(), notes.clone());
    let panicked = tokio::task::spawn_blocking(move || {
        let object = NewObject { key: "a/b.zip".into(), content_type: "application/zip", name: "b.zip".into() };
        let mut upload = begun.begin(&object, &unbound()).unwrap();
        upload.write_all(&vec![7; 9 * 1024 * 1024]).unwrap();
        assert_eq!(noted.all().len(), 1, "it is noted as long as it is under way");
        panic!("the work breaks off");
    });
    assert!(panicked.await.is_err());
    assert_eq!((notes.all(), parts()), (Vec::new(), Vec::new()), "it was ended");

    let (begun, noted) = (s3.clone(), notes.clone());
    tokio::task::spawn_blocking(move || {
        let object = NewObject { key: "a/c.zip".into(), content_type: "application/zip", name: "c.zip".into() };
        let mut upload = begun.begin(&object, &unbound()).unwrap();
        upload.write_all(&vec![7; 9 * 1024 * 1024]).unwrap();
        // As a kill does: it ends without a word.
        std::mem::forget(upload);
        assert_eq!(noted.all().len(), 1);
    })
    .await
    .unwrap();
    assert!(!parts().is_empty(), "what it has brought lies in the bucket");
    s3.throw_away_older(Duration::ZERO).await.unwrap();
    assert_eq!((notes.all(), parts()), (Vec::new(), Vec::new()), "another process has ended it");
}

/// Of 64 KiB: far more than a system holds back of a connection.
const PIECES: usize = 384;

#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_slow_line_is_waited_for_and_a_silent_one_is_not() {
    let silence = Duration::from_secs(4);
    let client = Patience { connect: silence, silence }.connect(&ClientOptions::new()).unwrap();
    let put = |url: String| {
        let pieces: object_store::PutPayload = (0..PIECES).map(|_| bytes::Bytes::from(vec![7; 64 * 1024])).collect();
        let request = http::Request::put(format!("{url}/part")).header("content-length", pieces.content_length());
        client.execute(request.body(pieces.into()).unwrap())
    };

    // It goes on now and then, and takes longer in all than the silence that is borne.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let slow = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut buffer, mut read) = (vec![0; 64 * 1024], 0);
        for part in 1..=4 {
            // How slow the line is is what is tried here.
            tokio::time::sleep(silence / 3).await;
            while read < part * PIECES / 4 * 64 * 1024 {
                let count = stream.read(&mut buffer).await.unwrap();
                assert!(count > 0, "the client has given up");
                read += count;
            }
        }
        // Its answer comes as slowly, as that to a large upload which is put together.
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n").await.unwrap();
        for _ in 0..6 {
            tokio::time::sleep(silence / 4).await;
            stream.write_all(b" ").await.unwrap();
        }
        stream
    };
    let (answer, _stream) = tokio::join!(put(url), slow);
    assert_eq!(answer.unwrap().status(), 200);

    let (url, _heard, _server) = silent().await;
    let ended = tokio::time::timeout(silence * 10, put(url)).await.expect("nobody waits for ever");
    assert_eq!(ended.unwrap_err().kind(), object_store::client::HttpErrorKind::Timeout);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_the_first_part_is_there_before_the_last_byte_is_made() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("s3/results")).unwrap();
    let server = S3Server::start(&folder.path().join("s3"), 0).await.unwrap();
    let url = format!("http://{}", server.address());
    let s3 = Arc::new(S3::new(&bucket(url), Duration::from_mins(1), Arc::new(Notes::default())).unwrap());
    let (store, s3_folder) = (store(s3, folder.path()), folder.path().join("s3"));
    let made = tokio::task::spawn_blocking(move || {
        let object = NewObject { key: "a/b.zip".into(), content_type: "application/zip", name: "b.zip".into() };
        store.put(&unbound(), object, |file| {
            file.write_all(&vec![7; 9 * 1024 * 1024])?;
            let parts =
                left_in(&s3_folder).into_iter().filter(|path| path.metadata().unwrap().len() == 8 * 1024 * 1024);
            assert_eq!(parts.count(), 1, "it left while the rest is to be made");
            Ok(file.write_all(b"the last of it")?)
        })
    });
    assert_eq!(made.await.unwrap().unwrap().size, 9 * 1024 * 1024 + 14);
}

/// Every file below a folder.
fn left_in(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}
