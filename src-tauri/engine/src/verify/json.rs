//! JSON: one document, or one a line.

use std::fmt;
use std::io::{BufRead, Read as _};

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize as _, Deserializer as _};
use serde_json::error::Category;

use super::{Counts, Defect};

/// A single line longer than this is refused: each is held in memory.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

pub(super) fn examine(file: impl BufRead, start: &[u8], counts: Counts) -> Result<(), Defect> {
    let mut reader = serde_json::Deserializer::from_reader(file);
    let is_list = start.trim_ascii_start().first() == Some(&b'[');
    let items = if is_list {
        reader.deserialize_seq(Items).map(Some)
    } else {
        IgnoredAny::deserialize(&mut reader).map(|_| None)
    };
    let items = items.and_then(|items| reader.end().map(|()| items)).map_err(|error| defect(&error, None))?;
    match (items, counts.records) {
        (Some(items), _) => counts.check_records(items),
        (None, Some(_)) => Err(Defect::content("it is no list whose records can be counted")),
        (None, None) => Ok(()),
    }
}

/// Counts the items of a list without keeping them.
struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = u64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

pub(super) fn examine_lines(mut file: impl BufRead, counts: Counts) -> Result<(), Defect> {
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
    if documents == 0 {
        return Err(Defect::content("it has no document"));
    }
    counts.check_records(documents)
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
