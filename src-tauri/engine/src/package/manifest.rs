//! The manifest: which components a package says it has.

use serde_json::Value;

use super::document::{self, Flaw};
use super::refused::named;
use super::{Bounds, ManifestSpec, Refused, names};
use crate::units::size_text;

/// One component as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Its heading.
    pub(super) kind: String,
    /// The server's word for its kind.
    pub(super) provider: String,
    pub(super) name: String,
    pub(super) file: String,
}

/// Reads the manifest of an archive.
pub(super) fn parse(bytes: &[u8], spec: &ManifestSpec, bounds: &Bounds) -> Result<Vec<Item>, Refused> {
    let document = document::parse(bytes, bounds.values).map_err(|flaw| match flaw {
        Flaw::TooManyValues => too_large(bounds),
        Flaw::Syntax(why) => Refused::Manifest(format!("{} cannot be read: {why}", named(&spec.path))),
    })?;
    let list = list(&document, spec)
        .ok_or_else(|| Refused::Manifest(format!("{} has no list {}", named(&spec.path), named(&spec.each))))?;
    items(list, spec, |_| false)
}

/// A manifest that does not fit into the bounds.
pub(super) fn too_large(bounds: &Bounds) -> Refused {
    Refused::Manifest(format!(
        "is larger than what is read of one ({}, {} values)",
        size_text(bounds.manifest),
        bounds.values
    ))
}

/// The list of components in a document.
pub(super) fn list<'a>(document: &'a Value, spec: &ManifestSpec) -> Option<&'a Vec<Value>> {
    document::find(document, &spec.each)?.as_array()
}

/// What the list says of each component. Every file must be one that can lie in the package. `holds_content` tells whether
/// a component is written into the list itself, and so needs no file.
pub(super) fn items(
    list: &[Value],
    spec: &ManifestSpec,
    holds_content: impl Fn(&Value) -> bool,
) -> Result<Vec<Item>, Refused> {
    let mut found = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let text = |keys: &str| {
            let text = document::find(value, keys).and_then(text);
            text.ok_or_else(|| {
                Refused::Manifest(format!("does not say the {} of component {}", named(keys), index + 1))
            })
        };
        let (provider, name) = (text(&spec.kind)?, text(&spec.name)?);
        let kind = spec.kinds.get(&provider).unwrap_or(&provider).clone();
        let file = match text(&spec.file) {
            // What holds its own content has no file; what is made of it gets a name of ours.
            Err(_) if holds_content(value) => format!("{kind}/{name}.json"),
            named => named?,
        };
        match names::examine(&file) {
            Ok(false) => {}
            Ok(true) => return Err(Refused::Manifest(format!("names the folder {} as a component", named(&file)))),
            Err(why) => return Err(Refused::Manifest(format!("names {}, which {why}", named(&file)))),
        }
        found.push(Item { kind, provider, name, file });
    }
    Ok(found)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
