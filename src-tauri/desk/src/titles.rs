//! What a person would call a job, and what kind of file it brings.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use landfall_engine::connector::{Connector, Kind, Param, ParamType, Params};
use landfall_wire::FileKind;
use serde_json::Value;

use crate::language::Tongue;

/// Longer titles help nobody.
const LONGEST: usize = 120;

/// Made of the parameters that tell two exports apart, as far as they say more than the defaults; empty where there are
/// none. Two points in time are told as one span, by the local clock.
pub(crate) fn title(connector: &Connector, params: &Params, tongue: Tongue, zone: &TimeZone) -> String {
    let telling = connector.params().iter().filter_map(|param| {
        let value = params.get(&param.name).filter(|value| param.identity && param.default.as_ref() != Some(*value))?;
        Some((param, value))
    });
    let mut words: Vec<String> = Vec::new();
    let mut open: Option<Timestamp> = None;
    for (param, value) in telling {
        if let (ParamType::Datetime, Some(at)) = (param.kind, moment(value)) {
            if let Some(start) = open.take() {
                words.pop();
                words.push(span(start, at, zone));
            } else {
                words.push(point(at, zone));
                open = Some(at);
            }
        } else {
            words.push(told(param, value, tongue, zone));
        }
    }
    let title: String = words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ");
    let title: String = title.chars().filter(|character| !character.is_control()).collect();
    if title.chars().count() <= LONGEST {
        return title;
    }
    title.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// One value in a person's words.
pub(crate) fn told(param: &Param, value: &Value, tongue: Tongue, zone: &TimeZone) -> String {
    let label = || param.label.in_language(tongue.tag()).unwrap_or(&param.name).to_owned();
    match (param.kind, value) {
        (ParamType::Boolean, Value::Bool(true)) => label(),
        (ParamType::Boolean, _) => format!("{} –", label()),
        (ParamType::Integer | ParamType::Number, value) => {
            format!(
                "{} {}{}",
                label(),
                number(value),
                param.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default()
            )
        }
        (ParamType::List, Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| chosen(param, item, tongue)).collect();
            format!("{} {}", label(), items.join(", "))
        }
        (ParamType::Interval, Value::Object(bounds)) => {
            let bound = |name| bounds.get(name).and_then(moment);
            bound("start").zip(bound("end")).map(|(start, end)| span(start, end, zone)).unwrap_or_default()
        }
        (ParamType::Datetime, value) => moment(value).map(|at| point(at, zone)).unwrap_or_default(),
        (_, value) => chosen(param, value, tongue),
    }
}

/// The same as a value beside its label.
pub(crate) fn value_words(param: &Param, value: &Value, tongue: Tongue, zone: &TimeZone) -> String {
    match (param.kind, value) {
        (ParamType::Boolean, Value::Bool(yes)) => {
            if *yes { tongue.pick("yes", "ja", "是") } else { tongue.pick("no", "nein", "否") }.to_owned()
        }
        (ParamType::Integer | ParamType::Number, value) => {
            param.unit.as_ref().map_or_else(|| number(value), |unit| format!("{} {unit}", number(value)))
        }
        (ParamType::List, Value::Array(items)) => {
            items.iter().map(|item| chosen(param, item, tongue)).collect::<Vec<_>>().join(", ")
        }
        _ => told(param, value, tongue, zone),
    }
}

