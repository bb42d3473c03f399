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

/// Everything that is wrong with what was typed: the first flaw of each parameter, in the connector's order, and after
/// them names that are no parameter. Empty where [`wishes`] makes wishes.
pub(crate) fn flaws(params: &[Param], given: &[(String, String)]) -> Vec<ParamProblem> {
    let mut sound: Vec<(String, String)> = Vec::new();
    let mut found: BTreeMap<&str, ParamProblem> = BTreeMap::new();
    let mut strange = Vec::new();
    for pair in given {
        let (name, text) = pair;
        let judged = find(params, name).map(|param| {
            let values = param.read_text(text).and_then(|values| {
                values.iter().try_for_each(|value| param.admit(value))?;
                Ok(values)
            });
            (param, values)
        });
        match judged {
            Ok((_, Ok(_))) => sound.push(pair.clone()),
            Ok((param, Err(problem))) => {
                found.entry(&param.name).or_insert(problem);
            }
            Err(problem) => strange.push(problem),
        }
    }
    // One flaw hides the next: what is at fault is taken as given, so that the others show.
    let mut lenient: Vec<Param> = params.to_vec();
    loop {
        for param in &mut lenient {
            if found.contains_key(param.name.as_str()) {
                param.required = false;
                param.depends_on = None;
            }
            if param.depends_on.as_ref().is_some_and(|other| found.contains_key(other.as_str())) {
                param.depends_on = None;
            }
        }
        let Err(problem) = wishes(&lenient, &sound) else { break };
        let Some(param) = problem.param.as_ref().and_then(|name| params.iter().find(|param| param.name == *name))
        else {
            strange.push(problem);
            break;
        };
        sound.retain(|(name, _)| *name != param.name);
        if found.insert(&param.name, problem).is_some() {
            break;
        }
    }
    let mut all: Vec<ParamProblem> = params.iter().filter_map(|param| found.remove(param.name.as_str())).collect();
    all.extend(strange);
    all
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

#[cfg(test)]
mod tests {
    use crate::connector::Connector;

    fn check(id: &str, given: &[(&str, &str)], expected: &[&str]) {
        let shipped = Connector::built_in().iter().find(|shipped| shipped.id == id).unwrap();
        let connector = Connector::parse(shipped.file_name, shipped.source).unwrap();
        let given: Vec<(String, String)> =
            given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let flaws = connector.flaws(&given);
        let told: Vec<&str> = flaws.iter().map(|flaw| flaw.param.as_deref().unwrap_or("-")).collect();
        assert_eq!(told, expected, "{flaws:?}");
        assert_eq!(flaws.is_empty(), connector.wishes(&given).is_ok(), "flaws and wishes agree");
    }

    #[test]
    fn every_flaw_is_told_and_none_where_there_is_a_wish() {
        check("exports-v2", &[], &["camera", "start", "end"]);
        check("exports-v2", &[("camera", "a"), ("start", "tomorrow")], &["start", "end"]);
        check(
            "exports-v2",
            &[("camera", "a,b"), ("start", "2026-01-31T08:00:00Z"), ("end", "2026-01-31T09:00:00Z")],
            &[],
        );
        check("report-exports", &[("format", "word"), ("colour", "red")], &["project_id", "format", "-"]);
        check("download-jobs", &[("fileIds", "1,two")], &["fileIds"]);
        check("media-jobs", &[("title", "a"), ("title", "b")], &["title"]);
    }
}
