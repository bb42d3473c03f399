//! Readers of the results that share no code with the writers: a CSV reader of our own, calamine, roxmltree, lopdf.

use std::collections::HashMap;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

/// A table with its head: a cell is found by row and column name.
pub(crate) struct Table<T> {
    columns: HashMap<String, usize>,
    pub(crate) rows: Vec<Vec<T>>,
}

impl<T> Table<T> {
    pub(crate) fn cell(&self, row: usize, column: &str) -> &T {
        let index = *self.columns.get(column).unwrap_or_else(|| panic!("there is no column {column}"));
        &self.rows[row][index]
    }

    pub(crate) fn column_count(&self) -> usize {
        self.columns.len()
    }
}

/// Reads CSV by RFC 4180, strictly: quotes where they must be, CRLF at each end, the same number of fields everywhere.
pub(crate) fn csv(bytes: &[u8]) -> Table<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match (quoted, letter) {
            (true, '"') if letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            (true, '"') => quoted = false,
            (false, '"') => {
                assert!(field.is_empty(), "a quote stands within an unquoted field: {field}");
                quoted = true;
            }
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') => {
                assert_eq!(letters.next(), Some('\n'), "a CR alone stands outside quotes");
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (false, '\n') => panic!("an LF alone stands outside quotes"),
            (true | false, _) => field.push(letter),
        }
    }
    assert!(!quoted && field.is_empty() && row.is_empty(), "the file ends within a row");
    table(rows)
}

/// Reads a sheet of a workbook.
pub(crate) fn sheet(bytes: &[u8], name: &str) -> Table<Data> {
    let rows: Vec<Vec<Data>> = workbook(bytes).worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect();
    let names = rows[0].iter().map(ToString::to_string).collect::<Vec<_>>();
    Table { columns: names.into_iter().zip(0..).collect(), rows: rows[1..].to_vec() }
}

pub(crate) fn workbook(bytes: &[u8]) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes.to_vec())).unwrap()
}

/// The text of each page of a PDF.
pub(crate) fn pdf_pages(bytes: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    document.get_pages().keys().map(|number| document.extract_text(&[*number]).unwrap()).collect()
}

fn table(mut rows: Vec<Vec<String>>) -> Table<String> {
    let head = rows.remove(0);
    for row in &rows {
        assert_eq!(row.len(), head.len(), "every row has as many fields as the head: {row:?}");
    }
    Table { columns: head.into_iter().zip(0..).collect(), rows }
}
