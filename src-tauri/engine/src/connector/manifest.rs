//! What a package says of its own content: where its manifest lies and how it is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
