//! The report's fonts: which one has a letter, and how wide text is.

use krilla::Data;
use krilla::text::Font;

use crate::exporters::ExportError;

const REGULAR: &[u8] = include_bytes!("../../../fonts/NotoSans-Regular.subset.ttf");
const BOLD: &[u8] = include_bytes!("../../../fonts/NotoSans-Bold.subset.ttf");
const FALLBACK: &[u8] = include_bytes!("../../../fonts/DroidSansFallback.subset.ttf");

/// A font that can be measured and drawn with.
pub(super) struct Typeface {
    face: ttf_parser::Face<'static>,
    pub(super) font: Font,
}

impl Typeface {
    fn new(bytes: &'static [u8]) -> Result<Self, ExportError> {
        let broken = || ExportError::Pdf("a font of the report cannot be read".to_owned());
        let face = ttf_parser::Face::parse(bytes, 0).map_err(|_| broken())?;
        let font = Font::new(Data::from(bytes), 0).ok_or_else(broken)?;
        Ok(Self { face, font })
    }

    fn has(&self, letter: char) -> bool {
        self.face.glyph_index(letter).is_some()
    }

    /// Width of a letter at size 1.
    fn advance(&self, letter: char) -> f32 {
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) / f32::from(self.face.units_per_em())
    }
}

/// Latin in two weights; the fallback has Chinese, Japanese and Korean.
pub(super) struct Typefaces {
    regular: Typeface,
    bold: Typeface,
    fallback: Typeface,
}

impl Typefaces {
    pub(super) fn new() -> Result<Self, ExportError> {
        Ok(Self { regular: Typeface::new(REGULAR)?, bold: Typeface::new(BOLD)?, fallback: Typeface::new(FALLBACK)? })
    }

    fn of(&self, letter: char, bold: bool) -> &Typeface {
        let latin = if bold { &self.bold } else { &self.regular };
        if !latin.has(letter) && self.fallback.has(letter) { &self.fallback } else { latin }
    }

    /// Width of the text in points.
    pub(super) fn width(&self, text: &str, size: f32, bold: bool) -> f32 {
        text.chars().map(|letter| self.of(letter, bold).advance(letter)).sum::<f32>() * size
    }

    /// The text in stretches of one font each, with their widths.
    pub(super) fn runs<'t>(&self, text: &'t str, size: f32, bold: bool) -> Vec<(&Typeface, &'t str, f32)> {
        let mut runs = Vec::new();
        let mut start = 0;
        let mut letters = text.char_indices().peekable();
        while let Some((_, letter)) = letters.next() {
            let face = self.of(letter, bold);
            let next = letters.peek();
            if next.is_none_or(|(_, next)| !std::ptr::eq(self.of(*next, bold), face)) {
                let end = next.map_or(text.len(), |(index, _)| *index);
                let run = &text[start..end];
                runs.push((face, run, self.width(run, size, bold)));
                start = end;
            }
        }
        runs
    }

    /// Breaks text into lines of this width: at spaces, between Chinese letters, and within a word that is too long.
    pub(super) fn wrap(&self, text: &str, size: f32, bold: bool, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            // Other control characters have no shape.
            let paragraph = paragraph.replace(char::is_control, " ");
            let mut line = String::new();
            for word in words(paragraph.trim()) {
                if self.width(&line, size, bold) + self.width(word.trim_end(), size, bold) > width {
                    push_line(&mut lines, &mut line);
                }
                for letter in word.chars() {
                    if self.width(&line, size, bold) + self.of(letter, bold).advance(letter) * size > width
                        && letter != ' '
                    {
                        push_line(&mut lines, &mut line);
                    }
                    line.push(letter);
                }
            }
            push_line(&mut lines, &mut line);
        }
        lines
    }
}

fn push_line(lines: &mut Vec<String>, line: &mut String) {
    let whole = std::mem::take(line);
    if !whole.trim().is_empty() {
        lines.push(whole.trim_end().to_owned());
    }
}

/// Words with the spaces after them; a Chinese or Japanese letter is a word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(|letter: char| letter == ' ' || ('\u{2e80}'..'\u{ac00}').contains(&letter))
}
