//! XML: well-formed, with exactly one root, in whatever encoding it declares.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::encoding::DecodingReader;
use quick_xml::events::Event;

use super::Defect;

/// A single tag or text longer than this is refused: the reader holds each in memory.
const LONGEST: u64 = 64 * 1024 * 1024;

pub(super) fn examine(file: impl Read, start: &[u8]) -> Result<(), Defect> {
    let read = Rc::new(Cell::new(0));
    let file = BufReader::new(Levelled { inner: file, legacy: is_legacy(start) });
    let mut reader = Reader::from_reader(Metered { inner: DecodingReader::new(file), read: Rc::clone(&read) });
    reader.config_mut().check_comments = true;
    let (mut depth, mut roots) = (0_u64, 0_u64);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        read.set(0);
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(_)) => {
                roots += u64::from(depth == 0);
                depth += 1;
            }
            // An end without a beginning is refused by the reader.
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Empty(_)) => roots += u64::from(depth == 0),
            Ok(Event::Text(text)) if depth == 0 && !is_blank(&text) => {
                return Err(Defect::content("there is text outside the root element"));
            }
            Ok(Event::CData(_)) if depth == 0 => return Err(Defect::content("there is text outside the root element")),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(quick_xml::Error::Io(error)) => {
                return Err(match error.kind() {
                    io::ErrorKind::FileTooLarge => Defect::content("one element or text of it is longer than 64 MiB"),
                    kind => Defect::Disk(kind.into()),
                });
            }
            Err(error) => {
                return Err(Defect::content(format!(
                    "it is not well-formed at byte {}: {error}",
                    reader.error_position()
                )));
            }
        }
    }
    match (roots, depth) {
        (1, 0) => Ok(()),
        (0, _) => Err(Defect::content("it has no root element")),
        (1, _) => Err(Defect::content("its root element does not end; it may have been cut short")),
        _ => Err(Defect::content("it has more than one root element")),
    }
}

fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Whether the declaration names an encoding that is neither UTF-8 nor UTF-16: one of the old ones, in which all that
/// matters to the form of a document is ASCII.
fn is_legacy(start: &[u8]) -> bool {
    let declaration = start.split(|byte| *byte == b'>').next().unwrap_or_default();
    let text = String::from_utf8_lossy(declaration).to_ascii_lowercase();
    let name = text.split_once("encoding").map_or("", |(_, rest)| rest.trim_start_matches([' ', '=', '"', '\'']));
    !name.is_empty() && !["utf-8", "utf8", "utf-16", "us-ascii", "ascii"].iter().any(|known| name.starts_with(known))
}

/// Levels what is not ASCII in old encodings to one letter: form is looked at, not content.
struct Levelled<R> {
    inner: R,
    legacy: bool,
}

impl<R: Read> Read for Levelled<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if self.legacy {
            for byte in buffer[..count].iter_mut().filter(|byte| !byte.is_ascii()) {
                *byte = b'x';
            }
        }
        Ok(count)
    }
}

/// Counts what is read for one event, and refuses too much.
struct Metered<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read.get() > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.read.set(self.read.get() + count as u64);
        self.inner.consume(count);
    }
}
