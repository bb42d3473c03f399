//! From the text of a connector file to a connector, or to all that is wrong with it.

use toml::de::{DeTable, DeValue};

use super::auth::SignSpec;
use super::course::Course;
use super::errors::ErrorSpec;
use super::orders::{ListSpec, OrderSpec};
use super::params::{Choice, Param, ParamType, Texts};
use super::problem::{Findings, Problems};
use super::request::{RequestSpec, header_name, headers};
use super::schema;
use super::sheet::{Cell, Names, Sheet};
use super::{Connector, Kind, Limits};
use super::{check, choices};

/// No connector file is larger, in bytes.
const LARGEST: usize = 256 * 1024;

/// The only version of the language so far.
const FORMAT: u32 = 1;

/// Sent with every request unless the connector says otherwise.
const CORRELATION_HEADER: &str = "x-correlation-id";

const PARAM_TYPES: [(&str, ParamType); 10] = [
    ("text", ParamType::Text),
    ("integer", ParamType::Integer),
    ("number", ParamType::Number),
    ("boolean", ParamType::Boolean),
    ("choice", ParamType::Choice),
    ("datetime", ParamType::Datetime),
    ("duration", ParamType::Duration),
    ("interval", ParamType::Interval),
    ("json", ParamType::Json),
    ("list", ParamType::List),
];

pub(super) const KINDS: [(&str, Kind); 5] = [
    ("video", Kind::Video),
    ("files", Kind::Files),
    ("report", Kind::Report),
    ("package", Kind::Package),
    ("data", Kind::Data),
];

pub(super) fn parse(file: &str, source: &str) -> Result<Connector, Problems> {
    if source.len() > LARGEST {
        return Err(Problems::whole(file, "the file is larger than 256 KiB", "a connector is a short text"));
    }
    let findings = Findings::new(file, source);
    let (document, errors) = DeTable::parse_recoverable(source);
    for error in &errors {
        let message = error.message().lines().next().unwrap_or_default();
        let message = message.split(", expected").next().unwrap_or_default().trim();
        let hint = "in TOML a line is key = value, texts stand in quotes, and tables begin with [name]";
        findings.note(&error.span().unwrap_or(0..0), "", format!("the line cannot be read: {message}"), hint);
    }
    if !findings.is_empty() {
        return findings.settle(None);
    }
    schema::check_names(document.get_ref(), schema::ROOT, "", &findings);
    let connector = read(&Sheet::root(document.get_ref(), &findings));
    if let Some(connector) = connector.as_ref().filter(|_| findings.is_empty()) {
        check::try_out(connector, &findings);
    }
    findings.settle(connector)
}

fn read(root: &Sheet<'_>) -> Option<Connector> {
    let format = root.needed("format", "write format = 1 in the first line").and_then(|cell| {
        let format = cell.whole(1)?;
        if format != FORMAT {
            cell.note(format!("format {format} is not known to this version"), "write format = 1, or update Landfall");
        }
        Some(format)
    });
    let id = root.needed("id", "write id = \"my-server\"").and_then(|cell| identifier(&cell));
    let name = root.needed("name", "write name = \"My server\"").and_then(|cell| cell.text().map(str::to_owned));
    let kind = root.needed("kind", "write kind = \"files\", \"report\", \"video\", \"package\" or \"data\"");
    let kind = kind.and_then(|cell| cell.word(&KINDS, &[]));
    let mut params: Vec<Param> = Vec::new();
    for sheet in root.tables("param") {
        let Some(param) = read_param(&sheet) else { continue };
        if params.iter().any(|other| other.name == param.name) {
            sheet.note(format!("there are two parameters called {}", param.name), "give each a name of its own");
        }
        params.push(param);
    }
    let choices = choices::read_all(root, &params);
    // Names count as declared even where the rest of the parameter is wrong: one slip is told once.
    let declared =
        root.tables("param").into_iter().filter_map(|sheet| Some(sheet.cell("name")?.value.as_str()?.to_owned()));
    let before = Names { params: Some(declared.collect()), ..Names::default() };
    let primary = Course::read(root, &before);
    let fallback = root.table("fallback").and_then(|sheet| Course::read(&sheet.over(root), &before));
    let after = Course::names(root, &before);
    let (delete, acknowledge) = (OrderSpec::read(root, "delete", &after), OrderSpec::read(root, "acknowledge", &after));
    let list = ListSpec::read(root);
    let errors = ErrorSpec::read(root, &before);
    let connection = read_connection(root);
    let (signing, limits, correlation_header, headers, test) = connection?;
    format?;
    Some(Connector {
        id: id?,
        name: name?,
        kind: kind?,
        help: texts(root, "help"),
        signing,
        limits,
        correlation_header,
        headers,
        test,
        params,
        choices,
        primary: primary?,
        fallback,
        delete,
        acknowledge,
        list,
        errors,
    })
}

