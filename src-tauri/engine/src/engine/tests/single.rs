//! One file that comes in an unusual way: packed, by a link that works once, or as the answer to the poll.

use std::io::Write as _;
use std::sync::Arc;

use landfall_wire::{ErrorCode, Phase};
use serde_json::json;

use super::requests::done;
use super::{Bed, PLAIN_SUBMIT, Reply};
use crate::clock::SystemClock;

const HEAD: &str = r#"
format = 1
id = "trial"
name = "Trial"
kind = "data"

[connection]
auth = ["bearer"]

[follow.poll]
get = "/jobs/{{ job.id }}"
every = "1s"

[[rule]]
when = "status == 200"
state = "ready"
[[rule]]
when = "status == 202"
state = "preparing"
"#;

const RESULT: &str = "[resolve]\nget = \"/results/{{ job.id }}\"\nurl = \"body.url\"\nsize = \"body.size\"\n";

fn bed(tables: &str, answer: impl FnMut(&super::Call) -> Reply + Send + 'static) -> Bed {
    Bed::of(&[HEAD, PLAIN_SUBMIT, tables].join("\n"), answer)
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn what_comes_packed_lands_unpacked_and_both_are_checked() {
    let rows = "{\"a\":1}\n".repeat(1000);
    let (sent, mut fetches) = (packed(&rows), 0);
    let tables =
        format!("{RESULT}[download]\ngunzip = true\n[verify]\ntype = \"ndjson\"\nrecords = \"body.records\"\n");
    let bed = bed(&tables, move |call| match call.line.as_str() {
        "GET /results/1" => Reply::Json(
            200,
            json!({ "url": format!("{}/rows.ndjson.gz", call.root), "size": sent.len(), "records": 1000 }),
        ),
        "GET /rows.ndjson.gz" => {
            fetches += 1;
            // The first time it is whole as it is sent, and broken inside.
            let mut bytes = sent.clone();
            bytes[20] ^= if fetches == 1 { 0x55 } else { 0 };
            Reply::Bytes(bytes)
        }
        _ => done(call),
    });
    let engine = bed.engine();
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert!(landed.files[0].verified);
    engine.stop().await;
    assert_eq!(bed.text("rows.ndjson"), rows);
    assert_eq!(bed.desk.count("GET /rows.ndjson.gz"), 2, "brought once more by itself");
    assert!(!bed.names().iter().any(|name| name.starts_with('.')), "nothing hidden is left: {:?}", bed.names());
}

#[tokio::test]
async fn link_that_works_once_is_not_used_twice() {
    let body = "x".repeat(300_000);
    let mut links = 0;
    let bed = bed(&format!("{RESULT}one_time = true\n"), move |call| match call.line.as_str() {
        "GET /results/1" => {
            links += 1;
            Reply::Json(200, json!({ "url": format!("{}/once?key={links}", call.root), "size": 300_000 }))
        }
        "GET /once?key=1" => Reply::cut_after("ETag: \"v\"\r\n", body.as_bytes(), 200_000),
        "GET /once?key=2" => {
            let range = call.header("range").expect("it goes on where it was cut");
            Reply::rest(body.as_bytes(), range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap())
        }
        _ => done(call),
    });
    let engine = bed.engine_by(Arc::new(SystemClock::new()));
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!(landed.bytes, 300_000);
    assert_eq!((bed.desk.count("GET /once?key=1"), bed.desk.count("GET /once?key=2")), (1, 1));
}

#[tokio::test]
async fn server_that_gives_a_spent_link_again_has_failed() {
    let bed = bed(&format!("{RESULT}one_time = true\n"), |call| match call.line.as_str() {
        "GET /results/1" => Reply::Json(200, json!({ "url": format!("{}/once", call.root), "size": 9 })),
        "GET /once" => Reply::cut_after("", b"123456789", 4),
        _ => done(call),
    });
    let engine = bed.engine_by(Arc::new(SystemClock::new()));
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let failure = face.in_phase(Phase::Failed).await.error.expect("it failed");
    assert_eq!((failure.code, bed.desk.count("GET /once")), (ErrorCode::DownloadFailed, 1), "{failure}");
    assert!(failure.message.contains("works once"), "{failure}");
}

#[tokio::test]
async fn answer_to_the_poll_that_is_the_result_is_left_to_the_download() {
    let whole = vec![7; crate::net::ANSWER_LIMIT + 1_000_000];
    let (size, mut polls) = (whole.len() as u64, 0);
    let bed = bed("[resolve]\npolled = true\n[download]\nname = \"all.bin\"\n", move |call| match call.line.as_str() {
        "GET /jobs/1" => {
            polls += 1;
            if polls == 1 { Reply::Json(202, json!({})) } else { Reply::Bytes(whole.clone()) }
        }
        _ => done(call),
    });
    let engine = bed.engine_by(Arc::new(SystemClock::new()));
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!((landed.bytes, bed.desk.count("GET /jobs/1")), (size, 3), "two polls, and the download");
}
