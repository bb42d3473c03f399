use expect_test::{Expect, expect};
use landfall_wire::ErrorCode;
use serde_json::json;

use super::building::{Entry, landed, package, spec, zip};
use crate::package::{Bounds, Form, validate};

const MATTER: &str = r#"
    sharedo-type matter types/matter.json {"title":"Matter"}
    sharedo-form intake forms/intake.json {"fields":[]}
    acme-oddity thing odd/thing.bin whatever
"#;

fn check(bytes: &[u8], expected: &Expect) {
    let landed = landed("export_1.zip", bytes);
    let refused = validate(&landed.path, &spec(), &Bounds::default()).expect_err("it is not whole");
    expected.assert_eq(&refused.to_string());
    let failure = refused.failure(&landed.path);
    assert_eq!(failure.code, ErrorCode::ValidationFailed, "{failure}");
    assert!(!failure.remediation.is_empty(), "it says what to do");
}

fn with_manifest(manifest: &str, others: &[Entry]) -> Vec<u8> {
    let mut entries = vec![Entry::file("manifest.json", manifest)];
    entries.extend_from_slice(others);
    zip(&entries)
}

#[test]
fn p_6_whole_package_is_listed_by_kind_and_an_unknown_provider_is_kept() {
    let landed = landed("export_1.zip", &package(MATTER));
    let listing = validate(&landed.path, &spec(), &Bounds::default()).unwrap();
    assert_eq!((listing.form, listing.others), (Form::Zip, 0));
    let told: Vec<_> = listing
        .by_kind()
        .into_iter()
        .map(|(kind, list)| {
            (kind, list.iter().map(|one| (one.name.as_str(), one.file.as_str(), one.size)).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("acme-oddity", vec![("thing", "odd/thing.bin", 8)]),
            ("forms", vec![("intake", "forms/intake.json", 13)]),
            ("workTypes", vec![("matter", "types/matter.json", 18)]),
        ]
    );
    assert_eq!(listing.components[2].provider, "sharedo-type", "the server's own word is kept");
}

#[test]
fn digest_is_of_what_json_says_and_of_the_bytes_of_anything_else() {
    let digests = |json: &str, text: &str| {
        let lines = format!("sharedo-type a a.json {json}\nsharedo-type b b.txt {text}");
        let landed = landed("a.zip", &package(&lines));
        let listing = validate(&landed.path, &spec(), &Bounds::default()).unwrap();
        let mut sums = listing.components.into_iter().map(|one| one.sha256);
        (sums.next().unwrap(), sums.next().unwrap())
    };
    let (json, text) = digests(r#"{"b":[1.0,-0.0],"a":1e2}"#, "x y");
    // sha256sum of the canonical text and of the text itself.
    assert_eq!(json, sha256(br#"{"a":100,"b":[1,0]}"#));
    assert_eq!(text, sha256(b"x y"));
    assert_eq!(digests(r#"{ "a": 100, "b": [1, 0] }"#, "x  y").0, json, "it says the same");
    assert_ne!(digests("{}", "x  y").1, text, "white space counts outside JSON");
}

fn sha256(bytes: &[u8]) -> String {
    let mut hash = crate::digest::Sha256::default();
    hash.update(bytes);
    hash.finish()
}

#[test]
fn keys_with_dots_lead_into_the_manifest() {
    let dotted = crate::package::ManifestSpec {
        each: "export.steps".into(),
        file: "at.file".into(),
        name: "id".into(),
        kind: "about.kind".into(),
        ..spec()
    };
    let manifest =
        json!({ "export": { "steps": [{ "at": { "file": "a.json" }, "id": 7, "about": { "kind": "k" } }] } });
    let landed = landed("a.zip", &with_manifest(&manifest.to_string(), &[Entry::file("a.json", "{}")]));
    let listing = validate(&landed.path, &dotted, &Bounds::default()).unwrap();
    assert_eq!((listing.components[0].kind.as_str(), listing.components[0].name.as_str()), ("k", "7"));
}

#[test]
fn p_6_what_is_no_package_is_refused() {
    check(b"", &expect!["it is empty"]);
    check(b"<html>502</html>", &expect!["it is no package: it is no ZIP archive, or it was cut short"]);
    let whole = package(MATTER);
    check(&whole[..whole.len() * 2 / 3], &expect!["it is no package: it is no ZIP archive, or it was cut short"]);
    check(&zip(&[Entry::file("a.json", "{}")]), &expect![[r#"it has no "manifest.json", which says what is in it"#]]);
    let missing = validate(&landed("a.zip", &zip(&[])).path, &spec(), &Bounds::default()).unwrap_err();
    assert!(missing.is_without_manifest(), "it may be a package of another kind: {missing}");
}

#[test]
fn p_6_manifest_that_cannot_be_used_is_refused() {
    check(
        &with_manifest("{", &[]),
        &expect![[r#"its manifest "manifest.json" cannot be read: it is no JSON in line 1, column 1"#]],
    );
    check(&with_manifest("{}", &[]), &expect![[r#"its manifest "manifest.json" has no list "ExportedSteps""#]]);
    let steps = |step: serde_json::Value| with_manifest(&json!({ "ExportedSteps": [step] }).to_string(), &[]);
    check(&steps(json!({})), &expect![[r#"its manifest does not say the "ExportProviderSystemName" of component 1"#]]);
    let naming =
        |file: &str| steps(json!({ "ExportProviderSystemName": "k", "SystemName": "n", "StorageFilename": file }));
    check(&naming("gone.json"), &expect![[r#"its manifest names "gone.json", which is not in it"#]]);
    check(&naming("/etc/passwd"), &expect![[r#"its manifest names "/etc/passwd", which has an absolute path"#]]);
    check(&naming("../../x.json"), &expect![[r#"its manifest names "../../x.json", which would leave the folder"#]]);
    check(&naming("c:x.json"), &expect![[r#"its manifest names "c:x.json", which has an absolute path"#]]);
    check(&naming("types/"), &expect![[r#"its manifest names the folder "types/" as a component"#]]);
}

#[test]
fn huge_manifest_is_refused_before_it_is_held() {
    let bounds = Bounds { manifest: 1_000, values: 50, ..Bounds::default() };
    let refusal = |manifest: &str| {
        validate(&landed("a.zip", &with_manifest(manifest, &[])).path, &spec(), &bounds).unwrap_err().to_string()
    };
    let told = "its manifest is larger than what is read of one (1.0 kB, 50 values)";
    assert_eq!(refusal(&" ".repeat(1_001)), told, "too many bytes");
    assert_eq!(refusal(&format!("[{}0]", "0,".repeat(60))), told, "too many values");
}

#[test]
fn p_6_component_that_is_not_what_its_name_says_is_refused() {
    check(
        &package(r#"sharedo-type a a.json {"cut":"#),
        &expect![[r#"its component "a.json" cannot be used: it is no JSON in line 1, column 7"#]],
    );
    check(
        &package("sharedo-type a a.xml <a><b></a>"),
        &expect![[
            r#"its component "a.xml" cannot be used: it is not well-formed at byte 6: ill-formed document: expected `</b>`, but `</a>` was found"#
        ]],
    );
    let deep = format!("sharedo-type a a.json {}", "[".repeat(100_000));
    check(&package(&deep), &expect![[r#"its component "a.json" cannot be used: it is no JSON in line 1, column 128"#]]);
}

#[test]
fn component_too_large_to_be_held_is_checked_in_passing() {
    let bounds = Bounds { component: 100, ..Bounds::default() };
    let large = |end: &str| landed("a.zip", &package(&format!("sharedo-type a a.json [{}{end}", "1,".repeat(500))));
    let listing = validate(&large("1]").path, &spec(), &bounds).unwrap();
    assert_eq!((listing.components[0].size, listing.components[0].canonical), (1_003, false));
    let refused = validate(&large("").path, &spec(), &bounds).unwrap_err().to_string();
    assert!(refused.contains("it ends too early"), "{refused}");
}

#[test]
fn damage_in_a_file_that_nobody_names_is_found_too() {
    let mut spare = Entry::file("readme.txt", "hello");
    spare.crc ^= 1;
    let bytes = with_manifest(r#"{"ExportedSteps":[]}"#, &[spare]);
    check(&bytes, &expect![[r#"its entry "readme.txt" is damaged or was cut short (Invalid checksum)"#]]);
}
