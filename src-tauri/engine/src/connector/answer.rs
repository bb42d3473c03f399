//! Reading what a server answered: its standing, its words for a person, and the values that expressions ask for.
//!
//! Nothing in an answer is trusted: garbage, wrong types and huge bodies are failures that name what was expected.

use std::collections::BTreeMap;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;
use minijinja::value::{Serde, ValueKind};
use serde_json::{Value as Json, json};

use super::body::Body;
use super::expression::Expression;
use super::filters::{moment, text_of};
use super::request::AnswerKind;
use super::scope::{Kept, context};
use crate::net::Answer;

/// The longest sentence of a server that is carried to a person, in characters.
const LONGEST_WORDS: usize = 500;

/// The most that is kept of an answer, in bytes of JSON.
const MOST_KEPT: usize = 64 * 1024;

/// What an answer means before its body is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// 2xx: read it.
    Ok,
    /// 401: the job waits for a sign-in.
    SignIn,
    /// 408, 425, 429, 5xx: nothing is said about the job; ask again later.
    Later {
        /// The status.
        status: u16,
    },
    /// Anything else: asking again cannot help.
    Refused {
        /// The status.
        status: u16,
        /// What the server says about it, for a person.
        words: Option<String>,
        /// What the server advises.
        remediation: Option<String>,
    },
}

impl Standing {
    /// Classifies an answer.
    pub fn of(answer: &Answer) -> Self {
        match answer.status {
            200..=299 => Self::Ok,
            401 => Self::SignIn,
            status @ (408 | 425 | 429 | 500..=599) => Self::Later { status },
            status => {
                let words = Words::of(answer);
                Self::Refused { status, words: words.message, remediation: words.remediation }
            }
        }
    }
}

/// What a server says for a person in an error's body.
#[derive(Debug, Default)]
pub(crate) struct Words {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) remediation: Option<String>,
}

impl Words {
    /// Knows `{"error":{"code","message","remediation"}}`, and the shapes that other servers use most.
    pub(crate) fn of(answer: &Answer) -> Self {
        let Body::Json(body) = Body::of(answer, None) else { return Self::default() };
        let error = &body["error"];
        let first = |places: &[&Json]| {
            places
                .iter()
                .filter_map(|place| place.as_str())
                .map(|text| clean(text, LONGEST_WORDS))
                .find(|text| !text.is_empty())
        };
        Self {
            code: first(&[&error["code"], &body["code"]]),
            message: first(&[
                &error["message"],
                error,
                &body["message"],
                &body["error_description"],
                &body["error_message"],
                &body["detail"],
                &body["detail"][0]["msg"],
                &body["errors"][0]["message"],
                &body["errors"][0],
                &body["title"],
            ]),
            remediation: first(&[&error["remediation"], &body["remediation"]]),
        }
    }
}

/// An answer with the scope of its job, ready for expressions.
#[derive(Debug)]
pub(crate) struct Reading {
    names: BTreeMap<&'static str, Value>,
    context: Value,
    unreadable: Option<String>,
    code: ErrorCode,
}

impl Reading {
    /// Prepares an answer for expressions among those names, read as the connector says or by its content type; what
    /// goes wrong in it is told with that code.
    pub(crate) fn among(
        mut names: BTreeMap<&'static str, Value>,
        answer: &Answer,
        told: Option<AnswerKind>,
        code: ErrorCode,
    ) -> Self {
        let headers: BTreeMap<&str, String> = answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        names.insert("headers", Value::from(Serde(headers)));
        names.insert("status", Value::from(answer.status));
        let mut unreadable = None;
        match Body::of(answer, told) {
            Body::Json(json) => drop(names.insert("body", Value::from(Serde(json)))),
            Body::Text(text) => drop(names.insert("body", Value::from(text))),
            Body::Empty => drop(names.insert("body", Value::from(()))),
            Body::Unreadable(why) => unreadable = Some(why),
        }
        Self { context: context(names.clone()), names, unreadable, code }
    }

