//! The closed list of filters and tests that expressions have, and the values they work on.

use std::sync::LazyLock;

use jiff::Timestamp;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, filters, tests};

use crate::units::duration;

/// The longest text an expression may make, in bytes.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;

/// The filters of the language; each is in the reference.
pub(crate) const FILTERS: [&str; 36] = [
    "abs",
    "basename",
    "bool",
    "default",
    "earlier",
    "epoch",
    "epoch_ms",
    "extension",
    "first",
    "float",
    "int",
    "items",
    "join",
    "last",
    "last_segment",
    "later",
    "length",
    "list",
    "listed",
    "lower",
    "map",
    "max",
    "min",
    "number",
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

/// Steps one evaluation may take: a list of ten thousand jobs fits, an endless nest does not.
const FUEL: u64 = 200_000;

/// Strict, but a condition may ask for what is not there: `not body.error`.
pub(crate) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
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
    env.add_filter("last_segment", |text: String| last_segment(&text));
    env.add_filter("listed", listed);
    env.add_filter("number", |value: Value| first_number(&value));
    env.add_filter("earlier", |value: Value, span: String| shifted(&value, &span, Timestamp::checked_sub));
    env.add_filter("later", |value: Value, span: String| shifted(&value, &span, Timestamp::checked_add));
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

/// The last segment of a path or URL that is not empty, without query and fragment, its percent signs undone.
fn last_segment(text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let segment = path.split('/').rfind(|segment| !segment.is_empty()).unwrap_or_default();
    // As a query's value would be, but for the plus sign, which means itself in a path.
    let pair = format!("v={}", segment.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

/// A list for what may be one or several, as in XML: nothing is an empty list, all else a list of itself.
fn listed(value: Value) -> Value {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => value,
        ValueKind::None | ValueKind::Undefined => Value::from(Vec::<Value>::new()),
        _ => Value::from(vec![value]),
    }
}

/// The first number in a text, such as 45 in `45% complete`.
fn first_number(value: &Value) -> Result<f64, Error> {
    let text = text_of(value)?;
    let begin = text.find(|c: char| c.is_ascii_digit()).ok_or_else(|| invalid("there is no number in it"))?;
    let end = text[begin..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(text.len(), |at| begin + at);
    let number =
        text[begin..end].trim_end_matches('.').parse::<f64>().map_err(|_| invalid("there is no number in it"))?;
    Ok(if text[..begin].ends_with('-') { -number } else { number })
}

/// A moment so much earlier or later, as RFC 3339.
fn shifted(
    value: &Value,
    span: &str,
    shift: impl Fn(Timestamp, std::time::Duration) -> Result<Timestamp, jiff::Error>,
) -> Result<String, Error> {
    let span = duration(span).ok_or_else(|| invalid("it is no duration; write one like 5s or 2min"))?;
    let at = shift(moment(value)?, span).map_err(|_| invalid("it is no point in time that can be written"))?;
    Ok(at.to_string())
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
