//! P-4 to P-7 and P-10: what a package is, how it is served, and how it can be broken.

use std::collections::BTreeSet;
use std::io::Read as _;

use base64::Engine as _;
use landfall_service::{Chance, Fault, Step};
use serde_json::{Value, json};
use zip::CompressionMethod;

use super::bed::{Bed, text};
use super::packages_bed::{CONFIGURATION_EXPORTS, EXPORTS, Package, matter, with_options};

/// A finished export of `matter` from uat: the path of its package.
async fn package_path(bed: &Bed) -> String {
    let id = bed.order(EXPORTS, &matter("uat")).await;
    bed.package_export(EXPORTS, &id, "COMPLETED").await;
    format!("{EXPORTS}/{id}/package")
}

#[tokio::test]
async fn p_4_the_package_comes_from_the_api_itself_with_auth_length_etag_digest_and_name() {
    let bed = Bed::new().await;
    let path = package_path(&bed).await;
    let bare = bed.fetch(&(bed.service.url() + &path), &[]).await.unwrap();
    assert_eq!((bare.status.as_u16(), bare.header("www-authenticate")), (401, "Bearer"), "no token, no bytes");
    let reply = bed.get(&path).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-length"), reply.body.len().to_string());
    assert_eq!(reply.header("content-type"), "application/zip");
    assert_eq!(reply.header("accept-ranges"), "bytes");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(reply.header("etag").starts_with('"'), "a strong tag: {:?}", reply.headers);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &reply.body);
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    assert_eq!(reply.header("repr-digest"), format!("sha-256=:{digest}:"));
    let id = path.split('/').nth(3).unwrap();
    assert_eq!(
        reply.header("content-disposition"),
        format!("attachment; filename=\"export_{id}.zip\"; filename*=UTF-8''export_{id}.zip"),
        "a plain name needs no disguise"
    );
    assert_eq!(bed.service.seen().storage_requests, 0, "the storage was not asked");
}

#[tokio::test]
async fn p_4_range_and_if_range_work_on_the_package() {
    let bed = Bed::new().await;
    let path = package_path(&bed).await;
    let whole = bed.get(&path).await;
    let (etag, size) = (whole.header("etag").to_owned(), whole.body.len());
    let cases = [
        (vec![("range", "bytes=100-")], 206, 100..size),
        (vec![("range", "bytes=-7")], 206, size - 7..size),
        (vec![("range", "bytes=100-"), ("if-range", &etag)], 206, 100..size),
        (vec![("range", "bytes=100-"), ("if-range", "\"another\"")], 200, 0..size),
    ];
    for (headers, status, part) in cases {
        let reply = bed.send(reqwest::Method::GET, &path, &headers, None).await.unwrap();
        assert_eq!(reply.status, status, "{headers:?}");
        assert!(reply.body == whole.body[part.clone()], "{headers:?} gives {part:?}");
        assert_eq!(reply.header("repr-digest"), whole.header("repr-digest"), "the digest is the whole package's");
    }
    let past = [("range", "bytes=99999999-")];
    let past = bed.send(reqwest::Method::GET, &path, &past, None).await.unwrap();
    assert_eq!((past.status.as_u16(), past.header("content-range")), (416, format!("bytes */{size}").as_str()));
    assert_eq!(past.json()["error"]["code"], "range_not_satisfiable", "an error of the API has the API's shape");
    let other = [("if-match", "\"another\"")];
    let other = bed.send(reqwest::Method::GET, &path, &other, None).await.unwrap();
    assert_eq!((other.status.as_u16(), &other.json()["error"]["code"]), (412, &json!("precondition_failed")));
}

#[tokio::test]
async fn p_4_before_completion_there_is_no_package() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let id = bed.order(EXPORTS, &matter("uat")).await;
    let reply = bed.get(&format!("{EXPORTS}/{id}/package")).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["error"]["code"]), (409, &json!("not_ready")));
}

