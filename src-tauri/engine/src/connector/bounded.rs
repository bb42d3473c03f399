//! JSON of a server in bounded memory: few bytes can be many values, and a value takes a hundred times its two bytes.

use serde_json::Value as Json;

/// No answer holds more values than this, an object counted as five: ten thousand jobs with fifteen fields each.
pub(super) const MOST_IN_ANSWER: usize = 200_000;

/// No event holds more: ten thousand jobs with five fields each.
pub(super) const MOST_IN_EVENT: usize = 100_000;

/// What an object takes besides its values.
const OBJECT: usize = 4;

/// Why there is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It holds more values than are held.
    TooMany,
    /// It stops in its middle.
    Cut,
    /// It is none.
    Damaged,
}

/// Reads JSON of at most that many values.
pub(super) fn read(bytes: &[u8], most: usize) -> Result<Json, Flaw> {
    if values_at_most(bytes) > most {
        return Err(Flaw::TooMany);
    }
    serde_json::from_slice(bytes).map_err(|error| if error.is_eof() { Flaw::Cut } else { Flaw::Damaged })
}

/// How many values there can be, weighed: before each but the first stands a comma or what opens a list or an object.
fn values_at_most(bytes: &[u8]) -> usize {
    let (mut count, mut in_text, mut is_escaped) = (1, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' if !in_text => count += 1,
            b'{' if !in_text => count += 1 + OBJECT,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 200;

    #[test]
    fn values_are_counted_outside_of_texts_only() {
        let text = format!("[{:?}]", "\"[{,\\".repeat(MOST));
        assert!(read(text.as_bytes(), MOST).is_ok(), "commas in a text are no values");
        let most = format!("[0{}]", ",0".repeat(MOST - 2));
        assert!(read(most.as_bytes(), MOST).is_ok(), "the list and its numbers are the most there may be");
        let more = format!("[0{}]", ",0".repeat(MOST - 1));
        assert_eq!(read(more.as_bytes(), MOST), Err(Flaw::TooMany));
        assert_eq!(read("[".repeat(MOST + 1).as_bytes(), MOST), Err(Flaw::TooMany));
        assert_eq!((read(b"{\"a\":", MOST), read(b"{,}", MOST)), (Err(Flaw::Cut), Err(Flaw::Damaged)));
    }
}
