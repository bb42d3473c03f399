//! Packages that are one JSON document (P-5), in every shape that is taken.

use std::io::Write as _;

use serde_json::json;

use super::building::{landed, manifest, package, spec};
use crate::package::{Bounds, Form, Package, compare, validate};

const LINES: &str = r#"
    sharedo-type matter types/matter.json {"title":"Matter","n":1.0}
    sharedo-form intake forms/intake.json {"fields":[]}
"#;

fn shapes() -> [serde_json::Value; 6] {
    let steps = manifest(LINES);
    let (matter, intake) = (json!({ "title": "Matter", "n": 1 }), json!({ "fields": [] }));
    let files = json!({ "types/matter.json": matter, "forms/intake.json": intake });
    let mut inline = steps.clone();
    inline["ExportedSteps"][0]["Content"] = matter.clone();
    inline["ExportedSteps"][1]["content"] = json!("{\"fields\":[]}");
    let mut nameless = inline.clone();
    for step in nameless["ExportedSteps"].as_array_mut().unwrap() {
        step.as_object_mut().unwrap().remove("StorageFilename");
    }
    let mut beside = steps.clone();
    beside["files"] = files.clone();
    let mut whole = files.clone();
    whole["manifest.json"] = steps.clone();
    let mut flat = files.clone();
    flat["ExportedSteps"] = steps["ExportedSteps"].clone();
    [inline, nameless, beside, whole, flat, json!({ "manifest": steps, "components": files })]
}

#[test]
fn p_5_document_of_every_shape_is_the_same_package_as_the_archive() {
    let zip = landed("export.zip", &package(LINES));
    for (index, shape) in shapes().iter().enumerate() {
        let document = landed("export.json", shape.to_string().as_bytes());
        let mut one = Package::open(&zip.path, &spec(), &Bounds::default()).unwrap();
        let mut other = Package::open(&document.path, &spec(), &Bounds::default())
            .unwrap_or_else(|refused| panic!("shape {index}: {refused}"));
        assert_eq!((other.listing().form, other.listing().others), (Form::Json, 0), "shape {index}");
        let comparison = compare(&mut one, &mut other).unwrap();
        assert_eq!(comparison.to_string(), "0 added, 0 removed, 0 changed, 2 the same", "shape {index}");
    }
}

#[test]
fn p_5_packed_document_is_read() {
    let text = shapes()[0].to_string();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = landed("export.json.gz", &gzip.finish().unwrap());
    assert_eq!(validate(&gzip.path, &spec(), &Bounds::default()).unwrap().components.len(), 2, "gzip");
    // `{"ExportedSteps":[]}` as the brotli program packs it, stored.
    let brotli = landed("export.json.br", &stored_brotli(br#"{"ExportedSteps":[]}"#));
    assert_eq!(validate(&brotli.path, &spec(), &Bounds::default()).unwrap().components.len(), 0, "brotli");
}

/// A brotli stream that holds its text as it is (RFC 7932, section 9.2): a window of 16 bits, one uncompressed
/// meta-block, and the empty last one.
fn stored_brotli(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len() - 1).unwrap();
    // WBITS 0 (one bit), ISLAST 0, MNIBBLES 00 (four), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
    let bits = (length << 4) | (1 << 20);
    let mut out = bits.to_le_bytes()[..3].to_vec();
    out.extend(text);
    // ISLAST 1, ISLASTEMPTY 1.
    out.push(0b11);
    out
}

#[test]
fn packed_document_that_is_a_bomb_or_cut_is_refused() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(b"{\"a\":\"").unwrap();
    gzip.write_all(&vec![b'x'; 8 << 20]).unwrap();
    let bytes = gzip.finish().unwrap();
    let bounds = Bounds { document: 1 << 20, ..Bounds::default() };
    let refused = |bytes: &[u8]| validate(&landed("a.json.gz", bytes).path, &spec(), &bounds).unwrap_err().to_string();
    assert_eq!(
        refused(&bytes),
        "it is no package: one JSON document of more than 1.0 MB or 2000000 values; export it as ZIP"
    );
    assert!(refused(&bytes[..100]).contains("damaged or was cut short"), "{}", refused(&bytes[..100]));
}

#[test]
fn document_without_its_parts_is_refused() {
    let refused =
        |text: &str| validate(&landed("a.json", text.as_bytes()).path, &spec(), &Bounds::default()).unwrap_err();
    assert!(refused("{}").is_without_manifest(), "{}", refused("{}"));
    assert!(refused("[1]").is_without_manifest(), "{}", refused("[1]"));
    assert_eq!(refused("{\"a\"").to_string(), "it is no package: it is no JSON in line 1, column 4");
    let lost = manifest(LINES).to_string();
    assert_eq!(
        refused(&lost).to_string(),
        "its manifest names \"types/matter.json\", which is not in it, nor are 1 others"
    );
}
