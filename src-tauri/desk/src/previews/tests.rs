use std::io::Write as _;

use super::*;

fn drawn(name: &str, bytes: &[u8]) -> Result<Preview, Why> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    draw(&path, Tongue::En)
}

#[test]
fn long_table_is_cut_at_fifty_rows_and_at_its_last_whole_row() {
    let table = (0..1_000).fold("a;b\n".to_owned(), |text, row| text + &format!("{row};{}\n", "x".repeat(500)));
    let Ok(Preview::Table { columns, rows, more, .. }) = drawn("t.csv", table.as_bytes()) else { panic!("a table") };
    assert_eq!((columns.len(), rows.len(), more), (2, 50, true));
    assert_eq!(rows[49][0], "49");
    assert!(rows[0][1].ends_with('…'), "a long cell is cut");
    let wide = vec!["c"; 10_000].join(",");
    let Ok(Preview::Table { columns, .. }) = drawn("w.csv", wide.as_bytes()) else { panic!("a table") };
    assert_eq!(columns.len(), 50);
}

#[test]
fn deep_and_large_json_is_pruned() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let Ok(Preview::Json { value, more: true }) = drawn("d.json", deep.as_bytes()) else { panic!("a tree") };
    assert!(value.to_string().len() < 100, "{value}");
    let too_deep = "[".repeat(100_000);
    assert!(matches!(drawn("x.json", too_deep.as_bytes()), Ok(Preview::Text { .. })), "as text, where it is no tree");
    let wide = format!("[{}]", vec!["[1,2,3,4,5,6,7,8,9]"; 50_000].join(","));
    let Ok(Preview::Json { value, more: true }) = drawn("w.json", wide.as_bytes()) else { panic!("a tree") };
    assert_eq!(value.as_array().unwrap().len(), 100);
}

#[test]
fn rubbish_under_any_name_is_told_and_not_drawn() {
    for name in ["a.xlsx", "a.zip", "a.png", "a.jpg", "a.pdf", "a.txt"] {
        assert_eq!(drawn(name, b"\x00\x01rubbish\x00"), Err(Why::Unreadable), "{name}");
        assert_eq!(drawn(name, b"").is_err(), name != "a.txt", "{name} that is empty");
    }
    assert_eq!(drawn("a.bin", b"x"), Err(Why::NotDrawn));
    assert_eq!(drawn("a.pdf", b"%PDF-1.7\n%%EOF"), Err(Why::Unreadable));
    assert_eq!(drawn("a.png", &vec![0; 3 << 20]), Err(Why::TooLarge), "a picture for a page is small");
}

#[test]
fn picture_that_unpacks_to_too_much_is_not_handed_on() {
    let header = |width: u32, height: u32| {
        let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0]);
        bytes
    };
    let Ok(Preview::Picture { source, facts, .. }) = drawn("a.png", &header(640, 480)) else { panic!("a picture") };
    assert!(source.starts_with("data:image/png;base64,"));
    assert_eq!(facts[0].1, "640 × 480");
    assert_eq!(drawn("b.png", &header(100_000, 100_000)), Err(Why::TooLarge));
}

#[test]
fn archive_is_listed_without_being_unpacked() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..300 {
        writer.start_file(format!("folder/{number}.txt"), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&[b'x'; 100]).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let Ok(Preview::Listing { entries, total }) = drawn("a.zip", &bytes) else { panic!("a listing") };
    assert_eq!((entries.len(), total, entries[0].clone()), (200, 300, ("folder/0.txt".to_owned(), 100)));
}
