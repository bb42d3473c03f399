//! Connectors of one's own, and the gallery: added, listed, used by their ids, and never in the way of the others.

use landfall_tests::program::Program;
use serde_json::Value;

use super::served::{Served, add};

/// Writes a built-in connector under another id, changed as the test wants it, with its recorded answers beside it.
fn written(program: &Program, id: &str, from: &str, to: &str) {
    let source = program.run(&["connectors", "show", "report-exports"]).ended(0).stdout;
    assert!(source.contains(from), "the connector has {from:?}");
    let source = source.replacen("id = \"report-exports\"", &format!("id = \"{id}\""), 1).replacen(from, to, 1);
    std::fs::write(program.here().join("mine.toml"), source).expect("a file can be written");
}

/// Where the connector of that id is from, as it is listed; nothing when it is not.
fn origin(program: &Program, id: &str) -> Option<String> {
    let listed = program.run(&["connectors", "list", "--json"]).ended(0).json();
    let connectors = listed.as_array().expect("an array").clone();
    let found: Vec<Value> = connectors.into_iter().filter(|connector| connector["id"] == id).collect();
    assert!(found.len() <= 1, "an id is listed once: {found:?}");
    found.first().map(|connector| connector["origin"].as_str().expect("text").to_owned())
}

#[test]
fn own_connector_is_checked_added_and_lands_an_export() {
    let served = Served::with("");
    let program = Program::new().with("TOKEN", super::served::TOKEN);
    written(&program, "mine", "", "");
    assert_eq!(origin(&program, "mine"), None);
    let added = program.run(&["connectors", "add", "mine.toml", "--json"]).ended(0).json();
    assert_eq!((added["id"].as_str(), &added["replaced"]), (Some("mine"), &Value::Null), "{added}");
    assert_eq!(added["auth"][0]["way"], "bearer", "it says how it signs in: {added}");
    assert_eq!(added["hosts"], serde_json::json!([]), "and where the sign-in goes: {added}");
    let path = added["path"].as_str().expect("text");
    assert!(path.starts_with(&*program.home().join("connectors").to_string_lossy()), "it lies in the home: {path}");
    assert_eq!(origin(&program, "mine").as_deref(), Some("own"));

    add(&program, "demo", &served.url(), "mine");
    let job = program.run(&["export", "demo", "project_id=riverside-clinic", "format=csv", "--json"]).ended(0).json();
    assert_eq!((job["phase"].as_str(), job["connector"].as_str()), (Some("landed"), Some("mine")), "{job}");

    let again = program.run(&["connectors", "add", "mine.toml"]).ended(0);
    assert!(again.stdout.starts_with("Connector mine replaced"), "{}", again.stdout);
    assert!(again.stderr.contains("keep the one of before"), "{}", again.stderr);
}

#[test]
fn hosts_that_get_the_sign_in_are_shown_when_a_connector_is_added() {
    let program = Program::new();
    written(&program, "mine", "auth = [\"bearer\"]\n", "auth = [\"bearer\"]\nhosts = [\"files.example\"]\n");
    let ran = program.run(&["connectors", "add", "mine.toml"]).ended(0);
    assert!(ran.stdout.contains("Also sends the sign-in to files.example"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Signs in by bearer (token)"), "{}", ran.stdout);
}

#[test]
fn connector_that_is_wrong_or_built_in_is_not_added() {
    let program = Program::new();
    written(&program, "mine", "deadline =", "deadlin =");
    let ran = program.run(&["connectors", "add", "mine.toml"]).ended(2);
    assert!(ran.stdout.contains("did you mean deadline?"), "{}", ran.stdout);
    assert_eq!(origin(&program, "mine"), None);

    written(&program, "report-exports", "Report exports", "Mine");
    let ran = program.run(&["connectors", "add", "mine.toml"]).ended(2);
    assert!(ran.stderr.contains("The connector report-exports is built in"), "{}", ran.stderr);
    assert_eq!(origin(&program, "report-exports").as_deref(), Some("built-in"));

    // Answers that the connector does not fit are a reason too.
    written(&program, "mine", "", "");
    std::fs::write(program.here().join("mine.recorded.toml"), "connector = \"other\"\n")
        .expect("a file can be written");
    let ran = program.run(&["connectors", "add", "mine.toml"]).ended(2);
    assert!(ran.stdout.contains("these answers are not for mine"), "{}", ran.stdout);
    assert_eq!(origin(&program, "mine"), None);
}

#[test]
fn damaged_own_connector_is_told_and_the_others_work() {
    let program = Program::new();
    written(&program, "mine", "", "");
    program.run(&["connectors", "add", "mine.toml"]).ended(0);
    std::fs::write(program.home().join("connectors/broken.toml"), "format = ").expect("a file can be written");
    let ran = program.run(&["connectors", "list"]).ended(0);
    assert!(ran.stderr.contains("broken.toml"), "it is told: {}", ran.stderr);
    assert_eq!(origin(&program, "mine").as_deref(), Some("own"), "and hides no other");
    assert_eq!(origin(&program, "broken"), None);
    let ran = program.run(&["connectors", "show", "broken"]).ended(0);
    assert_eq!(ran.stdout.trim(), "format =", "its text can still be looked at");
}

#[test]
fn gallery_is_listed_apart_and_says_that_it_is_not_tried() {
    let program = Program::new();
    assert_eq!(origin(&program, "stripe-report").as_deref(), Some("gallery"));
    let listed = program.run(&["connectors", "list"]).ended(0).stdout;
    let marked = listed.lines().filter(|line| line.contains("gallery, not tried")).count();
    assert!(marked >= 8, "each is marked: {listed}");
    let shown = program.run(&["connectors", "show", "stripe-report"]).ended(0);
    assert!(shown.stdout.contains("# Written from https://docs.stripe.com/"), "{}", shown.stdout);
    assert!(shown.stderr.contains("not tried against the live service"), "{}", shown.stderr);
    // A copy of one's own takes its place.
    std::fs::write(program.here().join("mine.toml"), &shown.stdout).expect("a file can be written");
    let added = program.run(&["connectors", "add", "mine.toml", "--json"]).ended(0).json();
    assert_eq!((&added["replaced"], &added["hosts"][0]), (&"gallery".into(), &"files.stripe.com".into()), "{added}");
    assert_eq!(origin(&program, "stripe-report").as_deref(), Some("own"));
}

#[test]
fn schema_is_printed_for_editors() {
    let program = Program::new();
    let printed: Value = serde_json::from_str(&program.run(&["connectors", "schema"]).ended(0).stdout).expect("JSON");
    assert_eq!(printed, program.run(&["connectors", "schema", "--json"]).ended(0).json(), "the same either way");
    assert!(printed["properties"]["follow"].is_object(), "it knows the language");
}

#[test]
fn choices_of_a_parameter_are_listed() {
    let served = Served::with("");
    let program = served.connected();
    let choices = program.run(&["connectors", "choices", "demo", "format", "--json"]).ended(0).json();
    let values: Vec<&str> =
        choices.as_array().expect("an array").iter().filter_map(|one| one["value"].as_str()).collect();
    assert_eq!(values, ["csv", "excel", "pdf", "ost"]);
    let ran = program.run(&["connectors", "choices", "demo", "formt"]).ended(2);
    assert!(ran.stderr.contains("There is no parameter \"formt\""), "{}", ran.stderr);
    let ran = program.run(&["connectors", "choices", "demo", "project_id"]).ended(2);
    assert!(ran.stderr.contains("takes any value that fits"), "{}", ran.stderr);
}
