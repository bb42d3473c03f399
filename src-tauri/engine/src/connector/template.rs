//! Text with `{{ expressions }}` in it; one that is a lone expression keeps its value's type.

use std::ops::Range;

use minijinja::Value;

use super::expression::{Expression, Unusable, quoted};
use super::filters::{LONGEST_TEXT, percent, text_of};

/// A parsed template.
#[derive(Debug)]
pub(crate) struct Template {
    source: String,
    pieces: Vec<Piece>,
    key: String,
    place: Range<usize>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Expression(Expression),
}

impl Template {
    /// Parses it; an error says what is wrong and what would be right.
    pub(crate) fn parse(source: &str) -> Result<Self, (String, String)> {
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some(open) = rest.find("{{") {
            let (text, after) = rest.split_at(open);
            push_text(&mut pieces, text)?;
            let inside = &after[2..];
            let Some(close) = closing(inside) else {
                return Err(("a `{{` has no `}}` after it".into(), "close it, as in {{ params.name }}".into()));
            };
            pieces.push(Piece::Expression(Expression::parse(inside[..close].trim())?));
            rest = &inside[close + 2..];
        }
        push_text(&mut pieces, rest)?;
        Ok(Self { source: source.to_owned(), pieces, key: String::new(), place: 0..0 })
    }

    /// The same, knowing where it stands in its file.
    pub(crate) fn at(mut self, key: &str, place: &Range<usize>) -> Self {
        key.clone_into(&mut self.key);
        self.place = place.clone();
        self
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    /// Whether it is one lone expression.
    pub(crate) fn is_lone(&self) -> bool {
        matches!(&self.pieces[..], [Piece::Expression(_)])
    }

    /// Whether it needs a server's answer.
    pub(crate) fn reads_answer(&self) -> bool {
        self.expressions().any(Expression::reads_answer)
    }

    /// What it makes, whatever it is for: a text, or the value of a lone expression as JSON.
    pub(crate) fn try_out(&self, context: &Value) -> Result<String, Unusable> {
        let value = self.value(context)?;
        Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(expression),
            Piece::Text(_) => None,
        })
    }

    /// The text, values written as they are.
    pub(crate) fn text(&self, context: &Value) -> Result<String, Unusable> {
        self.render(context, |_, text| text)
    }

    /// The text as part of a URL: values are percent-encoded, unless the filter `urlencode` did so already.
    pub(crate) fn path(&self, context: &Value) -> Result<String, Unusable> {
        self.render(context, |value, text| if value.is_safe() { text } else { percent(&text) })
    }

    /// The text as XML: values cannot change the elements around them.
    pub(crate) fn xml(&self, context: &Value) -> Result<String, Unusable> {
        self.render(context, |_, text| quick_xml::escape::escape(text).into_owned())
    }

    /// The value: of its own type when it is one lone expression, else a text.
    pub(crate) fn value(&self, context: &Value) -> Result<serde_json::Value, Unusable> {
        match &self.pieces[..] {
            [Piece::Expression(lone)] => {
                let value = lone.evaluate(context)?;
                serde_json::to_value(&value).map_err(|_| Unusable {
                    absent: false,
                    message: format!("`{}` gives something that JSON cannot hold", lone.source()),
                })
            }
            _ => self.text(context).map(serde_json::Value::String),
        }
    }

    fn render(&self, context: &Value, write: impl Fn(&Value, String) -> String) -> Result<String, Unusable> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Expression(expression) => {
                    let value = expression.evaluate(context)?;
                    let text = text_of(&value).map_err(|error| Unusable {
                        absent: false,
                        message: format!("`{}`: {}", expression.source(), error.detail().unwrap_or_default()),
                    })?;
                    out.push_str(&write(&value, text));
                }
            }
            if out.len() > LONGEST_TEXT {
                return Err(Unusable { absent: false, message: "the text it makes is too long".into() });
            }
        }
        Ok(out)
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) -> Result<(), (String, String)> {
    if text.contains("}}") {
        return Err(("a `}}` has no `{{` before it".into(), "write {{ params.name }}".into()));
    }
    if text.contains("{%") || text.contains("{#") {
        return Err((
            "`{% … %}` and `{# … #}` are not part of the language".into(),
            "use only {{ expressions }}; comments begin with # outside the quotes".into(),
        ));
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
    Ok(())
}

/// Where the `}}` stands that ends the expression: not within quotes, and not within an object of its own.
fn closing(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(c) = inside.get(at..)?.chars().next() {
        match c {
            '"' | '\'' => {
                at += quoted(&inside[at..]);
                continue;
            }
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' if inside[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use minijinja::context;
    use serde_json::json;

    use super::*;

    fn value(source: &str) -> serde_json::Value {
        let template = Template::parse(source).unwrap();
        template.value(&context!(ids => [1, 2], name => "a b/c", nothing => Value::from(()))).unwrap()
    }

    #[test]
    fn a_lone_expression_keeps_its_type() {
        assert_eq!(value("{{ ids }}"), json!([1, 2]));
        assert_eq!(value("{{ ids | length }}"), json!(2));
        assert_eq!(value("n={{ ids | length }}"), json!("n=2"));
        assert_eq!(value("{{ nothing }}"), json!(null));
        assert_eq!(value("{{ {'a': {'b': '}}'}}['a']['b'] }}!"), json!("}}!"), "braces and quotes inside are its own");
    }

    #[test]
    fn values_in_a_path_are_encoded_once() {
        let context = context!(name => "a b/c");
        for source in ["/x/{{ name }}", "/x/{{ name | urlencode }}"] {
            assert_eq!(Template::parse(source).unwrap().path(&context).unwrap(), "/x/a%20b%2Fc");
        }
    }

    #[test]
    fn nothing_never_becomes_a_text() {
        let template = Template::parse("x-{{ nothing }}").unwrap();
        assert!(template.text(&context!(nothing => Value::from(()))).is_err(), "null is no text");
        assert!(template.text(&context!()).is_err(), "what is not there is no text");
        assert!(template.text(&context!(nothing => vec![1])).is_err(), "a list is no text");
    }

    #[test]
    fn slips_are_told() {
        for bad in ["{{ a", "a }}", "{% if a %}", "{{ }}", "{{ a b }}", "{{ 'a }}"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }
}
