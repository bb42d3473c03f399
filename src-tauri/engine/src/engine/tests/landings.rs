//! What is done with what has landed, and what is fetched again because it was broken.

use std::io::Write as _;

use landfall_wire::{AtServer, ErrorCode, Phase};
use serde_json::json;

use super::requests::done;
use super::{Bed, PLAIN_SUBMIT, Reply};
use crate::job::Order;
use crate::receipt::Receipt;

const DELETE: &str = "[delete]\ndelete = \"/jobs/{{ job.id }}\"\n";

fn archive() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for name in ["a.json", "more/b.json"] {
        archive.start_file(name, options).unwrap();
        archive.write_all(b"{}").unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn with_result(call: &super::Call, bytes: &[u8]) -> Reply {
    match call.line.as_str() {
        "GET /file" => Reply::Bytes(bytes.to_vec()),
        "GET /results/1" => Reply::Json(200, json!({ "url": format!("{}/file", call.root), "size": bytes.len() })),
        _ => done(call),
    }
}

#[tokio::test]
async fn package_is_unpacked_beside_the_file_that_landed() {
    let bed = Bed::new(&[PLAIN_SUBMIT], |call| with_result(call, &archive()));
    let engine = bed.engine();
    let request = crate::engine::Request { extract: true, ..bed.request() };
    let (_, mut face) = bed.asked(&engine, request).await;
    let landed = face.in_phase(Phase::Landed).await;
    let extracted = landed.extracted.expect("it was asked for");
    assert_eq!((extracted.files, extracted.folder.file_name().unwrap().to_str()), (2, Some("export_1")));
    assert!(extracted.folder.join("more/b.json").is_file() && landed.files[0].path.is_file());
    assert_eq!(landed.error, None);
}

#[tokio::test]
async fn what_cannot_be_unpacked_stays_landed_and_is_unpacked_again_from_the_file() {
    let bed = Bed::new(&[PLAIN_SUBMIT], done);
    let engine = bed.engine();
    let request = crate::engine::Request { extract: true, ..bed.request() };
    let (id, mut face) = bed.asked(&engine, request).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!(landed.error.map(|failure| failure.code), Some(ErrorCode::ExtractionFailed));
    std::fs::write(&landed.files[0].path, archive()).expect("somebody mends it");
    engine.order(&id, Order::Retry).await.unwrap();
    let mended = face.until(|shot| shot.phase == Phase::Landed && shot.error.is_none()).await;
    assert_eq!(mended.extracted.map(|done| done.files), Some(2));
    assert_eq!(bed.desk.count("GET /file"), 1, "nothing is fetched for it");
}

#[tokio::test]
async fn broken_result_is_fetched_once_more_by_itself() {
    let mut fetches = 0;
    let whole = archive();
    let mut digest = crate::digest::Sha256::default();
    digest.update(&whole);
    let sha256 = digest.finish();
    let bed = Bed::new(&[PLAIN_SUBMIT], move |call| {
        let broken: Vec<u8> = whole.iter().map(|byte| byte ^ 0x55).collect();
        fetches += usize::from(call.line == "GET /file");
        with_result(call, if fetches == 1 { &broken } else { &whole })
    });
    let engine = bed.engine();
    let request = crate::engine::Request { sha256: Some(sha256), ..bed.request() };
    let (_, mut face) = bed.asked(&engine, request).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert!(landed.files[0].verified);
    assert_eq!(bed.desk.count("GET /file"), 2);
    let beside = std::fs::read_dir(landed.files[0].path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 2, "what was refused is set aside and not deleted");
}

#[tokio::test]
async fn servers_copy_is_deleted_only_while_ours_is_there() {
    let bed = Bed::new(&[PLAIN_SUBMIT, DELETE], |call| match call.line.as_str() {
        "DELETE /jobs/1" => Reply::Json(200, json!({})),
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    let aside = landed.files[0].path.with_extension("aside");
    std::fs::copy(&landed.files[0].path, &aside).unwrap();
    std::fs::remove_file(&landed.files[0].path).unwrap();
    let refused = engine.delete(&id).await.expect_err("it would be the last copy");
    assert_eq!((refused.code, bed.desk.count("DELETE /jobs/1")), (ErrorCode::ValidationFailed, 0));
    std::fs::copy(&aside, &landed.files[0].path).unwrap();
    engine.delete(&id).await.unwrap();
    face.until(|shot| shot.at_server == AtServer::Deleted).await;
    assert_eq!(bed.desk.count("DELETE /jobs/1"), 1);
}

#[tokio::test]
async fn server_that_wants_to_know_is_told_of_the_landing() {
    let acknowledge = "[acknowledge]\npost = \"/jobs/{{ job.id }}/received\"\n";
    let bed = Bed::new(&[PLAIN_SUBMIT, acknowledge], |call| match call.line.as_str() {
        "POST /jobs/1/received" => Reply::Json(500, json!({})),
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!((landed.error, bed.desk.count("POST /jobs/1/received")), (None, 1), "what comes of it is noted only");
    assert!(bed.timeline(&id).contains("could not be told that it has landed"));
}

#[tokio::test]
async fn forgotten_job_is_off_the_list_and_its_receipt_stays() {
    let bed = Bed::new(&[PLAIN_SUBMIT], done);
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    engine.forget(&id).await.unwrap();
    assert_eq!(engine.jobs().await.unwrap(), []);
    assert!(Receipt::read(&bed.home(), &id).unwrap().is_some() && landed.files[0].path.is_file());
    assert!(engine.forget(&id).await.is_err(), "there is no such job any more");
}
