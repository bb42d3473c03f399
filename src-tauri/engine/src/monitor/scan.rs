//! Cuts the bytes of an event stream into blocks, as a pure value (HTML standard, sections 9.2.5 and 9.2.6).
//!
//! What comes out is again an event stream, but a tame one: valid UTF-8, line feeds only, no comments within blocks, no
//! field that is not known, every block with data, and an `id` line wherever the id in force has changed. The parser of
//! the event client breaks, or loses ids, on anything wilder.

use bytes::Bytes;

/// No line is longer, in bytes: beyond it the server is broken or means harm.
const LINE_LIMIT: usize = 8 * 1024 * 1024;

/// No block is larger, in bytes. Ten thousand jobs told in one event take about one MiB.
const BLOCK_LIMIT: usize = 16 * 1024 * 1024;

/// A block larger than this is not held, in bytes: nobody reads data of more than two MiB.
const LARGEST_HELD: usize = 2 * 1024 * 1024;

/// Data that nobody can read, in the place of what is too large: the event is heard, and what it says is asked for.
const UNREADABLE: &[u8] = b"data: {\n";

const DATA: &[u8] = b"data: ";

/// Longer ids, in bytes, are passed over like those with NUL: they go back in a header, and servers refuse requests
/// whose headers are over 8 KiB; each event carries its own copy besides.
const ID_LIMIT: usize = 4 * 1024;

/// A buffer that has grown beyond this, in bytes, is given back after its line.
const KEPT: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// A block with data, tame, its blank line included.
    Block(Bytes),
    /// A comment; what it says is for nobody.
    Comment,
}

/// A line or block beyond its limit; the stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlong;

/// Reads one connection's bytes, in whatever pieces they come.
#[derive(Debug)]
pub(crate) struct Scanner {
    line_limit: usize,
    block_limit: usize,
    /// The line so far, when a piece ended within it.
    line: Vec<u8>,
    /// How much more of that line came than is held.
    line_beyond: usize,
    /// A line feed that comes next belongs to the line end before it.
    after_return: bool,
    /// Only the stream's first line may begin with a byte order mark.
    first: bool,
    /// The tame data lines of the block so far, unless they are too large.
    block: Vec<u8>,
    /// How long they are, held or not.
    block_length: usize,
    kind: String,
    /// The id of the block so far, which becomes the one in force with the blank line.
    id: String,
    id_in_force: String,
    /// The id that the reader of our blocks goes by.
    id_told: String,
    retry: Option<u64>,
}

impl Scanner {
    /// For a connection that begins with that last event id.
    pub(crate) fn new(last_event_id: &str) -> Self {
        Self::with_limits(last_event_id, LINE_LIMIT, BLOCK_LIMIT)
    }

    /// The same with limits of one's own, in bytes.
    pub(crate) fn with_limits(last_event_id: &str, line_limit: usize, block_limit: usize) -> Self {
        Self {
            line_limit,
            block_limit,
            line: Vec::new(),
            line_beyond: 0,
            after_return: false,
            first: true,
            block: Vec::new(),
            block_length: 0,
            kind: String::new(),
            id: last_event_id.to_owned(),
            id_in_force: last_event_id.to_owned(),
            id_told: String::new(),
            retry: None,
        }
    }

    /// The last event id in force: of the last whole block, data or not, that named one.
    pub(crate) fn last_event_id(&self) -> &str {
        &self.id_in_force
    }

    /// The reconnection time that the server asked for, in milliseconds, as it wrote it.
    pub(crate) fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// Takes from the front of `input` up to the next find, or all of it when there is none.
    pub(crate) fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Scanned>, Overlong> {
        while let Some(&byte) = input.first() {
            if std::mem::take(&mut self.after_return) && byte == b'\n' {
                *input = &input[1..];
                continue;
            }
            let Some(end) = input.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.keep(input)?;
                *input = &[];
                break;
            };
            let (line, rest) = input.split_at(end);
            self.after_return = rest.first() == Some(&b'\r');
            *input = &rest[1..];
            if let Some(scanned) = self.end_line(line)? {
                return Ok(Some(scanned));
            }
        }
        Ok(None)
    }

    fn keep(&mut self, piece: &[u8]) -> Result<(), Overlong> {
        if self.line.len() + self.line_beyond + piece.len() > self.line_limit {
            return Err(Overlong);
        }
        // The name of the field and its colon stand before the data.
        let held = piece.len().min((LARGEST_HELD + KEPT).saturating_sub(self.line.len()));
        self.line.extend_from_slice(&piece[..held]);
        self.line_beyond += piece.len() - held;
        Ok(())
    }

    fn end_line(&mut self, last_piece: &[u8]) -> Result<Option<Scanned>, Overlong> {
        if self.line.is_empty() && last_piece.len() <= self.line_limit {
            return self.take_line(last_piece, 0);
        }
        self.keep(last_piece)?;
        let mut line = std::mem::take(&mut self.line);
        let beyond = std::mem::take(&mut self.line_beyond);
        let scanned = self.take_line(&line, beyond);
        if line.capacity() <= KEPT {
            line.clear();
            self.line = line;
        }
        scanned
    }

    /// Takes a line, of which so much more came than is held.
    fn take_line(&mut self, line: &[u8], beyond: usize) -> Result<Option<Scanned>, Overlong> {
        let line = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if self.first => rest,
            _ => line,
        };
        self.first = false;
        match line.iter().position(|byte| *byte == b':') {
            None if line.is_empty() => return Ok(self.end_block()),
            None => self.take_field(line, b"", 0)?,
            Some(0) => return Ok(Some(Scanned::Comment)),
            Some(colon) => {
                let value = &line[colon + 1..];
                self.take_field(&line[..colon], value.strip_prefix(b" ").unwrap_or(value), beyond)?;
            }
        }
        Ok(None)
    }

    fn take_field(&mut self, name: &[u8], value: &[u8], beyond: usize) -> Result<(), Overlong> {
        match name {
            b"data" => {
                let value_length = value.len() + beyond;
                if self.block_length + value_length > self.block_limit {
                    return Err(Overlong);
                }
                self.block_length += DATA.len() + value_length + 1;
                if self.block_length > LARGEST_HELD {
                    self.block = UNREADABLE.to_vec();
                } else {
                    self.block.extend_from_slice(DATA);
                    self.block.extend_from_slice(String::from_utf8_lossy(value).as_bytes());
                    self.block.push(b'\n');
                }
            }
            b"event" => self.kind = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) && value.len() <= ID_LIMIT => {
                self.id = String::from_utf8_lossy(value).into_owned();
            }
            // Digits only: a sign, a point or nothing at all is passed over.
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digits = String::from_utf8_lossy(value);
                self.retry = Some(digits.parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
        Ok(())
    }

    fn end_block(&mut self) -> Option<Scanned> {
        if self.id_in_force != self.id {
            self.id_in_force.clone_from(&self.id);
        }
        let kind = std::mem::take(&mut self.kind);
        if self.block.is_empty() {
            return None;
        }
        let mut block = std::mem::take(&mut self.block);
        self.block_length = 0;
        let mut add = |field: &str, value: &str| {
            for part in [field, value, "\n"] {
                block.extend_from_slice(part.as_bytes());
            }
        };
        if !kind.is_empty() {
            add("event: ", &kind);
        }
        if self.id_told != self.id_in_force {
            add("id: ", &self.id_in_force);
            self.id_told.clone_from(&self.id_in_force);
        }
        block.push(b'\n');
        Some(Scanned::Block(block.into()))
    }
}

#[cfg(test)]
mod tests;
