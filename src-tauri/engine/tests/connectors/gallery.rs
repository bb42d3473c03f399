//! The gallery: every connector is short, says where it comes from, and keeps its recorded contract.

use landfall_engine::connector::{Connector, check};

/// What stands at the top of a file: the comments before its first key.
fn head(source: &str) -> String {
    let comments = source.lines().take_while(|line| line.starts_with('#')).skip(1);
    comments.map(|line| line.trim_start_matches(['#', ' '])).collect::<Vec<_>>().join(" ")
}

/// Lines that say something: neither empty nor a comment.
fn length(source: &str) -> usize {
    source.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')).count()
}

#[test]
fn every_connector_of_the_gallery_keeps_its_recorded_contract() {
    for shipped in Connector::gallery() {
        let recording = format!("{}.recorded.toml", shipped.id);
        let checked = check(shipped.file_name, shipped.source, Some((&recording, shipped.recording)))
            .unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(checked.connector.id(), shipped.id, "the file is named after the id");
        let ends: Vec<&str> = checked.replays.iter().map(|(_, seen)| seen.end.word()).collect();
        assert!(ends.contains(&"ready"), "{} lands something: {ends:?}", shipped.id);
        assert!(ends.iter().any(|end| *end != "ready"), "{} also goes wrong: {ends:?}", shipped.id);
    }
}

#[test]
fn every_connector_of_the_gallery_says_where_it_comes_from_and_that_it_is_not_tried() {
    for shipped in Connector::gallery() {
        let head = head(shipped.source);
        assert!(head.contains("Written from https://"), "{} names the vendor's page: {head}", shipped.id);
        assert!(head.contains("not tried against the live service"), "{} does not boast: {head}", shipped.id);
        assert!(shipped.recording.contains("not taken from the live service"), "nor do its answers: {}", shipped.id);
    }
}

#[test]
fn connectors_of_the_gallery_are_under_forty_lines_without_what_is_asked_of_people() {
    for shipped in Connector::gallery() {
        let length = length(shipped.source);
        println!("{}: {length}", shipped.id);
        assert!(length < 40, "{} has {length} lines", shipped.id);
    }
}

#[test]
fn ids_are_those_of_one_connector_each() {
    let mut ids: Vec<&str> = Connector::built_in().iter().chain(Connector::gallery()).map(|found| found.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "no connector of the gallery hides behind a built-in one");
}
