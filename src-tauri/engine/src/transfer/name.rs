//! Names of files: whatever a server or template says becomes one safe name inside the folder, on every system.

use unicode_normalization::UnicodeNormalization;

/// No name is longer, in bytes of UTF-8: the limit of ext4, APFS (in effect) and NTFS (in UTF-16 units, never more).
const LONGEST: usize = 255;

/// An extension longer than this is no extension worth keeping.
const LONGEST_EXTENSION: usize = 32;

/// What a file is called when nothing usable is left of its name.
const NAMELESS: &str = "download";

/// A name that is one path component, visible, in NFC, without control or direction characters, reserved on no system,
/// and at most 255 bytes long.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SafeName(String);

impl SafeName {
    /// The safe form of any text; separators become `_`, so that `2024/05` stays readable.
    pub fn of(text: &str) -> Self {
        Self::assemble(text, "")
    }

    /// The safe form of a server's name: only what stands after the last separator, as browsers take it.
    pub fn of_server(text: &str) -> Self {
        Self::of(text.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for a file that must not clash: `name (2).ext`, still within the limit.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self::assemble(&self.0, &format!(" ({number})"))
    }

    /// Another name with the same ending.
    #[must_use]
    pub fn with_stem(&self, stem: &str) -> Self {
        Self::of(&format!("{}{}", Self::of(stem), split(&self.0).1))
    }

    /// A visible name for something put beside: `name.ext.SUFFIX`, still within the limit.
    #[must_use]
    pub fn beside(&self, suffix: &str) -> Self {
        let suffix = format!(".{suffix}");
        Self(format!("{}{suffix}", cut(&self.0, LONGEST.saturating_sub(suffix.len()))))
    }

    /// Whether another name would be the same file where case or composition do not count.
    pub fn clashes_with(&self, other: &str) -> bool {
        folded(&self.0) == folded(other)
    }

    fn assemble(text: &str, mark: &str) -> Self {
        let kept: String = text.chars().filter_map(acceptable).nfc().collect();
        let kept = kept.trim_start_matches(loose).trim_end_matches(loose);
        let kept = spared(if kept.is_empty() { NAMELESS } else { kept });
        let (stem, extension) = split(&kept);
        let fitting = cut(stem, LONGEST.saturating_sub(extension.len() + mark.len()));
        // What a cut leaves at the end may be loose, or a device's name that was hidden by what followed.
        let stem = if fitting.len() < stem.len() { spared(fitting.trim_end_matches(loose)) } else { stem.to_owned() };
        Self(format!("{stem}{mark}{extension}"))
    }
}

/// The name, marked when it is a device's.
fn spared(name: &str) -> String {
    if is_device(name) { format!("_{name}") } else { name.to_owned() }
}

impl std::fmt::Display for SafeName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// The name in a `Content-Disposition` field (RFC 6266); `filename*` (RFC 8187) outranks `filename`.
///
/// Read as bytes: servers send raw UTF-8 and Latin-1 there.
pub fn of_disposition(field: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(field)
        .map_or_else(|_| field.iter().map(|byte| char::from(*byte)).collect::<String>(), str::to_owned);
    let (mut plain, mut extended) = (None, None);
    for (key, value) in parameters(&text) {
        match key.to_ascii_lowercase().as_str() {
            "filename" if plain.is_none() => plain = Some(value),
            "filename*" if extended.is_none() => extended = decode_extended(&value),
            _ => {}
        }
    }
    extended.or(plain).filter(|name| !name.trim().is_empty())
}

/// The `key=value` pairs after the first `;`, quotes and escapes undone.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    let (mut key, mut value): (String, Option<String>) = (String::new(), None);
    let mut quoted = false;
    while let Some((_, c)) = rest.next() {
        match (&mut value, c) {
            (Some(value), '\\') if quoted => value.extend(rest.next().map(|(_, escaped)| escaped)),
            (Some(_), '"') => quoted = !quoted,
            (Some(value), _) if quoted => value.push(c),
            (_, ';') => {
                if let Some(value) = value.take() {
                    found.push((key.trim().to_owned(), value.trim().to_owned()));
                }
                key.clear();
            }
            (None, '=') => value = Some(String::new()),
            (Some(value), _) => value.push(c),
            (None, _) => key.push(c),
        }
    }
    if let Some(value) = value {
        found.push((key.trim().to_owned(), value.trim().to_owned()));
    }
    found
}

/// `UTF-8'en'a%20b` → `a b`; other charsets than UTF-8 and ISO-8859-1 are not asked for by RFC 8187.
fn decode_extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

/// What a character becomes: itself, `_`, or nothing.
fn acceptable(c: char) -> Option<char> {
    match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => Some('_'),
        // Direction marks and invisible characters make a name look like another one.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        c if c.is_control() || (u32::from(c) & 0xfffe) == 0xfffe => None,
        c => Some(c),
    }
}

/// Not at the beginning (hidden, or lost on the way) and not at the end (dropped by Windows).
fn loose(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// Device names of Windows, with any extension (`CON`, `com1.txt`, `LPT¹`).
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => ["COM", "LPT"].iter().any(|port| {
            stem.strip_prefix(port).is_some_and(|rest| {
                let mut rest = rest.chars();
                rest.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³')) && rest.next().is_none()
            })
        }),
    }
}

/// Stem and extension (with its dot); `.tar.gz` and its like stay together.
fn split(name: &str) -> (&str, &str) {
    let Some(dot) = name.rfind('.').filter(|dot| *dot > 0 && name.len() - dot <= LONGEST_EXTENSION) else {
        return (name, "");
    };
    let packed = matches!(&name[dot..], ".gz" | ".br" | ".bz2" | ".xz" | ".zst");
    let inner = name[..dot].rfind('.').filter(|inner| packed && *inner > 0 && dot - inner <= 6);
    name.split_at(inner.unwrap_or(dot))
}

/// At most so many bytes, at a character's border.
fn cut(text: &str, room: usize) -> &str {
    &text[..text.floor_char_boundary(room)]
}

/// The text as a system sees it where case and composition do not count.
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests;
