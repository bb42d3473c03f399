//! Several files are one job: they have their names all or none.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use landfall_wire::{ErrorCode, Phase};
use serde_json::json;

use super::{Bed, Call, Connector, Face, Reply, engine_at};
use crate::clock::SystemClock;
use crate::crash;
use crate::engine::Request;
use crate::entropy::SeededEntropy;
use crate::home::Home;
use crate::job::Order;
use crate::receipt::Receipt;

pub(super) const SOURCE: &str = r#"
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
get = "/jobs/{{ job.id }}"
every = "1s"
state = "body.state"

[states]
ready = ["completed"]

[resolve]
get = "/results/{{ job.id }}"
each = "body.files"
item = { url = "item.url", name = "item.name", size = "item.size" }
"#;

/// Three files, two of one name.
const FILES: [(&str, &str, &str); 3] =
    [("/1", "a.txt", "first"), ("/2", "a.txt", "second one"), ("/3", "b.txt", "3rd")];

fn list(call: &Call, files: &[(&str, &str, &str)]) -> Reply {
    let entry = |(path, name, text): &(&str, &str, &str)| json!({ "url": format!("{}{path}", call.root), "name": name, "size": text.len() });
    Reply::Json(200, json!({ "files": files.iter().map(entry).collect::<Vec<_>>() }))
}

pub(super) fn answer(call: &Call) -> Reply {
    match call.line.as_str() {
        "POST /jobs" => Reply::Json(202, json!({ "id": "1" })),
        "GET /jobs/1" => Reply::Json(200, json!({ "state": "completed" })),
        "GET /results/1" => list(call, &FILES),
        line => match FILES.iter().find(|(path, ..)| line == format!("GET {path}")) {
            Some((.., text)) => Reply::Bytes(text.as_bytes().to_vec()),
            None => panic!("{line} was not expected"),
        },
    }
}

fn assert_all_landed(bed: &Bed) {
    assert_eq!(bed.names(), ["a (2).txt", "a.txt", "b.txt"], "all files, each once, and nothing hidden");
    assert_eq!([bed.text("a.txt"), bed.text("a (2).txt"), bed.text("b.txt")], ["first", "second one", "3rd"]);
}

#[tokio::test]
async fn several_files_land_together_with_one_receipt() {
    let bed = Bed::of(SOURCE, answer);
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!((landed.files.len(), landed.bytes, landed.total), (3, 18, Some(18)));
    engine.stop().await;
    assert_all_landed(&bed);
    let receipt = Receipt::read(&bed.home(), &id).unwrap().expect("it landed");
    let told: Vec<u64> = receipt.files.iter().map(|file| file.size).collect();
    assert_eq!(told, [5, 10, 3], "in the order of the list");
}

