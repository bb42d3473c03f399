//! One sentence with its values, in English and in another language.

/// Of sentences that are put into others, what stands around them there.
const AROUND: [char; 7] = [' ', ';', ':', ',', '；', '：', '，'];

/// With fewer letters of its own than this a sentence is known only inside another, and only by values that are words.
const FEWEST: usize = 6;

/// A piece of what is said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    /// The value of that number, from 0.
    Value(usize),
}

/// A sentence and its words in one language.
#[derive(Debug)]
pub(super) struct Template {
    /// What stands before, between and after the values.
    literals: Vec<String>,
    words: Vec<Piece>,
    weight: usize,
    letters: usize,
}

impl Template {
    /// Of a key with `{}` and words with `{1}`, `{2}`; a brace itself is written twice in both. A key between two spaces
    /// stands between two values.
    pub(super) fn new(key: &str, words: &str) -> Self {
        if key.starts_with(' ') && key.ends_with(' ') && !key.contains('{') {
            return Self::of(&format!("{{}}{key}{{}}"), &format!("{{1}}{words}{{2}}"));
        }
        Self::of(trimmed(key).1, trimmed(words).1)
    }

    fn of(key: &str, words: &str) -> Self {
        let mut literals = vec![String::new()];
        for piece in pieces(key) {
            match (piece, literals.last_mut()) {
                (Piece::Words(words), Some(last)) => last.push_str(&words),
                _ => literals.push(String::new()),
            }
        }
        let weight = literals.iter().map(|literal| literal.chars().count()).sum();
        let letters = literals.iter().flat_map(|literal| literal.chars()).filter(|c| c.is_alphabetic()).count();
        Self { literals, words: pieces(words), weight, letters }
    }

    /// How many characters of it are its own.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// Whether too little of it is its own to know it by in any text.
    pub(super) fn is_weak(&self) -> bool {
        self.literals.len() > 1 && self.letters < FEWEST
    }

    /// Its words, where it has no values; the first letter is small.
    pub(super) fn fixed(&self) -> Option<String> {
        match self.literals.as_slice() {
            [whole] => Some(small(whole)),
            _ => None,
        }
    }

    /// Its first word, where it begins with a whole one.
    pub(super) fn first_word(&self) -> Option<String> {
        let (word, _) = self.literals.first()?.split_once(' ')?;
        Some(small(word))
    }

    /// The values of a text that is this sentence.
    pub(super) fn values<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.literals.split_first()?;
        let (last, between) = others.split_last()?;
        let mut rest = begun(text, first)?.strip_suffix(last.as_str())?;
        let mut values = Vec::with_capacity(others.len());
        for literal in between {
            let (value, after) = rest.split_once(literal.as_str())?;
            values.push(value);
            rest = after;
        }
        values.push(rest);
        let begins_with_nothing = first.is_empty() && values.first().is_some_and(|value| value.is_empty());
        let fits = !begins_with_nothing && (!self.is_weak() || values.iter().all(|value| self.are_words(value)));
        fits.then_some(values)
    }

    /// Whether a value is no sentence, but names as they are listed, or how something is written.
    fn are_words(&self, value: &str) -> bool {
        let between = self.literals.get(1).filter(|literal| !literal.is_empty());
        let listed = between.map_or_else(|| value.to_owned(), |literal| value.replace(literal, ", "));
        listed.contains('=') || listed.split(", ").all(|word| !word.contains(' '))
    }

    /// What is said of a text with these values: it begins with a large letter where the text does.
    pub(super) fn filled(&self, text: &str, values: &[String]) -> String {
        let mut out = String::new();
        for piece in &self.words {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Value(number) => out.push_str(values.get(*number).map_or("", String::as_str)),
            }
        }
        let is_small = |text: &str| text.chars().next().is_some_and(char::is_lowercase);
        let begins_large = text.chars().next().is_some_and(char::is_uppercase);
        if begins_large && self.literals.first().is_some_and(|first| is_small(first)) && is_small(&out) {
            let mut characters = out.chars();
            return characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect();
        }
        out
    }

    /// The numbers of the values in its words, from 1, and how many there should be.
    #[cfg(test)]
    pub(super) fn numbers(&self) -> (std::collections::BTreeSet<usize>, usize) {
        let numbers = self.words.iter().filter_map(|piece| match piece {
            Piece::Words(_) => None,
            Piece::Value(number) => Some(number + 1),
        });
        (numbers.collect(), self.literals.len() - 1)
    }

    /// A text that is this sentence with these values.
    #[cfg(test)]
    pub(super) fn english(&self, values: &[String]) -> String {
        let mut out = String::new();
        for (index, literal) in self.literals.iter().enumerate() {
            out.push_str(literal);
            out.push_str(values.get(index).map_or("", String::as_str));
        }
        out
    }
}

/// The words by which a key says itself.
pub(super) fn same(key: &str) -> String {
    let said = pieces(key).into_iter().map(|piece| match piece {
        Piece::Words(words) => words.replace('{', "{{").replace('}', "}}"),
        Piece::Value(number) => format!("{{{}}}", number + 1),
    });
    said.collect()
}

/// A sentence apart from what stands around it inside another.
pub(super) fn trimmed(text: &str) -> (&str, &str, &str) {
    let core = text.trim_start_matches(AROUND);
    let before = &text[..text.len() - core.len()];
    let inner = core.trim_end_matches([' ', ';', ':', '；', '：']);
    (before, inner, &core[inner.len()..])
}

/// With a small first letter.
pub(super) fn small(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().into_iter().flat_map(char::to_lowercase).chain(characters).collect()
}

/// What follows the beginning, which may be written with a large letter where the sentence has a small one.
fn begun<'t>(text: &'t str, beginning: &str) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix(beginning) {
        return Some(rest);
    }
    let (mut ours, mut theirs) = (beginning.chars(), text.chars());
    let (small, large) = (ours.next()?, theirs.next()?);
    let is_same = small.is_lowercase() && large.to_lowercase().eq([small]);
    is_same.then(|| theirs.as_str().strip_prefix(ours.as_str()))?
}

fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut words) = (Vec::new(), String::new());
    let mut rest = text.chars().peekable();
    let mut counted = 0;
    while let Some(c) = rest.next() {
        if (c == '{' || c == '}') && rest.next_if_eq(&c).is_some() {
            words.push(c);
        } else if c == '{' {
            let number: String = rest.by_ref().take_while(|c| *c != '}').collect();
            if !words.is_empty() {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
            }
            pieces.push(Piece::Value(number.parse::<usize>().map_or(counted, |number| number.saturating_sub(1))));
            counted += 1;
        } else {
            words.push(c);
        }
    }
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }
    pieces
}
