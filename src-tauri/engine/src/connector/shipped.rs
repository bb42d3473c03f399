//! The connectors that come with the program: those that are built in, and the gallery.

use super::Connector;

/// A connector that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its id.
    pub id: &'static str,
    /// The name of its file.
    pub file_name: &'static str,
    /// The text of its file.
    pub source: &'static str,
    /// The text of its recorded answers.
    pub recording: &'static str,
}

macro_rules! shipped {
    ($folder:literal, $id:literal) => {
        BuiltIn {
            id: $id,
            file_name: concat!($id, ".toml"),
            source: include_str!(concat!("../../connectors/", $folder, $id, ".toml")),
            recording: include_str!(concat!("../../connectors/", $folder, $id, ".recorded.toml")),
        }
    };
}

static BUILT_IN: [BuiltIn; 5] = [
    shipped!("", "exports-v2"),
    shipped!("", "download-jobs"),
    shipped!("", "media-jobs"),
    shipped!("", "package-exports"),
    shipped!("", "report-exports"),
];

static GALLERY: [BuiltIn; 9] = [
    shipped!("gallery/", "amplitude-cohort"),
    shipped!("gallery/", "github-migration"),
    shipped!("gallery/", "gitlab-project"),
    shipped!("gallery/", "hubspot-export"),
    shipped!("gallery/", "intercom-messages"),
    shipped!("gallery/", "marketo-leads"),
    shipped!("gallery/", "salesforce-query"),
    shipped!("gallery/", "shopify-bulk"),
    shipped!("gallery/", "stripe-report"),
];

impl Connector {
    /// The connectors that are built in: each is tried against a server that runs.
    pub fn built_in() -> &'static [BuiltIn] {
        &BUILT_IN
    }

    /// Connectors for public services, written from their vendors' documentation and not tried against them.
    pub fn gallery() -> &'static [BuiltIn] {
        &GALLERY
    }

    /// The language as a JSON Schema, for editors that complete and check connector files.
    pub fn json_schema() -> &'static str {
        include_str!("../../connectors/connector.schema.json")
    }
}