#[tokio::test]
async fn p_4_the_faults_of_a_result_strike_the_package_too() {
    let bed = Bed::new().await;
    let path = package_path(&bed).await;
    let whole = bed.get(&path).await;
    let faults = bed.service.faults();
    for (fault, status) in [(Fault::Unauthorized, 401), (Fault::Unavailable, 503)] {
        faults.set_at(fault, Step::Result, Chance::Times(1));
        assert_eq!(bed.get(&path).await.status, status);
    }
    faults.set_at(Fault::Cut, Step::Result, Chance::Times(1));
    let cut = bed.send(reqwest::Method::GET, &path, &[], None).await;
    assert!(cut.is_err(), "half of it is an error: {cut:?}");
    faults.set_at(Fault::WrongDigest, Step::Result, Chance::Times(1));
    assert_ne!(bed.get(&path).await.header("repr-digest"), whole.header("repr-digest"));
    faults.set_at(Fault::Stall, Step::Result, Chance::Times(1));
    let url = bed.service.url() + &path;
    let request = bed.client().get(&url).bearer_auth(super::bed::ANNA).send();
    let mut response = request.await.unwrap();
    assert!(response.chunk().await.unwrap().is_some(), "the first half comes");
    let rest = tokio::time::timeout(std::time::Duration::from_millis(300), response.chunk()).await;
    assert!(rest.is_err(), "the second half never comes");
    drop(response);
    assert!(bed.get(&path).await.body == whole.body, "all of them are used up");
}

#[tokio::test]
async fn p_5_the_same_data_makes_the_same_bytes_and_so_the_same_etag() {
    let bed = Bed::new().await;
    for options in [json!({}), json!({"format": "json"}), json!({"format": "json", "compression": "brotli"})] {
        let body = with_options(matter("uat"), options);
        let first = bed.packed(&body).await;
        bed.service.clock().advance(std::time::Duration::from_hours(30));
        let second = bed.packed(&body).await;
        assert!(first.body == second.body, "{body}");
        assert_eq!(first.header("etag"), second.header("etag"), "{body}");
        assert_ne!(first.header("content-disposition"), second.header("content-disposition"), "two jobs they are");
    }
    let other = bed.packed(&matter("prod")).await;
    assert_ne!(other.header("etag"), bed.packed(&matter("uat")).await.header("etag"), "other data has another tag");
}

#[tokio::test]
async fn p_5_a_zip_is_stored_or_deflated_and_never_brotli() {
    let bed = Bed::new().await;
    let mut sizes = Vec::new();
    for (compression, method) in [("none", CompressionMethod::Stored), ("gzip", CompressionMethod::Deflated)] {
        let reply =
            bed.packed(&with_options(matter("uat"), json!({"format": "zip", "compression": compression}))).await;
        let package = Package::read(&reply.body);
        assert!(package.methods.iter().all(|used| *used == method), "{compression}: {:?}", package.methods);
        sizes.push(reply.body.len());
    }
    assert!(sizes[1] < sizes[0], "deflated is smaller than stored: {sizes:?}");
    let body = with_options(matter("uat"), json!({"compression": "brotli"}));
    let reply = bed.post(EXPORTS, &[], &body.to_string()).await;
    assert_eq!(reply.status, 422, "zip is the default format");
    assert!(text(&reply.json()["error"]["message"]).contains("field options.compression "), "{}", reply.text());
}

#[tokio::test]
async fn p_5_json_is_one_document_of_all_components_plain_gzipped_or_brotli() {
    let bed = Bed::new().await;
    let zipped = bed.unpacked(&matter("uat")).await;
    let forms = [
        ("none", "json", "application/json"),
        ("gzip", "json.gz", "application/gzip"),
        ("brotli", "json.br", "application/octet-stream"),
    ];
    for (compression, extension, kind) in forms {
        let body = with_options(matter("uat"), json!({"format": "json", "compression": compression}));
        let reply = bed.packed(&body).await;
        assert_eq!(reply.header("content-type"), kind);
        assert_eq!(reply.header("content-encoding"), "", "it lands as it is");
        assert!(reply.header("content-disposition").ends_with(&format!(".{extension}")), "{:?}", reply.headers);
        let mut plain = Vec::new();
        match compression {
            "gzip" => flate2::read::GzDecoder::new(reply.body.as_slice()).read_to_end(&mut plain).unwrap(),
            "brotli" => brotli::Decompressor::new(reply.body.as_slice(), 4_096).read_to_end(&mut plain).unwrap(),
            _ => reply.body.as_slice().read_to_end(&mut plain).unwrap(),
        };
        let document: Value = serde_json::from_slice(&plain).unwrap();
        let steps = document["ExportedSteps"].as_array().unwrap();
        assert_eq!(steps.len(), zipped.steps().len(), "as many as in the ZIP");
        for step in steps {
            let name = format!("{}/{}", text(&step["ExportProviderSystemName"]), text(&step["SystemName"]));
            assert_eq!(step["Content"], zipped.components()[&name], "{name} is the same in both forms");
        }
    }
}

