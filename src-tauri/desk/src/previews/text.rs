//! The first lines of a text.

use std::path::Path;

use landfall_wire::Preview;

use super::{Why, beginning, cut};

/// So many bytes, lines, and characters of a line are shown.
const BYTES: u64 = 64 * 1024;
const LINES: usize = 300;
const LINE: usize = 1_000;

pub(super) fn draw(path: &Path) -> Result<Preview, Why> {
    let (bytes, mut more) = beginning(path, BYTES)?;
    if bytes.contains(&0) {
        return Err(Why::Unreadable);
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_start_matches('\u{FEFF}').lines() {
        if lines.len() == LINES {
            more = true;
            break;
        }
        let plain: String = line.chars().filter(|character| !character.is_control() || *character == '\t').collect();
        lines.push(cut(&plain, LINE));
    }
    Ok(Preview::Text { text: lines.join("\n"), more })
}
