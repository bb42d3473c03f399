//! The proxy of `make run-cluster`, with document 001's settings, before two processes that answer.

use futures_util::StreamExt as _;
use landfall_tests::program::nginx;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::bed::{Bed, Node, TOKEN, eventually, free_port, read, text};

struct Proxy {
    url: String,
    _folder: TempDir,
    _child: Child,
}

impl Proxy {
    async fn before(bed: &Bed, first: &Node, second: &Node) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut settings = include_str!("nginx.conf").to_owned();
        for (name, value) in [
            ("@FOLDER@", folder.path().to_str().unwrap()),
            ("@FIRST@", first.port()),
            ("@SECOND@", second.port()),
            ("@PORT@", &port.to_string()),
        ] {
            settings = settings.replace(name, value);
        }
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new(nginx());
        command.arg("-c").arg(&file).arg("-e").arg(folder.path().join("nginx.log")).kill_on_drop(true);
        // One process, which does the work itself: workers outlive a master that is killed, as the end of a test kills it.
        command.args(["-g", "master_process off;"]);
        let child = command.spawn().expect("nginx is there: `.ci/need proxy` installs it");
        let url = format!("http://127.0.0.1:{port}");
        eventually("proxy", async || bed.client.get(&url).send().await.ok()).await;
        Self { url, _folder: folder, _child: child }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d_5_bodies_and_streams_go_through_the_proxy_and_what_operators_ask_does_not() {
    let bed = Bed::new().await;
    let (first, second) = (bed.api().await, bed.api().await);
    let proxy = Proxy::before(&bed, &first, &second).await;

    // As large as a submission may be: it goes through a file of the proxy's.
    let order = json!({"fileIds": [1, 2]}).to_string();
    let order = format!("{order}{}", " ".repeat(1024 * 1024 - order.len()));
    let initiate = bed.client.post(format!("{}/v1/download/initiate", proxy.url)).bearer_auth(TOKEN).body(order);
    let answer = initiate.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let job = text(&read(answer).await.unwrap()["jobId"]);

    // Nobody works yet: the stream stays open, and its first event is here all the same.
    let brief = json!({"brief": {"title": "Site tour", "durationSeconds": 1, "resolution": "320x180"}});
    let media = bed.post(&first, "/api/jobs", "m", &brief).await.unwrap();
    let events = format!("{}/api/jobs/{}/events", proxy.url, text(&media["id"]));
    let mut stream = bed.client.get(events).bearer_auth(TOKEN).send().await.unwrap().bytes_stream();
    let mut told = String::new();
    while !told.contains("\n\n") {
        told += &String::from_utf8_lossy(&stream.next().await.expect("the stream goes on").unwrap());
    }
    assert!(told.contains("Queued"), "{told}");
    let _worker = bed.worker("0").await;
    while let Some(bytes) = stream.next().await {
        told += &String::from_utf8_lossy(&bytes.unwrap());
    }
    assert!(told.contains("event: job-completed"), "{told}");
    bed.completed(&second, &job).await;

    for (path, status) in [("/v1/me", 200), ("/metrics", 404), ("/readyz", 404), ("/healthz", 404)] {
        let answer = bed.client.get(format!("{}{path}", proxy.url)).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
}
