//! Pages as lists of marks: everything is placed here first; when the number of pages is known, `draw` draws it.

use super::typeface::Typefaces;
use crate::exporters::ExportError;

/// A4 in points.
pub(super) const PAGE: (f32, f32) = (595.0, 842.0);
pub(super) const LEFT: f32 = 42.0;
pub(super) const RIGHT: f32 = PAGE.0 - 42.0;
const TOP: f32 = 62.0;
pub(super) const BOTTOM: f32 = PAGE.1 - 54.0;

pub(super) type Rgb = [u8; 3];
pub(super) const INK: Rgb = [0x22, 0x28, 0x31];
pub(super) const MUTED: Rgb = [0x6b, 0x75, 0x83];
pub(super) const ACCENT: Rgb = [0x1f, 0x3a, 0x5f];
pub(super) const HAIR: Rgb = [0xd9, 0xde, 0xe5];
const HEAD: Rgb = [0xee, 0xf2, 0xf7];

/// Space between a cell's text and its borders.
const PAD: f32 = 3.0;

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Points.
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) color: Rgb,
}

impl Style {
    fn line(self) -> f32 {
        self.size * 1.36
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    name: &'static str,
    width: f32,
    align: Align,
}

impl Column {
    pub(super) const fn new(name: &'static str, width: f32, align: Align) -> Self {
        Self { name, width, align }
    }
}

/// A cell of a table: text, or a square of colour.
#[derive(Debug)]
pub(super) enum Cell {
    Text(String, Style),
    Swatch(Rgb),
}

impl Cell {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self::Text(text.into(), style)
    }

    pub(super) fn swatch(color: Rgb) -> Self {
        Self::Swatch(color)
    }
}

pub(super) enum Mark {
    /// The left end of the baseline.
    Text(f32, f32, String, Style),
    /// Left, top, width, height.
    Box(f32, f32, f32, f32, Rgb),
}

/// All that is to be drawn.
pub(super) struct Placed {
    pub(super) typefaces: Typefaces,
    /// Said at the top of each page but the first.
    pub(super) header: String,
    pub(super) pages: Vec<Vec<Mark>>,
    /// Text, page from 0 and height of each place in the reader's side bar.
    pub(super) bookmarks: Vec<(String, usize, f32)>,
}

/// Places marks from the top of a page down, and begins new pages.
pub(super) struct Layout {
    typefaces: Typefaces,
    header: String,
    pages: Vec<Vec<Mark>>,
    bookmarks: Vec<(String, usize, f32)>,
    /// Repeated on a new page while a table is open.
    open_table: Vec<Column>,
    /// Said above the head of a table that goes on on a new page.
    continued: String,
    /// Where the next thing is placed, from the top of the page.
    pub(super) y: f32,
}

impl Layout {
    pub(super) fn new(header: &str) -> Result<Self, ExportError> {
        Ok(Self {
            typefaces: Typefaces::new()?,
            header: header.to_owned(),
            pages: vec![Vec::new()],
            bookmarks: Vec::new(),
            open_table: Vec::new(),
            continued: String::new(),
            y: TOP,
        })
    }

    pub(super) fn new_page(&mut self) {
        self.end_table();
        self.turn_page();
    }

