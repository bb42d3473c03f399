//! JSON as a tree: long lists, long texts and deep branches are cut.

use std::path::Path;

use landfall_wire::Preview;
use serde_json::{Map, Value};

use super::{Why, beginning, cut, text};

/// A file up to that many bytes is read as a tree; of a longer one the beginning is shown as text.
const LONGEST: u64 = 4 << 20;

/// So many items of a list or object, levels, characters of a text, and values altogether are shown.
const ITEMS: usize = 100;
const DEPTH: usize = 12;
const TEXT: usize = 500;
const VALUES: usize = 5_000;

pub(super) fn draw(path: &Path) -> Result<Preview, Why> {
    let (bytes, more) = beginning(path, LONGEST)?;
    if more {
        return text::draw(path);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    // Its reader refuses what nests deeper than 128.
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => {
            let mut pruned = Pruned { left: VALUES, more: false };
            let value = pruned.value(value, 0);
            Ok(Preview::Json { value, more: pruned.more })
        }
        Err(_) => text::draw(path),
    }
}

struct Pruned {
    left: usize,
    more: bool,
}

impl Pruned {
    fn value(&mut self, value: Value, depth: usize) -> Value {
        self.left = self.left.saturating_sub(1);
        if depth >= DEPTH && matches!(value, Value::Array(_) | Value::Object(_)) {
            self.more = true;
            return Value::String("…".into());
        }
        match value {
            Value::String(text) => {
                let short = cut(&text, TEXT);
                self.more |= short.len() != text.len();
                Value::String(short)
            }
            Value::Array(items) => {
                let most = items.len().min(ITEMS).min(self.left);
                self.more |= most < items.len();
                Value::Array(items.into_iter().take(most).map(|item| self.value(item, depth + 1)).collect())
            }
            Value::Object(fields) => {
                let most = fields.len().min(ITEMS).min(self.left);
                self.more |= most < fields.len();
                let fields = fields.into_iter().take(most);
                Value::Object(
                    fields.map(|(name, value)| (cut(&name, TEXT), self.value(value, depth + 1))).collect::<Map<_, _>>(),
                )
            }
            other => other,
        }
    }
}
