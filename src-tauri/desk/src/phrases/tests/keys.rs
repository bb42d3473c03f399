//! The key of a sentence: the English as it stands in the source, `{}` for each value.

use std::collections::HashMap;

/// Statements of the store.
const SQL: [&str; 8] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "PRAGMA ", "ALTER ", "DROP "];

/// Of a text that is no format: its braces are its own.
pub(super) fn of_text(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Of a format, and what of it is no value. A text that the same source gives a name is no value, but part of the sentence.
pub(super) fn of_format(text: &str, texts: &HashMap<String, String>) -> (String, String) {
    let (mut key, mut own) = (String::new(), String::new());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if (c == '{' || c == '}') && rest.next_if_eq(&c).is_some() {
            key.extend([c, c]);
        } else if c == '{' {
            let inner: String = rest.by_ref().take_while(|c| *c != '}').collect();
            key.push_str(texts.get(&inner).map_or("{}", String::as_str));
        } else {
            key.push(c);
            own.push(c);
        }
    }
    (key, own)
}

/// Whether it has the look of words: a word of small letters, and a space; where something is said for certain, any word.
pub(super) fn is_sentence(text: &str, said: bool) -> bool {
    let has_word = text.split(|c: char| !c.is_ascii_lowercase()).any(|word| word.len() > 1);
    let is_sql = SQL.iter().any(|verb| text.trim_start().starts_with(verb));
    has_word && (said || text.trim_end_matches('\n').contains(' ')) && !is_sql
}
