use expect_test::{Expect, expect};
use serde_json::json;

use super::building::{landed, package, spec};
use crate::package::{Bounds, Comparison, Package, compare};

fn comparison(a: &str, b: &str, bounds: &Bounds) -> Comparison {
    let (a, b) = (landed("a.zip", &package(a)), landed("b.zip", &package(b)));
    let mut a = Package::open(&a.path, &spec(), bounds).unwrap();
    let mut b = Package::open(&b.path, &spec(), bounds).unwrap();
    compare(&mut a, &mut b).unwrap()
}

fn check(a: &str, b: &str, expected: &Expect) {
    expected.assert_eq(&comparison(a, b, &Bounds::default()).to_string());
}

/// One component on both sides.
fn check_component(a: &str, b: &str, expected: &Expect) {
    check(&format!("sharedo-type m m.json {a}"), &format!("sharedo-type m m.json {b}"), expected);
}

#[test]
fn p_10_components_are_added_removed_changed_and_the_same() {
    let a = r#"
        sharedo-type matter types/matter.json {"title":"Matter","phases":["new","open"]}
        sharedo-form legacy forms/legacy.json {}
        sharedo-form intake forms/intake.json {"a":1}
        acme-oddity thing odd.bin 123
    "#;
    let b = r#"
        sharedo-form intake other/place.json { "a" : 1.0 }
        sharedo-workflow approve flows/approve.json {}
        sharedo-type matter types/matter.json {"title":"Case","phases":["new","open","closed"]}
        acme-oddity thing odd.bin 1234
    "#;
    check(
        a,
        b,
        &expect![[r#"
        acme-oddity
          ~ thing
              (all of it): (3 bytes, SHA-256 a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3) → (4 bytes, SHA-256 03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4)
        forms
          - legacy
        workTypes
          ~ matter
              /phases/2: (not there) → "closed"
              /title: "Matter" → "Case"
        workflows
          + approve
        1 added, 1 removed, 2 changed, 1 the same"#]],
    );
}

#[test]
fn numbers_are_the_same_when_their_values_are() {
    check_component(
        "[1, 1.0, 1e0, -0, 1e2]",
        "[1.0, 1, 1, 0.0, 100.000]",
        &expect!["0 added, 0 removed, 0 changed, 1 the same"],
    );
    check_component(
        "18446744073709551615",
        "18446744073709551614",
        &expect![[r#"
        workTypes
          ~ m
              (all of it): 18446744073709551615 → 18446744073709551614
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
    check_component("1000000000000000000", "1e18", &expect!["0 added, 0 removed, 0 changed, 1 the same"]);
    check_component("0.1", "0.10000000000000001", &expect!["0 added, 0 removed, 0 changed, 1 the same"]);
    check_component(
        "1",
        "\"1\"",
        &expect![[r#"
        workTypes
          ~ m
              (all of it): 1 → "1"
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
}

#[test]
fn missing_is_not_null() {
    check_component(
        r#"{"a":null,"b":1}"#,
        r#"{"b":null}"#,
        &expect![[r#"
        workTypes
          ~ m
              /a: null → (not there)
              /b: 1 → null
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
}

#[test]
fn pointers_escape_and_print_harmlessly() {
    check_component(
        r#"{"a/b":{"m~n":1},"":2,"\u001b[31m":"\u202eevil"}"#,
        r#"{"a/b":{"m~n":2},"":3,"\u001b[31m":"x"}"#,
        &expect![[r#"
            workTypes
              ~ m
                  /: 2 → 3
                  /\u{1b}[31m: "\u{202e}evil" → "x"
                  /a~1b/m~0n: 1 → 2
            0 added, 0 removed, 1 changed, 0 the same"#]],
    );
}

#[test]
fn another_order_is_told_as_that() {
    check_component(
        "[1,2,3,4,5]",
        "[5,1,2,3,4]",
        &expect![[r#"
        workTypes
          ~ m
              (all of it): another order, 1 of 5 elements moved
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
    check_component(
        "[[1,2],[3]]",
        "[[3],[2,1]]",
        &expect![[r#"
            workTypes
              ~ m
                  /0: [1,2] → (not there)
                  /1: (not there) → [2,1]
            0 added, 0 removed, 1 changed, 0 the same"#]],
    );
    let steps = |text: &str| format!(r#"{{"steps":[{text}]}}"#);
    check_component(
        &steps(r#"{"id":"x","name":"a","n":1},{"id":"y","name":"b","n":2},{"id":"z","name":"c","n":3}"#),
        &steps(r#"{"id":"p","name":"c","n":3},{"id":"x","name":"a","n":1},{"id":"y","name":"b","n":9}"#),
        &expect![[r#"
            workTypes
              ~ m
                  /steps: another order, 1 of 3 elements moved
                  /steps/1/n: 2 → 9
                  /steps/2/id: "z" → "p"
            0 added, 0 removed, 1 changed, 0 the same"#]],
    );
}

#[test]
fn element_put_in_or_taken_out_is_one_change() {
    check_component(
        "[1,2,3,4]",
        "[0,1,2,3,4]",
        &expect![[r#"
        workTypes
          ~ m
              /0: (not there) → 0
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
    check_component(
        "[1,2,3,4]",
        "[1,3,4]",
        &expect![[r#"
        workTypes
          ~ m
              /1: 2 → (not there)
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
    check_component(
        r#"[{"k":"a","v":1},{"k":"b","v":2}]"#,
        r#"[{"k":"b","v":3}]"#,
        &expect![[r#"
        workTypes
          ~ m
              /1/v: 2 → 3
              /0: {"k":"a","v":1} → (not there)
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
    check_component(
        "[1,[2],{}]",
        "[1,{},true,null]",
        &expect![[r#"
        workTypes
          ~ m
              /1: [2] → (not there)
              /2: (not there) → true
              /3: (not there) → null
        0 added, 0 removed, 1 changed, 0 the same"#]],
    );
}

#[test]
fn repeated_name_is_told_and_compared_file_by_file() {
    let a = r#"
        sharedo-type m one.json {"n":1}
        sharedo-type m two.json {"n":2}
    "#;
    let b = r#"
        sharedo-type m two.json {"n":3}
        sharedo-type m zero.json {"n":1}
        sharedo-type m zoo.json {"n":4}
    "#;
    check(
        a,
        b,
        &expect![[r#"
        workTypes
          ~ m (two.json)
              /n: 2 → 3
          + m (zoo.json)
        The same name more than once:
          workTypes m: 2 in the first, 3 in the second, compared file by file
        1 added, 0 removed, 1 changed, 1 the same"#]],
    );
}

#[test]
fn differences_beyond_the_bound_are_counted() {
    let text = |value: u32| {
        format!("[{}]", (0..50).map(|index| format!("[{}]", index * 100 + value)).collect::<Vec<_>>().join(","))
    };
    let bounds = Bounds { changes: 3, ..Bounds::default() };
    let lines = |value| format!("sharedo-type m m.json {}", text(value));
    let comparison = comparison(&lines(1), &lines(2), &bounds);
    expect![[r#"
        workTypes
          ~ m
              /0/0: 1 → 2
              /1/0: 101 → 102
              /2/0: 201 → 202
              and 47 more
        0 added, 0 removed, 1 changed, 0 the same"#]]
    .assert_eq(&comparison.to_string());
    assert_eq!((comparison.changed[0].changes.len(), comparison.changed[0].more), (3, 47));
}

#[test]
fn component_too_large_is_compared_as_a_whole() {
    let bounds = Bounds { component: 10, ..Bounds::default() };
    let lines = |end: &str| format!("sharedo-type m m.json [1,2,3,4,5,6,{end}]");
    expect![[r#"
        workTypes
          ~ m
              (all of it): (15 bytes, SHA-256 cc9cd81c3110bc37d6c9bfd30bce0267b6cbfc3ffef7fb9abdc8615e42d10575) → (15 bytes, SHA-256 4458d7d1340b4e6113d28c9b4923458bec8c5a99a8f2d69954c8be1afb88a7e7)
        0 added, 0 removed, 1 changed, 0 the same"#]].assert_eq(&comparison(&lines("7"), &lines("8"), &bounds).to_string());
}

#[test]
fn document_for_programs_has_the_contracts_keys() {
    let large = "x".repeat(3_000);
    let a = r#"
        sharedo-type m m.json {"a":1,"gone":null,"list":[1,2],"text":"t"}
        sharedo-form old old.json {}
    "#;
    let b = format!(
        r#"
        sharedo-type m m.json {{"a":2,"list":[2,1],"text":"{large}","new":[]}}
        sharedo-form new new.json {{}}
    "#
    );
    let value = serde_json::to_value(comparison(a, &b, &Bounds::default())).unwrap();
    assert_eq!(
        value,
        json!({
            "added": [{ "kind": "forms", "name": "new", "file": "new.json" }],
            "removed": [{ "kind": "forms", "name": "old", "file": "old.json" }],
            "changed": [{
                "kind": "workTypes", "name": "m", "file": "m.json", "more": 0,
                "changes": [
                    { "pointer": "/a", "from": 1, "to": 2 },
                    { "pointer": "/gone", "from": null },
                    { "pointer": "/list", "elements": 2, "moved": 1 },
                    { "pointer": "/text", "from": "t", "toSummary": "a text, 3.0 kB as JSON" },
                    { "pointer": "/new", "to": [] },
                ],
            }],
            "same": 0, "repeated": [],
        })
    );
}
