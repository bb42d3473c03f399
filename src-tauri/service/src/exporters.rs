//! Exporters, a file for each format of design document 004. They write to whatever takes bytes and know no jobs and no store.

mod columns;
pub(crate) mod csv;
mod ost;
mod pdf;
mod xlsx;

use std::io::{self, Write};
use std::str::FromStr;

use jiff::Timestamp;

use crate::dataset::Project;

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error("the report could not be written")]
    Io(#[from] io::Error),
    #[error("the CSV could not be written")]
    Csv(#[from] ::csv::Error),
    #[error("the workbook could not be made")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("the PDF could not be made: {0}")]
    Pdf(String),
}

/// A format on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Excel,
    Pdf,
    Ost,
}

impl Format {
    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Excel => "excel",
            Self::Pdf => "pdf",
            Self::Ost => "ost",
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Excel => "xlsx",
            Self::Pdf => "pdf",
            Self::Ost => "xml",
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Excel => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
            Self::Ost => "application/xml",
        }
    }
}

/// A word that names no format.
#[derive(Debug)]
pub(crate) struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let all = [Self::Csv, Self::Excel, Self::Pdf, Self::Ost];
        all.into_iter().find(|format| format.as_str() == text).ok_or(UnknownFormat)
    }
}

/// Writes the project's report. The same project and time make the same bytes.
pub(crate) fn write(
    format: Format,
    project: &Project,
    made_at: Timestamp,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    match format {
        Format::Csv => csv::write_measurements(project, out),
        Format::Excel => xlsx::write(project, made_at, out),
        Format::Pdf => pdf::write(project, made_at, out),
        Format::Ost => ost::write(project, made_at, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset;

    #[test]
    fn x_7_the_same_project_and_time_make_the_same_bytes() {
        let made_at = Timestamp::constant(1_748_764_800, 0);
        for format in [Format::Csv, Format::Excel, Format::Pdf, Format::Ost] {
            let report = || {
                let mut bytes = Vec::new();
                write(format, &dataset::projects()[2], made_at, &mut bytes).map(|()| bytes)
            };
            let (first, second) = (report().unwrap(), report().unwrap());
            assert!(first == second, "{format:?}: a second attempt changes no ETag");
        }
    }
}
