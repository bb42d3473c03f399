//! One table of a connector file as the readers see it: every look gives a value of the right type, or notes a problem.

use std::ops::Range;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::expression::Expression;
pub(crate) use super::names::Names;
use super::problem::{Findings, MISSING_KEY, nearest, or_list};
use super::template::Template;
use crate::units;

/// A table with its place in the file.
#[derive(Debug, Clone)]
pub(crate) struct Sheet<'a> {
    table: &'a DeTable<'a>,
    place: Range<usize>,
    path: String,
    pub(crate) findings: &'a Findings<'a>,
    /// What holds where this table says nothing else.
    behind: Option<Box<Sheet<'a>>>,
}

/// A value with its key and its place.
#[derive(Debug, Clone)]
pub(crate) struct Cell<'a> {
    pub(crate) value: &'a DeValue<'a>,
    pub(crate) key: String,
    pub(crate) place: Range<usize>,
    pub(crate) findings: &'a Findings<'a>,
    behind: Option<Box<Sheet<'a>>>,
}

/// Tables that are laid over their like key by key; all others are exchanged whole.
const LAID_OVER: [&str; 8] = ["submit", "follow", "poll", "stream", "resolve", "cancel", "download", "verify"];

/// Keys that shut out each other: one of them in a table hides the others behind it.
const EITHER: [&[&str]; 2] = [
    &["get", "head", "post", "put", "patch", "delete", "direct"],
    &["json", "form", "multipart", "graphql", "text", "xml"],
];

impl<'a> Sheet<'a> {
    pub(crate) fn root(table: &'a DeTable<'a>, findings: &'a Findings<'a>) -> Self {
        Self { table, place: 0..0, path: String::new(), findings, behind: None }
    }

    /// The same, laid over another: what is not said here is as there.
    pub(crate) fn over(mut self, behind: &Self) -> Self {
        self.behind = Some(Box::new(behind.clone()));
        self
    }

