//! PDF: header, trailer, and a cross-reference where the trailer says it is (ISO 32000-1 section 7.5).

use std::io::{Read, Seek, SeekFrom};

use super::Defect;

/// Readers look for the header and the trailer within this much of either end.
const ENDS: u64 = 2048;

pub(super) fn examine<F: Read + Seek>(file: &mut F, start: &[u8], size: u64) -> Result<(), Defect> {
    if !contains(&start[..start.len().min(1024)], b"%PDF-") {
        return Err(Defect::content("it does not begin like a PDF document"));
    }
    let end = read_at(file, size.saturating_sub(ENDS), ENDS)?;
    let cut = || Defect::content("it has no PDF trailer; it may have been cut short");
    if !contains(&end, b"%%EOF") {
        return Err(cut());
    }
    let at = rfind(&end, b"startxref").ok_or_else(cut)?;
    let digits: Vec<u8> = end[at + b"startxref".len()..]
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take_while(u8::is_ascii_digit)
        .collect();
    let position = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse::<u64>().ok()).ok_or_else(cut)?;
    if position >= size {
        return Err(Defect::content("its trailer points behind its end"));
    }
    let table = read_at(file, position, 64)?;
    let table = table.trim_ascii_start();
    if table.starts_with(b"xref") || (table.first().is_some_and(u8::is_ascii_digit) && contains(table, b"obj")) {
        Ok(())
    } else {
        Err(Defect::content("its trailer points to no cross-reference table"))
    }
}

fn read_at<F: Read + Seek>(file: &mut F, position: u64, bytes: u64) -> Result<Vec<u8>, Defect> {
    let mut found = Vec::new();
    file.seek(SeekFrom::Start(position)).map_err(Defect::Disk)?;
    Read::take(&mut *file, bytes).read_to_end(&mut found).map_err(Defect::Disk)?;
    Ok(found)
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}

fn rfind(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).rposition(|window| window == what)
}
