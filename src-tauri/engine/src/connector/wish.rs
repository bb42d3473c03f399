//! From what was given to typed wishes: one for each job.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::params::{Param, ParamType, shown};
use super::problem::{nearest, or_list};

/// No request makes more jobs than this.
const MOST_WISHES: usize = 10_000;

/// The checked and typed parameters of one job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(pub(crate) Map<String, Value>);

impl Params {
    /// The value of a parameter, if it has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All of them, in the connector's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Why a wish cannot be made of what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamProblem {
    /// Which parameter; none when the whole is at fault.
    pub param: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

impl fmt::Display for ParamProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(param) = &self.param {
            write!(out, "{param}: ")?;
        }
        write!(out, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for ParamProblem {}

/// Makes one wish, or several when a `many` parameter has several values, of what was typed.
pub(crate) fn wishes(params: &[Param], given: &[(String, String)]) -> Result<Vec<Params>, ParamProblem> {
    let mut values: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, text) in given {
        let param = find(params, name)?;
        let found = values.entry(&param.name).or_default();
        if !found.is_empty() && !param.many && param.kind != ParamType::List {
            return Err(param.problem("it is given twice", "give it once"));
        }
        for value in param.read_text(text)? {
            match (&value, found.first_mut()) {
                // `fileIds=1 fileIds=2` is one list.
                (Value::Array(more), Some(Value::Array(list))) if !param.many => list.extend(more.iter().cloned()),
                _ => found.push(value),
            }
        }
    }
    complete(params, values)
}

/// What was given, typed and judged, although more may be needed; of several values of a `many` parameter the first.
pub(crate) fn given(params: &[Param], given: &[(String, String)]) -> Result<Params, ParamProblem> {
    let mut all = Params::default();
    for (name, text) in given {
        let param = find(params, name)?;
        if let Some(value) = param.read_text(text)?.into_iter().next() {
            param.admit(&value)?;
            all.0.insert(param.name.clone(), value);
        }
    }
    Ok(all)
}

/// What is known of an export that somebody else asked for: what is not given is left out, required or not.
pub(crate) fn of_adopted(params: &[Param], given: &[(String, String)]) -> Result<Params, ParamProblem> {
    let lenient: Vec<Param> = params.iter().map(|param| Param { required: false, ..param.clone() }).collect();
    let mut wishes = wishes(&lenient, given)?;
    match (wishes.pop(), wishes.is_empty()) {
        (Some(wish), true) => Ok(wish),
        _ => Err(ParamProblem {
            param: None,
            message: "one job has one value for each parameter".into(),
            hint: "give each parameter once".into(),
        }),
    }
}

/// The same of typed values, as a JSON object holds them.
pub(crate) fn wishes_of_json(params: &[Param], given: &Map<String, Value>) -> Result<Vec<Params>, ParamProblem> {
    let mut values: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, value) in given {
        let param = find(params, name)?;
        let several = match value {
            Value::Null => continue,
            Value::Array(items) if param.many && param.kind != ParamType::List => items.clone(),
            Value::Array(items) if param.many && items.iter().all(Value::is_array) => items.clone(),
            one => vec![one.clone()],
        };
        let read = several.iter().map(|value| param.read_json(value)).collect::<Result<_, _>>()?;
        values.insert(&param.name, read);
    }
    complete(params, values)
}

fn find<'p>(params: &'p [Param], name: &str) -> Result<&'p Param, ParamProblem> {
    params.iter().find(|param| param.name == name).ok_or_else(|| {
        let names = || params.iter().map(|param| param.name.as_str());
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean {near}?"),
            None if params.is_empty() => "this connector takes none".into(),
            None => format!("this connector takes {}", or_list(names())),
        };
        ParamProblem { param: None, message: format!("there is no parameter `{}`", shown(name)), hint }
    })
}

/// Whether a parameter has a value that another can depend on.
pub(crate) fn is_there(wish: Option<&Params>, name: &str) -> bool {
    wish.and_then(|wish| wish.get(name)).is_some_and(|value| *value != Value::Bool(false))
}

fn complete(params: &[Param], mut values: BTreeMap<&str, Vec<Value>>) -> Result<Vec<Params>, ParamProblem> {
    let mut wishes = vec![Params::default()];
    for param in params {
        let values = values.remove(param.name.as_str()).unwrap_or_default();
        // Either all wishes have the other parameter or none has: values are given for all of them at once.
        if let Some(other) = param.depends_on.as_ref().filter(|other| !is_there(wishes.first(), other)) {
            if values.is_empty() {
                continue;
            }
            return Err(
                param.problem(&format!("it is asked only with {other}"), &format!("add {other}, or leave it out"))
            );
        }
        let values = if values.is_empty() { param.default.iter().cloned().collect() } else { values };
        for value in &values {
            param.admit(value)?;
        }
        if values.is_empty() {
            if param.required {
                return Err(param.problem("it is missing", &format!("add {}", param.how_to_write())));
            }
            continue;
        }
        if wishes.len().saturating_mul(values.len()) > MOST_WISHES {
            let hint = "ask for fewer at once".to_owned();
            return Err(ParamProblem {
                param: None,
                message: format!("this makes more than {MOST_WISHES} exports"),
                hint,
            });
        }
        wishes = wishes
            .iter()
            .flat_map(|wish| {
                values.iter().map(|value| {
                    let mut wish = wish.clone();
                    wish.0.insert(param.name.clone(), value.clone());
                    wish
                })
            })
            .collect();
    }
    Ok(wishes)
}