#[tokio::test]
async fn p_6_the_manifest_names_every_file_and_every_file_parses() {
    let bed = Bed::new().await;
    for environment in ["clientA-vnext", "clientB-uat", "uat", "prod"] {
        let package = bed.unpacked(&matter(environment)).await;
        let steps = package.steps();
        assert!((30..=60).contains(&steps.len()), "{environment} has {} components", steps.len());
        let named: BTreeSet<_> = steps.iter().map(|step| text(&step["StorageFilename"])).collect();
        let there: BTreeSet<_> = package.files.keys().filter(|name| *name != "manifest.json").cloned().collect();
        assert_eq!(named, there, "{environment}: all that is named is there, and nothing else");
        for step in &steps {
            let fields: Vec<_> = step.as_object().unwrap().keys().collect();
            assert_eq!(fields, ["ExportProviderSystemName", "SystemName", "StorageFilename"]);
            let content = &package.files[&text(&step["StorageFilename"])];
            assert_eq!(content["systemName"], step["SystemName"], "the file is the component's");
        }
        let providers: BTreeSet<_> = steps.iter().map(|step| text(&step["ExportProviderSystemName"])).collect();
        let expected = ["dashboard", "form", "optionset", "permission", "template", "type", "workflow"];
        assert_eq!(providers, expected.map(|word| format!("sharedo-{word}")).into(), "the unknown one too");
    }
}

#[tokio::test]
async fn p_6_each_type_of_export_has_its_own_root_and_dependencies_follow_it() {
    let bed = Bed::new().await;
    let cases = [
        ("worktype", "matter", "sharedo-type/matter"),
        ("worktype", "party", "sharedo-type/party"),
        ("workflow", "matter-intake", "sharedo-workflow/matter-intake"),
        ("form", "fee-agreement-form", "sharedo-form/fee-agreement-form"),
    ];
    for (kind, name, root) in cases {
        let body = json!({"type": kind, "systemName": name, "environment": "uat"});
        let alone = with_options(body.clone(), json!({"includeDependencies": false}));
        let alone: Vec<_> = bed.unpacked(&alone).await.components().into_keys().collect();
        assert_eq!(alone, [root], "without dependencies");
        let components = bed.unpacked(&body).await.components();
        assert!(components.len() > 2 && components.contains_key(root), "{root}: {:?}", components.keys());
        for (component, content) in &components {
            for need in content["dependencies"].as_array().unwrap() {
                assert!(components.contains_key(&text(need)), "{component} needs {need}");
            }
        }
    }
    let bundle = json!({"type": "configuration", "systemName": "reference-data", "environment": "uat"});
    let bundle = bed.unpacked(&bundle).await.components();
    assert_eq!(bundle.len(), 6, "a bundle has no root of its own: {:?}", bundle.keys());
}

#[tokio::test]
async fn p_6_history_is_in_the_package_only_when_it_is_asked_for() {
    let bed = Bed::new().await;
    let without = bed.unpacked(&matter("uat")).await.components();
    let with = bed.unpacked(&with_options(matter("uat"), json!({"includeHistory": true}))).await.components();
    assert_eq!(without.len(), with.len());
    for (name, content) in with {
        assert!(without[&name].get("history").is_none(), "{name}");
        let history = content["history"].as_array().unwrap();
        assert_eq!(content["version"], history.len(), "{name}: an entry a version");
        let times: Vec<jiff::Timestamp> =
            history.iter().map(|entry| text(&entry["changedAt"]).parse().unwrap()).collect();
        assert!(times.is_sorted(), "{name}: {times:?}");
    }
}

