//! A comparison in words, by kind.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::{Change, Comparison, Shown};

/// A value in a line takes no more characters.
const WIDEST: usize = 100;

impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, blocks) in self.by_kind() {
            writeln!(out, "{}", printable(kind))?;
            for block in blocks {
                out.write_str(&block)?;
            }
        }
        if !self.repeated.is_empty() {
            writeln!(out, "The same name more than once:")?;
        }
        for again in &self.repeated {
            let (kind, name) = (printable(&again.kind), printable(&again.name));
            writeln!(
                out,
                "  {kind} {name}: {} in the first, {} in the second, compared file by file",
                again.a, again.b
            )?;
        }
        let (added, removed, changed, same) = (self.added.len(), self.removed.len(), self.changed.len(), self.same);
        write!(out, "{added} added, {removed} removed, {changed} changed, {same} the same")
    }
}

impl Comparison {
    /// The lines of every component that differs, by kind and name.
    fn by_kind(&self) -> BTreeMap<&str, Vec<String>> {
        let mut lines: Vec<(&str, &str, &str, String)> = Vec::new();
        for (mark, list) in [('+', &self.added), ('-', &self.removed)] {
            lines.extend(list.iter().map(|named| {
                let line = format!("  {mark} {}\n", self.title(&named.kind, &named.name, &named.file));
                (named.kind.as_str(), named.name.as_str(), named.file.as_str(), line)
            }));
        }
        for changed in &self.changed {
            let mut block = format!("  ~ {}\n", self.title(&changed.kind, &changed.name, &changed.file));
            for change in &changed.changes {
                // Writing to a String cannot fail.
                let _ = writeln!(block, "      {change}");
            }
            if changed.more > 0 {
                let _ = writeln!(block, "      and {} more", changed.more);
            }
            lines.push((&changed.kind, &changed.name, &changed.file, block));
        }
        lines.sort();
        let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (kind, _, _, line) in lines {
            kinds.entry(kind).or_default().push(line);
        }
        kinds
    }

    /// A component's name, with its file where the name alone does not tell it.
    fn title(&self, kind: &str, name: &str, file: &str) -> String {
        let is_repeated = self.repeated.iter().any(|again| again.kind == kind && again.name == name);
        if is_repeated { format!("{} ({})", printable(name), printable(file)) } else { printable(name) }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { pointer, from, to } => write!(out, "{}: {from} → {to}", place(pointer)),
            Self::Order { pointer, elements, moved } => {
                write!(out, "{}: another order, {moved} of {elements} elements moved", place(pointer))
            }
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("(not there)"),
            Self::Value(value) => {
                let text = printable(&value.to_string());
                match text.char_indices().nth(WIDEST) {
                    Some((cut, _)) => write!(out, "{}…", &text[..cut]),
                    None => out.write_str(&text),
                }
            }
            Self::Summary(words) => write!(out, "({words})"),
        }
    }
}

fn place(pointer: &str) -> String {
    if pointer.is_empty() { "(all of it)".to_owned() } else { printable(pointer) }
}

/// Text from outside in one line that does nothing to a terminal: what does not print is escaped.
fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\'' | '\\' => line.push(letter),
            letter => line.extend(letter.escape_debug()),
        }
    }
    line
}
