//! Whatever comes: no panic, no hang, nothing outside the folder, and a comparison that holds what it says.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::building::{Entry, landed, package, spec, zip};
use crate::package::difference::Differences;
use crate::package::{Bounds, Change, Package, compare, document, extract, validate};

const BOUNDS: Bounds = Bounds {
    entries: 50,
    bytes: 1 << 20,
    ratio: 200,
    unsuspicious: 1 << 16,
    manifest: 1 << 16,
    component: 1 << 14,
    document: 1 << 16,
    values: 10_000,
    changes: 10,
};

/// Tries everything, and looks that nothing came to lie beside the target.
fn try_all(name: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let landed = landed(name, bytes);
    if let Ok(mut one) = Package::open(&landed.path, &spec(), &BOUNDS) {
        let mut other = Package::open(&landed.path, &spec(), &BOUNDS).expect("it was opened before");
        let comparison = compare(&mut one, &mut other).expect("it was read before");
        prop_assert_eq!(comparison.same, one.listing().components.len(), "it is the same as itself");
    }
    let inside = landed.folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let done = extract(&landed.path, None, &inside.join("out"), &BOUNDS);
    let mut beside: Vec<_> =
        std::fs::read_dir(landed.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    beside.sort();
    let mut expected = [Path::new(name).as_os_str(), "inside".as_ref()];
    expected.sort();
    prop_assert_eq!(beside, expected, "nothing came to lie outside");
    let within: Vec<_> = std::fs::read_dir(&inside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    prop_assert_eq!(within.len(), usize::from(done.is_ok()), "all or nothing: {:?}", within);
    prop_assert_eq!(std::fs::read(&landed.path).unwrap(), bytes, "the landed file is untouched");
    Ok(())
}

fn sample() -> Vec<u8> {
    package("sharedo-type matter types/matter.json {\"a\":[1,2,{\"b\":null}]}\nsharedo-form f f.xml <a><b/></a>")
}

fn any_name() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        Just("../"),
        Just("..\\"),
        Just("/"),
        Just("\\"),
        Just("a"),
        Just("A"),
        Just("b/"),
        Just("."),
        Just("C:"),
        Just("NUL"),
        Just("\0"),
        Just("e\u{301}"),
        Just("é"),
        Just("\u{202e}"),
        Just(" "),
        Just(".json"),
        Just("manifest"),
    ];
    prop_oneof![
        proptest::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat().into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-c~/]{0,2}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn canonical(value: &Value) -> Value {
    document::parse(value.to_string().as_bytes(), 100_000).expect("it was written by us")
}

fn differences(a: &Value, b: &Value) -> Vec<Change> {
    let mut differences = Differences::new(10_000);
    differences.compare("", a, b);
    differences.changes
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), kind in 0..3_usize) {
        try_all(["a.zip", "a.json", "a.json.br"][kind], &bytes)?;
    }

    #[test]
    fn mutated_archive_is_refused_or_read(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        try_all("a.zip", &bytes)?;
    }

    #[test]
    fn entries_of_any_name_stay_inside(
        entries in proptest::collection::vec((any_name(), 0..4_u32, 0..2_u16), 1..6),
    ) {
        let modes = [0, 0o100_644, 0o120_777, 0o104_755];
        let entries: Vec<Entry> = entries
            .into_iter()
            .map(|(name, mode, flags)| {
                let entry = Entry::file(name, "content").mode(modes[mode as usize]);
                Entry { flags: flags << 11, ..entry }
            })
            .collect();
        try_all("a.zip", &zip(&entries))?;
    }

    #[test]
    fn any_document_is_refused_or_read(value in any_json(), steps in any_json()) {
        let whole = json!({ "ExportedSteps": steps, "files": value });
        try_all("a.json", whole.to_string().as_bytes())?;
        let landed = landed("a.zip", &zip(&[Entry::file("manifest.json", whole.to_string())]));
        let _ = validate(&landed.path, &spec(), &BOUNDS);
    }

    #[test]
    fn differences_are_there_exactly_when_documents_differ(a in any_json(), b in any_json()) {
        let (a, b) = (canonical(&a), canonical(&b));
        prop_assert_eq!(differences(&a, &a), vec![], "the same as itself");
        prop_assert_eq!(differences(&a, &b).is_empty(), a == b);
        prop_assert_eq!(document::digest(&a) == document::digest(&b), a == b, "the digest says the same");
        for change in differences(&a, &b) {
            let Change::Value { pointer, from, to } = change else { continue };
            if let crate::package::Shown::Value(from) = from {
                prop_assert_eq!(a.pointer(&pointer), Some(&from), "a pointer leads to what it tells");
            } else if let crate::package::Shown::Value(to) = to {
                prop_assert_eq!(b.pointer(&pointer), Some(&to), "what is new is found in the second");
            }
        }
    }

    #[test]
    fn shuffled_list_is_only_another_order(list in Just((0..12_i64).collect::<Vec<_>>()).prop_shuffle()) {
        let sorted: Vec<i64> = (0..12).collect();
        let changes = differences(&json!(sorted), &json!(list));
        let is_order = matches!(changes.as_slice(), [Change::Order { elements: 12, .. }]);
        prop_assert_eq!(is_order, list != sorted, "{:?}", changes);
        prop_assert_eq!(changes.is_empty(), list == sorted, "{:?}", changes);
    }
}
