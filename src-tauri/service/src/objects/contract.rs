//! What every store promises, tried on each of them.

#[allow(unreachable_pub, dead_code, reason = "shared with the tests of the whole")]
#[path = "../../../../tests/src/s3.rs"]
pub(super) mod s3_server;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;

use super::disk::Disk;
use super::s3::tests::{Notes, unbound};
use super::s3::{Bucket, S3};
use super::sign::Signer;
use super::store::{NewObject, Store, Upload};
use s3_server::{KEY, S3Server};

/// More than one part of a multipart upload.
const LARGE: usize = 9 * 1024 * 1024;

struct Backend {
    name: &'static str,
    store: Arc<dyn Store>,
    _server: Option<S3Server>,
    _folder: tempfile::TempDir,
}

async fn backends() -> [Backend; 2] {
    let folder = tempfile::tempdir().unwrap();
    let signer = Arc::new(Signer::new(b"key", "http://127.0.0.1:1".into(), Duration::from_mins(1)));
    let store = Arc::new(Disk::open(folder.path(), signer).unwrap());
    let disk = Backend { name: "disk", store, _server: None, _folder: folder };

    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("results")).unwrap();
    let server = S3Server::start(folder.path(), 0).await.unwrap();
    let bucket = Bucket {
        name: "results".into(),
        endpoint: Some(format!("http://{}", server.address())),
        public: None,
        region: "us-east-1".into(),
        key_id: KEY.0.into(),
        secret: KEY.1.into(),
    };
    let store = Arc::new(S3::new(&bucket, Duration::from_mins(1), Arc::new(Notes::default())).unwrap());
    [disk, Backend { name: "S3", store, _server: Some(server), _folder: folder }]
}

/// Uploads block: they are done as the workers do them.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// An object whose bytes are written, and not yet finished.
async fn written(store: &Arc<dyn Store>, key: &str, bytes: Vec<u8>) -> Box<dyn Upload> {
    let (store, key) = (store.clone(), key.to_owned());
    blocking(move || {
        let object = NewObject { key, content_type: "application/zip", name: "Süd 1.zip".into() };
        let mut upload = store.begin(&object, &unbound()).unwrap();
        upload.write_all(&bytes).unwrap();
        upload
    })
    .await
}

async fn read(store: &Arc<dyn Store>, key: &str, first: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let stream = store.read(key, first, length).await?;
    stream
        .try_fold(Vec::new(), |mut all, bytes| async move {
            all.extend_from_slice(&bytes);
            Ok(all)
        })
        .await
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_object_is_there_only_once_it_is_whole_and_is_read_from_any_byte() {
    for Backend { name, store, .. } in &backends().await {
        for (key, count) in [("downloads/large.zip", LARGE), ("downloads/small.zip", 7), ("downloads/empty.zip", 0)] {
            let upload = written(store, key, bytes(count)).await;
            assert!(read(store, key, 0, 1).await.is_err(), "{name}: {key} is not there before it is whole");
            blocking(move || upload.finish()).await.unwrap();
            let length = u64::try_from(count).unwrap();
            assert!(read(store, key, 0, length).await.unwrap() == bytes(count), "{name}: {key} as it was written");
        }
        let end = u64::try_from(LARGE).unwrap();
        let tail = read(store, "downloads/large.zip", end - 5, 5).await.unwrap();
        assert_eq!(tail, bytes(LARGE)[LARGE - 5..], "{name}: from a byte on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_object_that_was_given_up_was_never_there() {
    for Backend { name, store, .. } in &backends().await {
        let lost = written(store, "packages/lost.zip", bytes(LARGE)).await;
        blocking(move || drop(lost)).await;
        assert!(read(store, "packages/lost.zip", 0, 1).await.is_err(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_object_is_removed_once_and_for_all() {
    for Backend { name, store, .. } in &backends().await {
        let upload = written(store, "media/film.mp4", bytes(3)).await;
        blocking(move || upload.finish()).await.unwrap();
        store.remove("media/film.mp4").await;
        assert!(read(store, "media/film.mp4", 0, 1).await.is_err(), "{name}");
        store.remove("media/film.mp4").await;
        store.ready().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_link_names_the_object_and_tells_its_end() {
    let now: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
    for Backend { name, store, .. } in &backends().await {
        let link = store.link("media/film.mp4", now, false).await.unwrap();
        assert!(link.contains("media/film.mp4?") && link.contains("X-Amz-Signature="), "{name}: {link}");
        let expired = store.link("media/film.mp4", now, true).await.unwrap();
        assert_ne!(link, expired, "{name}: one that was good until a moment ago is another");
    }
}
