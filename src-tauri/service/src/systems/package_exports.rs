//! Package exports (design document 003, rows P-1 to P-11): what a case management environment is configured with, as a package
//! of components. The fallback of P-8, configuration exports, is the same house with another door: same work, same lifecycle
//! under a path of its own, and no options.

pub(super) mod api;
mod estate;
mod order;
mod package;
pub(super) mod work;

use serde::{Deserialize, Serialize};

use estate::Provider;

/// What is asked for, in the job's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    #[serde(rename = "type")]
    kind: Kind,
    system_name: String,
    environment: String,
    options: PackageOptions,
}

/// What an export is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Worktype,
    Workflow,
    Form,
    /// A bundle of components, which is no component itself.
    Configuration,
}

impl Kind {
    /// All of them, with their word on the wire.
    const ALL: [(Self, &'static str); 4] = [
        (Self::Worktype, "worktype"),
        (Self::Workflow, "workflow"),
        (Self::Form, "form"),
        (Self::Configuration, "configuration"),
    ];

    /// What its root component is.
    fn provider(self) -> Option<Provider> {
        match self {
            Self::Worktype => Some(Provider::Type),
            Self::Workflow => Some(Provider::Workflow),
            Self::Form => Some(Provider::Form),
            Self::Configuration => None,
        }
    }
}

/// What goes into a package, and how it is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageOptions {
    include_dependencies: bool,
    include_history: bool,
    format: Format,
    compression: Compression,
}

impl Default for PackageOptions {
    fn default() -> Self {
        Self { include_dependencies: true, include_history: false, format: Format::Zip, compression: Compression::Gzip }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Json,
    Zip,
}

/// In a ZIP `gzip` means deflate, which is what gzip is made of; for brotli a ZIP has no word that readers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Compression {
    None,
    Gzip,
    Brotli,
}

impl PackageOptions {
    /// How the file's name ends.
    fn extension(self) -> &'static str {
        match (self.format, self.compression) {
            (Format::Zip, _) => "zip",
            (Format::Json, Compression::None) => "json",
            (Format::Json, Compression::Gzip) => "json.gz",
            (Format::Json, Compression::Brotli) => "json.br",
        }
    }

    /// Compressed JSON is a file of its own, no `Content-Encoding`: it lands as it is.
    fn content_type(self) -> &'static str {
        match (self.format, self.compression) {
            (Format::Zip, _) => "application/zip",
            (Format::Json, Compression::None) => "application/json",
            (Format::Json, Compression::Gzip) => "application/gzip",
            // No type is registered for a brotli file.
            (Format::Json, Compression::Brotli) => "application/octet-stream",
        }
    }
}
