//! How pieces become one file: raw, as one table, as lines; unpacked on the way where they are packed. In bounded memory.

use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::units::size_text;

/// A table's first line is no longer than this: it is held in memory.
const LONGEST_HEADER: usize = 1024 * 1024;

/// So much of a first line is shown to a person.
const SHOWN: usize = 200;

/// How many times its packed size may come out of a packed piece, once [`UNSUSPICIOUS`] bytes have: the bound of
/// packages, for the same reason.
const RATIO: u64 = 200;

/// Bytes that may come out whatever the ratio.
const UNSUSPICIOUS: u64 = 64 << 20;

/// Bytes copied at once.
const STEP: usize = 128 * 1024;

/// How pages become one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// One after the other, byte for byte.
    Raw,
    /// Tables: the first line of every page but the first is left out.
    Csv,
    /// Records, one a line: each page ends with a line break.
    Ndjson,
}

/// What is remembered from one piece to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seam {
    join: Join,
    /// Pieces joined so far.
    pieces: u64,
    /// A table's first line, without its end.
    header: Option<Vec<u8>>,
    /// The last byte written.
    last: Option<u8>,
}

/// Why a piece cannot be joined.
#[derive(Debug)]
pub(crate) enum Misfit {
    /// What is wrong with it, as the end of a sentence.
    Content(String),
    /// The disk.
    Disk(io::Error),
}

impl Seam {
    /// Nothing joined yet.
    pub fn new(join: Join) -> Self {
        Self { join, pieces: 0, header: None, last: None }
    }

    /// Pieces joined so far.
    pub fn pieces(&self) -> u64 {
        self.pieces
    }

    /// Joins a piece; gives the bytes that were written.
    pub(crate) fn append(&mut self, piece: impl Read, out: &mut impl Write) -> Result<u64, Misfit> {
        let mut piece = BufReader::with_capacity(STEP, piece);
        let mut written = 0;
        match self.join {
            Join::Raw => {}
            Join::Csv => written += self.take_header(&mut piece, out)?,
            Join::Ndjson => written += self.end_line(&mut piece, out)?,
        }
        loop {
            let bytes = piece.fill_buf().map_err(reading)?;
            let Some(last) = bytes.last().copied() else { break };
            out.write_all(bytes).map_err(Misfit::Disk)?;
            let count = bytes.len();
            piece.consume(count);
            self.last = Some(last);
            written += count as u64;
        }
        self.pieces += 1;
        Ok(written)
    }

    /// A table's first line: kept of the first page that has one, compared and left out of every other.
    fn take_header(&mut self, piece: &mut impl BufRead, out: &mut impl Write) -> Result<u64, Misfit> {
        let (header, end) = first_line(piece)?;
        let number = self.pieces + 1;
        match &self.header {
            // A page without a single byte has no line to be compared.
            _ if header.is_empty() && end.is_empty() => Ok(0),
            None => {
                out.write_all(&header).and_then(|()| out.write_all(&end)).map_err(Misfit::Disk)?;
                self.last = end.last().or(header.last()).copied();
                let written = (header.len() + end.len()) as u64;
                self.header = Some(header);
                Ok(written)
            }
            Some(first) if without_mark(first) == without_mark(&header) => self.end_line(piece, out),
            Some(first) => Err(Misfit::Content(format!(
                "its pages do not fit together: page {number} begins with the line {} and the first with {}",
                shown(&header),
                shown(first)
            ))),
        }
    }

    /// Ends the line that the page before left open, unless nothing follows.
    fn end_line(&mut self, piece: &mut impl BufRead, out: &mut impl Write) -> Result<u64, Misfit> {
        let follows = !piece.fill_buf().map_err(reading)?.is_empty();
        if !follows || self.last.is_none_or(|last| last == b'\n') {
            return Ok(0);
        }
        out.write_all(b"\n").map_err(Misfit::Disk)?;
        Ok(1)
    }
}

/// The first record of a table and its end: a line break within quotes belongs to it (RFC 4180 section 2).
fn first_line(piece: &mut impl BufRead) -> Result<(Vec<u8>, Vec<u8>), Misfit> {
    let (mut line, mut quoted) = (Vec::new(), false);
    loop {
        let bytes = piece.fill_buf().map_err(reading)?;
        if bytes.is_empty() {
            return Ok((line, Vec::new()));
        }
        let end = bytes.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b'\n' && !quoted
        });
        let count = end.map_or(bytes.len(), |end| end + 1);
        line.extend_from_slice(&bytes[..count]);
        piece.consume(count);
        if line.len() > LONGEST_HEADER {
            let most = size_text(LONGEST_HEADER as u64);
            return Err(Misfit::Content(format!("the first line of a page is longer than {most}")));
        }
        if end.is_some() {
            let length = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).map_or(0, <[u8]>::len);
            let end = line.split_off(length);
            return Ok((line, end));
        }
    }
}

/// Without the mark that some servers begin each UTF-8 text with.
fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(without_mark(line)).into_owned();
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
        None => format!("{text:?}"),
    }
}

/// What reading says: a broken stream is content, a broken disk is not.
fn reading(error: io::Error) -> Misfit {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Misfit::Content("its packed content was cut short".into()),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Misfit::Content(match error.get_ref() {
            Some(why) if why.is::<Bomb>() => why.to_string(),
            _ => "its packed content is damaged, or it is not packed with gzip as it should be".into(),
        }),
        _ => Misfit::Disk(error),
    }
}

/// More came out than can be meant.
#[derive(Debug, thiserror::Error)]
#[error("more than {RATIO} times its size came out of its packed content")]
struct Bomb;

/// Unpacks gzip, no more of it than can be meant.
pub(crate) struct Unpacked<R> {
    inner: MultiGzDecoder<BufReader<Counted<R>>>,
    out: u64,
}

struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R: Read> Unpacked<R> {
    pub(crate) fn new(packed: R) -> Self {
        Self { inner: MultiGzDecoder::new(BufReader::new(Counted { inner: packed, bytes: 0 })), out: 0 }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.out += count as u64;
        let packed = self.inner.get_ref().get_ref().bytes;
        if self.out > UNSUSPICIOUS && self.out > packed.saturating_mul(RATIO) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Bomb));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
