//! Whether a file is whole as a file of its kind: by its first bytes and by its structure, in bounded memory.
//!
//! An error page is none of the kinds, whatever its name says. What is checked proves that the file was not cut and not
//! mistaken; it does not prove that its content is right.

use std::fmt;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

mod archive;
mod json;
mod mp4;
mod page;
mod pdf;
mod table;
mod xml;

/// Kinds of files that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// Comma separated (or semicolon, or tab) values with the same number of columns in each record.
    Csv,
    /// One JSON document.
    Json,
    /// An MP4 or QuickTime film.
    Mp4,
    /// One JSON document a line.
    Ndjson,
    /// A PDF document.
    Pdf,
    /// An Excel workbook.
    Xlsx,
    /// A well-formed XML document.
    Xml,
    /// A ZIP archive.
    Zip,
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Csv, Self::Json, Self::Mp4, Self::Ndjson, Self::Pdf, Self::Xlsx, Self::Xml, Self::Zip];

    /// The word connectors use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Mp4 => "mp4",
            Self::Ndjson => "ndjson",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Xml => "xml",
            Self::Zip => "zip",
        }
    }

    /// The kind of a word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "excel" => Some(Self::Xlsx),
            "jsonl" => Some(Self::Ndjson),
            word => Self::ALL.into_iter().find(|kind| kind.word() == word),
        }
    }

    /// The kind that a file name promises by its extension.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "m4v" | "mov" => Some(Self::Mp4),
            "excel" => None,
            extension => Self::parse(extension),
        }
    }
}

/// Why a file is not whole as a file of its kind.
#[derive(Debug, thiserror::Error)]
pub enum Defect {
    /// What is wrong with it, as the end of a sentence.
    #[error("{0}")]
    Content(String),
    /// It cannot be read.
    #[error(transparent)]
    Disk(io::Error),
}

impl Defect {
    fn content(text: impl Into<String>) -> Self {
        Self::Content(text.into())
    }

    /// What a reading library says: a broken end is content, a broken disk is not.
    fn reading(error: io::Error, text: &str) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Self::content(text)
            }
            _ => Self::Disk(error),
        }
    }
}

/// How much a file must hold, where its kind can be counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Columns of a table.
    pub columns: Option<usize>,
    /// Records: a table's lines after the first, documents of NDJSON, items of a JSON list.
    pub records: Option<u64>,
}

impl Counts {
    fn check_records(self, found: u64) -> Result<(), Defect> {
        match self.records {
            Some(wanted) if wanted != found => {
                Err(Defect::content(format!("it holds {found} records and should hold {wanted}")))
            }
            _ => Ok(()),
        }
    }
}

/// A condition under which a file is not what was promised, by its first bytes.
#[derive(Clone)]
pub struct Refusal {
    words: String,
    holds: Arc<Condition>,
}

type Condition = dyn Fn(&[u8]) -> bool + Send + Sync;

impl Refusal {
    /// How many bytes of a file are looked at.
    pub const LOOKED_AT: usize = 4 * 1024;

    /// The condition, and the words in which it is written.
    pub fn new(words: impl Into<String>, holds: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Self {
        Self { words: words.into(), holds: Arc::new(holds) }
    }

    /// Whether a file that begins like this is refused.
    pub fn holds(&self, start: &[u8]) -> bool {
        (self.holds)(&start[..start.len().min(Self::LOOKED_AT)])
    }

    /// Looks at the file's beginning.
    pub fn examine<F: Read + Seek>(&self, file: &mut F) -> Result<(), Defect> {
        let mut start = Vec::with_capacity(Self::LOOKED_AT);
        file.seek(SeekFrom::Start(0)).map_err(Defect::Disk)?;
        Read::take(&mut *file, Self::LOOKED_AT as u64).read_to_end(&mut start).map_err(Defect::Disk)?;
        if self.holds(&start) {
            return Err(Defect::content(format!("it is not what was promised: `{}` holds", self.words)));
        }
        Ok(())
    }
}

impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Refusal {}

impl fmt::Debug for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Refusal({})", self.words)
    }
}

/// Checks a file from its beginning.
pub fn examine<F: Read + Seek>(kind: FileKind, file: &mut F, counts: Counts) -> Result<(), Defect> {
    let size = file.seek(SeekFrom::End(0)).map_err(Defect::Disk)?;
    if size == 0 {
        return Err(Defect::content("it is empty"));
    }
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(0)).map_err(Defect::Disk)?;
    Read::take(&mut *file, page::LOOKED_AT).read_to_end(&mut start).map_err(Defect::Disk)?;
    if let Some(page) = page::recognise(kind, &start, size) {
        return Err(Defect::content(format!("an error page came instead of {}: {page}", kind.word().to_uppercase())));
    }
    file.seek(SeekFrom::Start(0)).map_err(Defect::Disk)?;
    match kind {
        FileKind::Csv => table::examine(BufReader::new(file), &start, counts),
        FileKind::Json => json::examine(BufReader::new(file), &start, counts),
        FileKind::Mp4 => mp4::examine(file, size),
        FileKind::Ndjson => json::examine_lines(BufReader::new(file), counts),
        FileKind::Pdf => pdf::examine(file, &start, size),
        FileKind::Xlsx => archive::examine(file, &["[Content_Types].xml", "xl/workbook.xml"]),
        FileKind::Xml => xml::examine(file, &start),
        FileKind::Zip => archive::examine(file, &[]),
    }
}

/// Checks a stream that cannot be gone back in, where its kind can be checked so: JSON and XML. Any other passes.
pub(crate) fn examine_stream(kind: FileKind, stream: impl Read, start: &[u8]) -> Result<(), Defect> {
    match kind {
        FileKind::Json => json::examine(BufReader::new(stream), start, Counts::default()),
        FileKind::Xml => xml::examine(stream, start),
        FileKind::Csv | FileKind::Mp4 | FileKind::Ndjson | FileKind::Pdf | FileKind::Xlsx | FileKind::Zip => Ok(()),
    }
}

#[cfg(test)]
mod tests;
