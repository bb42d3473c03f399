//! `landfall connectors check` through the command line: a mistake is told by file, line, key, and what would be right.

use expect_test::{Expect, expect};
use landfall_tests::program::Program;

/// The built-in connector with one thing changed.
fn changed(program: &Program, from: &str, to: &str) -> String {
    let source = program.run(&["connectors", "show", "report-exports"]).ended(0).stdout;
    assert!(source.contains(from), "the connector has {from:?}");
    std::fs::write(program.here().join("mine.toml"), source.replacen(from, to, 1)).expect("a file can be written");
    "mine.toml".to_owned()
}

#[track_caller]
fn check(from: &str, to: &str, told: &Expect) {
    let program = Program::new();
    let file = changed(&program, from, to);
    let ran = program.run(&["connectors", "check", &file]).ended(2);
    told.assert_eq(&ran.stdout);
}

#[test]
fn misspelt_key_is_told_with_the_right_one() {
    check(
        "deadline =",
        "deadlin =",
        &expect![[r#"
        mine.toml:38: follow.deadlin: there is no such key; did you mean deadline?
    "#]],
    );
}

#[test]
fn missing_key_is_told() {
    check(
        "id = \"body.task_id\"\n",
        "",
        &expect![[r#"
        mine.toml:30: submit.id: this key is missing; write where the answer holds the job's id, such as id = "body.id"
    "#]],
    );
}

#[test]
fn wrong_value_is_told_with_the_values_that_fit() {
    check(
        "type = \"choice\"",
        "type = \"choose\"",
        &expect![[r#"
        mine.toml:21: param.type: "choose" is none of the words that can stand here; did you mean "choice"?
    "#]],
    );
}

#[test]
fn broken_expression_is_told() {
    check(
        "{{ params.project_id }}",
        "{{ params.project_id",
        &expect![[r#"
        mine.toml:31: submit.post: a `{{` has no `}}` after it; close it, as in {{ params.name }}
    "#]],
    );
}

#[test]
fn key_that_the_language_does_not_have_is_refused_and_not_ignored() {
    check(
        "[submit]\n",
        "[follow.many]\nget = \"/tasks\"\n\n[submit]\n",
        &expect![[r#"
        mine.toml:30: follow.many: there is no such key; in follow there can be deadline, stall_after, lost_after, estimate, falls_back, ours_when, poll or stream
    "#]],
    );
}

#[test]
fn broken_toml_is_told_by_its_line() {
    check(
        "[submit]\n",
        "[submit\n",
        &expect![[r#"
        mine.toml:30: the line cannot be read: unclosed table; in TOML a line is key = value, texts stand in quotes, and tables begin with [name]
    "#]],
    );
}

#[test]
fn right_file_is_told_to_be_right_and_json_holds_the_same() {
    let program = Program::new();
    let file = changed(&program, "Report exports", "My reports");
    let ran = program.run(&["connectors", "check", &file]).ended(0);
    expect![[r#"
        mine.toml: report-exports is right; no recorded answers to try it with
    "#]]
    .assert_eq(&ran.stdout);
    let broken = changed(&program, "deadline =", "deadlin =");
    let document = program.run(&["connectors", "check", &broken, "--json"]).ended(2).json();
    let problem = &document["problems"][0];
    assert_eq!((&document["ok"], problem["file"].as_str()), (&false.into(), Some("mine.toml")), "{document}");
    for key in ["line", "column", "key", "message", "hint"] {
        assert!(!problem[key].is_null(), "{key} is told: {problem}");
    }
}

#[test]
fn recorded_answers_that_do_not_fit_are_told() {
    let program = Program::new();
    let file = changed(&program, "waiting = [\"pending\"]", "waiting = [\"queued\"]");
    let recording = "connector = \"other\"\n";
    std::fs::write(program.here().join("mine.recorded.toml"), recording).expect("a file can be written");
    let ran = program.run(&["connectors", "check", &file]).ended(2);
    expect![[r#"
        mine.recorded.toml:1: connector: these answers are not for report-exports; write connector = "report-exports"
    "#]]
    .assert_eq(&ran.stdout);
}
