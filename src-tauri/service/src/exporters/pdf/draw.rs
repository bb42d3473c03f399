//! Turns placed pages into a PDF.

use jiff::Zoned;
use krilla::Document;
use krilla::color::rgb::Color;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::layout::{HAIR, LEFT, MUTED, Mark, PAGE, Placed, RIGHT, Rgb, Style};
use super::typeface::Typefaces;
use crate::exporters::ExportError;

/// Draws all pages, with header, client and page number.
pub(super) fn draw(mut placed: Placed, title: &str, client: &str, made: &Zoned) -> Result<Vec<u8>, ExportError> {
    let count = placed.pages.len();
    let style = Style { size: 7.5, bold: false, color: MUTED };
    let header = std::mem::take(&mut placed.header);
    for index in 0..count {
        let number = format!("Page {} of {count}", index + 1);
        let width = placed.typefaces.width(&number, style.size, style.bold);
        let page = &mut placed.pages[index];
        page.push(Mark::Text(RIGHT - width, PAGE.1 - 30.0, number, style));
        page.push(Mark::Text(LEFT, PAGE.1 - 30.0, client.to_owned(), style));
        if index > 0 {
            page.push(Mark::Text(LEFT, 36.0, header.clone(), style));
            page.push(Mark::Box(LEFT, 43.0, RIGHT - LEFT, 0.6, HAIR));
        }
    }
    let mut document = Document::new();
    for page in &placed.pages {
        let settings =
            PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| ExportError::Pdf("the page has no size".to_owned()))?;
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        for mark in page {
            draw_mark(&mut surface, mark, &placed.typefaces);
        }
        surface.finish();
        sheet.finish();
    }
    let mut outline = Outline::new();
    for (text, page, y) in placed.bookmarks {
        outline.push_child(OutlineNode::new(text, XyzDestination::new(page, Point::from_xy(LEFT, y))));
    }
    document.set_outline(outline);
    document.set_metadata(metadata(title, client, made));
    document.finish().map_err(|error| ExportError::Pdf(format!("{error:?}")))
}

fn metadata(title: &str, client: &str, made: &Zoned) -> Metadata {
    let date = DateTime::new(made.year().unsigned_abs())
        .month(made.month().unsigned_abs())
        .day(made.day().unsigned_abs())
        .hour(made.hour().unsigned_abs())
        .minute(made.minute().unsigned_abs())
        .second(made.second().unsigned_abs());
    Metadata::new()
        .title(format!("{title}: quantity take-off"))
        .description(format!("Prepared for {client}"))
        .language("en".to_owned())
        .creation_date(date)
}

fn draw_mark(surface: &mut Surface<'_>, mark: &Mark, typefaces: &Typefaces) {
    match mark {
        Mark::Text(x, y, text, style) => {
            surface.set_fill(Some(fill(style.color)));
            let mut x = *x;
            for (face, run, width) in typefaces.runs(text, style.size, style.bold) {
                let start = Point::from_xy(x, *y);
                surface.draw_text(start, face.font.clone(), style.size, run, false, TextDirection::LeftToRight);
                x += width;
            }
        }
        Mark::Box(left, top, width, height, color) => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*left, *top, *width, *height) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*color)));
                surface.draw_path(&path);
            }
        }
    }
}

fn fill(color: Rgb) -> Fill {
    Fill { paint: Color::new(color[0], color[1], color[2]).into(), ..Fill::default() }
}
