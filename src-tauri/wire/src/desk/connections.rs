//! Connections and connectors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ParamField;

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionState {
    /// Nothing was heard of it since the start.
    Unknown,
    /// It answers.
    Ready,
    /// It wants another sign-in.
    NeedsSignIn,
    /// It does not answer.
    Unreachable,
}

/// Where secrets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKeeping {
    /// The system's keychain.
    Keychain,
    /// A sealed file.
    File,
    /// Memory, until the app ends.
    Session,
}

/// What keeping there is on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SecretsView {
    /// Whether the keychain can be used.
    pub keychain: bool,
    /// Why not, in a sentence.
    pub why_not: Option<String>,
    /// Whether the sealed file is open: it needs its pass phrase once a start.
    pub file_is_open: bool,
    /// Whether nothing was sealed with a pass phrase yet: the one that is typed becomes its own.
    pub file_is_new: bool,
}

/// What of a connection can be changed while it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionSettings {
    /// The server's base URL.
    pub url: String,
    /// Where files go, for reading; none = the default folder.
    pub folder: Option<String>,
    /// Submits and downloads at once; none = the default.
    pub limit: Option<u32>,
    /// A file of certificates (PEM) that are trusted besides the system's.
    pub certificate_authority: Option<String>,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// What a person calls it.
    pub name: String,
    /// The connector's id.
    pub connector: String,
    /// The connector's name.
    pub connector_name: String,
    /// Where it leads, and what it may do there.
    pub settings: ConnectionSettings,
    /// Further hosts that get its sign-in.
    pub hosts: Vec<String>,
    /// Where its secrets are kept.
    pub keeping: SecretKeeping,
    /// Its secrets are sealed with a pass phrase that was not typed since the start.
    pub is_closed: bool,
    /// How it stands.
    pub state: ConnectionState,
    /// Jobs that are not over.
    pub active: usize,
    /// Web pages may ask for exports here without a question.
    pub instant_links: bool,
}

/// Where a connector comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectorOrigin {
    /// Comes with the program and is tried against the sample service.
    BuiltIn,
    /// Comes with the program and was never tried against the live service.
    Gallery,
    /// A person's own file.
    Own,
}

/// A secret that a connector signs in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SecretField {
    /// Its name.
    pub name: String,
    /// As it is shown.
    pub label: String,
    /// Typed in the clear: a user's name or a client's id.
    pub is_public: bool,
}

/// A connector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub help: Option<String>,
    /// Where it comes from.
    pub origin: ConnectorOrigin,
    /// Ways to sign in, each with what it needs; one of them is enough.
    pub sign_in: Vec<Vec<SecretField>>,
    /// Hosts besides the connection's own that it will talk to.
    pub hosts: Vec<String>,
    /// What it can be asked.
    pub params: Vec<ParamField>,
}

/// A connection that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NewConnection {
    /// What a person calls it.
    pub name: String,
    /// The connector's id.
    pub connector: String,
    /// Where it leads, and what it may do there.
    pub settings: ConnectionSettings,
    /// Its secrets by name. Never comes back.
    pub secrets: BTreeMap<String, String>,
    /// Where they are kept.
    pub keeping: SecretKeeping,
    /// The hosts that were shown and confirmed.
    pub hosts: Vec<String>,
    /// Saved although the server cannot be reached now; a refused sign-in is never saved.
    pub untested: bool,
}

/// What a connector file is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorCheck {
    /// What it describes, when nothing is wrong with it.
    pub connector: Option<ConnectorView>,
    /// What is wrong with it.
    pub problems: Vec<ConnectorProblem>,
    /// It takes the place of one that is there.
    pub replaces: bool,
}

/// One thing that is wrong with a connector file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorProblem {
    /// From 1; none = the whole file.
    pub line: Option<usize>,
    /// The key.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}
