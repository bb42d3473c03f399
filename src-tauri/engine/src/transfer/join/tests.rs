//! Pages as servers end and begin them, and packed content that lies.

use std::io::{Cursor, Read, Write};

use proptest::prelude::*;

use super::*;

fn joined(join: Join, pages: &[&str]) -> Result<String, String> {
    let (mut seam, mut out, mut counted) = (Seam::new(join), Vec::new(), 0);
    for page in pages {
        counted += seam.append(page.as_bytes(), &mut out).map_err(|misfit| match misfit {
            Misfit::Content(why) => why,
            Misfit::Disk(error) => panic!("{error}"),
        })?;
    }
    assert_eq!((counted, seam.pieces()), (out.len() as u64, pages.len() as u64), "what is counted is what is written");
    Ok(String::from_utf8(out).unwrap())
}

fn check(join: Join, pages: &[&str], whole: &str) {
    assert_eq!(joined(join, pages).as_deref(), Ok(whole), "{join:?} of {pages:?}");
}

#[test]
fn tables_have_one_header() {
    check(Join::Csv, &["a,b\n1,2\n", "a,b\n3,4\n"], "a,b\n1,2\n3,4\n");
    check(Join::Csv, &["a,b\r\n1,2", "a,b\r\n3,4"], "a,b\r\n1,2\n3,4");
    check(Join::Csv, &["a,b", "a,b\n1,2"], "a,b\n1,2");
    check(Join::Csv, &["a,b\n", "a,b\n", "", "a,b"], "a,b\n");
    check(Join::Csv, &["", "a\n1\n", "a\n2\n"], "a\n1\n2\n");
    check(Join::Csv, &["\u{feff}a\n1\n", "\u{feff}a\n2\n", "a\n3\n"], "\u{feff}a\n1\n2\n3\n");
    check(Join::Csv, &["\"a\nb\",c\n1,2\n", "\"a\nb\",c\n3,4\n"], "\"a\nb\",c\n1,2\n3,4\n");
}

#[test]
fn different_headers_are_named() {
    let why = joined(Join::Csv, &["a,b\n1,2\n", "a,b\n3,4\n", "a,c\n5,6\n"]).unwrap_err();
    assert_eq!(why, "its pages do not fit together: page 3 begins with the line \"a,c\" and the first with \"a,b\"");
    let endless = "x".repeat(LONGEST_HEADER + 1);
    assert!(joined(Join::Csv, &[&endless]).unwrap_err().contains("longer than"), "it is held in memory");
}

#[test]
fn records_stand_on_lines_of_their_own() {
    check(Join::Ndjson, &["{}\n{}", "{}\n", "", "{}"], "{}\n{}\n{}\n{}");
    check(Join::Ndjson, &["", "{}"], "{}");
    check(Join::Raw, &["{}", "{}\n", "x"], "{}{}\nx");
}

fn packed(plain: impl Read) -> Vec<u8> {
    let mut encoder = flate2::read::GzEncoder::new(plain, flate2::Compression::best());
    let mut out = Vec::new();
    encoder.read_to_end(&mut out).unwrap();
    out
}

fn unpacked(bytes: &[u8], out: &mut impl Write) -> Result<u64, String> {
    Seam::new(Join::Raw).append(Unpacked::new(Cursor::new(bytes)), out).map_err(|misfit| format!("{misfit:?}"))
}

#[test]
fn what_does_not_unpack_is_refused() {
    let whole = packed(&b"some text that is long enough to be cut"[..]);
    let mut out = Vec::new();
    unpacked(&[whole.clone(), whole.clone()].concat(), &mut out).expect("several streams in a row are one");
    assert_eq!(out.len(), 2 * 39);
    for (bytes, words) in [
        (&whole[..whole.len() - 6], "cut short"),
        (&b"<html>no gzip</html>"[..], "not packed with gzip"),
        (&[&whole[..20], &b"rubbish here"[..], &whole[20..]].concat()[..], "damaged"),
    ] {
        let why = unpacked(bytes, &mut std::io::sink()).expect_err("it is broken");
        assert!(why.contains(words), "{words}: {why}");
    }
}

#[test]
fn no_more_comes_out_than_can_be_meant() {
    let bomb = packed(std::io::repeat(0).take(UNSUSPICIOUS + 1_000_000));
    let why = unpacked(&bomb, &mut std::io::sink()).expect_err("a thousandfold");
    assert!(why.contains("200 times its size"), "{why}");
    let large = packed(std::io::repeat(0).take(UNSUSPICIOUS - 1));
    assert_eq!(unpacked(&large, &mut std::io::sink()), Ok(UNSUSPICIOUS - 1), "small enough to be meant");
}

proptest! {
    #[test]
    fn however_lines_are_cut_into_pages_they_come_out_in_order(
        pages in proptest::collection::vec((proptest::collection::vec("[a-z]{1,9}", 0..5), any::<bool>()), 1..6),
    ) {
        let text = |lines: &[String], open: bool| {
            let text = lines.join("\n");
            if open { text } else { text + "\n" }
        };
        let tables: Vec<String> = pages.iter().map(|(lines, open)| text(&[&["head".into()], &lines[..]].concat(), *open)).collect();
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        let all: Vec<&str> = pages.iter().flat_map(|(lines, _)| lines.iter().map(String::as_str)).collect();
        let whole = joined(Join::Csv, &tables).unwrap();
        prop_assert_eq!(whole.lines().skip(1).collect::<Vec<_>>(), all);
    }
}
