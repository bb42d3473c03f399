//! A file whose name is in use: numbered, replaced, left, or a person is asked first.

use landfall_wire::{ErrorCode, Phase, WaitingFor};
use serde_json::json;

use super::parts;
use super::requests::done;
use super::{Bed, PLAIN_SUBMIT, Reply};
use crate::engine::{Engine, Request};
use crate::job::Order;
use crate::transfer::Clash;

/// What the connector calls the file of the first job.
const NAME: &str = "export_1.zip";

/// A bed whose folder has a file of that name already.
fn bed(tables: &[&str]) -> Bed {
    let bed = Bed::new(&[&[PLAIN_SUBMIT], tables].concat(), done);
    std::fs::write(bed.folder.path().join("out").join(NAME), "older").unwrap();
    bed
}

fn asking(bed: &Bed, clash: Option<Clash>) -> Request {
    Request { clash, ..bed.request() }
}

/// The names that a person sees, with what the first says.
fn seen(bed: &Bed) -> (Vec<String>, String) {
    let names = bed.names().into_iter().filter(|name| !name.starts_with('.')).collect();
    (names, bed.text(NAME))
}

#[tokio::test]
async fn name_in_use_is_numbered_replaced_or_left_as_it_was_asked() {
    for (clash, names, is_replaced, fetches) in [
        (Clash::Number, vec!["export_1 (2).zip", NAME], false, 1),
        (Clash::Replace, vec![NAME], true, 1),
        (Clash::Skip, vec![NAME], false, 0),
    ] {
        let bed = bed(&[]);
        let engine = bed.engine();
        let (_, mut face) = bed.asked(&engine, asking(&bed, Some(clash))).await;
        let landed = face.in_phase(Phase::Landed).await;
        let (seen, text) = seen(&bed);
        assert_eq!(
            (seen, text != "older", bed.desk.count("GET /file")),
            (names.iter().map(ToString::to_string).collect(), is_replaced, fetches),
            "{clash:?}"
        );
        assert_eq!(landed.files.len(), 1, "{clash:?}");
    }
}

/// Brings the file and waits until a person is asked; gives the job's face.
async fn asked_for_a_word(bed: &Bed, engine: &Engine) -> (landfall_wire::JobId, super::Face) {
    let (id, mut face) = bed.asked(engine, asking(bed, None)).await;
    let waits = face.until(|shot| shot.waiting_for == Some(WaitingFor::Name)).await;
    assert_eq!(waits.phase, Phase::Resting);
    let failure = waits.error.expect("it says what for");
    assert_eq!(
        (failure.code, failure.message.as_str()),
        (ErrorCode::DiskError, "A file called export_1.zip is there already")
    );
    assert_eq!(seen(bed), (vec![NAME.to_owned()], "older".to_owned()), "nothing is touched before a word");
    (id, face)
}

#[tokio::test]
async fn whole_file_waits_for_a_persons_word_and_lands_by_it_without_the_server() {
    for (word, names, is_replaced) in [
        (Clash::Number, vec!["export_1 (2).zip", NAME], false),
        (Clash::Replace, vec![NAME], true),
        (Clash::Skip, vec![NAME], false),
    ] {
        let bed = bed(&[]);
        let engine = bed.engine();
        let (id, mut face) = asked_for_a_word(&bed, &engine).await;
        let calls = bed.desk.calls().len();
        engine.order(&id, Order::Settle(word)).await.unwrap();
        face.in_phase(Phase::Landed).await;
        let (seen, text) = seen(&bed);
        assert_eq!((seen, text != "older"), (names.iter().map(ToString::to_string).collect(), is_replaced), "{word:?}");
        assert_eq!(bed.desk.calls().len(), calls, "{word:?}: all bytes were here");
        assert!(engine.order(&id, Order::Settle(word)).await.is_err(), "it has ended");
    }
}

#[tokio::test]
async fn file_that_waits_for_a_word_lands_by_itself_once_the_name_is_free_also_after_a_restart() {
    let bed = bed(&[]);
    let engine = bed.engine();
    let (id, _) = asked_for_a_word(&bed, &engine).await;
    engine.stop().await;
    let engine = bed.engine();
    let mut face = super::Face(engine.carry(&id).await.unwrap());
    face.until(|shot| shot.waiting_for == Some(WaitingFor::Name)).await;
    std::fs::remove_file(bed.folder.path().join("out").join(NAME)).unwrap();
    bed.clock.advance(std::time::Duration::from_secs(30));
    face.in_phase(Phase::Landed).await;
    assert_eq!(seen(&bed).0, [NAME]);
    assert_eq!(bed.desk.count("GET /file"), 1, "the bytes came once");
}

#[tokio::test]
async fn word_that_is_given_before_the_file_is_here_holds() {
    let mut states = vec!["completed", "running"];
    let bed = Bed::new(&[PLAIN_SUBMIT], move |call| match call.line.as_str() {
        "GET /jobs/1" => {
            Reply::Json(200, json!({ "state": if states.len() > 1 { states.pop() } else { states.last().copied() } }))
        }
        _ => done(call),
    });
    std::fs::write(bed.folder.path().join("out").join(NAME), "older").unwrap();
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, asking(&bed, None)).await;
    face.in_phase(Phase::Preparing).await;
    engine.order(&id, Order::Settle(Clash::Replace)).await.unwrap();
    bed.clock.advance(std::time::Duration::from_secs(2));
    face.in_phase(Phase::Landed).await;
    assert_eq!(seen(&bed).0, [NAME]);
    assert_ne!(seen(&bed).1, "older");
}

#[tokio::test]
async fn several_files_wait_for_one_word_and_never_stand_in_each_others_place() {
    for (word, names, first) in [
        (Clash::Number, vec!["a (2).txt", "a (3).txt", "a.txt", "b.txt"], "older"),
        (Clash::Replace, vec!["a (2).txt", "a.txt", "b.txt"], "first"),
        (Clash::Skip, vec!["a (2).txt", "a.txt", "b.txt"], "older"),
    ] {
        let bed = Bed::of(parts::SOURCE, parts::answer);
        std::fs::write(bed.folder.path().join("out/a.txt"), "older").unwrap();
        let engine = bed.engine();
        let (id, mut face) = bed.asked(&engine, asking(&bed, None)).await;
        face.until(|shot| shot.waiting_for == Some(WaitingFor::Name)).await;
        let seen: Vec<String> = bed.names().into_iter().filter(|name| !name.starts_with('.')).collect();
        assert_eq!(seen, ["a.txt"], "none has its name before the word");
        engine.order(&id, Order::Settle(word)).await.unwrap();
        face.in_phase(Phase::Landed).await;
        engine.stop().await;
        assert_eq!(
            (bed.names(), bed.text("a.txt")),
            (names.iter().map(ToString::to_string).collect(), first.to_owned()),
            "{word:?}"
        );
    }
}