#[tokio::test]
async fn while_one_file_cannot_be_had_none_has_its_name() {
    let healed = Arc::new(AtomicBool::new(false));
    let heals = healed.clone();
    let bed = Bed::of(SOURCE, move |call| match call.line.as_str() {
        "GET /2" if !heals.load(Ordering::Relaxed) => Reply::Json(404, json!({})),
        _ => answer(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    let failed = face.in_phase(Phase::Failed).await;
    assert_eq!(failed.error.map(|failure| failure.code), Some(ErrorCode::DownloadFailed));
    assert!(bed.names().iter().all(|name| name.starts_with('.')), "no final name: {:?}", bed.names());
    assert_eq!(bed.desk.count("GET /3"), 0, "what can no longer land is not brought");
    healed.store(true, Ordering::Relaxed);
    engine.order(&id, Order::Retry).await.unwrap();
    face.until(|shot| shot.phase == Phase::Landed).await;
    engine.stop().await;
    assert_all_landed(&bed);
    assert_eq!(bed.desk.count("GET /1"), 1, "what was whole is not brought again");
}

#[tokio::test]
async fn forgotten_job_leaves_nothing_of_its_files() {
    let bed = Bed::of(SOURCE, |call| if call.line == "GET /3" { Reply::Json(404, json!({})) } else { answer(call) });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Failed).await;
    assert!(bed.names().len() >= 4, "two are held: {:?}", bed.names());
    engine.forget(&id).await.unwrap();
    assert!(bed.names().is_empty(), "{:?}", bed.names());
}

#[tokio::test]
async fn list_that_is_another_one_is_not_mixed_with_the_first() {
    let mut asked = 0;
    let other = [("/1", "a.txt", "first"), ("/9", "c.txt", "else")];
    let bed = Bed::of(SOURCE, move |call| match call.line.as_str() {
        "GET /2" => Reply::Json(404, json!({})),
        "GET /9" => Reply::Bytes(b"else".to_vec()),
        "GET /results/1" => {
            asked += 1;
            if asked == 1 { list(call, &FILES) } else { list(call, &other) }
        }
        _ => answer(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Failed).await;
    engine.order(&id, Order::Retry).await.unwrap();
    let changed = face
        .until(|shot| {
            shot.phase == Phase::Failed && shot.error.as_ref().is_some_and(|why| why.message.contains("changed"))
        })
        .await;
    let why = changed.error.unwrap().message;
    assert!(why.contains("it had 3 files and has 2 now"), "{why}");
    assert!(
        bed.names().contains(&"a.changed-1.part.txt".into())
            || bed.names().iter().any(|name| name.contains("changed-1")),
        "{:?}",
        bed.names()
    );
    engine.order(&id, Order::Retry).await.unwrap();
    face.until(|shot| shot.phase == Phase::Landed).await;
    engine.stop().await;
    assert_eq!((bed.text("a.txt"), bed.text("c.txt")), ("first".into(), "else".into()));
}

const HOME: &str = "LANDFALL_TEST_HOME";
const URL: &str = "LANDFALL_TEST_URL";

/// The life that is killed: this test binary once more, against the server of the test.
#[tokio::test]
async fn life_that_is_killed() {
    let (Ok(root), Ok(url)) = (std::env::var(HOME), std::env::var(URL)) else { return };
    let root = std::path::PathBuf::from(root);
    let connector = Arc::new(Connector::parse("trial.toml", SOURCE).unwrap());
    let home = Home::at(root.join("home")).unwrap();
    let engine = engine_at(home, &url, connector, Arc::new(SystemClock::new()), Arc::new(SeededEntropy::new(1)));
    let request = Request::new("demo", vec![crate::connector::Params::default()], root.join("out"));
    let id = engine.request(request).await.unwrap().remove(0);
    Face(engine.carry(&id).await.unwrap()).in_phase(Phase::Landed).await;
}

#[tokio::test]
async fn killed_between_two_names_the_rest_get_theirs_without_network() {
    let bed = Bed::of(SOURCE, answer);
    let mut life = Command::new(std::env::current_exe().unwrap());
    life.args(["--exact", "engine::tests::parts::life_that_is_killed", "--nocapture"])
        .env(HOME, bed.folder.path())
        .env(URL, bed.desk.url("/"))
        .env(crash::VARIABLE, "job.part-published")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = tokio::task::spawn_blocking(move || life.status()).await.unwrap().unwrap();
    assert!(!status.success(), "the point is reached, and it dies there");
    let visible: Vec<String> = bed.names().into_iter().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(visible, ["a.txt"], "one has its name and the others not yet");
    let asked = bed.desk.calls().len();
    let engine = bed.engine();
    let id = engine.jobs().await.unwrap().remove(0).wish.id.clone();
    let landed = Face(engine.carry(&id).await.unwrap()).in_phase(Phase::Landed).await;
    assert_eq!((landed.files.len(), bed.desk.calls().len()), (3, asked), "all was here, nothing is asked");
    engine.stop().await;
    assert_all_landed(&bed);
}
