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
}

/// A picture of that size that packs badly, in that form.
fn picture(width: u32, height: u32, format: ::image::ImageFormat) -> Vec<u8> {
    let noise = |x: u32, y: u32| x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)).to_le_bytes();
    let picture = ::image::RgbImage::from_fn(width, height, |x, y| {
        ::image::Rgb([noise(x, y)[0], noise(y, x)[1], noise(x, y)[2]])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn small_picture_is_handed_on_as_it_is_and_a_large_one_scaled_down() {
    use ::image::ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
    for (name, format) in [("a.png", Png), ("a.jpg", Jpeg), ("a.gif", Gif), ("a.webp", WebP), ("a.bmp", Bmp)] {
        let bytes = picture(64, 48, format);
        let Ok(Preview::Picture { source, facts, .. }) = drawn(name, &bytes) else { panic!("a picture: {name}") };
        assert_eq!(source, image::source(format.to_mime_type(), &bytes), "{name}");
        assert_eq!(facts[0].1, "64 × 48");
    }
    let large = picture(3_000, 2_000, Png);
    assert!(large.len() as u64 > image::LARGEST);
    let Ok(Preview::Picture { source, facts, .. }) = drawn("large.png", &large) else { panic!("a picture") };
    assert!(source.starts_with("data:image/jpeg;base64,") && (source.len() as u64) < 2 * image::LARGEST);
    assert_eq!(facts[0].1, "3000 × 2000", "its own size is told");
}

#[test]
fn picture_that_unpacks_to_too_much_is_not_unpacked() {
    let mut bytes = picture(64, 48, ::image::ImageFormat::Bmp);
    // Width and height of a bitmap (BITMAPINFOHEADER), which its pixels do not bear out.
    bytes[18..22].copy_from_slice(&30_000_i32.to_le_bytes());
    bytes[22..26].copy_from_slice(&30_000_i32.to_le_bytes());
    assert_eq!(drawn("bomb.bmp", &bytes), Err(Why::TooLarge));
}

#[test]
fn moments_in_a_workbook_are_read_as_its_calendar_has_them() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let whole = ExcelDateTime::from_ymd(2025, 12, 1).unwrap();
    let moment = ExcelDateTime::from_ymd(2025, 12, 1).unwrap().and_hms(6, 0, 30).unwrap();
    sheet.write(0, 0, "day").unwrap();
    sheet.write_with_format(1, 0, &whole, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    sheet.write_with_format(2, 0, &moment, &Format::new().set_num_format("yyyy-mm-dd hh:mm:ss")).unwrap();
    sheet.write(3, 0, 45_992.25).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let Ok(Preview::Table { rows, .. }) = drawn("t.xlsx", &bytes) else { panic!("a table") };
    assert_eq!(rows, [["2025-12-01"], ["2025-12-01 06:00:30"], ["45992.25"]], "a number stays one");
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

#[test]
fn archive_of_very_many_entries_is_listed_as_far_as_it_is_shown() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for number in 0..210_000 {
        writer.start_file(number.to_string(), stored).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let Ok(Preview::Listing { entries, total }) = drawn("a.zip", &bytes) else { panic!("a listing") };
    assert_eq!((entries.len(), total), (200, 210_000), "what lies behind is counted and not read");
}
