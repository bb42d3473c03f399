use std::io::{Cursor, Write as _};

use proptest::prelude::*;

use super::*;

fn says(kind: FileKind, bytes: &[u8]) -> String {
    match examine(kind, &mut Cursor::new(bytes), Counts::default()) {
        Ok(()) => "ok".into(),
        Err(defect) => defect.to_string(),
    }
}

fn check(kind: FileKind, bytes: &[u8], expected: &str) {
    let said = says(kind, bytes);
    assert!(said.contains(expected), "{kind:?}: {said:?} should say {expected:?}");
}

fn archive(names: &[&str]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(name.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn pdf() -> Vec<u8> {
    let mut text = b"%PDF-1.4\n1 0 obj<<>>endobj\n".to_vec();
    let at = text.len();
    text.extend(format!("xref\n0 1\n0000000000 65535 f \ntrailer<<>>\nstartxref\n{at}\n%%EOF\n").bytes());
    text
}

fn mp4() -> Vec<u8> {
    let mut film = Vec::new();
    for (kind, body) in [(b"ftyp", 8_u32), (b"mdat", 100), (b"moov", 20)] {
        film.extend((body + 8).to_be_bytes());
        film.extend(kind);
        film.extend(vec![0; body as usize]);
    }
    film
}

#[test]
fn whole_files_pass_and_cut_ones_do_not() {
    let zip = archive(&["a.txt", "b/c.txt"]);
    let xlsx = archive(&["[Content_Types].xml", "xl/workbook.xml"]);
    let (pdf, mp4) = (pdf(), mp4());
    let whole: [(FileKind, &[u8]); 8] = [
        (FileKind::Zip, &zip),
        (FileKind::Xlsx, &xlsx),
        (FileKind::Pdf, &pdf),
        (FileKind::Mp4, &mp4),
        (FileKind::Xml, b"<?xml version=\"1.0\"?>\n<!-- c --><a><b x='1'/>text</a>\n"),
        (FileKind::Json, b"{\"data\": [1, 2, {\"error\": null}]}"),
        (FileKind::Ndjson, b"{\"a\":1}\n{\"a\":2}\n"),
        (FileKind::Csv, b"a;b\n1,5;2\n\"x;\ny\";3\n"),
    ];
    for (kind, bytes) in whole {
        check(kind, bytes, "ok");
        // The last byte may be a line break that nobody misses; half of the file is missed by all.
        assert_ne!(says(kind, &bytes[..bytes.len() * 3 / 5]), "ok", "{kind:?} cut");
        check(kind, b"", "empty");
    }
}

#[test]
fn error_page_is_no_file() {
    let html = b"\n<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>";
    let s3 = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    let json = br#"{"error":{"code":"not_ready"},"status":404}"#;
    for kind in FileKind::ALL {
        check(kind, html, "502 Bad Gateway");
        check(kind, s3, "AccessDenied: Request has expired");
        if kind != FileKind::Ndjson {
            check(kind, json, "not_ready");
        }
    }
}

#[test]
fn reasons_are_clear() {
    check(FileKind::Csv, b"a,b\n1,2\n3\n", "record 3 has 1 columns and the first has 2");
    let imported = format!("a,b\n{}survived,an\0import\n", "1,2\n".repeat(50));
    check(FileKind::Csv, imported.as_bytes(), "ok");
    check(FileKind::Csv, b"\x7fELF\x02\0\0,\n", "no CSV file has");
    check(FileKind::Xml, b"<a/><b/>", "more than one root");
    check(FileKind::Xml, b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>", "ok");
    check(FileKind::Xml, b"<?xml version='1.0'?><a>\xfc</a>", "not well-formed");
    let wide: Vec<u8> =
        "\u{feff}<?xml version='1.0' encoding='UTF-16'?><a>ü</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(FileKind::Xml, &wide, "ok");
    check(FileKind::Xml, b"<a><b></a>", "not well-formed");
    check(FileKind::Xlsx, &archive(&["a.txt"]), "without [Content_Types].xml");
    check(FileKind::Zip, b"PK\x03\x04 and nothing more", "no ZIP archive");
    check(FileKind::Json, b"{\"a\": [1,", "cut short");
    let columns =
        examine(FileKind::Csv, &mut Cursor::new(b"a,b\n"), Counts { columns: Some(3), records: None }).unwrap_err();
    assert!(columns.to_string().contains("2 columns and should have 3"), "{columns}");
}

#[test]
fn kinds_are_found_by_word_and_by_name() {
    for kind in FileKind::ALL {
        assert_eq!(FileKind::parse(kind.word()), Some(kind));
        assert_eq!(FileKind::of_name(&format!("x.y.{}", kind.word().to_uppercase())), Some(kind));
    }
    assert_eq!(FileKind::of_name("zip"), None, "a name without extension promises nothing");
}

proptest! {
    #[test]
    fn rubbish_is_refused_or_passed_without_panic(kind in 0..FileKind::ALL.len(), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = says(FileKind::ALL[kind], &bytes);
    }

    #[test]
    fn damaged_files_do_not_panic(kind in 0..4_usize, at: usize, byte: u8) {
        let (kind, mut bytes) = [
            (FileKind::Zip, archive(&["a.txt"])),
            (FileKind::Xlsx, archive(&["[Content_Types].xml", "xl/workbook.xml"])),
            (FileKind::Pdf, pdf()),
            (FileKind::Mp4, mp4()),
        ][kind].clone();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = says(kind, &bytes);
    }
}

#[test]
fn records_are_counted_where_a_kind_has_them() {
    let counted = |kind, bytes: &[u8], records| {
        let counts = Counts { records: Some(records), columns: None };
        examine(kind, &mut Cursor::new(bytes), counts).map_err(|defect| defect.to_string())
    };
    for (kind, bytes) in [
        (FileKind::Csv, &b"a,b\n1,2\n3,\"4\n5\"\n"[..]),
        (FileKind::Ndjson, b"{}\n\n{}\n"),
        (FileKind::Json, b" [{\"a\": [1, 2, 3]}, 2] "),
    ] {
        assert_eq!(counted(kind, bytes, 2), Ok(()), "{kind:?}");
        assert_eq!(counted(kind, bytes, 3), Err("it holds 2 records and should hold 3".into()), "{kind:?}");
    }
    assert_eq!(counted(FileKind::Json, b"{}", 0), Err("it is no list whose records can be counted".into()));
    check(FileKind::Json, b"[1, 2", "cut short");
}

#[test]
fn refusal_looks_at_the_first_bytes_only() {
    let refusal = Refusal::new("start is html", |start| start.ends_with(b"<html>"));
    assert!(refusal.examine(&mut Cursor::new(b"<html>")).unwrap_err().to_string().contains("`start is html` holds"));
    let mut late = vec![b' '; Refusal::LOOKED_AT];
    late.extend(b"<html>");
    assert!(refusal.examine(&mut Cursor::new(late)).is_ok(), "what comes later is not looked at");
}
