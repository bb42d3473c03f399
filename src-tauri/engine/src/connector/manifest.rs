//! What a package says of its own content: where its manifest lies and how it is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sheet::{Names, Sheet};

/// How the manifest of a package is read, as `[verify.manifest]` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestSpec {
    /// The manifest's path within the package, such as `manifest.json`.
    pub path: String,
    /// Where the manifest lists its components: an expression over `body`.
    pub each: String,
    /// Where a component's file is named: an expression over `item`.
    pub file: String,
    /// Where a component's own name stands: an expression over `item`.
    pub name: String,
    /// Where a component's kind stands: an expression over `item`.
    pub kind: String,
    /// The server's words for kinds, and ours; a word that is not here is kept as it is.
    #[serde(default)]
    pub kinds: BTreeMap<String, String>,
}

/// Reads `[verify.manifest]`; its expressions are tried here, so that a slip is told with its line.
pub(crate) fn read(sheet: &Sheet<'_>) -> Option<ManifestSpec> {
    let list = Names { more: &["body"], ..Names::default() };
    let item = Names { item: true, ..list.clone() };
    let source = |key: &str, names: &Names, hint: &str| {
        let cell = sheet.needed(key, hint)?;
        cell.expression(names).map(|expression| expression.source().to_owned())
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
