//! A picture as it is, for the page to draw.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall_wire::Preview;

use super::{Why, whole};
use crate::language::Tongue;

/// A larger picture is not handed to the page, in bytes.
pub(super) const LARGEST: u64 = 2 << 20;

/// A picture of more pixels unpacks to more than a page should hold.
const PIXELS: u64 = 40_000_000;

pub(super) fn draw(path: &Path, kind: &str, tongue: Tongue) -> Result<Preview, Why> {
    let bytes = whole(path, LARGEST)?;
    let size = match kind {
        "image/png" if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => png_size(&bytes),
        "image/jpeg" if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) => jpeg_size(&bytes),
        _ => None,
    };
    let (width, height) = size.ok_or(Why::Unreadable)?;
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(Why::TooLarge);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let label = tongue.pick("Size", "Größe", "尺寸").to_owned();
    Ok(Preview::Picture {
        source: source(kind, &bytes),
        alt: name,
        facts: vec![(label, format!("{width} × {height}"))],
    })
}

/// A `data:` URL of a picture.
pub(super) fn source(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(bytes))
}

/// Of the header that comes first (PNG, section 11.2.2).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    Some((number(16)?, number(20)?))
}

/// Of the first frame header (ISO/IEC 10918-1, B.2.2).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [0xFF, marker, high, low] = *bytes.get(at..at + 4)? else { return None };
        let is_frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
        if is_frame {
            let [a, b, c, d] = *bytes.get(at + 5..at + 9)? else { return None };
            return Some((u32::from(u16::from_be_bytes([c, d])), u32::from(u16::from_be_bytes([a, b]))));
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
    }
}