    /// Prepares names without an answer, such as an event's.
    pub(crate) fn without_answer(names: BTreeMap<&'static str, Value>, code: ErrorCode) -> Self {
        Self { context: context(names.clone()), names, unreadable: None, code }
    }

    /// The same with one item of several.
    pub(crate) fn with_item(&self, item: Value) -> Self {
        let mut names = self.names.clone();
        names.insert("item", item);
        Self { context: context(names.clone()), names, unreadable: self.unreadable.clone(), code: self.code }
    }

    /// Whether there is something to be looked at under a name of an answer, an event or an item; an answer has a body
    /// even where it cannot be read.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains_key(if name == "body" { "status" } else { name })
    }

    /// The items of a list; one that is none is a failure.
    pub(crate) fn items(&self, source: &Expression) -> Result<Vec<Value>, Failure> {
        let Some(value) = self.value(source)? else { return Ok(Vec::new()) };
        match value.kind() {
            ValueKind::Seq | ValueKind::Iterable => {
                value.try_iter().map(Iterator::collect).map_err(|_| self.wrong_type(source, "a list", &value))
            }
            _ => Err(self.wrong_type(source, "a list", &value)),
        }
    }

    /// A point in time.
    pub(crate) fn time(&self, source: &Expression) -> Result<Option<Timestamp>, Failure> {
        let Some(value) = self.value(source)? else { return Ok(None) };
        moment(&value).map(Some).map_err(|_| self.wrong_type(source, "a point in time", &value))
    }

    /// The values that are there, as JSON to be kept with a job.
    pub(crate) fn keep(&self, sources: &[(String, Expression)]) -> Result<Kept, Failure> {
        let mut kept = Kept::new();
        for (name, source) in sources {
            if let Some(value) = self.value(source)? {
                let json =
                    serde_json::to_value(&value).map_err(|_| self.wrong_type(source, "a plain value", &value))?;
                kept.insert(name.clone(), json);
            }
        }
        if serde_json::to_string(&kept).map_or(0, |text| text.len()) > MOST_KEPT {
            return Err(self.unfit("The server's answer holds too much to be kept with the job".into()));
        }
        Ok(kept)
    }

    /// From here on, what goes wrong is told with that code.
    pub(crate) fn fail_with(&mut self, code: ErrorCode) {
        self.code = code;
    }

    pub(crate) fn context(&self) -> &Value {
        &self.context
    }

    /// The value, or `None` when it is not there or null; an unusable answer is a failure.
    pub(crate) fn value(&self, source: &Expression) -> Result<Option<Value>, Failure> {
        if let Some(why) = self.unreadable.as_ref().filter(|_| source.reads_body()) {
            return Err(self
                .unfit(format!("The server's answer cannot be read: {why}, and `{}` was expected", source.source())));
        }
        match source.evaluate(&self.context) {
            Ok(value) if value.is_none() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(unusable) if unusable.absent => Ok(None),
            Err(unusable) => Err(self.unfit(format!("The server's answer is not as expected: {}", unusable.message))),
        }
    }

    /// A text, number or boolean as text.
    pub(crate) fn text(&self, source: &Expression) -> Result<Option<String>, Failure> {
        let Some(value) = self.value(source)? else { return Ok(None) };
        match text_of(&value) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(self.wrong_type(source, "a text", &value)),
        }
    }

    /// A sentence for a person; what is none is passed over.
    pub(crate) fn words(&self, source: Option<&Expression>) -> Option<String> {
        let text = self.text(source?).ok().flatten()?;
        Some(clean(&text, LONGEST_WORDS)).filter(|text| !text.is_empty())
    }

    pub(crate) fn truth(&self, source: &Expression) -> Result<bool, Failure> {
        Ok(self.value(source)?.is_some_and(|value| value.is_true()))
    }

    /// Bytes, as a whole number or a text of one.
    pub(crate) fn size(&self, source: &Expression) -> Result<Option<u64>, Failure> {
        let Some(value) = self.value(source)? else { return Ok(None) };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match text.trim().parse::<u64>() {
            Ok(size) => Ok(Some(size)),
            Err(_) => Err(self.wrong_type(source, "a whole number of bytes", &value)),
        }
    }

    pub(crate) fn wrong_type(&self, source: &Expression, wanted: &str, found: &Value) -> Failure {
        let found = match found.kind() {
            ValueKind::String => "another text",
            ValueKind::Number => "another number",
            ValueKind::Bool => "true or false",
            ValueKind::Seq | ValueKind::Iterable => "a list",
            _ => "an object",
        };
        let place = source.source();
        self.unfit(format!("The server's answer is not as expected: `{place}` should be {wanted} and is {found}"))
    }

    pub(crate) fn missing(&self, source: &Expression) -> Failure {
        self.unfit(format!("The server's answer is not as expected: `{}` is not in it", source.source()))
    }

    pub(crate) fn unfit(&self, message: String) -> Failure {
        Failure::new(self.code, message)
    }
}

