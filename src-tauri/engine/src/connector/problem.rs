//! What is wrong with a connector file, and where: one line a problem, for the person who wrote the file.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named to the checker.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key with its tables, such as `follow.poll.every`; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

/// What is said of a key that must be there and is not.
pub(crate) const MISSING_KEY: &str = "this key is missing";

/// What is said of a key that the language does not have.
pub(crate) const UNKNOWN_KEY: &str = "there is no such key";

impl Problem {
    /// The key that was meant by a misspelt one, with its tables.
    fn meant(&self) -> Option<String> {
        let name = self.hint.strip_prefix("did you mean ")?.strip_suffix('?')?;
        Some(self.key.rsplit_once('.').map_or(name.to_owned(), |(tables, _)| format!("{tables}.{name}")))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        out.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(out, "; {}", self.hint)?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a file, in the order of its lines; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// One problem with the file as a whole.
    pub fn whole(file: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self(vec![Problem {
            file: file.to_owned(),
            line: 1,
            column: 1,
            key: String::new(),
            message: message.into(),
            hint: hint.into(),
        }])
    }

    /// The problems.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Collects the problems of one file, so that a person sees all of them at once.
#[derive(Debug)]
pub(crate) struct Findings<'s> {
    file: &'s str,
    source: &'s str,
    found: RefCell<Vec<Problem>>,
}

impl<'s> Findings<'s> {
    pub(crate) fn new(file: &'s str, source: &'s str) -> Self {
        Self { file, source, found: RefCell::default() }
    }

    /// Notes a problem at a place of the source, given in bytes.
    pub(crate) fn note(&self, place: &Range<usize>, key: &str, message: impl Into<String>, hint: impl Into<String>) {
        let before = self.source.get(..place.start).unwrap_or(self.source);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        self.found.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: key.to_owned(),
            message: message.into(),
            hint: hint.into(),
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// The value when nothing was wrong, else all that was.
    pub(crate) fn settle<T>(self, value: Option<T>) -> Result<T, Problems> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|problem| (problem.line, problem.column));
        found.dedup();
        // A misspelt key is one slip: that the right one is missing goes without saying.
        let meant: Vec<String> = found.iter().filter(|p| p.message == UNKNOWN_KEY).filter_map(Problem::meant).collect();
        found.retain(|problem| problem.message != MISSING_KEY || !meant.contains(&problem.key));
        match value {
            Some(value) if found.is_empty() => Ok(value),
            _ if found.is_empty() => Err(Problems::whole(self.file, "it cannot be read", "")),
            _ => Err(Problems(found)),
        }
    }
}

/// The known name nearest to what was written, if one is near enough to be meant.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let begun = written.to_lowercase();
    let written: Vec<char> = written.to_lowercase().chars().take(64).collect();
    let far = written.len() / 3 + 1;
    known
        .into_iter()
        .map(|name| {
            let folded = name.to_lowercase();
            let begins = begun.len() >= 3 && folded.starts_with(&begun);
            (if begins { 1 } else { distance(&written, &folded.chars().collect::<Vec<_>>()) }, name)
        })
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let cost = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

/// Names as a person reads a choice: `a, b or c`.
pub(crate) fn or_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        assert_eq!(nearest("evry", ["every", "deadline", "tries"]), Some("every"));
        assert_eq!(nearest("fileids", ["fileIds"]), Some("fileIds"));
        assert_eq!(nearest("zzz", ["every", "deadline"]), None);
    }

    #[test]
    fn a_problem_is_placed_in_characters_and_lines() {
        let findings = Findings::new("x.toml", "a = 1\nü = ö\n");
        findings.note(&(11..13), "ü", "it is no value", "write a number");
        let problems = findings.settle(Some(())).unwrap_err();
        assert_eq!(problems.to_string(), "x.toml:2: ü: it is no value; write a number");
        assert_eq!(problems.iter().next().map(|problem| problem.column), Some(5));
    }
}
