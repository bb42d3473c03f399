//! Faults on purpose: each does what its word says, once and not again.

use std::time::Duration;

use landfall_service::{Chance, Fault, Faults, Step};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::bed::{Bed, eventually, text};

#[test]
fn the_help_names_every_fault_and_step() {
    for (fault, word) in Fault::ALL {
        assert!(Faults::HELP.contains(word), "{fault:?}");
        assert_eq!(fault.word(), word);
    }
    for (_, word) in Step::ALL {
        assert!(Faults::HELP.contains(word), "{word}");
    }
}

#[test]
fn a_good_spec_is_understood_and_a_bad_one_says_what_would_be_right() {
    for good in
        ["", "cut=5%,503=2%,stall=1%,worker-dies=1%", " 401@watch = 1x , cut-every=500ms", "huge=0.5%", "cut=0x,"]
    {
        assert!(good.parse::<Faults>().is_ok(), "{good}");
    }
    let bad = [
        ("cut", "cut=5%"),
        ("cat=5%", "known are 401"),
        ("cut=5", "a share from 0% to 100% or a count such as 3x"),
        ("cut=101%", "a share"),
        ("cut=-1%", "a share"),
        ("cut=NaN%", "a share"),
        ("cut=-1x", "a count"),
        ("503@noon=1x", "submit, watch, stream, resolve, list, result"),
        ("cut-every=0s", "cut-every=3s"),
        ("cut-every=3", "cut-every=3s"),
        ("cut-every=99999999999999999999s", "cut-every=3s"),
    ];
    for (spec, right) in bad {
        let error = format!("503=1x,{spec}").parse::<Faults>().unwrap_err().to_string();
        assert!(error.contains(&format!("\"{spec}\"")), "{error} names the item {spec}");
        assert!(error.contains(right), "{error} says {right}");
    }
}

#[tokio::test]
async fn a_status_fault_answers_in_place_of_the_service_for_its_step_only() {
    for (fault, status) in
        [(Fault::Unauthorized, 401), (Fault::TooManyRequests, 429), (Fault::Internal, 500), (Fault::Unavailable, 503)]
    {
        let bed = Bed::new().await;
        bed.service.faults().set_at(fault, Step::Submit, Chance::Times(1));
        assert_eq!(bed.get("/v1/download/jobs").await.status, 200, "another step");
        let reply = bed.post("/v1/download/initiate", &[], "{\"fileIds\":[5]}").await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("retry-after"), if [429, 503].contains(&status) { "1" } else { "" });
        assert!(!text(&reply.json()["error"]["message"]).is_empty());
        assert!(bed.service.jobs().await.unwrap().is_empty(), "nothing was done");
        bed.initiate("[5]").await;
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_a_job_that_the_key_finds_again() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::Lost, Chance::Times(1));
    let key = [("Idempotency-Key", "k")];
    let lost = bed.send(reqwest::Method::POST, "/v1/download/initiate", &key, Some("{\"fileIds\":[5]}")).await;
    assert!(lost.is_err(), "the answer is not whole: {lost:?}");
    let jobs = bed.service.jobs().await.unwrap();
    assert_eq!(jobs.len(), 1);
    let again = bed.post("/v1/download/initiate", &key, "{\"fileIds\":[5]}").await;
    assert_eq!(again.json()["jobId"], jobs[0].id.as_str());
}

#[tokio::test]
async fn spoiled_answers_are_spoiled_as_told() {
    let bed = Bed::new().await;
    let job = bed.initiate("[5]").await;
    bed.status(&job, "completed").await;
    let path = format!("/v1/download/status/{job}");
    let faults = bed.service.faults();

    faults.set(Fault::UnknownState, Chance::Times(1));
    assert_eq!(bed.get(&path).await.json()["status"], "levitating");
    faults.set(Fault::WrongTypes, Chance::Times(1));
    let wrong = bed.get(&path).await.json();
    assert!(wrong["status"].is_number() && wrong["progress"].is_string(), "{wrong}");
    faults.set(Fault::Garbage, Chance::Times(1));
    let garbage = bed.get(&path).await;
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err(), "{}", garbage.text());
    faults.set(Fault::Huge, Chance::Times(1));
    assert!(bed.get(&path).await.body.len() > 30_000_000);
    faults.set(Fault::Expired, Chance::Times(1));
    let expired = text(&bed.get(&path).await.json()["downloadUrl"]);
    assert!(bed.fetch(&expired, &[]).await.unwrap().text().contains("Request has expired"));

    let sound = bed.get(&path).await.json();
    assert_eq!(sound["status"], "completed", "all of them are used up");
}

#[tokio::test]
async fn a_cut_download_ends_early_and_a_wrong_digest_is_wrong() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[16]").await;
    bed.service.faults().set(Fault::Cut, Chance::Times(1));
    assert!(bed.fetch(&link, &[]).await.is_err(), "half of it is an error");
    let whole = bed.fetch(&link, &[]).await.unwrap();
    bed.service.faults().set(Fault::WrongDigest, Chance::Times(1));
    let wrong = bed.fetch(&link, &[]).await.unwrap();
    assert_ne!(wrong.header("repr-digest"), whole.header("repr-digest"));
    assert!(wrong.body == whole.body, "only the header lies");
}

#[tokio::test]
async fn a_stalled_download_and_answer_fall_silent_until_the_service_stops() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[5]").await;
    bed.service.faults().set_at(Fault::Stall, Step::Result, Chance::Times(1));
    let mut response = bed.client().get(&link).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some(), "the first half comes");
    bed.service.faults().set_at(Fault::Stall, Step::List, Chance::Times(1));
    let silent = tokio::time::timeout(Duration::from_millis(300), bed.get("/v1/download/jobs")).await;
    assert!(silent.is_err(), "the API says nothing");
    let rest = tokio::time::timeout(Duration::from_millis(300), response.chunk()).await;
    assert!(rest.is_err(), "the second half never comes");
    bed.service.stop().await;
    assert!(response.chunk().await.is_err(), "it ends as broken, not as whole");
}

#[tokio::test]
async fn the_storage_cuts_connections_at_the_age_it_is_told() {
    let bed = Bed::new().await;
    bed.service.faults().set_cut_every(Some(Duration::from_secs(3)));
    let mut idle = TcpStream::connect(bed.service.storage_address()).await.unwrap();
    eventually("connection", async || (bed.service.seen().storage_connections == 1).then_some(())).await;
    bed.service.clock().advance(Duration::from_secs(3));
    let mut byte = [0];
    let end = tokio::time::timeout(Duration::from_mins(1), idle.read(&mut byte)).await;
    let end = end.expect("an idle connection is not left open");
    assert!(matches!(end, Ok(0) | Err(_)), "an idle connection is closed too: {end:?}");

    let link = bed.zip_link("[17]").await;
    let mut response = bed.client().get(&link).send().await.unwrap();
    bed.service.clock().advance(Duration::from_secs(3));
    let end = async {
        while response.chunk().await?.is_some() {}
        Ok::<_, reqwest::Error>(())
    }
    .await;
    assert!(end.is_err(), "a running download is cut");
    bed.service.faults().clear();
    assert_eq!(bed.fetch(&link, &[]).await.unwrap().status, 200, "and no more once it is switched off");
}
