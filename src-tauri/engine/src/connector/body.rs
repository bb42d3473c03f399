//! An answer's body, as far as it can be understood.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value as Json};

use super::bounded::{self, Flaw};
use super::request::AnswerKind;
use crate::net::{ANSWER_LIMIT, Answer};

/// Elements within elements beyond this are refused, in XML as in JSON.
const DEEPEST: usize = 128;

#[derive(Debug)]
pub(crate) enum Body {
    Json(Json),
    Text(String),
    Empty,
    Unreadable(String),
}

impl Body {
    /// Reads it by its content type, or as the connector says.
    pub(crate) fn of(answer: &Answer, told: Option<AnswerKind>) -> Self {
        let bytes = &answer.body[..];
        if told == Some(AnswerKind::Bytes) {
            return Self::Unreadable("the connector takes it as bytes".into());
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        if bytes.len() > ANSWER_LIMIT {
            return Self::Unreadable(format!("it is larger than {} MiB", ANSWER_LIMIT >> 20));
        }
        let kind = answer.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_page = kind.contains("html");
        match told.unwrap_or_else(|| guess(&kind, bytes)) {
            AnswerKind::Json => match bounded::read(bytes, bounded::MOST_IN_ANSWER) {
                Ok(json) => Self::Json(json),
                Err(_) if is_page => Self::Unreadable("it is a web page".into()),
                Err(Flaw::TooMany) => Self::Unreadable("it holds more values than any list of jobs".into()),
                Err(Flaw::Cut) => Self::Unreadable("its JSON is cut short".into()),
                Err(Flaw::Damaged) => Self::Unreadable("its JSON is damaged".into()),
            },
            AnswerKind::Xml => match std::str::from_utf8(bytes).ok().and_then(xml) {
                Some(json) => Self::Json(json),
                None if is_page => Self::Unreadable("it is a web page".into()),
                None => Self::Unreadable("its XML is damaged".into()),
            },
            AnswerKind::Text | AnswerKind::Bytes => match std::str::from_utf8(bytes) {
                Ok(_) if is_page && told.is_none() => Self::Unreadable("it is a web page".into()),
                Ok(text) => Self::Text(text.to_owned()),
                Err(_) => Self::Unreadable("it is no text".into()),
            },
        }
    }
}

fn guess(kind: &str, bytes: &[u8]) -> AnswerKind {
    let looks_so = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
    let xml = kind.ends_with("/xml") || (kind.ends_with("+xml") && !kind.contains("html"));
    if kind.ends_with("json") || (looks_so && !kind.contains("html") && !xml) {
        AnswerKind::Json
    } else if xml {
        AnswerKind::Xml
    } else {
        AnswerKind::Text
    }
}

/// XML as JSON: an element with nothing but text is that text, an empty one is null, any other is an object of its
/// children by their local names, its attributes as `@name` and its text as `#text`; children of one name are a list.
fn xml(text: &str) -> Option<Json> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return None;
                }
                open.push(Element::of(&start)?);
            }
            Event::Empty(start) => {
                let element = Element::of(&start)?;
                open.last_mut()?.take(element);
            }
            Event::End(_) => {
                let element = open.pop()?;
                open.last_mut()?.take(element);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(c) => open.last_mut()?.text.push(c),
                None => open.last_mut()?.text.push_str(resolve_predefined_entity(&reference)?),
            },
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    let root = open.pop().filter(|_| open.is_empty())?;
    (root.fields.len() == 1 && root.text.trim().is_empty()).then_some(Json::Object(root.fields))
}

#[derive(Default)]
struct Element {
    name: String,
    fields: Map<String, Json>,
    text: String,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Option<Self> {
        let mut element = Self { name: start.local_name().as_ref().to_owned(), ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
            element.fields.insert(format!("@{}", attribute.key.as_ref()), Json::String(value));
        }
        Some(element)
    }

    /// Takes a child that has ended.
    fn take(&mut self, child: Self) {
        let text = child.text.trim();
        let value = match (child.fields.is_empty(), text.is_empty()) {
            (true, true) => Json::Null,
            (true, false) => Json::String(text.to_owned()),
            (false, _) => {
                let mut fields = child.fields;
                if !text.is_empty() {
                    fields.insert("#text".into(), Json::String(text.to_owned()));
                }
                Json::Object(fields)
            }
        };
        match self.fields.get_mut(&child.name) {
            Some(Json::Array(several)) => several.push(value),
            Some(one) => *one = Json::Array(vec![one.take(), value]),
            None => drop(self.fields.insert(child.name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn xml_is_read_by_names() {
        let read = xml(
            r#"<?xml version="1.0"?><r:job xmlns:r="x" id="7"><state>DONE &amp; <![CDATA[<ok>]]></state><file>a</file><file n="2">b</file><none/></r:job>"#,
        );
        let wanted = json!({ "job": {
            "@xmlns:r": "x", "@id": "7", "state": "DONE & <ok>", "file": ["a", { "@n": "2", "#text": "b" }], "none": null
        }});
        assert_eq!(read, Some(wanted));
    }

    #[test]
    fn xml_that_is_none_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        for bad in ["<a>", "</a>", "<a/><b/>", "text", "<a>&unknown;</a>", "<a b=1/>", "", deep.as_str()] {
            assert_eq!(xml(bad), None, "{}", &bad[..bad.len().min(20)]);
        }
    }
}
