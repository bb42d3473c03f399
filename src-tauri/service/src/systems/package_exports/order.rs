//! Reading a submission (P-1): each refusal names the field that is wrong and what would be right.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::estate::{self, Estate};
use super::{Compression, Format, Kind, PackageOptions, Wanted};
use crate::problem::Problem;

/// A submission that is right, for remediations.
pub(super) const EXAMPLE: &str = "{\"type\":\"worktype\",\"systemName\":\"matter\",\"environment\":\"uat\"}";

/// More characters than this no name has; what is longer is not repeated in an answer.
const NAME_LIMIT: usize = 100;

/// A JSON object of any shape: its fields are looked at one by one, so that a refusal can name the one that is wrong.
#[derive(Debug, Deserialize)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    /// What the body means. Configuration exports take no `options`: they have those of [`PackageOptions::default`].
    pub(super) fn read(&self, with_options: bool) -> Result<Wanted, Problem> {
        let kind = word(&self.0, "", "type", &Kind::ALL)?.ok_or_else(|| missing("type"))?;
        let system_name = name(&self.0, "systemName")?;
        let environment = name(&self.0, "environment")?;
        boolean(&self.0, "", "noCache")?;
        let options = match self.0.get("options") {
            None | Some(Value::Null) => PackageOptions::default(),
            Some(_) if !with_options => {
                return Err(wrong(
                    "options",
                    "is not taken here",
                    "Leave it out: a configuration export is a ZIP with dependencies",
                ));
            }
            Some(Value::Object(fields)) => options(fields)?,
            Some(_) => return Err(wrong("options", "is no object", "Leave it out, or send an object")),
        };
        let estate = estate::of(&environment).ok_or_else(|| unknown_environment(&environment))?;
        if estate.select(kind, &system_name, false).is_none() {
            return Err(unknown_system(estate, kind, &system_name));
        }
        Ok(Wanted { kind, system_name, environment, options })
    }
}

fn options(fields: &Map<String, Value>) -> Result<PackageOptions, Problem> {
    const AT: &str = "options.";
    let default = PackageOptions::default();
    let formats = [(Format::Json, "json"), (Format::Zip, "zip")];
    let compressions = [(Compression::None, "none"), (Compression::Gzip, "gzip"), (Compression::Brotli, "brotli")];
    let options = PackageOptions {
        include_dependencies: boolean(fields, AT, "includeDependencies")?.unwrap_or(default.include_dependencies),
        include_history: boolean(fields, AT, "includeHistory")?.unwrap_or(default.include_history),
        format: word(fields, AT, "format", &formats)?.unwrap_or(default.format),
        compression: word(fields, AT, "compression", &compressions)?.unwrap_or(default.compression),
    };
    if (options.format, options.compression) == (Format::Zip, Compression::Brotli) {
        return Err(wrong(
            "options.compression",
            "is brotli, which a ZIP cannot have",
            "Ask for the compression gzip, or for the format json",
        ));
    }
    Ok(options)
}

/// A name that must be there.
fn name(fields: &Map<String, Value>, field: &str) -> Result<String, Problem> {
    match fields.get(field) {
        None | Some(Value::Null) => Err(missing(field)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(missing(field)),
        Some(Value::String(text)) if text.chars().count() <= NAME_LIMIT => Ok(text.clone()),
        Some(Value::String(_)) => Err(wrong(
            field,
            &format!("is longer than {NAME_LIMIT} characters"),
            "GET /api/environments lists the names",
        )),
        Some(_) => Err(wrong(field, "is no text", &format!("Send JSON such as {EXAMPLE}"))),
    }
}

fn boolean(fields: &Map<String, Value>, at: &str, field: &str) -> Result<Option<bool>, Problem> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => {
            Err(wrong(&format!("{at}{field}"), "is neither true nor false", "Send true or false, or leave it out"))
        }
    }
}

fn word<T: Copy>(
    fields: &Map<String, Value>,
    at: &str,
    field: &str,
    known: &[(T, &'static str)],
) -> Result<Option<T>, Problem> {
    let sent = match fields.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(sent) => sent.as_str(),
    };
    if let Some((value, _)) = known.iter().find(|(_, word)| Some(*word) == sent) {
        return Ok(Some(*value));
    }
    let words: Vec<_> = known.iter().map(|(_, word)| *word).collect();
    Err(wrong(&format!("{at}{field}"), "is not known", &format!("Ask for one of {}", words.join(", "))))
}

fn wrong(field: &str, is: &str, remediation: &str) -> Problem {
    Problem::unprocessable("invalid_field", format!("The field {field} {is}"), remediation)
}

fn missing(field: &str) -> Problem {
    wrong(field, "is missing", &format!("Send JSON such as {EXAMPLE}"))
}

fn unknown_environment(environment: &str) -> Problem {
    let known: Vec<_> = estate::all().iter().map(|estate| estate.environment).collect();
    Problem::unprocessable(
        "unknown_environment",
        format!("The field environment names \"{environment}\", which is not known"),
        format!("Ask for one of {}", known.join(", ")),
    )
}

fn unknown_system(estate: &Estate, kind: Kind, name: &str) -> Problem {
    let kind = Kind::ALL.iter().find(|(known, _)| *known == kind).map_or("", |(_, word)| word);
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_system",
        format!("The field systemName names \"{name}\", and {} has no {kind} of that name", estate.environment),
        "GET /api/environments lists what each environment has",
    )
}
