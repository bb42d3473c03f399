//! Connectors as a whole: the contract suite over every built-in one, and what a mistake in a file looks like.

use landfall_engine::connector::{BuiltIn, Connector, check};

fn checked(built_in: &BuiltIn, source: &str) -> Result<landfall_engine::connector::Checked, String> {
    let recording = format!("{}.recorded.toml", built_in.id);
    check(built_in.file_name, source, Some((&recording, built_in.recording))).map_err(|problems| problems.to_string())
}

#[test]
fn every_built_in_connector_keeps_its_recorded_contract() {
    for built_in in Connector::built_in() {
        let checked = checked(built_in, built_in.source).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(checked.connector.id(), built_in.id, "the file is named after the id");
        assert!(checked.replays.len() >= 5, "{} is shown in good and bad lives", built_in.id);
        assert!(built_in.source.lines().count() < 60, "{} stays short", built_in.id);
        for (name, seen) in &checked.replays {
            println!("{}: {name}: {} after {:?}, {:?}", built_in.id, seen.end.word(), seen.states, seen.took);
        }
    }
}
