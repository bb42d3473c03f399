//! What a person sees who made a mistake in a connector file: file, line, key, what is wrong, what would be right.

use expect_test::{Expect, expect};
use landfall_engine::connector::{Connector, check};

/// A whole connector, small enough to make mistakes in.
const GOOD: &str = r#"format = 1
id = "cameras"
name = "Cameras"
kind = "video"

[connection]
auth = ["bearer"]

[[param]]
name = "camera"
type = "text"
required = true

[[param]]
name = "quality"
type = "choice"
choices = ["low", "high"]
default = "low"

[submit]
post = "/cameras/{{ params.camera }}/exports"
json = { quality = "{{ params.quality }}" }
id = "body.id"

[follow.poll]
get = "/exports/{{ job.id }}"
every = "2s"
state = "body.status"

[states]
ready = ["done"]
failed = ["failed"]

[resolve]
url = "body.link"
"#;

/// Exchanges one text of the good connector, and shows what is said.
fn mistake(right: &str, wrong: &str, said: &Expect) {
    assert!(GOOD.contains(right), "{right:?} stands in the good connector");
    match Connector::parse("cameras.toml", &GOOD.replacen(right, wrong, 1)) {
        Ok(_) => panic!("the mistake {wrong:?} is not noticed"),
        Err(problems) => said.assert_eq(&problems.to_string()),
    }
}

#[test]
fn the_connector_that_the_mistakes_are_made_in_is_good() {
    let connector = Connector::parse("cameras.toml", GOOD).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(connector.params().len(), 2);
}

