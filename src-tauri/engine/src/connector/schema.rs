//! Every key of the language.
//!
//! A key that is in no table here is a slip of the pen, and the nearest name is offered. The reference
//! (`connectors/README.md`) lists the same keys; a test compares the two.

#[cfg(test)]
mod editor;
mod tables;

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::problem::{Findings, UNKNOWN_KEY, nearest, or_list};

pub(crate) use tables::ROOT;
use tables::{FIELD, REQUEST};

/// One key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) inner: Inner,
}

/// What a key holds, as far as names go; types are the readers' business.
#[derive(Debug)]
pub(crate) enum Inner {
    /// A value, or a table whose keys the author chooses.
    Plain,
    /// A table, or a list of tables, with keys of the language.
    Table(Tables),
    /// The same keys as elsewhere, documented there.
    Again(Tables),
    /// A table whose keys the author chooses, each with a table of keys of the language.
    Each(Tables),
}

/// The keys of a table, in groups that tables share.
pub(crate) type Tables = &'static [&'static [Key]];

const fn plain(name: &'static str) -> Key {
    Key { name, inner: Inner::Plain }
}

const fn table(name: &'static str, keys: Tables) -> Key {
    Key { name, inner: Inner::Table(keys) }
}

const fn again(name: &'static str, keys: Tables) -> Key {
    Key { name, inner: Inner::Again(keys) }
}

const fn each(name: &'static str, keys: Tables) -> Key {
    Key { name, inner: Inner::Each(keys) }
}

/// Notes every key that the language does not have.
pub(crate) fn check_names(sheet: &DeTable<'_>, keys: Tables, path: &str, findings: &Findings<'_>) {
    for (name, value) in sheet {
        let written: &str = name.get_ref();
        let full = if path.is_empty() { written.to_owned() } else { format!("{path}.{written}") };
        let known = keys.iter().copied().flatten();
        match known.clone().find(|key| key.name == written).map(|key| &key.inner) {
            None => {
                let place = if path.is_empty() { "at the top of a connector".into() } else { format!("in {path}") };
                let names = known.map(|key| key.name);
                let hint = nearest(written, keys.iter().copied().flatten().map(|key| key.name)).map_or_else(
                    || format!("{place} there can be {}", or_list(names)),
                    |name| format!("did you mean {name}?"),
                );
                findings.note(&name.span(), &full, UNKNOWN_KEY, hint);
            }
            Some(Inner::Plain) => {}
            Some(Inner::Each(inner)) => {
                for (own, value) in value.get_ref().as_table().into_iter().flatten() {
                    if let DeValue::Table(table) = value.get_ref() {
                        check_names(table, inner, &format!("{full}.{}", own.get_ref()), findings);
                    }
                }
            }
            Some(Inner::Table(inner) | Inner::Again(inner)) => match value.get_ref() {
                DeValue::Table(table) => check_names(table, inner, &full, findings),
                DeValue::Array(tables) => {
                    for table in tables.iter().filter_map(|item| item.get_ref().as_table()) {
                        check_names(table, inner, &full, findings);
                    }
                }
                _ => {}
            },
        }
    }
}

/// Every key with its tables (`follow.poll.every`), for the reference's own test. Keys of the request block stand once, as
/// `request.…`, and what answers and events say as `field.…`.
pub fn keys() -> BTreeSet<String> {
    fn shared(group: &[Key]) -> Option<&'static str> {
        let named = [(REQUEST, "request"), (FIELD, "field")];
        named.into_iter().find(|(shared, _)| std::ptr::eq(*shared, group)).map(|(_, name)| name)
    }
    fn walk(tables: Tables, path: &str, out: &mut BTreeSet<String>) {
        for group in tables.iter().copied() {
            let path = shared(group).unwrap_or(path);
            for key in group {
                let full = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
                match key.inner {
                    Inner::Plain | Inner::Again(_) | Inner::Each(_) => drop(out.insert(full)),
                    Inner::Table(inner) => {
                        walk(inner, &full, out);
                        if inner.iter().all(|group| shared(group).is_some()) {
                            out.insert(full);
                        }
                    }
                }
            }
        }
    }
    let mut out = BTreeSet::new();
    walk(ROOT, "", &mut out);
    out
}
