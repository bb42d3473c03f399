//! JSON documents in bounded memory, with numbers by their value.
//!
//! Two numbers are the same when their values are (RFC 8259, section 6 knows no other kind of number): `1`, `1.0` and
//! `1e0` are one, and so are `0` and `-0`. Whole numbers that fit 64 bits count exactly, all others as the IEEE 754 double
//! that the same section names as what can be relied on. Where a name stands twice in an object, the last one counts.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::digest::Sha256;

/// Why there is no document.
#[derive(Debug)]
pub(super) enum Flaw {
    /// More values than are held.
    TooManyValues,
    /// No JSON, as the end of a sentence.
    Syntax(String),
}

/// Reads a document of at most so many values; names of objects stand in their order afterwards.
pub(super) fn parse(bytes: &[u8], values: u64) -> Result<Value, Flaw> {
    // A byte order mark is not JSON, but servers on Windows send it (RFC 8259, section 8.1 lets us ignore it).
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let left = Cell::new(values);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Tree { left: &left }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(mut value) => {
            value.sort_all_objects();
            Ok(value)
        }
        Err(_) if left.get() == 0 => Err(Flaw::TooManyValues),
        Err(error) => Err(Flaw::Syntax(format!("it is no JSON in line {}, column {}", error.line(), error.column()))),
    }
}

/// The SHA-256 of the canonical text (no white space, names in the order of their bytes, numbers by value), and its size.
pub(super) fn digest(value: &Value) -> (String, u64) {
    let text = value.to_string();
    let mut hash = Sha256::default();
    hash.update(text.as_bytes());
    (hash.finish(), text.len() as u64)
}

/// Finds what keys with dots between them lead to.
pub(super) fn find<'a>(value: &'a Value, keys: &str) -> Option<&'a Value> {
    keys.split('.').try_fold(value, |value, key| value.get(key))
}

#[derive(Clone, Copy)]
struct Tree<'a> {
    left: &'a Cell<u64>,
}

impl Tree<'_> {
    fn spend<E: serde::de::Error>(self) -> Result<(), E> {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        if left == 0 { Err(E::custom("too many values")) } else { Ok(()) }
    }

    fn leaf<E: serde::de::Error>(self, value: Value) -> Result<Value, E> {
        self.spend().map(|()| value)
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.leaf(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.leaf(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.leaf(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.leaf(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.leaf(number(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.leaf(value.into())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.leaf(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.spend::<A::Error>()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.spend::<A::Error>()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            object.insert(name, members.next_value_seed(self)?);
        }
        Ok(object.into())
    }
}

/// The number of a double, as a whole number where its value is one that fits.
fn number(value: f64) -> Option<Number> {
    /// 2^63 and 2^64, which doubles hold exactly.
    const BORDERS: (f64, f64) = (9_223_372_036_854_775_808.0, 18_446_744_073_709_551_616.0);
    if value.fract() == 0.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and within the type's borders"
        )]
        if (-BORDERS.0..BORDERS.0).contains(&value) {
            return Some((value as i64).into());
        } else if (0.0..BORDERS.1).contains(&value) {
            return Some((value as u64).into());
        }
    }
    Number::from_f64(value)
}