    /// The value under the key, if it is there.
    pub(crate) fn cell(&self, key: &str) -> Option<Cell<'a>> {
        let behind = self.behind.as_ref().filter(|_| !self.hides(key)).and_then(|sheet| sheet.cell(key));
        let Some((_, value)) = self.table.iter().find(|(name, _)| name.get_ref() == key) else { return behind };
        Some(Cell {
            value: value.get_ref(),
            key: self.full(key),
            place: value.span(),
            findings: self.findings,
            behind: behind
                .filter(|cell| LAID_OVER.contains(&key) && cell.value.is_table())
                .and_then(|cell| cell.table().map(Box::new)),
        })
    }

    /// Whether another key of this table takes the place of that one.
    fn hides(&self, key: &str) -> bool {
        let group = EITHER.iter().find(|group| group.contains(&key));
        group.is_some_and(|group| self.table.keys().any(|name| group.contains(&name.get_ref().as_ref())))
    }

    /// The value under the key; its absence is noted with what would be right.
    pub(crate) fn needed(&self, key: &str, hint: &str) -> Option<Cell<'a>> {
        let cell = self.cell(key);
        // What is missing behind is told there.
        if cell.is_none() && self.behind.is_none() {
            self.findings.note(&self.place, &self.full(key), MISSING_KEY, hint);
        }
        cell
    }

    /// Every entry, for tables whose keys the author chooses.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (String, Cell<'a>)> {
        self.table.iter().map(|(name, value)| {
            let cell = Cell {
                value: value.get_ref(),
                key: self.full(name.get_ref()),
                place: value.span(),
                findings: self.findings,
                behind: None,
            };
            (name.get_ref().to_string(), cell)
        })
    }

    pub(crate) fn table(&self, key: &str) -> Option<Sheet<'a>> {
        self.cell(key)?.table()
    }

    /// The table under the key, where there is one; what else stands there is told elsewhere.
    pub(crate) fn any_table(&self, key: &str) -> Option<Sheet<'a>> {
        self.cell(key).filter(|cell| cell.value.is_table())?.table()
    }

    /// The tables of a `[[list]]`.
    pub(crate) fn tables(&self, key: &str) -> Vec<Sheet<'a>> {
        let Some(cell) = self.cell(key) else { return Vec::new() };
        cell.items(&format!("[[{key}]], once for each")).iter().filter_map(Cell::table).collect()
    }

    /// Notes something about the table as a whole.
    pub(crate) fn note(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.findings.note(&self.place, &self.path, message, hint);
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'a> Cell<'a> {
    /// Notes a problem with this value.
    pub(crate) fn note(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.findings.note(&self.place, &self.key, message, hint);
    }

    /// Notes that the value is of another type than the language wants.
    pub(crate) fn wrong(&self, wanted: &str) {
        let found = match self.value {
            DeValue::String(text) if text.chars().count() <= 40 => format!("\"{text}\""),
            DeValue::String(_) => "a long text".into(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(value) => value.to_string(),
            DeValue::Datetime(_) => "a date".into(),
            DeValue::Array(_) => "a list".into(),
            DeValue::Table(_) => "a table".into(),
        };
        self.note(format!("{found} cannot stand here"), format!("write {wanted}"));
    }

    pub(crate) fn table(&self) -> Option<Sheet<'a>> {
        if let DeValue::Table(table) = self.value {
            return Some(Sheet {
                table,
                place: self.place.clone(),
                path: self.key.clone(),
                findings: self.findings,
                behind: self.behind.clone(),
            });
        }
        let last = self.key.rsplit('.').next().unwrap_or_default();
        self.wrong(&format!("a table: [{}] on a line of its own, or {last} = {{ … }}", self.key));
        None
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) if !text.trim().is_empty() => Some(text),
            DeValue::String(_) => {
                self.note("it is empty", "write a text, or leave the key out");
                None
            }
            _ => {
                self.wrong("a text in quotes");
                None
            }
        }
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        let value = self.value.as_bool();
        if value.is_none() {
            self.wrong("true or false, without quotes");
        }
        value
    }

    /// A whole number from `least` on.
    pub(crate) fn whole(&self, least: u32) -> Option<u32> {
        let number = self.value.as_integer().filter(|number| number.radix() == 10);
        let value = number.and_then(|number| number.as_str().parse::<u32>().ok()).filter(|number| *number >= least);
        if value.is_none() {
            self.wrong(&format!("a whole number from {least} on, without quotes"));
        }
        value
    }

    pub(crate) fn number(&self) -> Option<f64> {
        let text = match self.value {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            _ => None,
        };
        let value = text.and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
        if value.is_none() {
            self.wrong("a number without quotes");
        }
        value
    }

    pub(crate) fn duration(&self) -> Option<Duration> {
        let value = self.value.as_str().and_then(units::duration).filter(|duration| !duration.is_zero());
        if value.is_none() {
            self.wrong("a duration with its unit (ms, s, min, h, d), such as \"2s\" or \"30min\"");
        }
        value
    }

    pub(crate) fn size(&self) -> Option<u64> {
        let value = self.value.as_str().and_then(units::size);
        if value.is_none() {
            self.wrong("a size with its unit (B, kB, MB, GB, KiB, MiB, GiB), such as \"22B\" or \"10MB\"");
        }
        value
    }

    /// The items of a list.
    pub(crate) fn items(&self, wanted: &str) -> Vec<Cell<'a>> {
        if let DeValue::Array(items) = self.value {
            let cell = |item: &'a toml::Spanned<DeValue<'a>>| Cell {
                value: item.get_ref(),
                place: item.span(),
                key: self.key.clone(),
                findings: self.findings,
                behind: None,
            };
            items.iter().map(cell).collect()
        } else {
            self.wrong(wanted);
            Vec::new()
        }
    }

    /// One of a closed list of words, some of which are only reserved.
    pub(crate) fn word<T: Copy>(&self, known: &[(&'static str, T)], reserved: &[&'static str]) -> Option<T> {
        let written = self.text()?;
        if let Some((_, value)) = known.iter().find(|(word, _)| *word == written) {
            return Some(*value);
        }
        let words = || known.iter().map(|(word, _)| *word);
        if reserved.contains(&written) {
            self.note(
                format!("\"{written}\" belongs to the language but is not supported yet"),
                format!("today it can be {}", or_list(words())),
            );
        } else {
            let hint = nearest(written, words().chain(reserved.iter().copied()))
                .map_or_else(|| format!("it can be {}", or_list(words())), |word| format!("did you mean \"{word}\"?"));
            self.note(format!("\"{written}\" is none of the words that can stand here"), hint);
        }
        None
    }

    pub(crate) fn expression(&self, names: &Names) -> Option<Expression> {
        let text = self.text()?;
        if text.contains("{{") {
            self.note(
                "this key takes an expression, and expressions stand here without braces",
                format!("write \"{}\"", text.replace("{{", "").replace("}}", "").trim()),
            );
            return None;
        }
        match Expression::parse(text) {
            Ok(expression) => names.admit(&expression, self).then_some(expression),
            Err((message, hint)) => {
                self.note(message, hint);
                None
            }
        }
    }

    pub(crate) fn template(&self, names: &Names) -> Option<Template> {
        match Template::parse(self.text()?) {
            Ok(template) => {
                let good = template.expressions().all(|expression| names.admit(expression, self));
                good.then(|| template.at(&self.key, &self.place))
            }
            Err((message, hint)) => {
                self.note(message, hint);
                None
            }
        }
    }
}
