//! Error pages that come with status 200 where a file was promised.

use serde_json::Value;

use super::FileKind;

/// An error page is told by its first bytes.
pub(super) const LOOKED_AT: u64 = 64 * 1024;

/// Words quoted from a page: enough to understand it.
const QUOTED: usize = 200;

/// Keys that error documents are made of; a document with any other key is somebody's data.
const ERROR_KEYS: [&str; 24] = [
    "error",
    "errors",
    "error_description",
    "error_message",
    "message",
    "code",
    "status",
    "statuscode",
    "detail",
    "details",
    "title",
    "type",
    "path",
    "timestamp",
    "requestid",
    "request_id",
    "traceid",
    "trace_id",
    "correlationid",
    "correlation_id",
    "instance",
    "remediation",
    "success",
    "documentation_url",
];

/// What the page says, when the file's beginning is one of an error page.
pub(super) fn recognise(kind: FileKind, start: &[u8], size: u64) -> Option<String> {
    if !begins_like_a_page(start) {
        return None;
    }
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower: String = text.chars().take(64).collect::<String>().to_ascii_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.starts_with("<head") {
        let title = between(text, "<title>", "</title>").unwrap_or("an HTML page without a title");
        return Some(quote(title));
    }
    if text.starts_with('<') {
        let body = text.split_once("?>").map_or(text, |(_, body)| body).trim_start();
        let says = [between(text, "<Code>", "</Code>"), between(text, "<Message>", "</Message>")];
        let says: Vec<&str> = says.into_iter().flatten().collect();
        let is_error =
            ["<Error>", "<Error ", "<error>", "<errors>", "<ErrorResponse"].iter().any(|root| body.starts_with(root));
        if kind != FileKind::Xml || (is_error && size <= LOOKED_AT) {
            return Some(if says.is_empty() { "an XML document".to_owned() } else { quote(&says.join(": ")) });
        }
        return None;
    }
    if text.starts_with('{') && size <= LOOKED_AT && kind != FileKind::Ndjson {
        let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else { return None };
        let is_error = fields.keys().all(|key| ERROR_KEYS.contains(&key.to_ascii_lowercase().as_str()))
            && ["error", "errors", "message", "detail", "title"].iter().any(|key| fields.contains_key(*key));
        if kind != FileKind::Json || is_error {
            return Some(quote(text));
        }
    }
    None
}

/// Whether the first character after blanks can be a page's: most files are told apart by that, and not read as a text.
fn begins_like_a_page(start: &[u8]) -> bool {
    for chunk in start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).utf8_chunks() {
        match chunk.valid().chars().find(|c| !c.is_whitespace() && *c != '\u{feff}') {
            Some(first) => return matches!(first, '<' | '{'),
            None if !chunk.invalid().is_empty() => return false,
            None => {}
        }
    }
    false
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(open)?;
    let (inner, _) = rest.split_once(close)?;
    Some(inner.trim()).filter(|inner| !inner.is_empty())
}

/// At most so many characters, on one line.
fn quote(text: &str) -> String {
    let line: String = text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().to_owned()
}
