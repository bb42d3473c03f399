//! Bad names (T6), by way of `--name`: the file lands inside the folder under a safe one.

use std::os::unix::fs::symlink;
use std::path::Path;

use landfall_tests::testbed::{TestBed, names_in};

use super::SMALL;

const TRAVERSALS: [&str; 16] = [
    "../escaped.zip",
    "../../escaped.zip",
    "/tmp/journey-escaped.zip",
    "..\\..\\escaped.zip",
    "C:\\Windows\\escaped.zip",
    "..",
    ".",
    "",
    "CON",
    "nul.zip",
    "trailing dots...",
    " spaces ",
    ".hidden.zip",
    "line\nbreak\ttab\u{1b}[31m.zip",
    "right\u{202e}piz.exe",
    "semi;colon:star*pipe|\"quotes\"<>?.zip",
];

#[test]
fn hostile_names_land_inside_under_safe_ones() {
    let bed = TestBed::new("download-jobs");
    let long = "long name ".repeat(1000);
    let names: Vec<&str> = TRAVERSALS.iter().copied().chain([long.as_str(), "Case.zip", "cASE.zip"]).collect();
    for name in &names {
        bed.wish(&["download-jobs", SMALL, "--name", name]);
    }
    let around = names_in(bed.folder().parent().unwrap());
    bed.run(&["recover"]).ended(0, "every name becomes a safe one");
    let jobs = bed.assert_landed("hostile names", names.len());
    for job in &jobs {
        let path = Path::new(job["files"][0]["path"].as_str().unwrap());
        let name = path.file_name().unwrap().to_str().unwrap();
        println!("{name:?}");
        assert!(name.len() <= 255, "fits every file system: {name:?}");
        let bad = |letter: char| letter.is_control() || "/\\:*?\"<>|\u{202e}".contains(letter);
        assert!(!name.chars().any(bad), "no letter that a system or a person trips over: {name:?}");
        assert!(!name.starts_with('.') && !name.ends_with(['.', ' ']), "neither hidden nor eaten by Windows: {name:?}");
        let stem = name.split('.').next().unwrap().to_ascii_uppercase();
        assert!(!["CON", "NUL"].contains(&stem.as_str()), "no device of Windows: {name:?}");
    }
    let mut folded: Vec<String> = bed.names().iter().map(|name| name.to_lowercase()).collect();
    folded.dedup();
    assert_eq!(folded.len(), names.len(), "no two names clash where case does not count");
    let new: Vec<String> =
        names_in(bed.folder().parent().unwrap()).into_iter().filter(|one| !around.contains(one)).collect();
    assert!(new.iter().all(|name| name.starts_with("run-")), "nothing landed outside: {new:?}");
    assert!(!Path::new("/tmp/journey-escaped.zip").exists(), "nothing landed at an absolute path");
}

#[test]
fn symlink_in_the_way_is_not_followed() {
    let bed = TestBed::new("download-jobs");
    let outside = bed.home().join("victim");
    std::fs::write(&outside, "untouched").unwrap();
    symlink(&outside, bed.folder().join("wanted.zip")).unwrap();
    bed.run(&["export", "download-jobs", SMALL, "--name", "wanted.zip"]).ended(0, "another name is found");
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "untouched", "the link's target is left alone");
    std::fs::remove_file(bed.folder().join("wanted.zip")).unwrap();
    bed.assert_landed("symlink in the way", 1);
}

/// What a name in use comes to, by the command line's word for it.
#[test]
fn name_in_use_is_numbered_skipped_or_replaced_as_it_is_asked() {
    for (on_clash, names, is_replaced) in [
        ("number", vec!["mine (2).zip", "mine.zip"], false),
        ("skip", vec!["mine.zip"], false),
        ("replace", vec!["mine.zip"], true),
    ] {
        let bed = TestBed::new("download-jobs");
        std::fs::write(bed.folder().join("mine.zip"), "older").unwrap();
        bed.run(&["export", "download-jobs", SMALL, "--name", "mine.zip", "--on-clash", on_clash])
            .ended(0, "it lands, or what is there stays");
        assert_eq!(bed.names(), names, "{on_clash}");
        let text = std::fs::read(bed.folder().join("mine.zip")).unwrap();
        assert_eq!(text != b"older", is_replaced, "{on_clash}");
    }
}
