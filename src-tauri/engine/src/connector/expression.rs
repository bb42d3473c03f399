//! The one expression language: minijinja expressions, strict, with a closed list of filters and bounded work.

use std::collections::BTreeSet;
use std::fmt;

use minijinja::{ErrorKind, Value};

use super::filters::{ENVIRONMENT, FILTERS, TESTS};
use super::problem::{nearest, or_list};

/// The longest expression, in bytes: what is longer belongs on the server.
const LONGEST: usize = 2_000;

const WORDS: [&str; 10] = ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none"];

/// A compiled expression.
pub(crate) struct Expression {
    source: String,
    compiled: minijinja::Expression<'static, 'static>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Expression({})", self.source)
    }
}

/// Why an expression gives no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// True when something it names is not there, so that an optional field is merely absent.
    pub(crate) absent: bool,
    /// What is wrong, for a person.
    pub(crate) message: String,
}

impl Expression {
    /// Compiles it; an error says what is wrong and what would be right.
    pub(crate) fn parse(source: &str) -> Result<Self, (String, String)> {
        if source.len() > LONGEST {
            return Err((format!("the expression is longer than {LONGEST} characters"), "write a shorter one".into()));
        }
        let compiled = ENVIRONMENT.compile_expression_owned(source.to_owned()).map_err(|error| {
            let detail = error.detail().unwrap_or("it does not parse").to_owned();
            (
                format!("`{source}` is no expression: {detail}"),
                "write something like body.status or params.camera".into(),
            )
        })?;
        known_words(source)?;
        Ok(Self { source: source.to_owned(), compiled })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The names it looks up, dotted (`params.camera`), in order.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let nested = self.compiled.undeclared_variables(true).into_iter();
        nested.chain(self.compiled.undeclared_variables(false)).filter(|name| !WORDS.contains(&name.as_str())).collect()
    }

    /// The first names of what it looks up.
    pub(crate) fn roots(&self) -> BTreeSet<String> {
        self.compiled.undeclared_variables(false).into_iter().filter(|name| !WORDS.contains(&name.as_str())).collect()
    }

    /// Whether it looks at what is known of the job without an answer.
    pub(crate) fn reads_scope(&self) -> bool {
        let names = self.compiled.undeclared_variables(false);
        ["connection", "params", "job"].iter().any(|name| names.contains(*name))
    }

    /// Whether it looks at the answer's body.
    pub(crate) fn reads_body(&self) -> bool {
        self.compiled.undeclared_variables(false).contains("body")
    }

    /// Whether it looks at an answer at all.
    pub(crate) fn reads_answer(&self) -> bool {
        let names = self.compiled.undeclared_variables(false);
        ["body", "headers", "status", "event", "data", "item"].iter().any(|name| names.contains(*name))
    }

    pub(crate) fn evaluate(&self, context: &Value) -> Result<Value, Unusable> {
        match self.compiled.eval(context.clone()) {
            Ok(value) if value.is_undefined() => {
                Err(Unusable { absent: true, message: format!("`{}` is not there", self.source) })
            }
            Ok(value) => Ok(value),
            Err(error) if error.kind() == ErrorKind::UndefinedError => {
                Err(Unusable { absent: true, message: format!("something that `{}` names is not there", self.source) })
            }
            Err(error) if error.kind() == ErrorKind::OutOfFuel => {
                Err(Unusable { absent: false, message: format!("`{}` takes too long on this answer", self.source) })
            }
            Err(error) => {
                let detail = error.detail().unwrap_or("it cannot be worked out");
                Err(Unusable { absent: false, message: format!("`{}`: {detail}", self.source) })
            }
        }
    }
}