    fn turn_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
        let columns = std::mem::take(&mut self.open_table);
        if !columns.is_empty() {
            if !self.continued.is_empty() {
                let text = format!("{} (continued)", self.continued);
                self.paragraph(LEFT, RIGHT - LEFT, &text, Style { size: 8.5, bold: true, color: INK });
                self.y += 4.0;
            }
            self.table_head(&columns);
        }
    }

    /// A dark field over the whole top of the page.
    pub(super) fn banner(&mut self, height: f32) {
        self.mark(Mark::Box(0.0, 0.0, PAGE.0, height, ACCENT));
    }

    pub(super) fn swatch_at(&mut self, x: f32, y: f32, side: f32, color: Rgb) {
        self.mark(Mark::Box(x, y, side, side, color));
    }

    /// A line from margin to margin.
    pub(super) fn rule(&mut self, color: Rgb, thickness: f32) {
        self.mark(Mark::Box(LEFT, self.y, RIGHT - LEFT, thickness, color));
    }

    pub(super) fn text_at(&mut self, x: f32, y: f32, text: &str, style: Style) {
        self.mark(Mark::Text(x, y, text.replace(char::is_control, " "), style));
    }

    /// Text that ends at `right`.
    pub(super) fn text_right(&mut self, right: f32, y: f32, text: &str, style: Style) {
        let width = self.typefaces.width(text, style.size, style.bold);
        self.text_at(right - width, y, text, style);
    }

    /// Text in as many lines as it needs.
    pub(super) fn paragraph(&mut self, x: f32, width: f32, text: &str, style: Style) {
        for line in self.typefaces.wrap(text, style.size, style.bold, width) {
            self.y += style.line();
            self.text_at(x, self.y - style.size * 0.3, &line, style);
        }
    }

    /// Labelled values, four in a row.
    pub(super) fn facts(&mut self, facts: &[(&str, String)], label: Style, value: Style) {
        const ACROSS: usize = 4;
        let width = (RIGHT - LEFT - 14.0) / 4.0;
        for row in facts.chunks(ACROSS) {
            let top = self.y;
            let mut bottom = top;
            for (index, (name, text)) in (0_u16..).zip(row) {
                let x = LEFT + 14.0 + f32::from(index) * width;
                self.y = top;
                self.paragraph(x, width - 6.0, name, label);
                self.paragraph(x, width - 6.0, text, value);
                bottom = self.y.max(bottom);
            }
            self.y = bottom + 3.0;
        }
    }

    /// Opens a table: its head comes again on every page.
    pub(super) fn table_head(&mut self, columns: &[Column]) {
        let style = Style { size: 7.0, bold: true, color: MUTED };
        let height = style.line() + 2.0 * PAD;
        self.mark(Mark::Box(LEFT, self.y, RIGHT - LEFT, height, HEAD));
        let mut x = LEFT;
        for column in columns {
            let baseline = self.y + PAD + style.size;
            match column.align {
                Align::Left => self.text_at(x + PAD, baseline, column.name, style),
                Align::Right => self.text_right(x + column.width - PAD, baseline, column.name, style),
            }
            x += column.width;
        }
        self.y += height;
        self.open_table = columns.to_vec();
    }

    /// Names the table, for the pages that it goes on to.
    pub(super) fn name_table(&mut self, name: &str) {
        self.continued = name.replace(char::is_control, " ");
    }

    pub(super) fn end_table(&mut self) {
        self.open_table.clear();
        self.continued.clear();
    }

    /// A row, as high as its longest cell.
    pub(super) fn row(&mut self, columns: &[Column], cells: &[Cell]) {
        let lines: Vec<Vec<String>> = columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| match cell {
                Cell::Text(text, style) => self.typefaces.wrap(text, style.size, style.bold, column.width - 2.0 * PAD),
                Cell::Swatch(_) => Vec::new(),
            })
            .collect();
        let height = |(lines, cell): (&Vec<String>, &Cell)| match cell {
            Cell::Text(_, style) => style.line() * f32::from(u16::try_from(lines.len()).unwrap_or(u16::MAX)),
            Cell::Swatch(_) => 0.0,
        };
        let height = lines.iter().zip(cells).map(height).fold(0.0, f32::max) + 2.0 * PAD - 1.0;
        if self.y + height > BOTTOM {
            self.turn_page();
        }
        let top = self.y;
        // One baseline for all cells, whatever their size.
        let size = |cell: &Cell| match cell {
            Cell::Text(_, style) => style.size,
            Cell::Swatch(_) => 0.0,
        };
        let first_line = cells.iter().map(size).fold(0.0, f32::max);
        let mut x = LEFT;
        for ((column, cell), lines) in columns.iter().zip(cells).zip(&lines) {
            match cell {
                Cell::Swatch(color) => self.swatch_at(x + PAD, top + PAD + 1.0, 7.0, *color),
                Cell::Text(_, style) => {
                    let mut baseline = top + PAD - 0.5 + first_line;
                    for line in lines {
                        match column.align {
                            Align::Left => self.text_at(x + PAD, baseline, line, *style),
                            Align::Right => self.text_right(x + column.width - PAD, baseline, line, *style),
                        }
                        baseline += style.line();
                    }
                }
            }
            x += column.width;
        }
        self.y = top + height;
        self.rule(HAIR, 0.4);
    }

    /// Makes the place findable in the reader's side bar.
    pub(super) fn bookmark(&mut self, text: &str) {
        let page = self.pages.len() - 1;
        self.bookmarks.push((text.replace(char::is_control, " "), page, self.y));
    }

    /// The pages, to be drawn.
    pub(super) fn finish(self) -> Placed {
        Placed { typefaces: self.typefaces, header: self.header, pages: self.pages, bookmarks: self.bookmarks }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }
}

/// Reads `#rrggbb`; what cannot be read is grey.
pub(super) fn rgb(color: &str) -> Rgb {
    let part = |from: usize| color.get(from..from + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    [1, 3, 5].map(|from| part(from).unwrap_or(0x80))
}
