//! What a package says of its own content: where its manifest lies and how it is read.

use std::collections::BTreeMap;

use super::sheet::{Names, Sheet};
use crate::package::ManifestSpec;

/// Reads `[verify.manifest]`; its expressions are tried here, so that a slip is told with its line.
pub(crate) fn read(sheet: &Sheet<'_>) -> Option<ManifestSpec> {
    let list = Names { more: &["body"], ..Names::default() };
    let item = Names { item: true, ..list.clone() };
    // A comparison reads thousands of components: plain places are walked, not evaluated.
    let source = |key: &str, names: &Names, hint: &str| {
        let cell = sheet.needed(key, hint)?;
        let expression = cell.expression(names)?;
        let root = if names.item { "item." } else { "body." };
        let place = expression.source().trim().strip_prefix(root).filter(|place| is_plain(place)).map(str::to_owned);
        if place.is_none() {
            cell.note("it is more than a plain place", hint);
        }
        place
    };
    let path = sheet.needed("path", "write path = \"manifest.json\": where it lies in the package");
    let each = source("each", &list, "write each = \"body.items\": where it lists the components");
    let file = source("file", &item, "write file = \"item.path\": where a component's file is named");
    let name = source("name", &item, "write name = \"item.name\": what a component is called");
    let kind = source("kind", &item, "write kind = \"item.type\": what a component is");
    let kinds = sheet.table("kinds").map(|table| {
        table.cells().filter_map(|(word, cell)| Some((word, cell.text()?.to_owned()))).collect::<BTreeMap<_, _>>()
    });
    Some(ManifestSpec {
        path: path?.text()?.to_owned(),
        each: each?,
        file: file?,
        name: name?,
        kind: kind?,
        kinds: kinds.unwrap_or_default(),
    })
}

/// Names joined by dots.
fn is_plain(place: &str) -> bool {
    place.split('.').all(|name| {
        !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
    })
}
