//! Two packages, component by component.

use std::collections::BTreeMap;

use landfall_wire::Failure;
use serde::Serialize;

use super::difference::Differences;
use super::open::Content;
use super::{Change, Component, Package, Shown};
use crate::units::size_text;

/// What differs between a first package and a second.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Components that only the second has.
    pub added: Vec<Named>,
    /// Components that only the first has.
    pub removed: Vec<Named>,
    /// Components that both have and that differ.
    pub changed: Vec<ChangedComponent>,
    /// How many are the same in both.
    pub same: usize,
    /// Names that a package has more than once; those were paired by their files, else in the order of their files.
    pub repeated: Vec<Repetition>,
}

/// A component that only one of them has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its heading.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its file in the package that has it.
    pub file: String,
}

/// A component that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedComponent {
    /// Its heading.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its file in the first package.
    pub file: String,
    /// Its first differences.
    pub changes: Vec<Change>,
    /// How many more there are.
    pub more: usize,
}

/// A name that stands more than once in a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repetition {
    /// The heading.
    pub kind: String,
    /// The name.
    pub name: String,
    /// How often in the first.
    pub a: usize,
    /// How often in the second.
    pub b: usize,
}

/// Compares by heading and name. JSON is compared by what it says and not by how it is written: order of names, white space
/// and the spelling of a number do not count; anything else is compared as a whole. Holds two components at a time, or the
/// two documents where a package came as one.
pub fn compare(a: &mut Package, b: &mut Package) -> Result<Comparison, Failure> {
    let mut comparison = Comparison::default();
    let mut differing = Vec::new();
    for ((kind, name), (ours, theirs)) in grouped(a.components(), b.components()) {
        if ours.len() > 1 || theirs.len() > 1 {
            let (kind, name) = (kind.to_owned(), name.to_owned());
            comparison.repeated.push(Repetition { kind, name, a: ours.len(), b: theirs.len() });
        }
        let (pairs, removed, added) = pair(ours, theirs);
        comparison.removed.extend(removed.into_iter().map(Named::of));
        comparison.added.extend(added.into_iter().map(Named::of));
        for (one, other) in pairs {
            if (&one.sha256, one.canonical) == (&other.sha256, other.canonical) {
                comparison.same += 1;
            } else {
                differing.push((one.clone(), other.clone()));
            }
        }
    }
    a.locate(differing.iter().map(|(one, _)| one))?;
    b.locate(differing.iter().map(|(_, other)| other))?;
    for (one, other) in &differing {
        let mut differences = Differences::new(a.most_changes());
        match (a.read(one)?, b.read(other)?) {
            (Content::Document(from), Content::Document(to)) => differences.compare("", &from, &to),
            _ => differences.note(|| Change::Value { pointer: String::new(), from: whole(one), to: whole(other) }),
        }
        let more = differences.more();
        let Component { kind, name, file, .. } = one.clone();
        comparison.changed.push(ChangedComponent { kind, name, file, changes: differences.changes, more });
    }
    Ok(comparison)
}

type Sides<'a> = (Vec<&'a Component>, Vec<&'a Component>);

fn grouped<'a>(a: &'a [Component], b: &'a [Component]) -> BTreeMap<(&'a str, &'a str), Sides<'a>> {
    let mut groups: BTreeMap<(&str, &str), Sides<'_>> = BTreeMap::new();
    for component in a {
        groups.entry((&component.kind, &component.name)).or_default().0.push(component);
    }
    for component in b {
        groups.entry((&component.kind, &component.name)).or_default().1.push(component);
    }
    groups
}

type Pairs<'a> = (Vec<(&'a Component, &'a Component)>, Vec<&'a Component>, Vec<&'a Component>);

/// Those of one name: first by their files, then in their order.
fn pair<'a>(ours: Vec<&'a Component>, mut theirs: Vec<&'a Component>) -> Pairs<'a> {
    let (mut pairs, mut left) = (Vec::new(), Vec::new());
    for one in ours {
        match theirs.iter().position(|other| other.file == one.file) {
            Some(at) => pairs.push((one, theirs.remove(at))),
            None => left.push(one),
        }
    }
    let both = left.len().min(theirs.len());
    let (removed, added) = (left.split_off(both), theirs.split_off(both));
    pairs.extend(left.into_iter().zip(theirs));
    (pairs, removed, added)
}

impl Named {
    fn of(component: &Component) -> Self {
        let Component { kind, name, file, .. } = component.clone();
        Self { kind, name, file }
    }
}

fn whole(component: &Component) -> Shown {
    Shown::Summary(format!("{}, SHA-256 {}", size_text(component.size), component.sha256))
}
