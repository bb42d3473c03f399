//! JSON: one document, or one a line.

use std::io::{BufRead, Read as _};

use serde::Deserialize as _;
use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::Defect;

/// A single line longer than this is refused: each is held in memory.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

pub(super) fn examine(file: impl BufRead) -> Result<(), Defect> {
    let mut reader = serde_json::Deserializer::from_reader(file);
    IgnoredAny::deserialize(&mut reader).and_then(|_| reader.end()).map_err(|error| defect(&error, None))
}

pub(super) fn examine_lines(mut file: impl BufRead) -> Result<(), Defect> {
    let mut line = Vec::new();
    let (mut number, mut documents) = (0_u64, 0_u64);
    loop {
        line.clear();
        number += 1;
        let read = (&mut file).take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(Defect::Disk)?;
        if read == 0 {
            break;
        }
        if read as u64 == LONGEST_LINE {
            return Err(Defect::content(format!("line {number} is longer than 64 MiB")));
        }
        if !line.trim_ascii().is_empty() {
            serde_json::from_slice::<IgnoredAny>(&line).map_err(|error| defect(&error, Some(number)))?;
            documents += 1;
        }
    }
    if documents == 0 { Err(Defect::content("it has no document")) } else { Ok(()) }
}

fn defect(error: &serde_json::Error, line: Option<u64>) -> Defect {
    let place = line.map_or_else(|| format!("line {}", error.line()), |line| format!("line {line}"));
    match error.classify() {
        Category::Io => Defect::Disk(error.io_error_kind().unwrap_or(std::io::ErrorKind::Other).into()),
        Category::Eof => Defect::content(format!("it ends too early in {place}; it was cut short")),
        Category::Syntax | Category::Data => {
            Defect::content(format!("it is no JSON in {place}, column {}", error.column()))
        }
    }
}