/// Refuses filters and tests that the language does not have, wherever they stand: an evaluation meets only one branch.
fn known_words(source: &str) -> Result<(), (String, String)> {
    let mut before = "";
    for word in words(source) {
        let kind = match before {
            "|" => Some(("filter", &FILTERS[..])),
            "is" if word != "not" => Some(("test", &TESTS[..])),
            _ => None,
        };
        if let Some((kind, known)) = kind
            && !known.contains(&word)
        {
            let hint = nearest(word, known.iter().copied()).map_or_else(
                || format!("there are {}", or_list(known.iter().copied())),
                |name| format!("did you mean {name}?"),
            );
            return Err((format!("there is no {kind} `{word}`"), hint));
        }
        if !(before == "is" && word == "not") {
            before = word;
        }
    }
    Ok(())
}

/// Names, and each other character for itself; quoted texts are passed over.
fn words(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = source;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            let first = rest.chars().next()?;
            let length = match first {
                '"' | '\'' => {
                    rest = rest.get(quoted(rest)..).unwrap_or("");
                    continue;
                }
                c if c.is_alphanumeric() || c == '_' => {
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
                }
                c => c.len_utf8(),
            };
            let (word, after) = rest.split_at(length);
            rest = after;
            return Some(word);
        }
    })
}

/// The length of the quoted text at the start, quotes included.
pub(crate) fn quoted(text: &str) -> usize {
    let quote = text.chars().next();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if Some(c) == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn evaluate(source: &str) -> Result<Value, Unusable> {
        Expression::parse(source)
            .unwrap_or_else(|(message, hint)| panic!("{message}; {hint}"))
            .evaluate(&context!(a => 1, b => "x/y.tar", l => [1, 2], at => "2026-01-31T08:00:00+01:00"))
    }

    #[test]
    fn every_listed_filter_and_test_is_there() {
        for filter in FILTERS {
            let found = ENVIRONMENT.compile_expression(&format!("x|{filter}")).unwrap().eval(context!(x => "1"));
            let missing = found.err().is_some_and(|error| error.kind() == ErrorKind::UnknownFilter);
            assert!(!missing, "{filter} is listed and missing");
        }
        for test in TESTS {
            let found = ENVIRONMENT.compile_expression(&format!("x is {test}")).unwrap().eval(context!(x => "1"));
            let missing = found.err().is_some_and(|error| error.kind() == ErrorKind::UnknownTest);
            assert!(!missing, "{test} is listed and missing");
        }
    }

    #[test]
    fn what_is_not_there_is_absent_and_never_an_empty_text() {
        assert!(evaluate("c").unwrap_err().absent);
        assert!(evaluate("c.d.e").unwrap_err().absent);
    }

    #[test]
    fn filters_give_what_the_reference_says() {
        assert_eq!(evaluate("at|rfc3339").unwrap().as_str(), Some("2026-01-31T07:00:00Z"));
        assert_eq!(evaluate("at|epoch").unwrap().as_i64(), Some(1_769_842_800));
        assert_eq!(evaluate("b|basename").unwrap().as_str(), Some("y.tar"));
        assert_eq!(evaluate("b|extension").unwrap().as_str(), Some("tar"));
        assert_eq!(evaluate("b|urlencode").unwrap().as_str(), Some("x%2Fy.tar"));
        assert_eq!(evaluate("l|join(',')").unwrap().as_str(), Some("1,2"));
    }

    #[test]
    fn work_is_bounded() {
        let huge = "('a' * 100000)|replace('a', 'b' * 100000)";
        assert!(!evaluate(huge).unwrap_err().absent, "a text of 10 GB is refused, not made");
        assert!(Expression::parse(&"(".repeat(1_500)).is_err(), "nesting is refused, not followed");
        assert!(Expression::parse(&"a+".repeat(3_000)).is_err(), "length is refused");
    }

    #[test]
    fn unknown_filters_are_found_in_any_branch() {
        let (message, hint) = Expression::parse("a if true else b|urlencod").unwrap_err();
        assert_eq!((message.as_str(), hint.as_str()), ("there is no filter `urlencod`", "did you mean urlencode?"));
        assert!(Expression::parse("a == '|nonsense' and a is not none").is_ok(), "quoted text is no filter");
    }
}
