//! Lists: what was put in, taken out, changed, and what only stands elsewhere.
//!
//! Equal elements are found first, wherever they stand. What is left is paired by the member whose values name the elements
//! of both lists (the one with the most values in common), or by position where there is none.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::difference::{Change, Differences, child};
use super::document;

/// Members of the first element that are tried as its name.
const CANDIDATES: usize = 32;

/// Two elements by their positions.
type Pair = (usize, usize);

pub(super) fn compare(out: &mut Differences, pointer: &str, a: &[Value], b: &[Value]) {
    let ahead = a.iter().zip(b).take_while(|(one, other)| one == other).count();
    let behind = a[ahead..].iter().rev().zip(b[ahead..].iter().rev()).take_while(|(one, other)| one == other).count();
    let (a, b) = (&a[..a.len() - behind], &b[..b.len() - behind]);
    if a.len() == ahead && b.len() == ahead {
        return;
    }
    let mut known: Vec<Pair> = Vec::new();
    let (left_a, left_b) = take_equal(a, b, ahead, &mut known);
    let at = |index: usize| child(pointer, &index.to_string());
    known.sort_unstable();
    let (changed, removed, added) = match naming_member(a, b, ahead) {
        Some(member) => {
            let (pairs, removed, added) = pair_by_name(a, b, member, &left_a, &left_b);
            known.extend(&pairs);
            (pairs, removed, added)
        }
        None => pair_by_position(a, b, &left_a, &left_b, &known),
    };
    known.sort_unstable();
    let moved = known.len() - longest_rise(known.iter().map(|pair| pair.1));
    if moved > 0 {
        out.note(|| Change::Order { pointer: pointer.to_owned(), elements: known.len() + ahead + behind, moved });
    }
    for (one, other) in changed {
        out.compare(&at(one), &a[one], &b[other]);
    }
    for index in removed {
        out.note_value(&at(index), Some(&a[index]), None);
    }
    for index in added {
        out.note_value(&at(index), None, Some(&b[index]));
    }
}

/// Takes what stands in both lists, and leaves the positions of the rest.
fn take_equal(a: &[Value], b: &[Value], from: usize, known: &mut Vec<Pair>) -> (Vec<usize>, Vec<usize>) {
    let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (index, value) in b.iter().enumerate().skip(from) {
        places.entry(document::digest(value).0).or_default().push_back(index);
    }
    let mut left = Vec::new();
    for (index, value) in a.iter().enumerate().skip(from) {
        match places.get_mut(&document::digest(value).0).and_then(VecDeque::pop_front) {
            Some(other) => known.push((index, other)),
            None => left.push(index),
        }
    }
    let mut others: Vec<usize> = places.into_values().flatten().collect();
    others.sort_unstable();
    (left, others)
}

/// The member that has another text or number in each element of a list, and the most of them in both lists.
fn naming_member<'a>(a: &'a [Value], b: &[Value], from: usize) -> Option<&'a str> {
    let first = a.get(from)?.as_object()?;
    let candidates = first.keys().take(CANDIDATES).filter_map(|member| {
        let (one, other) = (names(&a[from..], member)?, names(&b[from..], member)?);
        Some((one.intersection(&other).count(), member.as_str()))
    });
    // Of several that are as good, the first.
    let best = candidates.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(common, _)| *common > 0).map(|(_, member)| member)
}

fn names(list: &[Value], member: &str) -> Option<HashSet<String>> {
    let mut found = HashSet::with_capacity(list.len());
    list.iter().all(|value| name(value, member).is_some_and(|name| found.insert(name))).then_some(found)
}

fn name(value: &Value, member: &str) -> Option<String> {
    let value = value.get(member)?;
    (value.is_string() || value.is_number()).then(|| value.to_string())
}

/// Pairs, and what is left over in each list.
type Paired = (Vec<Pair>, Vec<usize>, Vec<usize>);

fn pair_by_name(a: &[Value], b: &[Value], member: &str, left_a: &[usize], left_b: &[usize]) -> Paired {
    let mut places: HashMap<String, usize> =
        left_b.iter().filter_map(|index| Some((name(&b[*index], member)?, *index))).collect();
    let (mut pairs, mut removed) = (Vec::new(), Vec::new());
    for index in left_a {
        match name(&a[*index], member).and_then(|name| places.remove(&name)) {
            Some(other) => pairs.push((*index, other)),
            None => removed.push(*index),
        }
    }
    let mut added: Vec<usize> = places.into_values().collect();
    added.sort_unstable();
    (pairs, removed, added)
}

/// Those of one type between the same equal elements are one that has changed; anything else was taken out and put in.
fn pair_by_position(a: &[Value], b: &[Value], left_a: &[usize], left_b: &[usize], known: &[Pair]) -> Paired {
    let (mut pairs, mut removed, mut added) = (Vec::new(), Vec::new(), Vec::new());
    let gaps = Gaps::of(known);
    for (one, other) in left_a.iter().zip(left_b) {
        let alike = |test: fn(&Value) -> bool| test(&a[*one]) == test(&b[*other]);
        if alike(Value::is_object) && alike(Value::is_array) && gaps.hold((*one, *other)) {
            pairs.push((*one, *other));
        } else {
            removed.push(*one);
            added.push(*other);
        }
    }
    removed.extend(left_a.iter().skip(left_b.len()));
    added.extend(left_b.iter().skip(left_a.len()));
    (pairs, removed, added)
}

/// The gaps between the equal elements of both lists.
struct Gaps<'a> {
    known: &'a [Pair],
    /// The positions in the second list, in order.
    others: Vec<usize>,
    /// The greatest of them among the first so many pairs.
    greatest: Vec<usize>,
}

impl<'a> Gaps<'a> {
    fn of(known: &'a [Pair]) -> Self {
        let mut others: Vec<usize> = known.iter().map(|pair| pair.1).collect();
        let greatest = others.iter().scan(0, |greatest, other| {
            *greatest = (*other).max(*greatest);
            Some(*greatest)
        });
        let greatest = greatest.collect();
        others.sort_unstable();
        Self { known, others, greatest }
    }

    /// Whether the same equal elements stand before both.
    fn hold(&self, (one, other): Pair) -> bool {
        let before = self.known.partition_point(|pair| pair.0 < one);
        let as_many = self.others.partition_point(|position| *position < other) == before;
        as_many && before.checked_sub(1).is_none_or(|last| self.greatest[last] < other)
    }
}

/// The length of the longest rising run with gaps: what is not in it has been moved.
fn longest_rise(positions: impl Iterator<Item = usize>) -> usize {
    let mut ends: Vec<usize> = Vec::new();
    for position in positions {
        let at = ends.partition_point(|end| *end < position);
        match ends.get_mut(at) {
            Some(end) => *end = position,
            None => ends.push(position),
        }
    }
    ends.len()
}
