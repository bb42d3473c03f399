//! The one request block: wherever a connector asks a server something, it is written and built the same way.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;
use serde_json::Value as Json;
use toml::de::DeValue;
use url::Url;

use super::expression::Unusable;
use super::filters::percent;
use super::sheet::{Cell, Names, Sheet};
use super::template::Template;
use crate::net::Request;

const METHODS: [(&str, Method); 5] = [
    ("get", Method::GET),
    ("post", Method::POST),
    ("put", Method::PUT),
    ("patch", Method::PATCH),
    ("delete", Method::DELETE),
];

/// Headers that the engine writes itself.
const OWN_HEADERS: [&str; 5] = ["authorization", "content-length", "content-type", "cookie", "host"];

/// A request as a connector describes it.
#[derive(Debug)]
pub(crate) struct RequestSpec {
    method: Method,
    path: Template,
    query: Vec<(String, Template)>,
    headers: Vec<(HeaderName, Template)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    None,
    Json(Shape),
    Form(Vec<(String, Template)>),
}

/// JSON whose texts are templates.
#[derive(Debug)]
enum Shape {
    Fixed(Json),
    Text(Template),
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

impl RequestSpec {
    /// Whether the table holds a request at all.
    pub(crate) fn stands_in(sheet: &Sheet<'_>) -> bool {
        METHODS.iter().any(|(key, _)| sheet.cell(key).is_some())
    }

    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names) -> Option<Self> {
        let mut found = METHODS.iter().filter_map(|(key, method)| Some((sheet.cell(key)?, method)));
        let Some((cell, method)) = found.next() else {
            sheet.note("there is no request", "write get = \"/path\" or post = \"/path\"");
            return None;
        };
        if let Some((second, _)) = found.next() {
            second.note("there are two methods in one request", "keep one of them");
        }
        let path = path_template(&cell, names);
        let query = templates(sheet, "query", names);
        let headers = headers(sheet, names);
        let body = match (sheet.cell("json"), sheet.cell("form")) {
            (Some(_), Some(form)) => {
                form.note("there are two bodies in one request", "keep json or form");
                None
            }
            (Some(json), None) => shape(&json, names).map(Body::Json),
            (None, Some(_)) => Some(Body::Form(templates(sheet, "form", names))),
            (None, None) => Some(Body::None),
        };
        Some(Self { method: method.clone(), path: path?, query, headers, body: body? })
    }

    /// Every template of it with what makes a text of it alone: the path, query, headers, form; and the body's.
    pub(crate) fn templates(&self) -> Vec<&Template> {
        let named = self.query.iter().map(|(_, template)| template).chain(self.headers.iter().map(|(_, t)| t));
        let mut all: Vec<&Template> = std::iter::once(&self.path).chain(named).collect();
        match &self.body {
            Body::None => {}
            Body::Json(shape) => shape.templates(&mut all),
            Body::Form(fields) => all.extend(fields.iter().map(|(_, template)| template)),
        }
        all
    }

    /// Builds the request; `connection_headers` come first, so that the request's own win.
    pub(crate) fn build(
        &self,
        base: &Url,
        context: &Value,
        connection_headers: &[(HeaderName, Template)],
        code: ErrorCode,
    ) -> Result<Request, Failure> {
        let unfit =
            |unusable: Unusable| Failure::new(code, format!("The request cannot be made: {}", unusable.message));
        let path = self.path.path(context).map_err(unfit)?;
        let mut query = Vec::new();
        for (name, template) in &self.query {
            query.push((name.clone(), template.text(context).map_err(unfit)?));
        }
        let mut request = Request::new(self.method.clone(), join(base, &path, &query, code)?);
        for (name, template) in connection_headers.iter().chain(&self.headers) {
            let text = template.text(context).map_err(unfit)?;
            let value = HeaderValue::from_str(&text).map_err(|_| {
                Failure::new(code, format!("The request cannot be made: the header {name} would hold a line break"))
            })?;
            request.headers.insert(name.clone(), value);
        }
        request.headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let (body, kind) = match &self.body {
            Body::None => return Ok(request),
            Body::Json(shape) => (shape.render(context).map_err(unfit)?.to_string(), "application/json"),
            Body::Form(fields) => {
                let mut form = Vec::new();
                for (name, template) in fields {
                    form.push((name.clone(), template.text(context).map_err(unfit)?));
                }
                (pairs(&form), "application/x-www-form-urlencoded")
            }
        };
        request.body = Some(Bytes::from(body));
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        Ok(request)
    }
}

