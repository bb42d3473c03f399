//! The reference of the language says of every key what the program knows of it.

use std::collections::BTreeSet;

use landfall_engine::connector::{Connector, check, keys};

const REFERENCE: &str = include_str!("../../connectors/README.md");

/// The keys of the reference's tables: `| `follow.poll.every` | … |`.
fn documented() -> BTreeSet<String> {
    let rows = REFERENCE.lines().filter_map(|line| {
        let key = line.strip_prefix("| `")?.split('`').next()?;
        Some(key.to_owned())
    });
    rows.filter(|key| !key.contains([' ', '(', '|'])).collect()
}

#[test]
fn every_key_of_the_language_is_in_the_reference_and_none_besides() {
    let documented = documented();
    let known = keys();
    for key in &known {
        assert!(documented.contains(key), "`{key}` stands in the reference");
    }
    for key in &documented {
        assert!(known.contains(key), "`{key}` of the reference is a key of the language");
    }
}

#[test]
fn the_example_of_the_reference_is_a_connector() {
    let block = |language: &str| {
        let (_, after) = REFERENCE.split_once(&format!("```{language}\n")).expect("the reference has the block");
        after.split_once("```").expect("the block ends").0
    };
    let example = block("toml connector");
    let recorded = block("toml recorded");
    let checked = check("example.toml", example, Some(("example.recorded.toml", recorded)));
    let checked = checked.unwrap_or_else(|problems| panic!("{problems}"));
    assert!(!checked.replays.is_empty(), "it is driven through its answers");
    assert!(Connector::parse("example.toml", example).is_ok());
    let streaming = Connector::parse("stream.toml", block("toml connector stream"));
    assert!(streaming.unwrap_or_else(|problems| panic!("{problems}")).stream().is_some(), "it has a stream");
}