/// Without a fraction that says nothing.
fn number(value: &Value) -> String {
    let text = value.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn chosen(param: &Param, value: &Value, tongue: Tongue) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let choice = param.choices.iter().find(|choice| choice.value == text);
    choice.and_then(|choice| choice.label.in_language(tongue.tag())).map_or(text, str::to_owned)
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn point(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    local.strftime(if local.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

/// The day is told once where both lie in it.
fn span(start: Timestamp, end: Timestamp, zone: &TimeZone) -> String {
    let (from, to) = (start.to_zoned(zone.clone()), end.to_zoned(zone.clone()));
    if from.date() != to.date() {
        return format!("{} – {}", point(start, zone), point(end, zone));
    }
    let form = if from.second() == 0 && to.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    format!("{} {}–{}", from.strftime("%Y-%m-%d"), from.strftime(form), to.strftime(form))
}

/// Kind and badge by the end of a file's name.
pub(crate) fn kind_of_name(name: &str, is_package: bool) -> Option<(FileKind, String)> {
    let name = name.to_ascii_lowercase();
    let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".br")).unwrap_or(&name);
    let ending = Path::new(bare).extension()?.to_str()?.to_owned();
    if ending.len() > 5 || !ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let kind = match ending.as_str() {
        "mp4" | "mov" | "mkv" | "webm" | "avi" | "m4v" => FileKind::Video,
        "csv" | "tsv" | "xlsx" | "xls" | "ods" => FileKind::Table,
        "pdf" | "doc" | "docx" | "odt" | "txt" | "md" | "html" => FileKind::Document,
        "zip" | "tar" | "tgz" | "7z" | "rar" | "gz" => {
            if is_package {
                FileKind::Package
            } else {
                FileKind::Archive
            }
        }
        "json" if is_package => FileKind::Package,
        "json" | "jsonl" | "xml" | "yaml" | "ost" | "toml" => FileKind::Data,
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg" => FileKind::Image,
        _ => FileKind::Other,
    };
    Some((kind, ending.chars().take(4).collect::<String>().to_ascii_uppercase()))
}

/// Kind and badge before anything has landed: by what a parameter for the format says, else by the connector's kind.
pub(crate) fn kind_expected(connector: &Connector, params: &Params) -> (FileKind, String) {
    let is_package = connector.kind() == Kind::Package;
    let said = connector.params().iter().filter(|param| param.name.to_ascii_lowercase().contains("format"));
    let said = said.filter_map(|param| params.get(&param.name)?.as_str()).find_map(|format| {
        let ending = match format.to_ascii_lowercase().as_str() {
            "excel" => "xlsx".to_owned(),
            "ost" => "xml".to_owned(),
            "jpeg" => "jpg".to_owned(),
            other => other.to_owned(),
        };
        kind_of_name(&format!("x.{ending}"), is_package).filter(|(kind, _)| *kind != FileKind::Other)
    });
    said.unwrap_or_else(|| match connector.kind() {
        Kind::Video => (FileKind::Video, "MP4".into()),
        Kind::Files => (FileKind::Archive, "ZIP".into()),
        Kind::Report => (FileKind::Document, "DOC".into()),
        Kind::Package => (FileKind::Package, "PKG".into()),
        Kind::Data => (FileKind::Data, "DATA".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, given: &[(&str, &str)], tongue: Tongue, expected: (&str, &str)) {
        let shipped = Connector::built_in().iter().find(|shipped| shipped.id == id).unwrap();
        let connector = Connector::parse(shipped.file_name, shipped.source).unwrap();
        let given: Vec<(String, String)> =
            given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let params = connector.wishes(&given).unwrap().remove(0);
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let badge = kind_expected(&connector, &params).1;
        assert_eq!((title(&connector, &params, tongue, &zone).as_str(), badge.as_str()), expected);
    }

    #[test]
    fn titles_are_in_a_persons_words() {
        let span = [("camera", "gate-north"), ("start", "2025-06-02T05:30:00Z"), ("end", "2025-06-02T05:35:00Z")];
        check("exports-v2", &span, Tongue::En, ("gate-north, 2025-06-02 07:30–07:35", "MP4"));
        let report = [("project_id", "nordkai-40"), ("format", "excel")];
        check("report-exports", &report, Tongue::En, ("nordkai-40, Excel workbook", "XLSX"));
        check("report-exports", &report, Tongue::De, ("nordkai-40, Excel-Mappe", "XLSX"));
        check("download-jobs", &[("fileIds", "1,2,3")], Tongue::Zh, ("文件编号 1, 2, 3", "ZIP"));
        check(
            "media-jobs",
            &[("title", "Site tour"), ("durationSeconds", "3")],
            Tongue::En,
            ("Site tour, Seconds 3", "MP4"),
        );
        let package = [("type", "worktype"), ("systemName", "matter"), ("environment", "uat")];
        check("package-exports", &package, Tongue::En, ("Work type, matter, uat", "ZIP"));
    }

    #[test]
    fn badges_come_from_what_a_file_is_called() {
        for (name, package, kind, badge) in [
            ("a.MP4", false, FileKind::Video, "MP4"),
            ("a.json.gz", true, FileKind::Package, "JSON"),
            ("a.zip", false, FileKind::Archive, "ZIP"),
            ("a.xlsx", false, FileKind::Table, "XLSX"),
        ] {
            assert_eq!(kind_of_name(name, package), Some((kind, badge.to_owned())), "{name}");
        }
        assert_eq!(kind_of_name("nothing", false), None);
    }
}