/// Turns an answer that is not 2xx into the failure it means at a step that fails with that code.
pub(crate) fn accept(answer: &Answer, code: ErrorCode, doing: &str) -> Result<(), Failure> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    Err(refusal(answer, Words::of(answer), code, doing))
}

/// The failure that an answer means, with the server's words for it.
pub(crate) fn refusal(answer: &Answer, said: Words, code: ErrorCode, doing: &str) -> Failure {
    let details = json!({ "status": answer.status, "serverCode": said.code, "serverMessage": said.message });
    let told = |start: &str, silent: String| said.message.as_ref().map_or(silent, |words| format!("{start}: {words}"));
    let failure = match Standing::of(answer) {
        Standing::SignIn => Failure::new(ErrorCode::AuthenticationError, "The server does not accept the sign-in"),
        Standing::Later { status } => {
            let start = format!("The server cannot answer now ({status})");
            Failure::new(ErrorCode::NetworkError, told(&start, start.clone()))
        }
        Standing::Ok | Standing::Refused { .. } => {
            let start = format!("The server refused {doing}");
            let failure = Failure::new(code, told(&start, format!("{start} with status {}", answer.status)));
            match said.remediation {
                Some(remediation) => failure.with_remediation(remediation),
                None => failure,
            }
        }
    };
    failure.with_details(details)
}

/// The server's own words beside an answer that should have held something else.
pub(crate) fn words_beside(answer: &Answer) -> Option<String> {
    Words::of(answer).message
}

/// A sentence of a server, for a person.
pub(crate) fn sentence(text: &str) -> String {
    clean(text, LONGEST_WORDS)
}

/// Makes foreign text fit for a person's eye and a log: bounded, on one line, without control and
/// direction characters, and without the query of any URL in it, which may be a key to something.
pub(crate) fn clean(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        let link = word.find("://").and_then(|scheme| word[scheme..].find(['?', '#']).map(|at| scheme + at));
        let (shown, cut) = link.map_or((word, ""), |at| (&word[..at], "?****"));
        out.extend(shown.chars().filter(|c| !is_invisible(*c)));
        out.push_str(cut);
        if out.len() > longest * 4 {
            break;
        }
    }
    match out.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &out[..end]),
        None => out,
    }
}

/// Marks that turn or hide text: bidi controls, zero-width characters, the byte order mark, tags.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_made_fit_to_print() {
        assert_eq!(clean("a\n\tb\u{1b}[31m \u{202e}c", 50), "a b [31m c");
        assert_eq!(clean(&"x".repeat(900), 500).chars().count(), 501, "bounded, with an ellipsis");
        assert_eq!(clean("see https://s3.example/a?X-Amz-Signature=1#f now", 500), "see https://s3.example/a?**** now");
    }
}
