//! Packages that the server made broken: set aside with the reason, and never under their name.

use landfall_service::{Chance, Fault};
use landfall_tests::testbed::{TestBed, id_of};

const WISH: [&str; 5] = ["export", "package-exports", "type=worktype", "systemName=matter", "environment=prod"];

/// Broken in this way it is refused; made anew by a server that is whole again it lands.
fn refused(fault: Fault, more: &[&str], words: &[&str]) {
    let bed = TestBed::new("package-exports");
    bed.server().faults().set(fault, Chance::Share(1.0));
    let export: Vec<&str> = WISH.iter().chain(more).copied().collect();
    bed.run(&export).ended(6, "a broken package has an exit code of its own").says(words);
    let job = bed.only_job();
    assert_eq!((&job["phase"], &job["error"]["code"]), (&"failed".into(), &"EXPORT_006".into()), "{job:#}");
    let is_aside = |name: &String| name.starts_with('.') || name.contains(".refused-");
    assert!(bed.names().iter().all(is_aside), "nothing has the final name: {:?}", bed.names());
    let refused = bed.names().iter().filter(|name| name.contains(".refused-")).count();
    assert!(refused >= 1 || fault == Fault::PackageEmpty, "what was refused is kept: {:?}", bed.names());
    bed.server().faults().clear();
    bed.run(&["retry", id_of(&job)]).ended(0, "the server makes whole packages again");
    let landed = bed.only_job();
    assert_eq!(landed["phase"], "landed", "{landed:#}");
    bed.run(&["verify", id_of(&job)]).ended(0, "the package verifies");
    let states: Vec<String> = bed.server_jobs().into_iter().map(|job| job.state).collect();
    assert_eq!(states.len(), 2, "the broken result is not asked for again, but made anew: {states:?}");
}

#[test]
fn p_7_package_without_a_manifest_is_set_aside() {
    refused(Fault::PackageNoManifest, &[], &["VALIDATION_FAILED", "manifest.json", "landfall retry"]);
}

#[test]
fn p_7_package_without_a_file_that_it_names_is_set_aside() {
    refused(Fault::PackageMissingFile, &[], &["VALIDATION_FAILED"]);
}

#[test]
fn p_7_package_that_is_no_zip_is_set_aside() {
    refused(Fault::PackageNotZip, &[], &["VALIDATION_FAILED"]);
}

#[test]
fn p_7_empty_package_is_refused() {
    refused(Fault::PackageEmpty, &[], &["VALIDATION_FAILED"]);
}

#[test]
fn p_6_package_of_json_is_validated_however_it_is_packed() {
    for compression in ["compression=none", "compression=gzip", "compression=brotli"] {
        let bed = TestBed::new("package-exports");
        let export: Vec<&str> = WISH.into_iter().chain(["format=json", compression]).collect();
        bed.run(&export).ended(0, "a whole package lands");
        assert_eq!(bed.only_job()["files"][0]["verified"], true, "{compression}");
    }
    refused(Fault::PackageEmpty, &["format=json", "compression=gzip"], &["VALIDATION_FAILED"]);
}
