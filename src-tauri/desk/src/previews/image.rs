//! A picture: as it is where it is small, else scaled down for the page.

use std::io::Cursor;
use std::path::Path;

use ::image::codecs::jpeg::JpegEncoder;
use ::image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall_wire::Preview;

use super::{Why, whole};
use crate::language::Tongue;

/// No more is handed to the page, in bytes.
pub(super) const LARGEST: u64 = 2 << 20;

/// No larger file is read, in bytes: what a camera takes is smaller.
const FILE: u64 = 64 << 20;

/// A picture of more pixels is not unpacked.
const PIXELS: u64 = 100_000_000;

/// Nor one that wants more memory than that, in bytes.
const MEMORY: u64 = 512 << 20;

/// The page shows it in a narrow column: more than so many pixels a side are only weight.
const SIDE: u32 = 1_600;

/// A little worse than the file, which is opened for a closer look.
const QUALITY: u8 = 85;

pub(super) fn draw(path: &Path, tongue: Tongue) -> Result<Preview, Why> {
    let bytes = whole(path, FILE)?;
    // It reads what others wrote: what it cannot bear ends this drawing and nothing else.
    let drawn = std::panic::catch_unwind(|| fit(&bytes)).unwrap_or(Err(Why::Unreadable));
    let Fit { source, width, height } = drawn?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let label = tongue.pick("Size", "Größe", "尺寸").to_owned();
    Ok(Preview::Picture { source, alt: name, facts: vec![(label, format!("{width} × {height}"))] })
}

/// A picture that fits the page, with the size that it has itself.
struct Fit {
    source: String,
    width: u32,
    height: u32,
}

fn fit(bytes: &[u8]) -> Result<Fit, Why> {
    let reader = || ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Why::Unreadable);
    let format = reader()?.format().ok_or(Why::Unreadable)?;
    let mut decoder = reader()?.into_decoder().map_err(|_| Why::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(Why::TooLarge);
    }
    if bytes.len() as u64 <= LARGEST && width.max(height) <= SIDE {
        // Pages draw these themselves, also what moves.
        return Ok(Fit { source: source(format.to_mime_type(), bytes), width, height });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    decoder.set_limits(limits).map_err(|_| Why::TooLarge)?;
    let orientation = decoder.orientation().map_err(|_| Why::Unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Why::Unreadable)?.thumbnail(SIDE, SIDE);
    picture.apply_orientation(orientation);
    let (kind, small) = packed(&picture)?;
    if small.len() as u64 > LARGEST {
        return Err(Why::TooLarge);
    }
    Ok(Fit { source: source(kind, &small), width, height })
}

/// What has see-through parts keeps them.
fn packed(picture: &DynamicImage) -> Result<(&'static str, Vec<u8>), Why> {
    let mut bytes = Cursor::new(Vec::new());
    let (kind, written) = if picture.color().has_alpha() {
        ("image/png", picture.write_to(&mut bytes, ImageFormat::Png))
    } else {
        ("image/jpeg", picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY)))
    };
    written.map_err(|_| Why::Unreadable)?;
    Ok((kind, bytes.into_inner()))
}

/// A `data:` URL of a picture.
pub(super) fn source(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(bytes))
}
