//! ZIP archives, and workbooks that are one.

use std::io::{Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::Defect;

/// More entries than this are an attack or a mistake; the directory is held in memory.
const MOST_ENTRIES: usize = 1_000_000;

/// The central directory is read, and every entry's own header where the directory says it is.
pub(super) fn examine<F: Read + Seek>(file: &mut F, must_hold: &[&str]) -> Result<(), Defect> {
    let mut archive =
        ZipArchive::new(file).map_err(|error| defect(error, "it is no ZIP archive, or it was cut short"))?;
    if archive.len() > MOST_ENTRIES {
        return Err(Defect::content(format!("it has {} entries", archive.len())));
    }
    for index in 0..archive.len() {
        archive
            .by_index_raw(index)
            .map_err(|error| defect(error, &format!("entry {} of the archive is not where it should be", index + 1)))?;
    }
    match must_hold.iter().find(|name| archive.index_for_name(name).is_none()) {
        Some(name) => Err(Defect::content(format!("it is a ZIP archive without {name}"))),
        None => Ok(()),
    }
}

fn defect(error: ZipError, text: &str) -> Defect {
    match error {
        ZipError::Io(error) => Defect::reading(error, text),
        error => Defect::content(format!("{text} ({error})")),
    }
}
