//! The one body of a request: JSON, a form, parts, GraphQL, XML or plain text, all made of templates.

use bytes::Bytes;
use http::HeaderValue;
use minijinja::Value;
use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::expression::Unusable;
use super::filters::percent;
use super::problem::or_list;
use super::sheet::{Cell, Names, Sheet};
use super::template::Template;

/// The keys of which a request has at most one.
pub(crate) const BODIES: [&str; 6] = ["json", "form", "multipart", "graphql", "text", "xml"];

#[derive(Debug)]
pub(crate) enum Payload {
    None,
    Json(Shape),
    Form(Vec<(String, Template)>),
    Multipart(Vec<(String, Template)>),
    Graphql { query: String, variables: Option<Shape> },
    Text(Template),
    Xml(Template),
}

/// JSON whose texts are templates.
#[derive(Debug)]
pub(crate) enum Shape {
    Fixed(Json),
    Text(Template),
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

impl Payload {
    /// Reads the body of a request's table.
    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names) -> Option<Self> {
        let mut found = BODIES.iter().filter_map(|key| Some((*key, sheet.cell(key)?)));
        let Some((key, cell)) = found.next() else { return Some(Self::None) };
        if let Some((_, second)) = found.next() {
            second.note("there are two bodies in one request", format!("keep one of {}", or_list(BODIES)));
            return None;
        }
        Some(match key {
            "json" => Self::Json(shape(&cell, names)?),
            "form" => Self::Form(templates(sheet, "form", names)),
            "multipart" => Self::Multipart(templates(sheet, "multipart", names)),
            "text" => Self::Text(cell.template(names)?),
            "xml" => Self::Xml(cell.template(names)?),
            _ => {
                let table = cell.table()?;
                // No template: GraphQL has braces of its own, and variables are there for the values.
                let query = table.needed("query", "write the query as text").and_then(|cell| cell.text());
                let variables = match table.cell("variables") {
                    Some(cell) => Some(shape(&cell, names)?),
                    None => None,
                };
                Self::Graphql { query: query?.to_owned(), variables }
            }
        })
    }

    /// Whether its answer may hold `errors` although its status is 200.
    pub(crate) fn is_graphql(&self) -> bool {
        matches!(self, Self::Graphql { .. })
    }

    pub(crate) fn templates<'t>(&'t self, all: &mut Vec<&'t Template>) {
        match self {
            Self::None => {}
            Self::Json(shape) => shape.templates(all),
            Self::Form(fields) | Self::Multipart(fields) => all.extend(fields.iter().map(|(_, template)| template)),
            Self::Graphql { variables, .. } => variables.iter().for_each(|shape| shape.templates(all)),
            Self::Text(template) | Self::Xml(template) => all.push(template),
        }
    }

    /// The bytes and their content type; `None` for no body.
    pub(crate) fn render(&self, context: &Value) -> Result<Option<(Bytes, HeaderValue)>, Unusable> {
        let plain = |text: String, kind| Ok(Some((Bytes::from(text), HeaderValue::from_static(kind))));
        match self {
            Self::None => Ok(None),
            Self::Json(shape) => plain(shape.render(context)?.to_string(), "application/json"),
            Self::Graphql { query, variables } => {
                let mut body = json!({ "query": query });
                if let Some(variables) = variables {
                    body["variables"] = variables.render(context)?;
                }
                plain(body.to_string(), "application/json")
            }
            Self::Form(fields) => plain(pairs(&texts(fields, context)?), "application/x-www-form-urlencoded"),
            Self::Text(template) => plain(template.text(context)?, "text/plain; charset=utf-8"),
            Self::Xml(template) => plain(template.xml(context)?, "application/xml"),
            Self::Multipart(fields) => multipart(&texts(fields, context)?).map(Some),
        }
    }
}

fn texts(fields: &[(String, Template)], context: &Value) -> Result<Vec<(String, String)>, Unusable> {
    fields.iter().map(|(name, template)| Ok((name.clone(), template.text(context)?))).collect()
}

/// RFC 7578. The boundary is chosen by the content alone, so that the same request is the same bytes.
fn multipart(fields: &[(String, String)]) -> Result<(Bytes, HeaderValue), Unusable> {
    let taken = |boundary: &str| fields.iter().any(|(name, text)| name.contains(boundary) || text.contains(boundary));
    let mut boundary = "landfall-part".to_owned();
    while taken(&boundary) {
        boundary.push('-');
    }
    let mut body = String::new();
    for (name, text) in fields {
        // RFC 7578 section 4.2 leaves names to the WHATWG form encoding, which escapes these three.
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        body.push_str("--");
        body.push_str(&boundary);
        body.push_str("\r\nContent-Disposition: form-data; name=\"");
        body.push_str(&name);
        body.push_str("\"\r\n\r\n");
        body.push_str(text);
        body.push_str("\r\n");
    }
    body.push_str("--");
    body.push_str(&boundary);
    body.push_str("--\r\n");
    let kind = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
        .map_err(|_| Unusable { absent: false, message: "the parts cannot be told apart".into() })?;
    Ok((Bytes::from(body), kind))
}

/// Pairs as a query or a form.
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

pub(crate) fn shape(cell: &Cell<'_>, names: &Names) -> Option<Shape> {
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
