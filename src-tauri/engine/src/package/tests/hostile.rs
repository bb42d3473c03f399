//! Packages made to harm (T7): refused with a clear word, or extracted inside, with nothing left behind.

use std::path::Path;

use expect_test::{Expect, expect};
use landfall_wire::ErrorCode;

use super::building::{Entry, Landed, landed, zip};
use crate::package::archive::Archive;
use crate::package::extract::write_all;
use crate::package::open::plain_file;
use crate::package::{Bounds, extract};

/// Everything in the folder but the package.
fn left(landed: &Landed) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.display().to_string());
            if path.is_dir() && !path.is_symlink() {
                walk(&path, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(landed.folder.path(), &mut found);
    found.retain(|path| Path::new(path) != landed.path);
    found
}

fn refuse(bytes: &[u8], bounds: &Bounds, expected: &Expect) {
    let landed = landed("export_1.zip", bytes);
    let target = landed.folder.path().join("inside").join("export_1");
    std::fs::create_dir(target.parent().unwrap()).unwrap();
    let failure = extract(&landed.path, None, &target, bounds).expect_err("it must not be extracted");
    assert_eq!(failure.code, ErrorCode::ExtractionFailed, "{failure}");
    let told = failure.message.split_once("was not extracted: ").map_or(failure.message.as_str(), |(_, why)| why);
    expected.assert_eq(told);
    let inside = target.parent().unwrap().display().to_string();
    assert_eq!(left(&landed), [inside], "nothing is left of it, inside or outside");
    assert_eq!(std::fs::read(&landed.path).unwrap(), bytes, "the landed file is untouched");
}

fn check(entries: &[Entry], expected: &Expect) {
    refuse(&zip(entries), &Bounds::default(), expected);
}

fn check_name(name: &[u8], expected: &Expect) {
    check(&[Entry::file("before.txt", "x"), Entry::file(name, "x")], expected);
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    check_name(b"../evil.txt", &expect![[r#"its entry "../evil.txt" would leave the folder"#]]);
    check_name(b"a/../../evil.txt", &expect![[r#"its entry "a/../../evil.txt" would leave the folder"#]]);
    check_name(b"a/..", &expect![[r#"its entry "a/.." would leave the folder"#]]);
    check_name(b"/etc/evil.txt", &expect![[r#"its entry "/etc/evil.txt" has an absolute path"#]]);
    check_name(b"C:/evil.txt", &expect![[r#"its entry "C:/evil.txt" has an absolute path"#]]);
    check_name(
        b"..\\evil.txt",
        &expect![[
            r#"its entry "..\\evil.txt" has a backslash in its name, which is a folder's border on some systems"#
        ]],
    );
    check_name(
        b"\\\\server\\share\\evil.txt",
        &expect![[
            r#"its entry "\\\\server\\share\\evil.txt" has a backslash in its name, which is a folder's border on some systems"#
        ]],
    );
    check_name(b"good.txt\0.exe", &expect![[r#"its entry "good.txt\0.exe" has a NUL in its name"#]]);
}

#[test]
fn names_that_some_system_cannot_keep_are_refused() {
    for name in [
        "NUL",
        "a/com1.txt",
        "a:stream",
        "trailing.",
        "trailing ",
        "a//b",
        "a/./b",
        "",
        "/",
        "b\u{7}ll",
        "x\u{202e}fdp.exe",
        "a?",
    ] {
        let landed = landed("a.zip", &zip(&[Entry::file(name, "x")]));
        let target = landed.folder.path().join("out");
        let failure = extract(&landed.path, None, &target, &Bounds::default()).expect_err(name);
        assert_eq!(failure.code, ErrorCode::ExtractionFailed, "{name:?}: {failure}");
        assert!(left(&landed).is_empty(), "{name:?} left something");
        assert!(!failure.message.contains(['\u{7}', '\u{202e}']), "what is told does nothing to a terminal");
    }
    check_name(
        "n".repeat(256).as_bytes(),
        &expect![[
            r#"its entry "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"… (256 bytes) has a name that not every system can keep"#
        ]],
    );
    check_name(
        "d/".repeat(40).as_bytes(),
        &expect![[
            r#"its entry "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/" lies too deep in folders"#
        ]],
    );
    check_name(
        "dd/".repeat(400).as_bytes(),
        &expect![[
            r#"its entry "dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd/dd"… (1200 bytes) has too long a path"#
        ]],
    );
}

#[test]
fn entries_that_would_be_one_file_are_refused() {
    let two = |one: &str, other: &str| [Entry::file(one, "1"), Entry::file(other, "2")];
    check(&two("a.txt", "a.txt"), &expect![[r#"its entries "a.txt" and "a.txt" would be the same file"#]]);
    check(&two("a.txt", "A.TXT"), &expect![[r#"its entries "a.txt" and "A.TXT" would be the same file"#]]);
    check(
        &two("caf\u{e9}", "cafe\u{301}"),
        &expect![[r#"its entries "café" and "cafe\u{301}" would be the same file"#]],
    );
    check(&two("a", "a/b"), &expect![[r#"its entries "a" and "a" would be the same file"#]]);
    check(&two("a/b", "A/c"), &expect![[r#"its entries "a" and "A" would be the same file"#]]);
    check(&two("a/b", "a"), &expect![[r#"its entries "a" and "a" would be the same file"#]]);
}

#[test]
fn links_and_devices_are_refused() {
    check(
        &[Entry::file("link", "/etc").mode(0o120_777), Entry::file("link/passwd", "x")],
        &expect![[r#"its entry "link" is a symbolic link, and only files and folders are taken"#]],
    );
    // A pipe, two kinds of device, a socket.
    for mode in [0o010_644, 0o020_644, 0o060_644, 0o140_644] {
        check(
            &[Entry::file("odd", "x").mode(mode)],
            &expect![[r#"its entry "odd" is a device or a pipe, and only files and folders are taken"#]],
        );
    }
    check(
        &[Entry::file("odd", "").mode(0o040_755)],
        &expect![[r#"its entry "odd" is a folder with a file's name, and only files and folders are taken"#]],
    );
}

#[test]
fn encrypted_entry_is_refused() {
    let mut secret = Entry::file("secret.txt", "0123456789abcdef");
    secret.flags |= 1;
    check(&[Entry::file("a.txt", "x"), secret], &expect![[r#"its entry "secret.txt" is encrypted"#]]);
}

#[test]
fn directory_and_entry_that_disagree_are_refused() {
    let smuggled = Entry { local_name: Some(b"evil.txt".to_vec()), ..Entry::file("good.txt", "x") };
    check(
        &[smuggled],
        &expect![
            "its directory cannot be read (invalid Zip archive: header inconsistency detected: Local file header filename mismatch (does not match central directory))"
        ],
    );
    let unknown = Entry { method: 14, ..Entry::file("a.txt", "x") };
    check(
        &[unknown],
        &expect![[r#"its entry "a.txt" is packed in a way that is not known (compression method not supported: 14)"#]],
    );
}

#[test]
fn flat_bomb_is_stopped_by_what_really_comes_out() {
    let bounds = Bounds { unsuspicious: 1 << 20, ..Bounds::default() };
    let bomb = Entry::packed("zeros.bin", &vec![0; 16 << 20]);
    refuse(
        &zip(std::slice::from_ref(&bomb)),
        &bounds,
        &expect!["more than 3.2 MB come out of it (far more than a package of its size holds)"],
    );
    let lying = Entry { declared: 10, ..bomb.clone() };
    refuse(
        &zip(&[lying]),
        &bounds,
        &expect![[
            r#"its entry "zeros.bin" is damaged or was cut short (File is larger than its declared uncompressed size)"#
        ]],
    );
    let modest = Bounds { bytes: 1 << 20, ..Bounds::default() };
    refuse(&zip(&[bomb]), &modest, &expect!["more than 1.0 MB come out of it (the bound for a package)"]);
}

#[test]
fn bomb_writes_no_more_than_the_bound() {
    let landed =
        landed("a.zip", &zip(&[Entry::packed("small.bin", &[1; 1_000]), Entry::packed("b.bin", &vec![0; 16 << 20])]));
    let bounds = Bounds { bytes: 1 << 20, ..Bounds::default() };
    let file = plain_file(&landed.path).unwrap();
    let inside = landed.folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    write_all(&mut Archive::open(&file, &bounds).unwrap(), &inside).expect_err("it is a bomb");
    let written: u64 = left(&landed)
        .iter()
        .map(Path::new)
        .filter(|path| path.is_file())
        .map(|path| path.metadata().unwrap().len())
        .sum();
    assert!((1_000..=1 << 20).contains(&written), "{written} bytes are on disk when it is stopped");
}

/// The most memory this process has held since it was last forgotten, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn bomb_of_many_entries_is_counted_together() {
    let entries: Vec<Entry> =
        (0..64).map(|index| Entry::packed(&format!("{index}.bin"), &vec![0; 256 << 10])).collect();
    let bounds = Bounds { bytes: 4 << 20, ..Bounds::default() };
    refuse(&zip(&entries), &bounds, &expect!["more than 4.1 MB come out of it (the bound for a package)"]);
}

/// An archive of a given body and directory records, all of the same length.
fn assemble(body: &[u8], records: &[Vec<u8>]) -> Vec<u8> {
    let directory = records.concat();
    let mut bytes = [body, &directory, b"PK\x05\x06\0\0\0\0"].concat();
    let count = u16::try_from(records.len()).unwrap().to_le_bytes();
    bytes.extend([count, count].concat());
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// The body of an archive of one entry with a name of one letter, and its record in the directory.
fn taken_apart(entry: Entry) -> (Vec<u8>, Vec<u8>) {
    let mut body = zip(&[entry]);
    body.truncate(body.len() - 22);
    let record = body.split_off(body.len() - 47);
    (body, record)
}

#[test]
fn entries_over_each_other_are_refused() {
    let (body, record) = taken_apart(Entry::file("a", vec![b'x'; 1 << 20]));
    refuse(
        &assemble(&body, &vec![record; 100]),
        &Bounds::default(),
        &expect![[r#"its entries "a" and "a" would be the same file"#]],
    );
    // The whole of `b` is the content of `a`, and an entry of its own.
    let (inner, mut inside) = taken_apart(Entry::file("b", vec![b'x'; 1 << 20]));
    let (body, record) = taken_apart(Entry::file("a", inner));
    inside[42..46].copy_from_slice(&31_u32.to_le_bytes());
    refuse(
        &assemble(&body, &[record, inside]),
        &Bounds::default(),
        &expect!["its entries are larger together than the archive, so they lie over each other"],
    );
}

#[test]
fn nested_bomb_comes_out_as_the_file_it_is() {
    let inner = zip(&[Entry::packed("zeros.bin", &vec![0; 8 << 20])]);
    let landed = landed("a.zip", &zip(&[Entry::file("inner.zip", &inner)]));
    let bounds = Bounds { bytes: 1 << 20, ..Bounds::default() };
    let extracted = extract(&landed.path, None, &landed.folder.path().join("out"), &bounds).unwrap();
    assert_eq!(extracted.bytes, inner.len() as u64, "an archive in an archive is never opened");
    assert_eq!(std::fs::read(extracted.folder.join("inner.zip")).unwrap(), inner);
}

#[test]
fn hundred_thousand_entries_are_read_and_one_more_is_refused() {
    let bounds = Bounds::default();
    let mut entries: Vec<Entry> =
        (0..100_000).map(|index| Entry::file(format!("d{}/{index}", index % 100), "")).collect();
    let landed = landed("a.zip", &zip(&entries));
    let file = plain_file(&landed.path).unwrap();
    let mut archive = Archive::open(&file, &bounds).unwrap();
    let mut count = 0;
    #[cfg(target_os = "linux")]
    let before = {
        // proc(5): 5 forgets the peak.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        peak()
    };
    archive
        .walk(|_, _, _| {
            count += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(count, 100_000, "within the bounds all are read");
    #[cfg(target_os = "linux")]
    assert!(peak() < before + (64 << 20), "{} bytes of memory before, {} at most", before, peak());
    entries.push(Entry::file("one-more", ""));
    refuse(&zip(&entries), &bounds, &expect!["it has 100001 entries, and no more than 100000 are read"]);
}

#[test]
fn folders_that_entries_need_are_counted() {
    let entries: Vec<Entry> = (0..20).map(|index| Entry::file(format!("{index}/a/b/c/d/e/f"), "")).collect();
    let bounds = Bounds { entries: 100, ..Bounds::default() };
    refuse(&zip(&entries), &bounds, &expect!["it has 101 entries, and no more than 100 are read"]);
}

#[test]
fn declared_entries_without_room_for_them_are_refused() {
    let mut bytes = zip(&[Entry::file("a", "x")]);
    let end = bytes.len() - 22;
    bytes[end + 8..end + 12].copy_from_slice(&[0xfe, 0xff, 0xfe, 0xff]);
    refuse(&bytes, &Bounds::default(), &expect!["it is no package: it is no ZIP archive, or it was cut short"]);
}
