//! CSV: the same number of columns in every record.

use std::io::Read;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::{Counts, Defect};

/// One byte in so many may be zero: data bring such a character along now and then, while every binary format and
/// UTF-16 is full of them.
const ZEROS_ALLOWED: usize = 100;

/// The separators in use; the one that is most frequent in the first line is the file's.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

pub(super) fn examine(file: impl Read, start: &[u8], counts: Counts) -> Result<(), Defect> {
    let zeros = start.split(|byte| *byte == 0).count() - 1;
    if zeros * ZEROS_ALLOWED > start.len() {
        return Err(Defect::content("it holds bytes that no CSV file has"));
    }
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let separator = SEPARATORS
        .into_iter()
        .max_by_key(|separator| (first_line.split(|byte| byte == separator).count(), *separator == b','))
        .unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(separator).has_headers(false).from_reader(file);
    let mut record = ByteRecord::new();
    let (mut width, mut lines) = (None, 0_u64);
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {
                width = width.or(Some(record.len()));
                lines += 1;
            }
            Ok(false) => break,
            Err(error) => return Err(defect(error)),
        }
    }
    match (width, counts.columns) {
        (None, _) => Err(Defect::content("it has no record")),
        (Some(width), Some(columns)) if width != columns => {
            Err(Defect::content(format!("it has {width} columns and should have {columns}")))
        }
        (Some(_), _) => counts.check_records(lines - 1),
    }
}

fn defect(error: csv::Error) -> Defect {
    match error.into_kind() {
        ErrorKind::Io(error) => Defect::Disk(error),
        ErrorKind::UnequalLengths { pos, expected_len, len } => Defect::content(format!(
            "record {} has {len} columns and the first has {expected_len}; it may have been cut short",
            pos.map_or(0, |pos| pos.record() + 1)
        )),
        _ => Defect::content("it is no CSV file"),
    }
}
