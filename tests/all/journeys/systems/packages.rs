//! Packages: unpacked, refused, and by way of the fallback.

use std::fs;
use std::path::{Path, PathBuf};

use landfall_service::{Chance, Fault};
use landfall_tests::testbed::{TestBed, id_of, sha256_of};
use serde_json::Value;

use super::{PACKAGE, bed_for, export};

fn unpacking() -> Vec<&'static str> {
    export(PACKAGE).into_iter().chain(["--extract"]).collect()
}

fn landed_file(job: &Value) -> PathBuf {
    job["files"][0]["path"].as_str().expect("a landed job has a file").into()
}

/// The folder holds what the manifest names, and the archive is still beside it.
fn assert_unpacked(bed: &TestBed) {
    let job = bed.only_job();
    assert_eq!((&job["phase"], &job["error"]), (&"landed".into(), &Value::Null), "{job:#}");
    let folder = Path::new(job["extracted"]["folder"].as_str().expect("it tells the folder")).to_owned();
    assert_eq!(folder, landed_file(&job).with_extension(""), "beside the file and called like it");
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let steps = manifest["ExportedSteps"].as_array().expect("the manifest names the components");
    assert!(steps.len() > 5, "a work type with all that it needs: {}", steps.len());
    for step in steps {
        let path = folder.join(step["StorageFilename"].as_str().expect("each has a file"));
        assert!(path.is_file(), "{} is there", path.display());
    }
    assert_eq!(sha256_of(&landed_file(&job)), job["files"][0]["sha256"], "the archive is as it landed");
}

#[test]
fn p_6_package_is_unpacked_with_all_that_its_manifest_names() {
    let bed = bed_for(PACKAGE, |_| {});
    bed.run(&unpacking()).ended(0, "landed and unpacked");
    assert_unpacked(&bed);
}

#[test]
fn p_7_what_could_not_be_unpacked_stays_landed_and_is_unpacked_again() {
    let bed = bed_for(PACKAGE, |_| {});
    assert!(bed.dies_at("job.landed", &unpacking()), "killed between landing and unpacking");
    let file = landed_file(&bed.only_job());
    let aside = file.with_file_name("moved away meanwhile");
    fs::copy(&file, &aside).and_then(|_| fs::remove_file(&file)).unwrap();
    let failed = bed.run(&["recover"]);
    failed.ended(5, "extraction has an exit code of its own").says(&["EXTRACTION_FAILED", "landfall retry"]);
    let job = bed.only_job();
    assert_eq!((&job["phase"], &job["error"]["code"]), (&"landed".into(), &"EXPORT_005".into()), "{job:#}");

    fs::copy(&aside, &file).and_then(|_| fs::remove_file(&aside)).unwrap();
    bed.run(&["retry", id_of(&job)]).ended(0, "the file is there again");
    assert_unpacked(&bed);
    assert_eq!(bed.server_jobs().len(), 1, "nothing is asked of the server for it");
}

#[test]
fn p_7_broken_package_is_set_aside_with_the_reason() {
    let broken = [Fault::PackageNoManifest, Fault::PackageMissingFile, Fault::PackageEmpty, Fault::PackageNotZip];
    std::thread::scope(|scope| {
        for fault in broken {
            scope.spawn(move || {
                let bed = bed_for(PACKAGE, |_| {});
                bed.server().faults().set(fault, Chance::Share(1.0));
                let refused = bed.run(&export(PACKAGE));
                refused.ended(6, fault.word()).says(&["VALIDATION_FAILED", "set aside", "landfall retry"]);
                let (hidden, aside): (Vec<String>, Vec<String>) =
                    bed.names().into_iter().partition(|name| name.starts_with('.'));
                // Nothing of an empty one can be kept.
                let kept = if fault == Fault::PackageEmpty { 0 } else { 2 };
                assert_eq!(aside.len(), kept, "{}: what arrived is not deleted: {aside:?}, {hidden:?}", fault.word());
                let refused = aside.iter().all(|name| name.contains(".refused-"));
                assert!(refused, "{}: nothing has a final name: {aside:?}", fault.word());
                assert_eq!(bed.server_jobs().len(), 1, "{}: it was brought twice, and asked for once", fault.word());
            });
        }
    });
}

#[test]
fn p_8_export_that_fails_lands_by_the_fallback() {
    let bed = bed_for(PACKAGE, |_| {});
    bed.server().faults().set(Fault::ExportFails, Chance::Share(1.0));
    bed.run(&unpacking()).ended(0, "the fallback does it");
    let job = bed.only_job();
    assert_eq!(job["method"], "fallback", "{job:#}");
    let of_server = bed.server_jobs();
    let systems: Vec<&str> = of_server.iter().map(|job| job.system.as_str()).collect();
    assert_eq!(systems, ["package-exports", "configuration-exports"], "tried once");
    assert_eq!(job["remoteId"], *of_server[1].id);
    assert_eq!(sha256_of(&landed_file(&job)), sha256_of(&bed.ledger().object(&of_server[1])), "the fallback's bytes");
    let timeline = bed.timeline(id_of(&job));
    assert!(timeline.iter().any(|line| line.contains("fallback")), "a person learns how: {timeline:#?}");
    assert_unpacked(&bed);
}

#[test]
fn p_8_both_reasons_are_told_when_the_fallback_fails_too() {
    let bed = bed_for(PACKAGE, |_| {});
    bed.server().faults().set(Fault::JobFails, Chance::Share(1.0));
    let failed = bed.run(&export(PACKAGE));
    failed.ended(3, "both have failed").says(&["its fallback failed too", "landfall retry"]);
    let details = &failed.document()["error"]["details"];
    for way in ["primary", "fallback"] {
        let reason = details[way]["message"].as_str().unwrap_or_default();
        assert!(reason.contains("The source of this export could not be read"), "{way}: {details:#}");
    }
    bed.server().faults().clear();
    bed.run(&["retry", id_of(&bed.only_job())]).ended(0, "the first way is tried again");
    assert_eq!(bed.only_job()["method"], "primary");
    let systems: Vec<String> = bed.server_jobs().into_iter().map(|job| job.system).collect();
    assert_eq!(systems, ["package-exports", "configuration-exports", "package-exports"]);
}

#[test]
fn p_5_every_form_of_a_package_lands() {
    let forms = [
        ("format=zip", "compression=none", "zip"),
        ("format=json", "compression=none", "json"),
        ("format=json", "compression=gzip", "json.gz"),
        ("format=json", "compression=brotli", "json.br"),
    ];
    let bed = bed_for(PACKAGE, |_| {});
    for (format, compression, _) in forms {
        let wish: Vec<&str> = export(PACKAGE).into_iter().chain([format, compression]).collect();
        bed.run(&wish).ended(0, compression);
    }
    bed.assert_landed("every form", forms.len());
    for (_, _, ending) in forms {
        assert!(bed.names().iter().any(|name| name.ends_with(&format!(".{ending}"))), "{ending}: {:?}", bed.names());
    }
    let wish: Vec<&str> = export(PACKAGE).into_iter().chain(["compression=brotli"]).collect();
    bed.run(&wish).ended(3, "a ZIP has no brotli").says(&["JOB_CREATION_FAILED"]);
}
