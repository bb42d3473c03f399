//! The one expression language: minijinja expressions, strict, with a closed list of filters and bounded work.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, filters, tests};

use super::problem::{nearest, or_list};

/// Steps one evaluation may take: a list of ten thousand jobs fits, an endless nest does not.
const FUEL: u64 = 200_000;

/// The longest expression, in bytes: what is longer belongs on the server.
const LONGEST: usize = 2_000;

/// The longest text an expression may make, in bytes.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;

/// The filters of the language; each is in the reference.
pub(crate) const FILTERS: [&str; 31] = [
    "abs",
    "basename",
    "bool",
    "default",
    "epoch",
    "epoch_ms",
    "extension",
    "first",
    "float",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "rfc3339",
    "round",
    "select",
    "selectattr",
    "string",
    "trim",
    "unique",
    "upper",
    "urlencode",
];

/// The tests (`is …`) of the language.
pub(crate) const TESTS: [&str; 14] = [
    "defined",
    "undefined",
    "none",
    "true",
    "false",
    "number",
    "integer",
    "string",
    "sequence",
    "mapping",
    "equalto",
    "in",
    "startingwith",
    "endingwith",
];

const WORDS: [&str; 10] = ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none"];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.add_filter("abs", filters::abs);
    env.add_filter("bool", filters::bool);
    env.add_filter("default", filters::default);
    env.add_filter("first", filters::first);
    env.add_filter("float", filters::float);
    env.add_filter("int", filters::int);
    env.add_filter("items", filters::items);
    env.add_filter("last", filters::last);
    env.add_filter("length", filters::length);
    env.add_filter("list", filters::list);
    env.add_filter("lower", filters::lower);
    env.add_filter("map", filters::map);
    env.add_filter("max", filters::max);
    env.add_filter("min", filters::min);
    env.add_filter("reject", filters::reject);
    env.add_filter("rejectattr", filters::rejectattr);
    env.add_filter("round", filters::round);
    env.add_filter("select", filters::select);
    env.add_filter("selectattr", filters::selectattr);
    env.add_filter("string", filters::string);
    env.add_filter("trim", filters::trim);
    env.add_filter("unique", filters::unique);
    env.add_filter("upper", filters::upper);
    env.add_filter("basename", |text: String| text.rsplit('/').next().unwrap_or_default().to_owned());
    env.add_filter("extension", |text: String| extension(&text));
    env.add_filter("epoch", |value: Value| moment(&value).map(Timestamp::as_second));
    env.add_filter("epoch_ms", |value: Value| moment(&value).map(Timestamp::as_millisecond));
    env.add_filter("rfc3339", |value: Value| moment(&value).map(|at| at.to_string()));
    env.add_filter("join", |values: Value, separator: Option<String>| join(&values, separator.as_deref()));
    env.add_filter("replace", |text: String, from: String, to: String| replace(&text, &from, &to));
    env.add_filter("urlencode", |value: Value| text_of(&value).map(|text| Value::from_safe_string(percent(&text))));
    env.add_test("defined", tests::is_defined);
    env.add_test("undefined", tests::is_undefined);
    env.add_test("none", tests::is_none);
    env.add_test("true", tests::is_true);
    env.add_test("false", tests::is_false);
    env.add_test("number", tests::is_number);
    env.add_test("integer", tests::is_integer);
    env.add_test("string", tests::is_string);
    env.add_test("sequence", tests::is_sequence);
    env.add_test("mapping", tests::is_mapping);
    env.add_test("equalto", tests::is_eq);
    env.add_test("in", tests::is_in);
    env.add_test("startingwith", tests::is_startingwith);
    env.add_test("endingwith", tests::is_endingwith);
    env
}

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

    /// Whether it looks at the answer's body.
    pub(crate) fn reads_body(&self) -> bool {
        self.compiled.undeclared_variables(false).contains("body")
    }

    /// Whether it looks at an answer at all.
    pub(crate) fn reads_answer(&self) -> bool {
        let names = self.compiled.undeclared_variables(false);
        ["body", "headers", "status"].iter().any(|name| names.contains(*name))
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

/// A value as text; lists, objects and nothing are no text.
pub(crate) fn text_of(value: &Value) -> Result<String, Error> {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
        ValueKind::None | ValueKind::Undefined => Err(invalid("it is empty where a text is needed")),
        ValueKind::Seq | ValueKind::Iterable => {
            Err(invalid("it is a list where a text is needed; use the filter join"))
        }
        _ => Err(invalid("it is an object where a text is needed")),
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(crate) fn percent(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

/// A moment out of an RFC 3339 text, or out of seconds or milliseconds since 1970.
pub(crate) fn moment(value: &Value) -> Result<Timestamp, Error> {
    /// Seconds reach this in the year 5138, milliseconds in March 1973.
    const MILLISECONDS_FROM: u64 = 100_000_000_000;
    let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse::<i64>().ok()));
    let read = match number {
        Some(n) if n.unsigned_abs() >= MILLISECONDS_FROM => Timestamp::from_millisecond(n).ok(),
        Some(n) => Timestamp::from_second(n).ok(),
        None => value.as_str().and_then(|text| text.trim().parse::<Timestamp>().ok()),
    };
    read.ok_or_else(|| invalid("it is no point in time; write one like 2026-01-31T08:00:00Z"))
}

fn extension(text: &str) -> String {
    let name = text.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or("", |(_, extension)| extension).to_owned()
}

fn join(values: &Value, separator: Option<&str>) -> Result<String, Error> {
    let separator = separator.unwrap_or_default();
    let mut out = String::new();
    for (index, value) in values.try_iter()?.enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(&text_of(&value)?);
        bounded(out.len())?;
    }
    Ok(out)
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    bounded(text.matches(from).count().saturating_mul(to.len()))?;
    Ok(text.replace(from, to))
}

fn bounded(length: usize) -> Result<(), Error> {
    if length > LONGEST_TEXT { Err(invalid("the text it makes is too long")) } else { Ok(()) }
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

#[cfg(test)]
mod tests_of_expressions {
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
