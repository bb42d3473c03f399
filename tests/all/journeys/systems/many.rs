//! Many exports at once, as the service sees them (P-11).

use std::fs;

use landfall_tests::testbed::TestBed;
use serde_json::{Value, json};

use super::{PACKAGE, VIDEO, bed_for};

/// Writes the wishes down as JSON Lines, and gives the command that asks for all of them.
fn batch(bed: &TestBed, connector: &str, wishes: &[Value], more: &[&str]) -> Vec<String> {
    let file = bed.home().with_file_name("wishes.jsonl");
    let lines: String = wishes.iter().flat_map(|wish| [wish.to_string(), "\n".to_owned()]).collect();
    fs::write(&file, lines).expect("the file can be written");
    let start = ["batch", connector, file.to_str().expect("a path")];
    start.iter().chain(more).map(|word| (*word).to_owned()).collect()
}

fn run(bed: &TestBed, command: &[String]) -> Value {
    let outcome = bed.run(&command.iter().map(String::as_str).collect::<Vec<_>>());
    outcome.ended(0, "all of them land");
    outcome.documents().pop().expect("there is a summary")
}

#[test]
fn p_11_submits_and_downloads_are_five_at_once() {
    let bed = bed_for(PACKAGE, |_| {});
    let environments = ["clientA-vnext", "clientB-uat", "uat", "prod"];
    let wish =
        |number: usize| json!({"type": "worktype", "systemName": "matter", "environment": environments[number % 4]});
    let wishes: Vec<Value> = (0..24).map(wish).collect();
    let summary = run(&bed, &batch(&bed, "package-exports", &wishes, &[]));
    assert_eq!(
        (&summary["summary"]["total"], &summary["summary"]["succeeded"]),
        (&24.into(), &24.into()),
        "{summary:#}"
    );
    bed.assert_landed("24 packages", 24);
    let seen = bed.server().seen();
    assert!((1..=5).contains(&seen.submits_at_once), "submits: {seen:?}");
    assert!((1..=5).contains(&seen.results_at_once), "downloads: {seen:?}");
}

#[test]
fn p_11_large_downloads_are_as_many_at_once_as_was_asked_for() {
    let bed = TestBed::new("download-jobs");
    let wishes = vec![json!({"fileIds": [16]}); 8];
    run(&bed, &batch(&bed, "download-jobs", &wishes, &["--limit", "2"]));
    bed.assert_landed("eight times eight megabytes", 8);
    let seen = bed.server().seen();
    assert!((1..=2).contains(&seen.results_at_once), "downloads: {seen:?}");
    assert!((1..=2).contains(&seen.submits_at_once), "submits: {seen:?}");
}

#[test]
fn m_7_more_jobs_than_the_server_allows_streams_land_all_the_same() {
    let bed = bed_for(VIDEO, |options| options.workers = 4);
    let wish = |number| json!({"title": format!("Tour {number}"), "durationSeconds": 1, "resolution": "320x180"});
    let wishes: Vec<Value> = (0..14).map(wish).collect();
    run(&bed, &batch(&bed, "media-jobs", &wishes, &[]));
    bed.assert_landed("14 videos", 14);
}
