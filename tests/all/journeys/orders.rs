//! What a person wants of jobs that are there, from the command line.

use std::path::Path;

use landfall_tests::testbed::{TestBed, id_of};

use super::SMALL;

#[test]
fn paused_job_is_not_carried_until_it_is_resumed() {
    let bed = TestBed::new("download-jobs");
    bed.wish(&["download-jobs", SMALL]);
    let job = bed.only_job();
    let id = id_of(&job);
    bed.run(&["pause", id]).ended(0, "it waits to be carried, and can wait longer");
    assert_eq!(bed.only_job()["phase"], "paused");
    bed.run(&["recover"]).ended(0, "nothing is interrupted");
    assert!(bed.server_jobs().is_empty(), "nothing was sent for a paused job");
    bed.run(&["resume", id]).ended(0, "its person wants it again");
    bed.run(&["recover"]).ended(0, "and now it lands");
    bed.assert_landed("resumed", 1);
}

#[test]
fn forgotten_job_is_off_the_list_and_what_landed_stays() {
    let bed = TestBed::new("download-jobs");
    bed.run(&["export", "download-jobs", SMALL]).ended(0, "it lands");
    let landed = bed.only_job();
    let path = Path::new(landed["files"][0]["path"].as_str().unwrap()).to_owned();
    bed.run(&["forget", id_of(&landed)]).ended(0, "it is done with");
    assert!(bed.jobs().is_empty(), "off the list");
    assert!(path.is_file(), "the file is not the list's");
    assert!(bed.home().join("receipts").join(format!("{}.json", id_of(&landed))).is_file(), "nor is its receipt");

    bed.wish(&["download-jobs", SMALL]);
    bed.run(&["forget", id_of(&bed.only_job())]).ended(0, "one that is not under way is forgotten as well");
    bed.run(&["recover"]).ended(0, "nothing is left to carry");
    assert_eq!(bed.server_jobs().len(), 1, "and nothing was sent for it");
}

#[test]
fn archive_is_unpacked_beside_itself_when_that_is_wanted() {
    let bed = TestBed::new("download-jobs");
    bed.run(&["export", "download-jobs", SMALL, "--extract"]).ended(0, "landed and unpacked");
    let job = bed.only_job();
    let folder = Path::new(job["extracted"]["folder"].as_str().unwrap());
    assert_eq!(job["extracted"]["files"], 2, "both files of the archive");
    assert!(std::fs::read_dir(folder).unwrap().next().is_some(), "they are in a folder beside it");
    assert!(Path::new(job["files"][0]["path"].as_str().unwrap()).is_file(), "the archive stays");
}

#[test]
fn what_is_no_archive_lands_and_says_that_it_was_not_unpacked() {
    let bed = TestBed::new("report-exports");
    let outcome = bed.run(&["export", "report-exports", "project_id=riverside-clinic", "format=csv", "--extract"]);
    outcome.ended(5, "extraction failed");
    let job = bed.only_job();
    assert_eq!((&job["phase"], &job["error"]["name"]), (&"landed".into(), &"EXTRACTION_FAILED".into()), "{job}");
    bed.assert_landed("not unpacked", 1);
}

#[test]
fn deleting_where_the_server_cannot_be_told_says_so_and_changes_nothing() {
    let bed = TestBed::new("download-jobs");
    bed.run(&["export", "download-jobs", SMALL]).ended(0, "it lands");
    let landed = bed.jobs();
    let refused = bed.run(&["delete", id_of(&landed[0])]);
    refused.ended(2, "there is no way").says(&["no way to be told to delete"]);
    assert_eq!(bed.jobs(), landed);
}