type Connection =
    (SignSpec, Limits, http::HeaderName, Vec<(http::HeaderName, super::template::Template)>, Option<RequestSpec>);

fn read_connection(root: &Sheet<'_>) -> Option<Connection> {
    let hint = "write [connection] with auth = [\"bearer\"]";
    let sheet = root.needed("connection", hint)?.table()?;
    let signing = SignSpec::read(&sheet, root);
    let limits = sheet.table("limits");
    let jobs = limits.as_ref().and_then(|limits| limits.cell("jobs")?.whole(1));
    let rate = limits.as_ref().and_then(|limits| limits.cell("requests_per_second")).and_then(|cell| {
        let rate = cell.number()?;
        if rate <= 0.0 {
            cell.wrong("a number above 0");
        }
        Some(rate)
    });
    let submits = ["submits_per_hour", "submits_per_day"];
    let submits = submits.map(|key| limits.as_ref().and_then(|limits| limits.cell(key)?.whole(1)));
    let poll_gap = limits.as_ref().and_then(|limits| limits.cell("poll_gap")?.duration());
    let correlation = sheet.cell("correlation_header").and_then(|cell| header_name(cell.text()?, &cell));
    let names = Names::default();
    let test = sheet.table("test").and_then(|test| RequestSpec::read(&test, &names));
    Some((
        signing?,
        Limits { jobs, requests_per_second: rate, poll_gap, submits },
        correlation.unwrap_or(http::HeaderName::from_static(CORRELATION_HEADER)),
        headers(&sheet, &names),
        test,
    ))
}

/// Lower-case words joined by `-`, since ids become file names and command lines.
fn identifier(cell: &Cell<'_>) -> Option<String> {
    let text = cell.text()?;
    let good = text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if !good {
        cell.wrong("lower-case letters, digits and -, such as \"my-server\"");
    }
    good.then(|| text.to_owned())
}

fn read_param(sheet: &Sheet<'_>) -> Option<Param> {
    let name = sheet.needed("name", "write name = \"camera\"").and_then(|cell| {
        let name = cell.text()?;
        let good = name.len() <= 64
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.as_bytes()[0].is_ascii_digit();
        if !good {
            cell.wrong("letters, digits and _, beginning with a letter, such as \"camera\"");
        }
        good.then(|| name.to_owned())
    });
    let kind = sheet.needed("type", "write type = \"text\", \"integer\", \"choice\" or another type");
    let kind = kind.and_then(|cell| cell.word(&PARAM_TYPES, &["secret"]))?;
    let item = sheet.cell("item").and_then(|cell| {
        if kind != ParamType::List {
            cell.note("only a list has items", "write type = \"list\", or leave item out");
        }
        cell.word(&PARAM_TYPES[..PARAM_TYPES.len() - 1], &["secret"])
    });
    if kind == ParamType::List && sheet.cell("item").is_none() {
        sheet.needed("item", "name the type of the list's items, such as item = \"integer\"");
    }
    let has_choices = kind == ParamType::Choice || item == Some(ParamType::Choice);
    let fetched = sheet.cell("choices_from").is_some();
    let choices = if fetched { Vec::new() } else { read_choices(sheet, has_choices) };
    let flag = |key| sheet.cell(key).and_then(|cell| cell.boolean()).unwrap_or(false);
    let count = |key| sheet.cell(key).and_then(|cell| cell.whole(1)).map(|n| n as usize);
    let number = |key| sheet.cell(key).and_then(|cell| cell.number());
    let mut param = Param {
        name: name?,
        label: texts(sheet, "label"),
        help: texts(sheet, "help"),
        kind,
        item: item.unwrap_or(ParamType::Text),
        choices,
        default: None,
        required: flag("required"),
        many: flag("many"),
        min: number("min"),
        max: number("max"),
        max_items: count("max_items"),
        max_length: count("max_length"),
        pattern: None,
        unit: sheet.cell("unit").and_then(|cell| cell.text().map(str::to_owned)),
        depends_on: sheet.cell("depends_on").and_then(|cell| cell.text().map(str::to_owned)),
        identity: sheet.cell("identity").and_then(|cell| cell.boolean()).unwrap_or(true),
        fetched: fetched && has_choices,
    };
    param.pattern = choices::read_pattern(sheet, &param);
    limits_fit(sheet, &param);
    if let Some(cell) = sheet.cell("default") {
        let read = json(cell.value).ok_or(()).and_then(|value| param.read_json(&value).map_err(|_| ()));
        match read {
            Ok(value) => match param.admit(&value) {
                Ok(()) => param.default = Some(value),
                Err(problem) => cell.note(format!("the default does not fit: {}", problem.message), problem.hint),
            },
            Err(()) => cell.wrong(&format!("a value of the parameter's type, as in {}", param.how_to_write())),
        }
        if let Some(required) = sheet.cell("required").filter(|_| param.required) {
            required.note("a parameter with a default is never missing", "leave out required or default");
        }
    }
    Some(param)
}

