//! What the engine says, in the language of whoever reads it.
//!
//! The engine speaks one language, for its records, its log and the command line. A phrasebook knows each of its sentences
//! by the English as it stands in the source, `{}` for whatever is put in, and says it in the language of the window. Values
//! (names, paths, numbers, a server's own words) go through as they are; those that are sentences themselves are said too.
//! What is in no book stays as it was. `phrases/de.json` and `phrases/zh.json` hold every sentence, `phrases/en.json` those
//! whose English is for the command line; a test reads our sources and tells which is missing, and how it is written down.

mod template;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use landfall_engine::home::Home;
use landfall_wire::{Failure, ParamFlaw};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::language::Tongue;
use crate::settings;
use template::Template;

/// Longer texts are nobody's sentence, in bytes.
const LONGEST: usize = 2_048;

/// So deep lies a reason in a reason.
const DEEPEST: usize = 4;

/// Between so many of its parts a text is looked at.
const MOST_PARTS: usize = 8;

/// So often a text or a part of it is looked up, and no more: a server may send what is like all of our sentences.
const FUEL: usize = 200;

/// What stands between two sentences that were put together.
const BETWEEN: [&str; 2] = ["; ", ": "];

/// And between the words of a list, which is no sentence but part of one.
const LISTED: &str = ", ";

/// Where the English of a failure is kept that was said in other words.
const ORIGINAL: &str = "original";

static ENGLISH: LazyLock<Phrasebook> = LazyLock::new(|| Phrasebook::of(Tongue::En));
static GERMAN: LazyLock<Phrasebook> = LazyLock::new(|| Phrasebook::of(Tongue::De));
static CHINESE: LazyLock<Phrasebook> = LazyLock::new(|| Phrasebook::of(Tongue::Zh));

/// The sentences of one language.
#[derive(Debug)]
pub(crate) struct Phrasebook {
    tongue: Tongue,
    templates: Vec<Template>,
    /// Those without a value, by their words; the first letter is small.
    fixed: HashMap<String, usize>,
    /// Those that begin with a word, by that word; the longest first.
    by_word: HashMap<String, Vec<usize>>,
    /// Those that begin with a value; the longest first.
    open: Vec<usize>,
}

/// A text in the language of a book.
#[derive(Debug)]
struct Said {
    text: String,
    /// So many of the text's characters were ours.
    ours: usize,
}

impl Said {
    /// What is not ours stays as it is.
    fn theirs(text: &str) -> Self {
        Self { text: text.to_owned(), ours: 0 }
    }
}

/// The book of a language.
pub(crate) fn book(tongue: Tongue) -> &'static Phrasebook {
    match tongue {
        Tongue::En => &ENGLISH,
        Tongue::De => &GERMAN,
        Tongue::Zh => &CHINESE,
    }
}

/// The sentences of a file, each with its words.
fn written(tongue: Tongue) -> BTreeMap<String, String> {
    let text = tongue.pick(
        include_str!("../phrases/en.json"),
        include_str!("../phrases/de.json"),
        include_str!("../phrases/zh.json"),
    );
    // Built in, and read by a test.
    serde_json::from_str(text).unwrap_or_default()
}

impl Phrasebook {
    fn of(tongue: Tongue) -> Self {
        let written = match tongue {
            // Whatever is not worded anew for the window is said as it is, so that reasons in reasons are found here too.
            Tongue::En => {
                let same = written(Tongue::De).into_keys().map(|key| (key.clone(), template::same(&key)));
                same.chain(written(Tongue::En)).collect()
            }
            Tongue::De | Tongue::Zh => written(tongue),
        };
        Self::new(tongue, &written)
    }

    fn new(tongue: Tongue, written: &BTreeMap<String, String>) -> Self {
        let mut book = Self {
            tongue,
            templates: written.iter().map(|(key, words)| Template::new(key, words)).collect(),
            fixed: HashMap::new(),
            by_word: HashMap::new(),
            open: Vec::new(),
        };
        book.templates.sort_by_key(|template| std::cmp::Reverse(template.weight()));
        for (index, template) in book.templates.iter().enumerate() {
            match (template.fixed(), template.first_word()) {
                (Some(words), _) => drop(book.fixed.insert(words, index)),
                (None, Some(word)) => book.by_word.entry(word).or_default().push(index),
                (None, None) => book.open.push(index),
            }
        }
        book
    }

    /// A text of the engine in this language; what is not in the book stays as it is.
    pub(crate) fn say(&self, text: &str) -> String {
        if text.len() > LONGEST {
            return text.to_owned();
        }
        let mut fuel = FUEL;
        self.said(text, 0, &mut fuel).map_or_else(|| text.to_owned(), |said| said.text)
    }

    /// A failure in this language. What it said in English is kept in its details.
    pub(crate) fn tell(&self, failure: Failure) -> Failure {
        let (message, remediation) = (self.say(&failure.message), self.say(&failure.remediation));
        if message == failure.message && remediation == failure.remediation {
            return failure;
        }
        let original = json!({ "message": failure.message, "remediation": failure.remediation });
        let details = match failure.details {
            None => json!({ ORIGINAL: original }),
            Some(Value::Object(mut details)) => {
                // Said twice, the first is what the engine said.
                details.entry(ORIGINAL).or_insert(original);
                Value::Object(details)
            }
            Some(other) => json!({ "details": other, ORIGINAL: original }),
        };
        Failure { message, remediation, details: Some(details), ..failure }
    }

