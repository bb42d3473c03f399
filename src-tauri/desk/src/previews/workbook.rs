//! The first rows of a workbook's first sheet that has any.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use landfall_wire::Preview;

use super::table::{CELL, COLUMNS, ROWS};
use super::{WHOLE, Why, cut, whole};

/// A workbook unpacks to no more, in bytes: it is held in memory.
const UNPACKED: u64 = 64 << 20;

pub(super) fn draw(path: &Path) -> Result<Preview, Why> {
    let bytes = whole(path, WHOLE)?;
    bounded(path)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Why::Unreadable)?;
    for name in book.sheet_names().into_iter().take(20) {
        let mut cells = book.worksheet_cells_reader(&name).map_err(|_| Why::Unreadable)?;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut more = false;
        // Cell by cell: the size that a sheet declares is not believed.
        while let Ok(Some(cell)) = cells.next_cell() {
            let (row, column) = cell.get_position();
            let (row, column) = (row as usize, column as usize);
            if row > ROWS {
                more = true;
                break;
            }
            if column >= COLUMNS {
                continue;
            }
            if rows.len() <= row {
                rows.resize(row + 1, Vec::new());
            }
            if let Some(line) = rows.get_mut(row) {
                if line.len() <= column {
                    line.resize(column + 1, String::new());
                }
                line[column] = cut(&words(&Data::from(cell.get_value().clone())), CELL);
            }
        }
        if let Some(at) = rows.iter().position(|row| !row.is_empty()) {
            let mut rows = rows.split_off(at);
            let columns = rows.remove(0);
            return Ok(Preview::Table { columns, rows, more, sheet: Some(cut(&name, CELL)) });
        }
    }
    Err(Why::Unreadable)
}

/// A cell as a person reads it; a moment as the workbook's calendar has it, and not as the number that it is stored as.
fn words(value: &Data) -> String {
    match value {
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (moment.as_f64() < 1.0, hour + minute + second) {
                (true, _) => format!("{hour:02}:{minute:02}:{second:02}"),
                (false, 0) => format!("{year:04}-{month:02}-{day:02}"),
                (false, _) => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        other => other.to_string(),
    }
}

/// What the archive says it unpacks to; the reader behind it stops at what is declared.
fn bounded(path: &Path) -> Result<(), Why> {
    let file = File::open(path).map_err(|_| Why::Gone)?;
    let mut archive = zip::ZipArchive::new(file).map_err(|_| Why::Unreadable)?;
    let mut sum = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| Why::Unreadable)?;
        sum = sum.saturating_add(entry.size());
        if sum > UNPACKED {
            return Err(Why::TooLarge);
        }
    }
    Ok(())
}