/// A limit on what the type does not have would be ignored, and so it is refused.
fn limits_fit(sheet: &Sheet<'_>, param: &Param) {
    let of = |kinds: &[ParamType]| {
        kinds.contains(&param.kind) || (param.kind == ParamType::List && kinds.contains(&param.item))
    };
    let numbers = of(&[ParamType::Integer, ParamType::Number]);
    for (key, fits, what) in [
        ("min", numbers, "numbers"),
        ("max", numbers, "numbers"),
        ("max_items", param.kind == ParamType::List, "lists"),
        ("max_length", of(&[ParamType::Text]), "texts"),
    ] {
        if let Some(cell) = sheet.cell(key).filter(|_| !fits) {
            cell.note(format!("this limit is for {what}"), "leave it out");
        }
    }
    if let (Some(min), Some(max), Some(cell)) = (param.min, param.max, sheet.cell("min"))
        && min > max
    {
        cell.note("the smallest is larger than the largest", "exchange min and max");
    }
}

fn read_choices(sheet: &Sheet<'_>, wanted: bool) -> Vec<Choice> {
    let hint = "list the values, such as choices = [\"csv\", \"pdf\"]";
    let cell = if wanted { sheet.needed("choices", hint) } else { sheet.cell("choices") };
    let Some(cell) = cell else { return Vec::new() };
    if !wanted {
        cell.note("only a choice has choices", "write type = \"choice\", or leave choices out");
    }
    let items = cell.items("a list of values, such as [\"csv\", \"pdf\"]");
    if items.is_empty() && cell.value.is_array() {
        cell.note("the list is empty", hint);
    }
    let mut choices: Vec<Choice> = Vec::new();
    for item in items {
        let choice = match item.value {
            DeValue::Table(_) => item.table().and_then(|table| {
                for (key, cell) in table.cells().filter(|(key, _)| key != "value" && key != "label") {
                    cell.note(format!("a choice has no {key}"), "a choice is { value = \"csv\", label = \"Table\" }");
                }
                let value = table.needed("value", "a choice is { value = \"csv\", label = \"Table\" }")?.text()?;
                Some(Choice { value: value.to_owned(), label: texts(&table, "label") })
            }),
            _ => item.text().map(|value| Choice { value: value.to_owned(), label: Texts::default() }),
        };
        if let Some(choice) = choice {
            if choices.iter().any(|other| other.value == choice.value) {
                item.note(format!("\"{}\" stands there twice", choice.value), "keep it once");
            }
            choices.push(choice);
        }
    }
    choices
}

/// A text, or a table of languages.
fn texts(sheet: &Sheet<'_>, key: &str) -> Texts {
    let Some(cell) = sheet.cell(key) else { return Texts::default() };
    match cell.value {
        DeValue::String(_) => Texts(cell.text().map(|text| ("en".to_owned(), text.to_owned())).into_iter().collect()),
        DeValue::Table(_) => {
            let entries = cell.table().map(|table| {
                let texts = table.cells().filter_map(|(language, cell)| {
                    if language.len() < 2 || !language.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
                        cell.note(
                            format!("\"{language}\" is no language"),
                            "write en, de, zh or another language's code",
                        );
                        return None;
                    }
                    Some((language, cell.text()?.to_owned()))
                });
                texts.collect()
            });
            Texts(entries.unwrap_or_default())
        }
        _ => {
            cell.wrong("a text, or one for each language: { en = \"…\", de = \"…\", zh = \"…\" }");
            Texts::default()
        }
    }
}

fn json(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => serde_json::Value::from(text.as_ref()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.into(),
        DeValue::Float(number) => number.as_str().parse::<f64>().ok()?.into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(at) => at.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect::<Option<Vec<_>>>()?.into(),
        DeValue::Table(_) => return None,
    })
}
