//! The one request block: wherever a connector asks a server something, it is written and built the same way.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;
use url::Url;

use super::expression::{Expression, Unusable};
use super::payload::{Payload, pairs, templates};
use super::sheet::{Cell, Names, Sheet};
use super::template::Template;
use crate::net::Request;

/// The keys of which a request has exactly one.
pub(crate) const METHODS: [(&str, Method); 6] = [
    ("get", Method::GET),
    ("head", Method::HEAD),
    ("post", Method::POST),
    ("put", Method::PUT),
    ("patch", Method::PATCH),
    ("delete", Method::DELETE),
];

/// Headers that the engine writes itself.
const OWN_HEADERS: [&str; 5] = ["authorization", "content-length", "content-type", "cookie", "host"];

/// How an answer is to be read, where its content type does not say so rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    Json,
    Xml,
    Text,
    /// Not at all: it is the result itself.
    Bytes,
}

const ANSWERS: [(&str, AnswerKind); 4] =
    [("json", AnswerKind::Json), ("xml", AnswerKind::Xml), ("text", AnswerKind::Text), ("bytes", AnswerKind::Bytes)];

/// A request as a connector describes it.
#[derive(Debug)]
pub(crate) struct RequestSpec {
    method: Method,
    address: Address,
    query: Vec<(String, Template)>,
    headers: Vec<(HeaderName, Template)>,
    pub(crate) payload: Payload,
    pub(crate) answer: Option<AnswerKind>,
    pub(crate) fail_if: Option<Expression>,
    /// How long one answer may take, where it is not the usual limit.
    pub(crate) timeout: Option<Duration>,
}

/// Where a request goes.
#[derive(Debug)]
enum Address {
    /// Below the connection's URL.
    Path(Template),
    /// To a URL that a server gave, whole or relative.
    Given(Template),
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
        let address = cell.template(names).map(|template| Address::of(template, &cell));
        let query = templates(sheet, "query", names);
        let headers = headers(sheet, names);
        let payload = Payload::read(sheet, names);
        let answer = sheet.cell("answer").and_then(|cell| cell.word(&ANSWERS, &[]));
        let fail_if = sheet.cell("fail_if").and_then(|cell| cell.expression(&names.clone().with_answer()));
        let timeout = sheet.cell("timeout").and_then(|cell| cell.duration());
        Some(Self {
            method: method.clone(),
            address: address?,
            query,
            headers,
            payload: payload?,
            answer,
            fail_if,
            timeout,
        })
    }

    /// Every template of it.
    pub(crate) fn templates(&self) -> Vec<&Template> {
        let (Address::Path(address) | Address::Given(address)) = &self.address;
        let named = self.query.iter().map(|(_, template)| template).chain(self.headers.iter().map(|(_, t)| t));
        let mut all: Vec<&Template> = std::iter::once(address).chain(named).collect();
        self.payload.templates(&mut all);
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
        let mut query = Vec::new();
        for (name, template) in &self.query {
            query.push((name.clone(), template.text(context).map_err(unfit)?));
        }
        let url = match &self.address {
            Address::Path(path) => join(base, &path.path(context).map_err(unfit)?, &query, code)?,
            Address::Given(given) => follow(base, &given.text(context).map_err(unfit)?, &query, code)?,
        };
        let mut request = Request::new(self.method.clone(), url);
        request.limit = self.timeout.unwrap_or(request.limit);
        for (name, template) in connection_headers.iter().chain(&self.headers) {
            let text = template.text(context).map_err(unfit)?;
            let value = HeaderValue::from_str(&text).map_err(|_| {
                Failure::new(code, format!("The request cannot be made: the header {name} would hold a line break"))
            })?;
            request.headers.insert(name.clone(), value);
        }
        request.headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static(self.accepted()));
        if let Some((body, kind)) = self.payload.render(context).map_err(unfit)? {
            request.body = Some(body);
            request.headers.insert(header::CONTENT_TYPE, kind);
        }
        Ok(request)
    }

    /// Whether the connector says itself what it takes.
    pub(crate) fn says_accept(&self) -> bool {
        self.headers.iter().any(|(name, _)| name == header::ACCEPT)
    }

    fn accepted(&self) -> &'static str {
        match self.answer {
            None | Some(AnswerKind::Json) => "application/json",
            Some(AnswerKind::Xml) => "application/xml, text/xml",
            Some(AnswerKind::Text | AnswerKind::Bytes) => "*/*",
        }
    }
}

impl Address {
    fn of(template: Template, cell: &Cell<'_>) -> Self {
        let source = template.source();
        if template.is_lone() {
            return Self::Given(template);
        }
        if !source.starts_with('/') || source.starts_with("//") {
            let hint = "write it without the server's address, such as \"/v1/exports\"";
            cell.note("a path begins with one /", hint);
        } else if source.contains(['?', '#', ' ']) && !source.contains("{{") {
            cell.note("a path has no ?, # or space", "write the query as query = { name = \"value\" }");
        }
        Self::Path(template)
    }
}

/// A URL that a server gave, with a query; it stays on the connection's own origin, where the sign-in goes.
pub(crate) fn follow(base: &Url, given: &str, query: &[(String, String)], code: ErrorCode) -> Result<Url, Failure> {
    let unfit =
        |why: &str| Failure::new(code, format!("The request cannot be made: the address the server gave {why}"));
    let mut url = base.join(given.trim()).map_err(|_| unfit("is none"))?;
    if url.origin() != base.origin() {
        return Err(unfit("lies on another server"));
    }
    if !query.is_empty() {
        let more = pairs(query);
        let whole =
            url.query().filter(|query| !query.is_empty()).map_or(more.clone(), |query| format!("{query}&{more}"));
        url.set_query(Some(&whole));
    }
    url.set_fragment(None);
    Ok(url)
}

/// A base URL, a path below it and a query, as one URL that cannot leave the base.
fn join(base: &Url, path: &str, query: &[(String, String)], code: ErrorCode) -> Result<Url, Failure> {
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

/// A table of header names and templates.
pub(crate) fn headers(sheet: &Sheet<'_>, names: &Names) -> Vec<(HeaderName, Template)> {
    let Some(table) = sheet.table("headers") else { return Vec::new() };
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
