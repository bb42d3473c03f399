//! Many exports from a file: all that can land do, and what did not can be run again.

use std::fs;

use landfall_service::{Chance, Fault, Step};
use landfall_tests::testbed::TestBed;
use serde_json::Value;

const TABLE: &str = "project_id;format\nnordkai-40;csv\nriverside-clinic;gif\nno-such-project;csv\nsuzhou-lab;pdf\n";

/// The summary: the last document.
fn summary(documents: &[Value]) -> &Value {
    documents.last().expect("there is a summary")
}

#[test]
fn p_11_failures_of_a_batch_have_their_index_and_reason_and_can_be_run_again() {
    let bed = TestBed::new("report-exports");
    let file = bed.home().with_file_name("monday.csv");
    fs::write(&file, TABLE).expect("the file can be written");
    let outcome = bed.run(&["batch", "report-exports", file.to_str().expect("a path")]);
    outcome.ended(3, "not all of them landed").says(&["2 of 4 landed, 2 failed", "monday.failed.csv"]);
    let documents = outcome.documents();
    let summary = summary(&documents);
    assert_eq!(
        (&summary["summary"]["total"], &summary["summary"]["succeeded"], &summary["summary"]["failed"]),
        (&4.into(), &2.into(), &2.into()),
        "{summary:#}"
    );
    let failed = summary["failed"].as_array().expect("a list of what failed");
    assert_eq!(failed.iter().map(|one| one["index"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)], "{failed:#?}");
    assert_eq!(failed[0]["params"]["format"], "gif", "what was asked for is told: {failed:#?}");
    assert!(failed[0]["error"]["message"].as_str().is_some_and(|words| words.contains("Line 3")), "{failed:#?}");
    assert_eq!(failed[1]["error"]["name"], "JOB_CREATION_FAILED", "{failed:#?}");
    assert_eq!(bed.names(), ["nordkai-40_", "suzhou-lab_"].map(|start| landed(&bed, start)), "the others have landed");

    let rest = file.with_file_name("monday.failed.csv");
    let text = fs::read_to_string(&rest).expect("the failed rows are kept");
    assert!(text.starts_with("project_id;format;_error\nriverside-clinic;gif;"), "{text}");
    fs::write(&rest, text.replace("gif", "csv").replace("no-such-project", "nordkai-40")).expect("it can be mended");
    let again = bed.run(&["batch", "report-exports", rest.to_str().expect("a path")]);
    again.ended(0, "mended, all of them land").says(&["2 of 2 landed"]);
    assert_eq!(bed.names().len(), 4, "{:?}", bed.names());
}

/// The one name in the folder that begins so.
fn landed(bed: &TestBed, start: &str) -> String {
    bed.names().into_iter().find(|name| name.starts_with(start)).unwrap_or_default()
}

#[test]
fn json_lines_land_through_faults_and_the_summary_comes_last() {
    let bed = TestBed::new("download-jobs");
    bed.server().faults().set_at(Fault::Unavailable, Step::Watch, Chance::Times(5));
    let file = bed.home().with_file_name("wishes.jsonl");
    let lines = (1..=12).map(|number| format!("{{\"fileIds\":[{number}]}}")).collect::<Vec<_>>().join("\n");
    fs::write(&file, lines).expect("the file can be written");
    let outcome = bed.run(&["batch", "download-jobs", file.to_str().expect("a path"), "--limit", "3"]);
    outcome.ended(0, "all of them land");
    let documents = outcome.documents();
    assert_eq!(documents.len(), 13, "a document a job and the summary");
    assert_eq!(summary(&documents)["summary"]["succeeded"], 12);
    bed.assert_landed("a batch of JSON Lines", 12);
}

#[test]
fn batch_that_makes_no_sense_is_refused_before_anything_is_asked_for() {
    let bed = TestBed::new("report-exports");
    let file = bed.home().with_file_name("typo.csv");
    fs::write(&file, "project,format\nnordkai-40,csv\n").expect("the file can be written");
    bed.run(&["batch", "report-exports", file.to_str().expect("a path")])
        .ended(2, "a column is no parameter")
        .says(&["a column `project`", "project_id, format"]);
    bed.run(&["batch", "report-exports", "/nowhere/x.csv"]).ended(2, "there is no file").says(&["/nowhere/x.csv"]);
    assert!(bed.server_jobs().is_empty(), "nothing was sent");
}
