//! What is asked of a person: fetched choices, dependence, patterns, spans of time, and what tells two exports apart.

use expect_test::expect;
use landfall_engine::connector::{Connector, ParamType, Params, Place};
use landfall_wire::ErrorCode;
use serde_json::json;
use url::Url;

use crate::reading::answer;

const PARAMS: &str = r#"
[[param]]
name = "site"
type = "choice"
choices_from = { get = "/sites", each = "body.items", value = "item.id", label = "item.title" }
required = true

[[param]]
name = "camera"
type = "choice"
depends_on = "site"
required = true
choices_from = { get = "/sites/{{ params.site }}/cameras", each = "body" }

[[param]]
name = "night"
type = "boolean"
default = false

[[param]]
name = "lamp"
type = "text"
depends_on = "night"
default = "on"
pattern = "on|off|dim[0-9]+"

[[param]]
name = "span"
type = "interval"

[[param]]
name = "filter"
type = "json"
identity = false

[[param]]
name = "padding"
type = "integer"
unit = "s"
identity = false
default = 0
"#;

fn connector(params: &str) -> Result<Connector, String> {
    let source = format!(
        "format = 1\nid = \"t\"\nname = \"T\"\nkind = \"files\"\n{params}\n[connection]\nauth = [\"none\"]\n\
[submit]\npost = \"/jobs\"\njson = {{ a = \"x\" }}\nid = \"body.id\"\n\
[follow.poll]\nget = \"/jobs/{{{{ job.id }}}}\"\nevery = \"1s\"\nstate = \"body.status\"\n\
[states]\nready = [\"done\"]\n[resolve]\nurl = \"body.url\"\n"
    );
    Connector::parse("t.toml", &source).map_err(|problems| problems.to_string())
}

fn wish(connector: &Connector, given: &[(&str, &str)]) -> Result<Params, String> {
    let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    connector.wishes(&given).map(|mut wishes| wishes.remove(0)).map_err(|problem| problem.to_string())
}