#[test]
fn misspelt_key() {
    mistake(
        "every =",
        "evry =",
        &expect![[r"
        cameras.toml:27: follow.poll.evry: there is no such key; did you mean every?"]],
    );
}

#[test]
fn shared_question_that_names_a_job() {
    mistake(
        "every =",
        "shared = true\nevery =",
        &expect![[r#"
            cameras.toml:26: follow.poll.get: there is nothing called `job`; here there are connection
            cameras.toml:27: follow.poll.shared: an answer for all jobs must speak of many; write each and of as well"#]],
    );
}

#[test]
fn misspelt_way_to_sign_in() {
    mistake(
        "[\"bearer\"]",
        "[\"oauth\"]",
        &expect![[
            r#"cameras.toml:7: connection.auth: "oauth" is none of the words that can stand here; did you mean "oauth2"?"#
        ]],
    );
}

#[test]
fn duration_without_unit() {
    mistake(
        "\"2s\"",
        "2",
        &expect![[
            r#"cameras.toml:27: follow.poll.every: 2 cannot stand here; write a duration with its unit (ms, s, min, h, d), such as "2s" or "30min""#
        ]],
    );
}

#[test]
fn text_without_quotes() {
    mistake(
        "\"Cameras\"",
        "Cameras",
        &expect![[r"
        cameras.toml:3: the line cannot be read: string values must be quoted; in TOML a line is key = value, texts stand in quotes, and tables begin with [name]"]],
    );
}

#[test]
fn parameter_that_is_not_declared() {
    mistake(
        "params.camera }}",
        "params.camra }}",
        &expect![[r"
        cameras.toml:21: submit.post: there is no parameter called `camra`; did you mean camera?"]],
    );
}

#[test]
fn parameter_without_its_prefix() {
    mistake(
        "params.camera }}",
        "camera }}",
        &expect![[r"
        cameras.toml:21: submit.post: there is nothing called `camera`; write params.camera"]],
    );
}

#[test]
fn braces_where_an_expression_stands_alone() {
    mistake(
        "\"body.id\"",
        "\"{{ body.id }}\"",
        &expect![[
            r#"cameras.toml:23: submit.id: this key takes an expression, and expressions stand here without braces; write "body.id""#
        ]],
    );
}

#[test]
fn expression_that_does_not_parse() {
    mistake(
        "\"body.status\"",
        "\"body.status ==\"",
        &expect![[r"
        cameras.toml:28: follow.poll.state: `body.status ==` is no expression: unexpected end of input, expected expression; write something like body.status or params.camera"]],
    );
}

#[test]
fn filter_that_is_not_there() {
    mistake(
        "params.camera }}",
        "params.camera | url }}",
        &expect![[r"
        cameras.toml:21: submit.post: there is no filter `url`; did you mean urlencode?"]],
    );
}

#[test]
fn braces_left_open() {
    mistake(
        "{{ job.id }}",
        "{{ job.id }",
        &expect![[r"
        cameras.toml:26: follow.poll.get: a `{{` has no `}}` after it; close it, as in {{ params.name }}"]],
    );
}

#[test]
fn key_that_is_missing() {
    mistake(
        "id = \"body.id\"\n",
        "",
        &expect![[
            r#"cameras.toml:20: submit.id: this key is missing; write where the answer holds the job's id, such as id = "body.id""#
        ]],
    );
}

#[test]
fn type_that_is_none() {
    mistake(
        "\"text\"",
        "\"string\"",
        &expect![[
            r#"cameras.toml:11: param.type: "string" is none of the words that can stand here; it can be text, integer, number, boolean, choice, datetime, duration, interval, json or list"#
        ]],
    );
}

#[test]
fn address_of_a_server_in_a_path() {
    mistake(
        "\"/exports/{{ job.id }}\"",
        "\"https://server.example/exports/{{ job.id }}\"",
        &expect![[
            r#"cameras.toml:26: follow.poll.get: a path begins with one /; write it without the server's address, such as "/v1/exports""#
        ]],
    );
}

#[test]
fn secret_written_into_the_file() {
    mistake(
        "id = \"body.id\"",
        "id = \"body.id\"\nheaders = { Authorization = \"Bearer 123\" }",
        &expect![[r"
        cameras.toml:24: submit.headers.Authorization: Landfall writes the header Authorization itself; leave it out; secrets belong to the connection"]],
    );
}

#[test]
fn parameter_that_may_be_left_out_but_is_needed() {
    mistake(
        "required = true\n",
        "",
        &expect![[
            r#"cameras.toml:20: submit.post: with quality="low": `params.camera`: it is empty where a text is needed; give the parameter required = true or a default, or change the expression"#
        ]],
    );
}

#[test]
fn default_that_is_no_choice() {
    mistake(
        "default = \"low\"",
        "default = \"medium\"",
        &expect![[r"
        cameras.toml:18: param.default: the default does not fit: `medium` is none of its values; choose low or high"]],
    );
}

#[test]
fn word_in_two_states() {
    mistake(
        "failed = [\"failed\"]",
        "failed = [\"failed\", \"Done\"]",
        &expect![[r#"cameras.toml:32: states.failed: "done" is already a word for ready; keep it in one of the two"#]],
    );
}

#[test]
fn value_of_an_answer_before_there_is_one() {
    mistake(
        "{{ params.quality }}",
        "{{ body.quality }}",
        &expect![[r"
        cameras.toml:22: submit.json.quality: `body` is not there before the server has answered; name params.… or job.…"]],
    );
}

#[test]
fn several_mistakes_are_told_at_once() {
    mistake(
        "kind = \"video\"\n\n[connection]",
        "kind = \"movie\"\ncolour = \"red\"\n\n[conection]",
        &expect![[r#"
            cameras.toml:4: kind: "movie" is none of the words that can stand here; it can be video, files, report, package or data
            cameras.toml:5: colour: there is no such key; at the top of a connector there can be format, id, name, kind, help, connection, param, submit, follow, states, rule, resolve, download, verify, cancel, delete, acknowledge, list, errors or fallback
            cameras.toml:7: conection: there is no such key; did you mean connection?"#]],
    );
}

#[test]
fn answers_of_another_connector() {
    let said = check("cameras.toml", GOOD, Some(("cameras.recorded.toml", "connector = \"doors\"\n"))).unwrap_err();
    expect![[r#"cameras.recorded.toml:1: connector: these answers are not for cameras; write connector = "cameras""#]]
        .assert_eq(&said.to_string());
}

#[test]
fn answers_with_a_key_that_is_not_there() {
    let recorded = "connector = \"cameras\"\n[[scenario]]\nname = \"x\"\nwishes = {}\n";
    let said = check("cameras.toml", GOOD, Some(("cameras.recorded.toml", recorded))).unwrap_err();
    expect![[r"
        cameras.recorded.toml:4: unknown field `wishes`, expected one of `name`, `wish`, `makes`, `cancel_after`, `exchange`, `expect`; the reference shows how recorded answers are written"]].assert_eq(&said.to_string());
}