    /// None where the book knows nothing of it. What is one sentence, or was put together of several, is taken for that of
    /// which more is ours.
    fn said(&self, text: &str, depth: usize, fuel: &mut usize) -> Option<Said> {
        let (before, core, after) = template::trimmed(text);
        if core.is_empty() || depth > DEEPEST {
            return None;
        }
        let said = match self.whole(core, depth, fuel) {
            Some((whole, false)) => whole,
            whole => {
                let parts = [self.parts(core, depth, fuel), self.list(core, depth, fuel)].into_iter().flatten();
                whole.map(|(whole, _)| whole).into_iter().chain(parts).max_by_key(|said| said.ours)?
            }
        };
        Some(Said { text: format!("{}{}{}", self.between(before), said.text, self.between(after)), ..said })
    }

    /// A text that is one sentence, and whether a value of it may go on with another one.
    fn whole(&self, text: &str, depth: usize, fuel: &mut usize) -> Option<(Said, bool)> {
        *fuel = fuel.checked_sub(1)?;
        let small = template::small(text);
        if let Some(template) = self.fixed.get(small.as_str()).and_then(|index| self.templates.get(*index)) {
            return Some((Said { text: template.filled(text, &[]), ours: template.weight() }, false));
        }
        let word = small.split(' ').next().unwrap_or_default();
        let begun = self.by_word.get(word).map_or(&[][..], Vec::as_slice);
        let fits = |index: &usize| {
            let template = self.templates.get(*index)?;
            let is_known = depth > 0 || !template.is_weak();
            is_known.then(|| template.values(text)).flatten().map(|values| (*index, values))
        };
        let (by_word, open) = (begun.iter().find_map(fits), self.open.iter().find_map(fits));
        // The longer stands before the shorter.
        let (index, values) = by_word.into_iter().chain(open).min_by_key(|(index, _)| *index)?;
        let template = self.templates.get(index)?;
        let runs_on = values.iter().any(|value| BETWEEN.iter().chain([&LISTED]).any(|mark| value.contains(mark)));
        let mut ours = template.weight();
        let mut told = Vec::with_capacity(values.len());
        for value in values {
            let said = self.said(value, depth + 1, fuel).unwrap_or_else(|| Said::theirs(value));
            ours += said.ours;
            told.push(said.text);
        }
        Some((Said { text: template.filled(text, &told), ours }, runs_on))
    }

    /// A text that was put together of several sentences, some of which may be ours.
    fn parts(&self, text: &str, depth: usize, fuel: &mut usize) -> Option<Said> {
        let mut places: Vec<(usize, &str)> =
            BETWEEN.iter().flat_map(|mark| text.match_indices(mark).take(MOST_PARTS)).collect();
        places.sort_unstable();
        for (at, mark) in places.into_iter().take(MOST_PARTS) {
            let (head, tail) = (text.get(..at)?, text.get(at + mark.len()..)?);
            let (first, rest) = (self.whole(head, depth, fuel), self.whole(tail, depth, fuel));
            if first.is_none() && rest.is_none() {
                continue;
            }
            let first = first.map_or_else(|| Said::theirs(head), |(said, _)| said);
            let rest = self.said(tail, depth + 1, fuel).unwrap_or_else(|| Said::theirs(tail));
            let text = format!("{}{}{}", first.text, self.between(mark), rest.text);
            return Some(Said { text, ours: first.ours + rest.ours });
        }
        None
    }

    /// A value that is a list, some of whose words may be ours.
    fn list(&self, text: &str, depth: usize, fuel: &mut usize) -> Option<Said> {
        if depth == 0 || !text.contains(LISTED) {
            return None;
        }
        let mut ours = 0;
        let mut words = Vec::new();
        for word in text.split(LISTED) {
            let said = self.whole(word, depth, fuel).map_or_else(|| Said::theirs(word), |(said, _)| said);
            ours += said.ours;
            words.push(said.text);
        }
        (ours > 0).then(|| Said { text: words.join(&self.between(LISTED)), ours })
    }

    /// What stands between two sentences, in this language.
    fn between(&self, mark: &str) -> String {
        match self.tongue {
            Tongue::En | Tongue::De => mark.to_owned(),
            Tongue::Zh => mark.replace("; ", "；").replace(": ", "：").replace(", ", "，"),
        }
    }
}

impl Desk {
    /// A failure as the person reads it. What it said in English is kept in its details.
    pub fn tell(&self, failure: Failure) -> Failure {
        book(self.tongue()).tell(failure)
    }

    /// A sentence of the engine as the person reads it.
    pub(crate) fn say(&self, text: &str) -> String {
        book(self.tongue()).say(text)
    }

    /// A flaw as the person reads it.
    pub(crate) fn flaw_told(&self, flaw: ParamFlaw) -> ParamFlaw {
        ParamFlaw { message: self.say(&flaw.message), ..flaw }
    }
}

/// Why the desk of that home does not start, as the person reads it: in the language of its settings, else of the system.
pub fn refusal(failure: Failure, home: &Home, system: &str) -> Failure {
    // Only read: the home may be another's, and so may be what is wrong with the file.
    let settings = std::fs::read(settings::path(home)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    book(Tongue::of(&settings.unwrap_or_default(), system)).tell(failure)
}

#[cfg(test)]
mod tests;