#[test]
fn choices_are_fetched_with_what_was_chosen_before() {
    let connector = connector(PARAMS).unwrap();
    let url = Url::parse("https://server.example/v1").unwrap();
    let place = Place { name: "c", url: &url, hosts: &[] };
    let given = connector.given(&[("site".into(), "a/b".into())]).unwrap();
    let request = connector.choices_request("camera", &place, &given).unwrap().unwrap();
    assert_eq!(request.url.reveal().as_str(), "https://server.example/v1/sites/a%2Fb/cameras");
    assert!(connector.choices_request("camera", &place, &Params::default()).unwrap().is_err(), "no site, no cameras");
    assert!(connector.choices_request("night", &place, &given).is_none(), "it has no choices");

    let sites =
        answer(200, "application/json", r#"{"items":[{"id":7,"title":"North\u001b"},{"title":"no id"},{"id":"s"}]}"#);
    let sites = connector.read_choices("site", &place, &sites).unwrap();
    let shown: Vec<_> = sites.iter().map(|choice| (choice.value.as_str(), choice.label.in_language("en"))).collect();
    assert_eq!(shown, [("7", Some("North")), ("s", None)], "texts of a server are made fit to be shown");
    let cameras = connector.read_choices("camera", &place, &answer(200, "application/json", r#"["x",["y"],null,"z"]"#));
    assert_eq!(cameras.unwrap().iter().map(|choice| choice.value.clone()).collect::<Vec<_>>(), ["x", "z"]);
    for (status, body, code) in [
        (401, "{}", ErrorCode::AuthenticationError),
        (404, "{}", ErrorCode::NetworkError),
        (200, "<html>", ErrorCode::NetworkError),
        (200, r#"{"items":7}"#, ErrorCode::NetworkError),
    ] {
        let refused = connector.read_choices("site", &place, &answer(status, "application/json", body)).unwrap_err();
        assert_eq!(refused.code, code, "{status} {body}");
    }
}

#[test]
fn a_fetched_choice_is_judged_by_the_server_and_a_dependent_one_needs_its_other() {
    let connector = connector(PARAMS).unwrap();
    let good = wish(&connector, &[("site", "any"), ("camera", "1")]).unwrap();
    assert_eq!(good.get("lamp"), None, "a default is not filled in without what it depends on");
    assert_eq!(wish(&connector, &[("site", "any")]).unwrap_err(), "camera: it is missing; add camera=text");
    let lit = wish(&connector, &[("site", "any"), ("camera", "1"), ("night", "yes")]).unwrap();
    assert_eq!(lit.get("lamp"), Some(&json!("on")));
    let said = wish(&connector, &[("site", "any"), ("camera", "1"), ("lamp", "off")]).unwrap_err();
    assert_eq!(said, "lamp: it is asked only with night; add night, or leave it out");
}

#[test]
fn patterns_spans_and_json_are_judged_before_anything_is_sent() {
    let connector = connector(PARAMS).unwrap();
    let with = |name, value| wish(&connector, &[("site", "a"), ("camera", "1"), ("night", "1"), (name, value)]);
    assert!(with("lamp", "dim7").is_ok());
    for bad in ["on ly", "dim", "offf", "xon"] {
        let said = with("lamp", bad).unwrap_err();
        assert!(said.contains("it must match on|off|dim[0-9]+"), "{bad}: the whole text must match: {said}");
    }
    let span = with("span", "2026-01-31T09:00:00+01:00 / 2026-01-31T09:00:00Z").unwrap();
    assert_eq!(span.get("span"), Some(&json!({ "start": "2026-01-31T08:00:00Z", "end": "2026-01-31T09:00:00Z" })));
    let typed = json!({ "site": "a", "camera": "1", "span": { "start": "2026-01-31T08:00:00Z", "end": "2026-01-31T09:00:00Z" } });
    let typed = connector.wishes_of_json(typed.as_object().unwrap()).unwrap();
    assert_eq!(typed[0].get("span"), span.get("span"));
    for bad in ["2026-01-31T08:00:00Z", "2026-01-31T09:00:00Z/2026-01-31T08:00:00Z", "a/b", "/"] {
        assert!(with("span", bad).unwrap_err().contains("write span=2026-01-31T08:00:00Z/"), "{bad}");
    }
    assert_eq!(with("filter", r#"{"a":[1,"b"]}"#).unwrap().get("filter"), Some(&json!({ "a": [1, "b"] })));
    assert!(with("filter", "{a").is_err());
}

#[test]
fn what_tells_two_exports_apart_leaves_the_rest_out() {
    let connector = connector(PARAMS).unwrap();
    let one = wish(&connector, &[("site", "a"), ("camera", "1"), ("padding", "5")]).unwrap();
    let two = wish(&connector, &[("site", "a"), ("camera", "1"), ("filter", "[]")]).unwrap();
    assert_eq!(connector.identity(&one), connector.identity(&two));
    let other = wish(&connector, &[("site", "a"), ("camera", "2")]).unwrap();
    assert_ne!(connector.identity(&one), connector.identity(&other));
    let padding = connector.params().iter().find(|param| param.name == "padding").unwrap();
    assert_eq!((padding.unit.as_deref(), padding.kind), (Some("s"), ParamType::Integer));
}

#[test]
fn mistakes_about_parameters_are_told_where_they_stand() {
    for (params, said) in [
        (
            "[[param]]\nname = \"a\"\ntype = \"text\"\npattern = \"[\"",
            expect![
                "t.toml:8: param.pattern: it is no regular expression; write one like \"[A-Z]{2}-[0-9]+\"; the whole text must match it"
            ],
        ),
        (
            "[[param]]\nname = \"a\"\ntype = \"integer\"\npattern = \"x\"",
            expect!["t.toml:8: param.pattern: a pattern is for texts; leave it out"],
        ),
        (
            "[[param]]\nname = \"a\"\ntype = \"text\"\ndepends_on = \"b\"",
            expect![
                "t.toml:8: param.depends_on: there is no parameter `b` before this one; there is none: put this parameter after the one it depends on"
            ],
        ),
        (
            "[[param]]\nname = \"a\"\ntype = \"text\"\nchoices_from = { get = \"/x\", each = \"body\" }",
            expect![
                "t.toml:8: param.choices_from: only a choice has choices; write type = \"choice\", or leave it out"
            ],
        ),
        (
            "[[param]]\nname = \"b\"\ntype = \"text\"\n[[param]]\nname = \"a\"\ntype = \"choice\"\nchoices_from = { get = \"/x/{{ params.b }}\", each = \"body\" }",
            expect!["t.toml:11: param.choices_from.get: there is no parameter called `b`; there are none"],
        ),
        (
            "[[param]]\nname = \"a\"\ntype = \"choice\"\nchoices_from = { get = \"/x\" }",
            expect![[
                r#"t.toml:8: param.choices_from.each: this key is missing; write each = "body.items": where the answer lists the choices"#
            ]],
        ),
        (
            "[[param]]\nname = \"a\"\ntype = \"secret\"",
            expect![
                "t.toml:7: param.type: \"secret\" belongs to the language but is not supported yet; today it can be text, integer, number, boolean, choice, datetime, duration, interval, json or list"
            ],
        ),
    ] {
        said.assert_eq(&connector(params).expect_err(params));
    }
}
