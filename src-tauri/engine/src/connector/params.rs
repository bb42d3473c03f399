//! Parameters: what is asked for each export, and how what a person typed becomes typed wishes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Number, Value};

use super::problem::{nearest, or_list};
use super::wish::ParamProblem;
use crate::units::duration;

/// No typed value is longer than this, in bytes.
const LONGEST_VALUE: usize = 64 * 1024;

/// A text in several languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(pub(crate) BTreeMap<String, String>);

impl Texts {
    /// The text in that language (`de`), else in English, else in any.
    pub fn in_language(&self, language: &str) -> Option<&str> {
        let text = self.0.get(language).or_else(|| self.0.get("en")).or_else(|| self.0.values().next());
        text.map(String::as_str)
    }
}

/// One value of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As it is typed and sent.
    pub value: String,
    /// As it is shown.
    pub label: Texts,
}

/// The type of a parameter, or of a list's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// Yes or no.
    Boolean,
    /// One of a closed list.
    Choice,
    /// A point in time; kept as RFC 3339 in UTC.
    Datetime,
    /// A length of time with its unit, such as `5s`.
    Duration,
    /// Several values in one job.
    List,
}

impl ParamType {
    /// How a person writes one.
    const fn example(self) -> &'static str {
        match self {
            Self::Text | Self::Choice => "text",
            Self::Integer => "7",
            Self::Number => "2.5",
            Self::Boolean => "true",
            Self::Datetime => "2026-01-31T08:00:00Z",
            Self::Duration => "30s",
            Self::List => "1,2,3",
        }
    }
}

/// One parameter of a connector.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// As it is typed: `name=value`.
    pub name: String,
    /// As it is shown.
    pub label: Texts,
    /// A sentence of help.
    pub help: Texts,
    /// Its type.
    pub kind: ParamType,
    /// The type of a list's items; text for all others.
    pub item: ParamType,
    /// The values of a choice.
    pub choices: Vec<Choice>,
    /// Taken when nothing is given.
    pub default: Option<Value>,
    /// Whether there is no export without it.
    pub required: bool,
    /// Whether several values make several jobs.
    pub many: bool,
    /// The smallest number.
    pub min: Option<f64>,
    /// The largest number.
    pub max: Option<f64>,
    /// The most items of a list.
    pub max_items: Option<usize>,
    /// The most characters of a text.
    pub max_length: Option<usize>,
}

impl Param {
    /// How a person writes it, such as `fileIds=1,2,3`.
    pub fn how_to_write(&self) -> String {
        let value = match (self.kind, self.item) {
            (ParamType::Choice, _) => {
                self.choices.iter().map(|choice| choice.value.as_str()).collect::<Vec<_>>().join("|")
            }
            (ParamType::List, ParamType::Text | ParamType::Choice) => "a,b,c".into(),
            (kind, _) => kind.example().into(),
        };
        format!("{}={value}", self.name)
    }

    pub(crate) fn problem(&self, message: &str, hint: &str) -> ParamProblem {
        ParamProblem { param: Some(self.name.clone()), message: message.to_owned(), hint: hint.to_owned() }
    }

    fn unfit(&self, text: &str) -> ParamProblem {
        self.problem(&format!("`{}` does not fit", shown(text)), &format!("write {}", self.how_to_write()))
    }

    pub(crate) fn read_text(&self, text: &str) -> Result<Vec<Value>, ParamProblem> {
        if text.len() > LONGEST_VALUE {
            return Err(self.problem("the value is too long", &format!("write {}", self.how_to_write())));
        }
        let read = |kind, text: &str| typed(kind, text.trim()).ok_or_else(|| self.unfit(text));
        match (self.kind, self.many) {
            (ParamType::List, _) => {
                let items = split(text).iter().map(|item| read(self.item, item)).collect::<Result<Vec<_>, _>>()?;
                Ok(vec![Value::Array(items)])
            }
            (kind, true) => split(text).iter().map(|item| read(kind, item)).collect(),
            (kind, false) => Ok(vec![read(kind, text)?]),
        }
    }