/// A template for a path below the connection's URL.
pub(crate) fn path_template(cell: &Cell<'_>, names: &Names) -> Option<Template> {
    let path = cell.template(names)?;
    let source = path.source();
    if !source.starts_with('/') || source.starts_with("//") {
        cell.note("a path begins with one /", "write it without the server's address, such as \"/v1/exports\"");
    } else if source.contains(['?', '#', ' ']) && !source.contains("{{") {
        cell.note("a path has no ?, # or space", "write the query as query = { name = \"value\" }");
    }
    Some(path)
}

/// A base URL, a path below it and a query, as one URL that cannot leave the base.
pub(crate) fn join(base: &Url, path: &str, query: &[(String, String)], code: ErrorCode) -> Result<Url, Failure> {
    let climbs = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if path.split(['/', '\\']).any(climbs) || path.contains(['?', '#', '\\']) {
        return Err(Failure::new(
            code,
            "The request cannot be made: a parameter would change the address it is sent to",
        )
        .with_remediation("Give the parameter without dots alone, ?, # or \\"));
    }
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(if query.is_empty() { None } else { Some(pairs(query)) }.as_deref());
    url.set_fragment(None);
    Ok(url)
}

pub(crate) fn pairs(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    pairs.join("&")
}

/// A table of templates, in its order.
pub(crate) fn templates(sheet: &Sheet<'_>, key: &str, names: &Names) -> Vec<(String, Template)> {
    let Some(table) = sheet.table(key) else { return Vec::new() };
    table.cells().filter_map(|(name, cell)| Some((name, cell.template(names)?))).collect()
}

/// A table of header names and templates.
pub(crate) fn headers(sheet: &Sheet<'_>, names: &Names) -> Vec<(HeaderName, Template)> {
    sheet.table("headers").map(|table| headers_of(&table, names)).unwrap_or_default()
}

/// The same of the table itself.
pub(crate) fn headers_of(table: &Sheet<'_>, names: &Names) -> Vec<(HeaderName, Template)> {
    let mut out = Vec::new();
    for (name, cell) in table.cells() {
        let header = header_name(&name, &cell);
        if let (Some(header), Some(template)) = (header, cell.template(names)) {
            out.push((header, template));
        }
    }
    out
}

/// A header that a connector may write.
pub(crate) fn header_name(name: &str, cell: &Cell<'_>) -> Option<HeaderName> {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        cell.note(format!("\"{name}\" is no header's name"), "use letters, digits and -");
        return None;
    };
    if OWN_HEADERS.contains(&header.as_str()) {
        cell.note(
            format!("Landfall writes the header {name} itself"),
            "leave it out; secrets belong to the connection",
        );
        return None;
    }
    Some(header)
}

fn shape(cell: &Cell<'_>, names: &Names) -> Option<Shape> {
    Some(match cell.value {
        DeValue::String(text) if text.is_empty() => Shape::Fixed(Json::String(String::new())),
        DeValue::String(_) => Shape::Text(cell.template(names)?),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            Shape::Fixed(Json::from(read.map_err(|_| cell.wrong("a smaller number")).ok()?))
        }
        DeValue::Float(_) => Shape::Fixed(Json::from(cell.number()?)),
        DeValue::Boolean(value) => Shape::Fixed(Json::Bool(*value)),
        DeValue::Datetime(at) => Shape::Fixed(Json::String(at.to_string())),
        DeValue::Array(_) => {
            Shape::List(cell.items("a list").iter().map(|item| shape(item, names)).collect::<Option<_>>()?)
        }
        DeValue::Table(_) => {
            let table = cell.table()?;
            let entries = table.cells().map(|(name, cell)| Some((name, shape(&cell, names)?)));
            Shape::Object(entries.collect::<Option<_>>()?)
        }
    })
}

impl Shape {
    fn templates<'t>(&'t self, all: &mut Vec<&'t Template>) {
        match self {
            Self::Fixed(_) => {}
            Self::Text(template) => all.push(template),
            Self::List(items) => items.iter().for_each(|item| item.templates(all)),
            Self::Object(entries) => entries.iter().for_each(|(_, shape)| shape.templates(all)),
        }
    }

    fn render(&self, context: &Value) -> Result<Json, Unusable> {
        Ok(match self {
            Self::Fixed(json) => json.clone(),
            Self::Text(template) => template.value(context)?,
            Self::List(items) => items.iter().map(|item| item.render(context)).collect::<Result<_, _>>()?,
            Self::Object(entries) => {
                let mut object = serde_json::Map::new();
                for (name, shape) in entries {
                    object.insert(name.clone(), shape.render(context)?);
                }
                Json::Object(object)
            }
        })
    }
}
