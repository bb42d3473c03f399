//! A result of several files: what each item of a list says of its own.

use http::{HeaderMap, HeaderName, HeaderValue};
use landfall_wire::Failure;
use minijinja::Value;
use url::Url;

use super::file::{FileSpec, header_map};
use super::link::{LinkSpec, safe};
use super::promise::PromiseSpec;
use crate::connector::answer::Reading;
use crate::connector::expression::Expression;
use crate::connector::part::Part;
use crate::connector::request::headers_of;
use crate::connector::scope::Scope;
use crate::connector::sheet::{Names, Sheet};
use crate::connector::template::Template;

/// No job has more files.
const MOST_PARTS: usize = 10_000;

/// Headers that belong to the transfer itself, whatever a server says.
const TRANSFERS_OWN: [&str; 8] =
    ["accept-encoding", "connection", "content-length", "host", "if-range", "range", "te", "transfer-encoding"];

/// The list, and what each item of it is.
#[derive(Debug)]
pub(crate) struct ItemSpec {
    each: Expression,
    link: Option<LinkSpec>,
    name: Option<Expression>,
    promise: PromiseSpec,
    headers: Headers,
}

#[derive(Debug)]
enum Headers {
    /// Written one by one.
    Written(Vec<(HeaderName, Template)>),
    /// An object of the server's.
    Told(Expression),
}

impl ItemSpec {
    pub(crate) fn read(resolve: &Sheet<'_>, names: &Names, answer: &Names) -> Option<Self> {
        let each = resolve.cell("each")?.expression(answer);
        let item = Names { item: true, ..answer.clone() };
        let path_names = Names { item: true, ..names.clone() };
        let sheet = resolve.table("item");
        let headers = sheet.as_ref().and_then(|sheet| sheet.cell("headers"));
        let headers = match headers {
            Some(cell) if cell.value.is_str() => cell.expression(&item).map(Headers::Told),
            Some(cell) => cell.table().map(|table| Headers::Written(headers_of(&table, &item))),
            None => Some(Headers::Written(Vec::new())),
        };
        let linked = sheet.as_ref().filter(|sheet| sheet.cell("url").is_some() || sheet.cell("direct").is_some());
        let link = linked.map(|sheet| LinkSpec::read(sheet, &path_names, &item, ""));
        Some(Self {
            each: each?,
            link: match link {
                Some(link) => Some(link?),
                None => None,
            },
            name: sheet.as_ref().and_then(|sheet| sheet.cell("name")?.expression(&item)),
            promise: sheet.as_ref().map(|sheet| PromiseSpec::read(sheet, &item)).unwrap_or_default(),
            headers: headers?,
        })
    }

    /// The files of the list; none when it is empty or not there yet.
    pub(crate) fn parts(&self, scope: &Scope<'_>, reading: &Reading, file: &FileSpec) -> Result<Vec<Part>, Failure> {
        let items = reading.items(&self.each)?;
        if items.len() > MOST_PARTS {
            return Err(reading.unfit(format!("The server's list has more than {MOST_PARTS} files")));
        }
        let part = |(index, item): (usize, Value)| {
            let reading = reading.with_item(item.clone());
            let link = self.link(scope, &reading, &item)?.ok_or_else(|| {
                reading.unfit(format!("The server's list has no link for the {}. of its files", index + 1))
            })?;
            let known = LinkSpec::Location;
            let mut part = file.part(scope, &reading, self.link.as_ref().unwrap_or(&known), link, &self.promise)?;
            if let Some(name) = self.name.as_ref() {
                part.name = reading.text(name)?.filter(|name| !name.trim().is_empty()).or(part.name);
            }
            part.headers.extend(self.headers(&reading)?);
            Ok(part)
        };
        items.into_iter().enumerate().map(part).collect()
    }

    fn link(&self, scope: &Scope<'_>, reading: &Reading, item: &Value) -> Result<Option<Url>, Failure> {
        if let Some(link) = &self.link {
            return link.find(scope, reading);
        }
        let Some(text) = item.as_str().map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        let link = safe(text, scope.connection_url, scope.connection_url);
        link.map(Some).map_err(|why| reading.unfit(format!("A link in the server's list {why}")))
    }

    fn headers(&self, reading: &Reading) -> Result<HeaderMap, Failure> {
        let source = match &self.headers {
            Headers::Written(templates) => return header_map(templates, reading),
            Headers::Told(source) => source,
        };
        let mut headers = HeaderMap::new();
        let Some(told) = reading.value(source)? else { return Ok(headers) };
        let told = serde_json::to_value(&told).ok();
        let told = told.as_ref().and_then(serde_json::Value::as_object);
        let wrong = || reading.unfit(format!("The server's headers for a file (`{}`) cannot be sent", source.source()));
        for (name, value) in told.ok_or_else(wrong)? {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            let mut value = value.as_str().and_then(|text| HeaderValue::from_str(text).ok()).ok_or_else(wrong)?;
            value.set_sensitive(true);
            if !TRANSFERS_OWN.contains(&name.as_str()) {
                headers.insert(name, value);
            }
        }
        Ok(headers)
    }
}
