use std::path::Path;

use landfall_wire::ErrorCode;

use super::building::{Entry, landed, package, spec, zip};
use crate::package::{Bounds, extract};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn p_7_package_is_extracted_whole_and_again_beside_it() {
    let landed = landed("export_1.zip", &package(r#"sharedo-type matter types/matter.json {"a":1}"#));
    let target = landed.folder.path().join("export_1");
    let extracted = extract(&landed.path, Some(&spec()), &target, &Bounds::default()).unwrap();
    assert_eq!((extracted.folder.as_path(), extracted.files), (target.as_path(), 2));
    assert_eq!(std::fs::read_to_string(target.join("types/matter.json")).unwrap(), r#"{"a":1}"#);
    let again = extract(&landed.path, Some(&spec()), &target, &Bounds::default()).unwrap();
    assert_eq!(again.folder, landed.folder.path().join("export_1 (2)"), "numbered as files are");
    assert_eq!(names(landed.folder.path()), ["export_1", "export_1 (2)", "export_1.zip"], "nothing hidden is left");
}

#[test]
fn target_that_clashes_only_by_case_is_numbered() {
    let landed = landed("a.zip", &zip(&[Entry::file("x", "1")]));
    std::fs::create_dir(landed.folder.path().join("EXPORT")).unwrap();
    let extracted = extract(&landed.path, None, &landed.folder.path().join("export"), &Bounds::default()).unwrap();
    assert_eq!(extracted.folder, landed.folder.path().join("export (2)"));
}

#[test]
fn plain_archive_keeps_its_folders_and_loses_its_modes() {
    let entries = [
        Entry::file("empty/", "").mode(0o040_755),
        Entry::file(".hidden/.rels", "x"),
        Entry::file("run.sh", "#!/bin/sh").mode(0o104_755),
    ];
    let landed = landed("a.zip", &zip(&entries));
    let target = landed.folder.path().join("out");
    extract(&landed.path, None, &target, &Bounds::default()).unwrap();
    assert_eq!(names(&target), [".hidden", "empty", "run.sh"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(target.join("run.sh")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7111, 0, "neither run nor run as somebody else: {mode:o}");
    }
}

#[test]
fn p_7_failure_leaves_the_landed_file_and_can_be_tried_again() {
    let bytes = zip(&[Entry::file("a", "1"), Entry::packed("b", &vec![7; 200_000])]);
    let landed = landed("a.zip", &bytes);
    let target = landed.folder.path().join("out");
    let tight = Bounds { bytes: 100_000, ..Bounds::default() };
    let failure = extract(&landed.path, None, &target, &tight).unwrap_err();
    assert_eq!((failure.code, failure.recoverable), (ErrorCode::ExtractionFailed, true), "{failure}");
    assert_eq!(names(landed.folder.path()), ["a.zip"], "only the landed file is there");
    assert_eq!(std::fs::read(&landed.path).unwrap(), bytes);
    extract(&landed.path, None, &target, &Bounds::default()).unwrap();
    assert_eq!(names(&target), ["a", "b"]);
}

#[test]
fn what_a_cut_off_extraction_left_is_taken_over() {
    let landed = landed("a.zip", &zip(&[Entry::file("a", "1")]));
    let hidden = landed.folder.path().join(".out.landfall-extracting");
    std::fs::create_dir_all(hidden.join("old/deep")).unwrap();
    std::fs::write(hidden.join("a"), "half").unwrap();
    extract(&landed.path, None, &landed.folder.path().join("out"), &Bounds::default()).unwrap();
    assert_eq!(names(&landed.folder.path().join("out")), ["a"], "nothing old came along");
    assert_eq!(names(landed.folder.path()), ["a.zip", "out"]);
}

#[cfg(unix)]
#[test]
fn link_in_the_way_is_not_followed() {
    let landed = landed("a.zip", &zip(&[Entry::file("a", "1")]));
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("precious"), "x").unwrap();
    let hidden = landed.folder.path().join(".out.landfall-extracting");
    std::os::unix::fs::symlink(elsewhere.path(), hidden).unwrap();
    let failure = extract(&landed.path, None, &landed.folder.path().join("out"), &Bounds::default()).unwrap_err();
    assert!(failure.message.contains("no folder is in the way"), "{failure}");
    assert_eq!(names(elsewhere.path()), ["precious"], "what it leads to is untouched");
}

#[test]
fn extraction_under_way_is_not_disturbed() {
    let landed = landed("a.zip", &zip(&[Entry::file("a", "1")]));
    let hidden = landed.folder.path().join(".out.landfall-extracting");
    std::fs::create_dir(&hidden).unwrap();
    std::fs::write(hidden.join("half"), "x").unwrap();
    let other = std::fs::File::open(&hidden).unwrap();
    other.try_lock().unwrap();
    let failure = extract(&landed.path, None, &landed.folder.path().join("out"), &Bounds::default()).unwrap_err();
    assert!(failure.message.contains("being extracted there already"), "{failure}");
    assert_eq!(names(&hidden), ["half"], "the other one's files stay");
}

#[test]
fn package_of_one_document_has_nothing_to_extract() {
    let landed = landed("a.json", br#"{"ExportedSteps":[]}"#);
    let failure = extract(&landed.path, Some(&spec()), &landed.folder.path().join("out"), &Bounds::default());
    let failure = failure.unwrap_err();
    assert_eq!((failure.code, failure.recoverable), (ErrorCode::ExtractionFailed, false), "{failure}");
}

#[cfg(target_os = "linux")]
#[test]
fn target_in_a_folder_that_is_gone_is_told() {
    let landed = landed("a.zip", &zip(&[Entry::file("a", "1")]));
    let failure = extract(&landed.path, None, &landed.folder.path().join("gone/out"), &Bounds::default()).unwrap_err();
    assert!(failure.message.contains("cannot be made: No such file"), "{failure}");
    assert_eq!(names(landed.folder.path()), ["a.zip"]);
}
