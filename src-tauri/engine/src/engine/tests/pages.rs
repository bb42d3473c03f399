//! A result in pages becomes one file, or none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use landfall_wire::{ErrorCode, Phase};
use serde_json::json;

use super::{Bed, Call, Face, Reply};
use crate::clock::SystemClock;

fn source(join: &str, kind: &str) -> String {
    format!(
        r#"
format = 1
id = "trial"
name = "Trial"
kind = "data"

[connection]
auth = ["bearer"]

[submit]
post = "/jobs"
id = "body.id"

[follow.poll]
get = "/jobs/{{{{ job.id }}}}"
every = "1s"
state = "body.state"

[states]
ready = ["completed"]

[resolve]
direct = "/rows/{{{{ job.id }}}}"
next = "headers['x-next']"
join = "{join}"

[download]
name = "rows.{kind}"

[verify]
type = "{kind}"
"#
    )
}

fn answer(call: &Call) -> Reply {
    match call.line.as_str() {
        "POST /jobs" => Reply::Json(202, json!({ "id": "1" })),
        "GET /jobs/1" => Reply::Json(200, json!({ "state": "completed" })),
        line => panic!("{line} was not expected"),
    }
}

fn page(body: &str, next: Option<&str>) -> Reply {
    let next = next.map(|next| format!("X-Next: {next}\r\n")).unwrap_or_default();
    Reply::with(&next, body.as_bytes())
}

async fn landed(join: &str, kind: &str, pages: [&'static str; 3]) -> String {
    let bed = Bed::of(&source(join, kind), move |call| match call.line.as_str() {
        "GET /rows/1" => page(pages[0], Some("/rows/1?page=2")),
        "GET /rows/1?page=2" => page(pages[1], Some("1?page=3")),
        "GET /rows/1?page=3" => page(pages[2], None),
        _ => answer(call),
    });
    let engine = bed.engine();
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert!(landed.files[0].verified, "checked as the one file that it is");
    engine.stop().await;
    let name = format!("rows.{kind}");
    assert_eq!(bed.names(), [name.as_str()], "one file and nothing hidden");
    bed.text(&name)
}

#[tokio::test]
async fn pages_are_joined_to_one_file() {
    assert_eq!(landed("csv", "csv", ["a,b\n1,2\n", "a,b\n3,4", "a,b\n5,6\n"]).await, "a,b\n1,2\n3,4\n5,6\n");
    assert_eq!(landed("ndjson", "ndjson", ["{}\n{}", "[]\n", "3\n"]).await, "{}\n{}\n[]\n3\n");
    assert_eq!(landed("raw", "json", ["[1,", "2,", "3]"]).await, "[1,2,3]");
}

async fn failed(pages: fn(&Call) -> Reply) -> (Bed, landfall_wire::Failure) {
    let bed =
        Bed::of(
            &source("csv", "csv"),
            move |call| {
                if call.line.starts_with("GET /rows") { pages(call) } else { answer(call) }
            },
        );
    let engine = bed.engine();
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let failure = face.in_phase(Phase::Failed).await.error.expect("it failed");
    engine.stop().await;
    assert!(!bed.names().contains(&"rows.csv".to_owned()), "{:?}", bed.names());
    (bed, failure)
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_are_a_failure() {
    let (bed, failure) = failed(|call| match call.line.as_str() {
        "GET /rows/1" => page("a\n1\n", Some("/rows/1?page=2")),
        _ => page("a\n2\n", Some("/rows/1")),
    })
    .await;
    assert_eq!(failure.code, ErrorCode::DownloadFailed);
    assert!(failure.message.contains("page 3 is one that was fetched already"), "{failure}");
    assert_eq!(bed.desk.count("GET /rows/1"), 1, "it is not followed round");
}

#[tokio::test]
async fn pages_with_other_columns_are_a_failure_that_names_both() {
    let (bed, failure) = failed(|call| match call.line.as_str() {
        "GET /rows/1" => page("a,b\n1,2\n", Some("/rows/1?page=2")),
        _ => page("a,c\n3,4\n", None),
    })
    .await;
    assert_eq!(failure.code, ErrorCode::ValidationFailed);
    assert!(failure.message.contains("\"a,c\"") && failure.message.contains("\"a,b\""), "{failure}");
    assert_eq!(bed.desk.count("GET /rows/1"), 2, "brought once more by itself");
}

#[tokio::test]
async fn page_that_is_cut_is_gone_on_with_in_its_middle() {
    let body = format!("a,b\n{}", "3,4\n".repeat(40_000));
    let whole = body.clone();
    let bed = Bed::of(&source("csv", "csv"), move |call| match call.line.as_str() {
        "GET /rows/1" => page("a,b\n1,2\n", Some("/rows/1?page=2")),
        "GET /rows/1?page=2" => match call.header("range") {
            None => Reply::cut_after("ETag: \"v\"\r\nX-Next: /rows/1?page=3\r\n", body.as_bytes(), 100_000),
            // Without the way to the next page: the first head has told it.
            Some(range) => {
                let from = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
                Reply::rest(body.as_bytes(), from)
            }
        },
        "GET /rows/1?page=3" => page("a,b\n5,6\n", None),
        _ => answer(call),
    });
    let engine = bed.engine_by(Arc::new(SystemClock::new()));
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Landed).await;
    engine.stop().await;
    let rows = whole.strip_prefix("a,b\n").unwrap();
    assert!(bed.text("rows.csv") == format!("a,b\n1,2\n{rows}5,6\n"), "all rows, in order, once");
    assert_eq!(bed.desk.count("GET /rows/1?page=2"), 2, "the rest of the page only");
}

#[tokio::test]
async fn restart_begins_the_pages_anew_and_mixes_nothing() {
    let again = Arc::new(AtomicBool::new(false));
    let second = again.clone();
    let bed = Bed::of(&source("csv", "csv"), move |call| {
        let second = second.load(Ordering::Relaxed);
        match call.line.as_str() {
            "GET /rows/1" => page(if second { "a\nnew 1\n" } else { "a\nold 1\n" }, Some("/rows/1?page=2")),
            "GET /rows/1?page=2" if second => page("a\nnew 2\n", None),
            "GET /rows/1?page=2" => Reply::Silence,
            _ => answer(call),
        }
    });
    let engine = bed.engine();
    let (id, _) = bed.asked(&engine, bed.request()).await;
    bed.desk.asked("GET /rows/1?page=2", 1).await;
    // Its clock stands still, so that only the order to stop ends the wait for the page.
    assert!(engine.stop().await, "all is put down");
    again.store(true, Ordering::Relaxed);
    let engine = bed.engine();
    Face(engine.carry(&id).await.unwrap()).in_phase(Phase::Landed).await;
    engine.stop().await;
    assert_eq!(bed.text("rows.csv"), "a\nnew 1\nnew 2\n");
    assert_eq!(bed.names(), ["rows.csv"], "nothing hidden is left");
}
