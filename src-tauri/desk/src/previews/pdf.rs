//! A document's first page, drawn.

use std::path::Path;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use landfall_wire::Preview;

use super::image::{LARGEST, source};
use super::{WHOLE, Why, whole};
use crate::language::Tongue;

/// So many pixels wide and high at most.
const WIDEST: f32 = 900.0;
const HIGHEST: f32 = 1_300.0;

pub(super) fn draw(path: &Path, tongue: Tongue) -> Result<Preview, Why> {
    let bytes = whole(path, WHOLE)?;
    if !bytes.starts_with(b"%PDF-") {
        return Err(Why::Unreadable);
    }
    // It reads what others wrote: what it cannot bear ends this drawing and nothing else.
    let drawn = std::panic::catch_unwind(move || first_page(bytes));
    let (picture, pages) = drawn.unwrap_or(Err(Why::Unreadable))?;
    if picture.len() as u64 > LARGEST {
        return Err(Why::TooLarge);
    }
    let alt = tongue.pick("First page", "Erste Seite", "第一页").to_owned();
    let label = tongue.pick("Pages", "Seiten", "页数").to_owned();
    Ok(Preview::Picture { source: source("image/png", &picture), alt, facts: vec![(label, pages.to_string())] })
}

fn first_page(bytes: Vec<u8>) -> Result<(Vec<u8>, usize), Why> {
    let document = Pdf::new(bytes).map_err(|_| Why::Unreadable)?;
    let pages = document.pages();
    let page = pages.first().ok_or(Why::Unreadable)?;
    let (width, height) = page.render_dimensions();
    let is_drawable = |length: f32| length.is_finite() && length >= 1.0;
    if !is_drawable(width) || !is_drawable(height) {
        return Err(Why::Unreadable);
    }
    let scale = (WIDEST / width).min(HIGHEST / height).min(2.0);
    if width * scale < 1.0 || height * scale < 1.0 {
        return Err(Why::Unreadable);
    }
    let pixmap = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let settings = InterpreterSettings::default();
    let drawn = render(page, &RenderCache::new(), &settings, &RenderSettings::default(), &pixmap);
    let picture = drawn.into_png().map_err(|_| Why::Unreadable)?;
    Ok((picture, pages.len()))
}
