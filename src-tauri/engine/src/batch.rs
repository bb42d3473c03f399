//! A file of wishes: a row for each export, as a table (CSV) or as JSON Lines.
//!
//! A row that makes no sense fails alone, with its place and reason; the others go on. What failed can be written as a
//! file of the same form, to be run again.

use std::fmt;

use serde_json::{Map, Value};

use crate::connector::{Connector, ParamProblem, Params};

/// Names of columns and fields that begin so are ours: a file of failed rows tells its reasons there.
const OURS: char = '_';

/// The column or field with the reason.
const REASON: &str = "_error";

/// The forms of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// RFC 4180, with that separator.
    Table { separator: u8, columns: Vec<String> },
    /// A JSON object on each line.
    Lines,
}

/// A file of wishes, read.
#[derive(Debug)]
pub struct Batch {
    form: Form,
    /// What each row asks for, in the file's order.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// Its line in the file, from 1; for a person who mends it.
    pub line: u64,
    /// One wish, several when a parameter has several values, or why there is none.
    pub wishes: Result<Vec<Params>, ParamProblem>,
    /// The row as it stands in the file: cells, or the line.
    written: Vec<String>,
}

/// Why a file cannot be read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for Unreadable {}

impl Batch {
    /// Reads a file's text; the name's ending says which form it has.
    pub fn read(connector: &Connector, file_name: &str, text: &str) -> Result<Self, Unreadable> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("csv" | "tsv") => table(connector, text),
            Some("jsonl" | "ndjson") => Ok(lines(connector, text)),
            _ => Err(Unreadable {
                message: "The file is neither a table nor JSON Lines by its name".into(),
                hint: "Name it FILE.csv or FILE.jsonl".into(),
            }),
        }
    }

    /// What stands in a row, by the names of the parameters; nothing in one that is no object.
    pub fn given(&self, row: usize) -> Map<String, Value> {
        let Some(row) = self.rows.get(row) else { return Map::new() };
        match &self.form {
            Form::Table { columns, .. } => {
                let named = named_cells(columns, &row.written);
                named.map(|(name, cell)| (name.clone(), Value::String(cell.clone()))).collect()
            }
            Form::Lines => named_fields(row.written.first().map_or("", String::as_str)).unwrap_or_default(),
        }
    }

    /// The ending of the file's name, without the dot.
    pub fn ending(&self) -> &'static str {
        match &self.form {
            Form::Table { separator: b'\t', .. } => "tsv",
            Form::Table { .. } => "csv",
            Form::Lines => "jsonl",
        }
    }

    /// The rows that failed with their reasons, as a file that can be run again.
    pub fn rest(&self, failed: &[(usize, String)]) -> String {
        let rows = failed.iter().filter_map(|(index, reason)| Some((self.rows.get(*index)?, reason)));
        match &self.form {
            Form::Table { separator, columns } => {
                let mut out = csv::WriterBuilder::new().delimiter(*separator).flexible(true).from_writer(Vec::new());
                let head = columns.iter().map(String::as_str).chain([REASON]);
                // Writing into memory does not fail.
                let _ = out.write_record(head);
                for (row, reason) in rows {
                    let cells = (0..columns.len()).map(|at| row.written.get(at).map_or("", String::as_str));
                    let _ = out.write_record(cells.chain([reason.as_str()]));
                }
                out.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
            }
            Form::Lines => rows.fold(String::new(), |out, (row, reason)| out + &line_with(row, reason) + "\n"),
        }
    }
}

/// The line with its reason; one that is no object stays as it is.
fn line_with(row: &Row, reason: &str) -> String {
    let line = row.written.first().map_or("", String::as_str);
    match serde_json::from_str::<Map<String, Value>>(line) {
        Ok(mut object) => {
            object.insert(REASON.to_owned(), Value::String(reason.to_owned()));
            Value::Object(object).to_string()
        }
        Err(_) => line.to_owned(),
    }
}

fn table(connector: &Connector, text: &str) -> Result<Batch, Unreadable> {
    // The reader counts lines by their line feeds, and takes a carriage return for the end of a record.
    let text = text.replace("\r\n", "\n");
    let separator = separator(&text);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| Unreadable {
        message: format!("The table cannot be read: {error}"),
        hint: "Save it as CSV with a line of names at the top".into(),
    };
    let columns: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    known_columns(connector, &columns)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let written: Vec<String> = record.iter().map(str::to_owned).collect();
        if written.iter().all(String::is_empty) {
            continue;
        }
        let given: Vec<(String, String)> =
            named_cells(&columns, &written).map(|(column, cell)| (column.clone(), cell.clone())).collect();
        let wishes = if written.len() > columns.len() {
            Err(ParamProblem {
                param: None,
                message: format!("the row has {} cells and the table {} columns", written.len(), columns.len()),
                hint: "put cells that hold the separator into quotes".into(),
            })
        } else {
            connector.wishes(&given)
        };
        rows.push(Row { line, wishes, written });
    }
    Ok(Batch { form: Form::Table { separator, columns }, rows })
}

/// The cells that are for the connector, with their columns.
fn named_cells<'a>(columns: &'a [String], cells: &'a [String]) -> impl Iterator<Item = (&'a String, &'a String)> {
    columns.iter().zip(cells).filter(|(column, cell)| !column.starts_with(OURS) && !cell.is_empty())
}

/// The fields of a line that are for the connector.
fn named_fields(line: &str) -> serde_json::Result<Map<String, Value>> {
    let object = serde_json::from_str::<Map<String, Value>>(line)?;
    Ok(object.into_iter().filter(|(name, _)| !name.starts_with(OURS)).collect())
}

/// The one of the usual separators that the first line has most of; spreadsheets of many countries write `;`.
fn separator(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: u8| head.bytes().filter(|byte| *byte == separator).count();
    // Of equals the last wins, so the standard's own comes last.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// A column that is no parameter would be a wish that nobody hears.
fn known_columns(connector: &Connector, columns: &[String]) -> Result<(), Unreadable> {
    let mut seen = std::collections::BTreeSet::new();
    for column in columns.iter().filter(|column| !column.starts_with(OURS)) {
        if !seen.insert(column) {
            return Err(Unreadable {
                message: format!("The table has two columns `{column}`"),
                hint: "Keep one of them".into(),
            });
        }
        if !connector.params().iter().any(|param| param.name == *column) {
            let names: Vec<&str> = connector.params().iter().map(|param| param.name.as_str()).collect();
            return Err(Unreadable {
                message: format!("The table has a column `{column}`, which is no parameter of {}", connector.id()),
                hint: format!("The columns can be: {}", names.join(", ")),
            });
        }
    }
    Ok(())
}

fn lines(connector: &Connector, text: &str) -> Batch {
    let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let rows = numbered
        .map(|(line, written)| {
            let wishes = match named_fields(written) {
                Ok(given) => connector.wishes_of_json(&given),
                Err(error) => Err(ParamProblem {
                    param: None,
                    message: format!("line {line} is no JSON object ({error})"),
                    hint: "write one object a line, such as {\"format\": \"csv\"}".into(),
                }),
            };
            Row { line, wishes, written: vec![written.to_owned()] }
        })
        .collect();
    Batch { form: Form::Lines, rows }
}

#[cfg(test)]
mod tests;
