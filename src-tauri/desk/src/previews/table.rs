//! The first rows of a table of values with commas, semicolons or tabs.

use std::path::Path;

use landfall_wire::Preview;

use super::{BEGINNING, Why, beginning, cut};

/// So many rows, columns, and characters of a cell are shown.
pub(super) const ROWS: usize = 50;
pub(super) const COLUMNS: usize = 50;
pub(super) const CELL: usize = 200;

pub(super) fn draw(path: &Path) -> Result<Preview, Why> {
    let (bytes, cut_off) = beginning(path, BEGINNING)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{FEFF}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut more = cut_off;
    for record in reader.records() {
        let Ok(record) = record else { break };
        if rows.len() > ROWS {
            more = true;
            break;
        }
        rows.push(record.iter().take(COLUMNS).map(|cell| cut(cell, CELL)).collect());
    }
    // The last row of what was cut off is not whole.
    if cut_off && rows.len() <= ROWS {
        rows.pop();
    }
    if rows.is_empty() {
        return Err(Why::Unreadable);
    }
    let columns = rows.remove(0);
    Ok(Preview::Table { columns, rows, more, sheet: None })
}

fn separator(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: u8| head.bytes().filter(|byte| *byte == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}
