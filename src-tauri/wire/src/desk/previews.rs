//! What landed, drawn where it can be.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The beginning of a landed file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Preview {
    /// The first rows of a table.
    Table {
        /// The first row.
        columns: Vec<String>,
        /// The rows after it; at most fifty.
        rows: Vec<Vec<String>>,
        /// There are more.
        more: bool,
        /// The sheet's name, of a workbook.
        sheet: Option<String>,
    },
    /// JSON, whole or its beginning.
    Json {
        /// The value; long lists and texts are cut.
        #[ts(type = "unknown")]
        value: serde_json::Value,
        /// Something was cut.
        more: bool,
    },
    /// A picture: of itself, of the first page, of a moment of a film.
    Picture {
        /// A `data:` URL.
        source: String,
        /// What it shows, for those who cannot see it.
        alt: String,
        /// What else is known: pages, length, size in pixels.
        facts: Vec<(String, String)>,
    },
    /// The beginning of a text.
    Text {
        /// At most some hundred lines.
        text: String,
        /// There is more.
        more: bool,
    },
    /// What an archive holds.
    Listing {
        /// Name and bytes; at most two hundred.
        entries: Vec<(String, u64)>,
        /// How many there are.
        total: usize,
    },
    /// Nothing can be drawn.
    None {
        /// Why.
        why: String,
    },
}

/// What a landed package holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PackageView {
    /// What the manifest calls it.
    pub name: String,
    /// What else the manifest says: label and value.
    pub facts: Vec<(String, String)>,
    /// Its components.
    pub components: Vec<PackageComponent>,
}

/// One component of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PackageComponent {
    /// Its provider.
    pub provider: String,
    /// Whether the provider is one that the connector knows.
    pub is_known: bool,
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub size: u64,
}