#[tokio::test]
async fn p_7_packages_are_broken_as_told_once_and_at_both_doors() {
    let bed = Bed::new().await;
    for door in [EXPORTS, CONFIGURATION_EXPORTS] {
        let fetch = async |spec: &str| {
            bed.service.faults().apply(spec).unwrap();
            let id = bed.order(door, &matter("uat")).await;
            bed.package_export(door, &id, "COMPLETED").await;
            let reply = bed.get(&format!("{door}/{id}/package")).await;
            assert_eq!(reply.header("content-length"), reply.body.len().to_string(), "{spec}: broken, not cut");
            reply.body
        };
        assert!(fetch("package-empty=1x").await.is_empty());
        let page = fetch("package-not-zip=1x").await;
        assert!(page.starts_with(b"<!doctype html>"), "{}", String::from_utf8_lossy(&page));
        let package = Package::read(&fetch("package-no-manifest=1x").await);
        assert!(!package.files.contains_key("manifest.json") && package.files.len() > 30, "only the manifest lacks");
        let package = Package::read(&fetch("package-missing-file=1x").await);
        let missing: Vec<_> = package
            .steps()
            .into_iter()
            .filter(|step| !package.files.contains_key(&text(&step["StorageFilename"])))
            .collect();
        assert_eq!(missing.len(), 1, "one file that the manifest names is not there: {missing:?}");
        let sound = Package::read(&fetch("").await);
        assert!(sound.files.contains_key("manifest.json"), "each of them was used up by one package");
    }
}

#[tokio::test]
async fn p_10_the_environments_differ_in_every_way_that_a_comparison_must_tell() {
    let bed = Bed::new().await;
    let a = bed.unpacked(&matter("clientA-vnext")).await.components();
    let b = bed.unpacked(&matter("clientB-uat")).await.components();
    let only = |these: &std::collections::BTreeMap<String, Value>,
                those: &std::collections::BTreeMap<String, Value>| {
        these.keys().filter(|name| !those.contains_key(*name)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        only(&a, &b),
        [
            "sharedo-optionset/lead-source",
            "sharedo-permission/undertaking-discharge",
            "sharedo-template/client-care-letter",
            "sharedo-template/undertaking-letter",
            "sharedo-workflow/undertaking-discharge",
        ]
    );
    assert_eq!(only(&b, &a), Vec::<String>::new());
    let same = a.iter().filter(|(name, content)| b.get(*name) == Some(content)).count();
    assert!(same > 20, "most of it is the same: {same}");

    let at = |name: &str, pointer: &str| (a[name].pointer(pointer).cloned(), b[name].pointer(pointer).cloned());
    let billing = "sharedo-workflow/billing-cycle";
    assert_eq!(at("sharedo-workflow/limitation-watch", "/steps/0/due/days"), (Some(json!(90)), Some(json!(120))));
    assert_eq!(at(billing, "/settings/escalation"), (Some(Value::Null), None), "null is not missing");
    let (one, other) = at("sharedo-form/fee-agreement-form", "/sections/0/fields/1/rounding/step");
    assert_eq!((one.unwrap().to_string(), other.unwrap().to_string()), ("1".to_owned(), "1.0".to_owned()));
    let (one, other) = at("sharedo-optionset/currency", "/options");
    let (one, mut other) = (one.unwrap(), other.unwrap());
    assert_ne!(one, other);
    other.as_array_mut().unwrap().reverse();
    assert_eq!(one, other, "only their order differs");
    assert_ne!(a["sharedo-dashboard/matter-overview"], b["sharedo-dashboard/matter-overview"], "the unknown one too");
    assert_ne!(bed.unpacked(&matter("uat")).await.components(), bed.unpacked(&matter("prod")).await.components());
}
