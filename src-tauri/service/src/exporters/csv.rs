//! CSV: one table, a row for each measurement, its condition's columns repeated, as RFC 4180 has it: UTF-8, CRLF.

use std::borrow::Cow;
use std::io::Write;

use csv::{Terminator, Writer, WriterBuilder};

use super::ExportError;
use super::columns::{CONDITION, Cell, MEASUREMENT, PROJECT};
use crate::dataset::Project;

/// One row for each measurement, with all of its condition and project.
pub(super) fn write_measurements(project: &Project, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut table = table(out);
    // Its condition's id and name stand among the condition's columns already.
    let own = MEASUREMENT.iter().filter(|(name, _)| !name.starts_with("condition_"));
    let names = PROJECT.iter().map(|(name, _)| (*name).to_owned());
    let names = names.chain(CONDITION.iter().map(|(name, _)| format!("condition_{name}")));
    let names =
        names.chain(own.clone().map(|(name, _)| if *name == "id" { "measurement_id" } else { *name }.to_owned()));
    table.write_record(names)?;
    for condition in &project.conditions {
        for measurement in &condition.measurements {
            let cells = PROJECT.iter().map(|(_, read)| read(project));
            let cells = cells.chain(CONDITION.iter().map(|(_, read)| read(condition)));
            let cells = cells.chain(own.clone().map(|(_, read)| read(measurement)));
            write_row(&mut table, cells)?;
        }
    }
    Ok(table.flush()?)
}

/// One row for each condition.
pub(crate) fn write_conditions(project: &Project, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut table = table(out);
    table.write_record(CONDITION.iter().map(|(name, _)| name))?;
    for condition in &project.conditions {
        write_row(&mut table, CONDITION.iter().map(|(_, read)| read(condition)))?;
    }
    Ok(table.flush()?)
}

fn table(out: &mut dyn Write) -> Writer<&mut dyn Write> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}

fn write_row<'a>(table: &mut Writer<&mut dyn Write>, cells: impl Iterator<Item = Cell<'a>>) -> Result<(), ExportError> {
    for cell in cells {
        match cell {
            Cell::Text(text) => table.write_field(sanitised(text).as_bytes())?,
            Cell::Amount(_) | Cell::Decimal(_) | Cell::Whole(_) | Cell::Flag(_) | Cell::Empty => {
                table.write_field(cell.to_string())?;
            }
        }
    }
    Ok(table.write_record(None::<&[u8]>)?)
}

/// Text that a spreadsheet would take for a formula gets an apostrophe (R-5; OWASP, "CSV Injection").
fn sanitised(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}