    pub(crate) fn read_json(&self, value: &Value) -> Result<Value, ParamProblem> {
        let read = |kind: ParamType, value: &Value| {
            let fits = match (kind, value) {
                (ParamType::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
                (ParamType::Number, Value::Number(_)) | (ParamType::Boolean, Value::Bool(_)) => true,
                _ => false,
            };
            match value {
                value if fits => Some(value.clone()),
                Value::String(text) => typed(kind, text.trim()),
                Value::Number(number) if kind == ParamType::Text => Some(Value::String(number.to_string())),
                _ => None,
            }
            .ok_or_else(|| self.unfit(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        };
        match (self.kind, value) {
            (ParamType::List, Value::Array(items)) => {
                items.iter().map(|item| read(self.item, item)).collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            (ParamType::List, Value::String(text)) => {
                Ok(self.read_text(text)?.into_iter().next().unwrap_or(Value::Array(Vec::new())))
            }
            (ParamType::List, one) => Ok(Value::Array(vec![read(self.item, one)?])),
            (kind, value) => read(kind, value),
        }
    }

    /// Judges a typed value against choices and limits.
    pub(crate) fn admit(&self, value: &Value) -> Result<(), ParamProblem> {
        let write = format!("write {}", self.how_to_write());
        match value {
            Value::Array(items) => {
                if items.is_empty() && self.required {
                    return Err(self.problem("the list is empty", &write));
                }
                if let Some(most) = self.max_items.filter(|most| items.len() > *most) {
                    return Err(
                        self.problem(&format!("{} values are too many", items.len()), &format!("give at most {most}"))
                    );
                }
                items.iter().try_for_each(|item| self.admit(item))
            }
            Value::String(text) => {
                let choice = self.kind == ParamType::Choice || self.item == ParamType::Choice;
                if choice && !self.choices.iter().any(|choice| choice.value == *text) {
                    let known = || self.choices.iter().map(|choice| choice.value.as_str());
                    let hint = nearest(text, known())
                        .map_or_else(|| format!("choose {}", or_list(known())), |near| format!("did you mean {near}?"));
                    return Err(self.problem(&format!("`{}` is none of its values", shown(text)), &hint));
                }
                if text.is_empty() && self.required {
                    return Err(self.problem("it is empty", &write));
                }
                match self.max_length.filter(|most| text.chars().count() > *most) {
                    Some(most) => Err(self.problem("the text is too long", &format!("use at most {most} characters"))),
                    None => Ok(()),
                }
            }
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                if let Some(min) = self.min.filter(|min| number < *min) {
                    return Err(self.problem(&format!("{number} is too small"), &format!("give at least {min}")));
                }
                match self.max.filter(|max| number > *max) {
                    Some(max) => Err(self.problem(&format!("{number} is too large"), &format!("give at most {max}"))),
                    None => Ok(()),
                }
            }
            Value::Null | Value::Bool(_) | Value::Object(_) => Ok(()),
        }
    }

    /// Values to try expressions with: every choice, or one believable value.
    pub(crate) fn samples(&self) -> Vec<Value> {
        let one = |kind: ParamType| match kind {
            ParamType::Text | ParamType::Choice | ParamType::List => Value::String("sample".into()),
            ParamType::Integer => Value::from(self.min.map_or(7, |min| {
                // A bound written in a connector file is a small number; what is not is merely a poor sample.
                #[expect(clippy::cast_possible_truncation, reason = "saturates, and serves as a sample only")]
                let least = min.ceil() as i64;
                least
            })),
            ParamType::Number => Number::from_f64(self.min.unwrap_or(2.5)).map_or(Value::Null, Value::Number),
            ParamType::Boolean => Value::Bool(true),
            ParamType::Datetime => Value::String("2026-01-31T08:00:00Z".into()),
            ParamType::Duration => Value::String("30s".into()),
        };
        match self.kind {
            ParamType::Choice => self.choices.iter().map(|choice| Value::String(choice.value.clone())).collect(),
            ParamType::List if self.item == ParamType::Choice => {
                vec![self.choices.iter().map(|choice| Value::String(choice.value.clone())).collect()]
            }
            ParamType::List => vec![Value::Array(vec![one(self.item)])],
            kind => vec![one(kind)],
        }
    }
}

fn typed(kind: ParamType, text: &str) -> Option<Value> {
    match kind {
        ParamType::Text | ParamType::Choice => Some(Value::String(text.to_owned())),
        ParamType::Integer => {
            text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
        }
        ParamType::Number => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        ParamType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(Value::Bool(true)),
            "false" | "no" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        ParamType::Datetime => text.parse::<Timestamp>().ok().map(|at| Value::String(at.to_string())),
        ParamType::Duration => duration(text).map(|_| Value::String(text.to_owned())),
        ParamType::List => None,
    }
}

/// The parts between commas; `\,` is a comma of its own. An empty text has none.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        match (c, parts.last_mut()) {
            ('\\', _) if !escaped => {
                escaped = true;
                continue;
            }
            (',', _) if !escaped => parts.push(String::new()),
            (c, Some(part)) => {
                if escaped && c != ',' {
                    part.push('\\');
                }
                part.push(c);
            }
            (_, None) => {}
        }
        escaped = false;
    }
    if let Some(part) = parts.last_mut().filter(|_| escaped) {
        part.push('\\');
    }
    if text.trim().is_empty() { Vec::new() } else { parts }
}

/// What was given, short and printable.
pub(crate) fn shown(text: &str) -> String {
    super::answer::clean(text, 60)
}
