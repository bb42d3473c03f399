//! Two packages side by side.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How two packages differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonView {
    /// What the left one is called.
    pub left: String,
    /// What the right one is called.
    pub right: String,
    /// Components that differ.
    pub components: Vec<ComponentChange>,
    /// How many are the same.
    pub same: usize,
}

/// One component that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ComponentChange {
    /// Its provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// How it differs.
    pub change: ChangeView,
    /// What differs in it: where, left, right; left or right is none where there is nothing.
    pub values: Vec<(String, Option<String>, Option<String>)>,
}

/// How a component differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeView {
    /// Only on the right.
    Added,
    /// Only on the left.
    Removed,
    /// On both sides, and not the same.
    Changed,
}
