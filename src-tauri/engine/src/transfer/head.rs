//! The head of an answer, read into the facts that a transfer decides by.

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checksum::{Algorithm, Digest};
use super::name;

/// A validator (RFC 9110 section 8.8.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ETag {
    /// Whether it begins with `W/`: equal tags then mean the same content, not the same bytes.
    pub weak: bool,
    /// What stands between the quotes.
    pub opaque: String,
}

impl ETag {
    /// Reads the field; text without quotes, as some servers send, counts as strong.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (weak, rest) = match text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let opaque = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(rest);
        (!opaque.is_empty()).then(|| Self { weak, opaque: opaque.to_owned() })
    }

    /// Equal and both strong: the same bytes.
    pub fn proves_same(&self, other: &Self) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }
}

/// What `Content-Range` says (RFC 9110 section 14.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeSaid {
    /// No such field.
    Absent,
    /// A field that cannot be read, contradicts itself, or stands there twice.
    Unreadable,
    /// `bytes first-last/total`, the total unknown when it is `*`.
    Part {
        /// Position of the first byte of the body.
        first: u64,
        /// Position of its last byte.
        last: u64,
        /// Bytes of the whole.
        total: Option<u64>,
    },
    /// `bytes */total`.
    Unsatisfied {
        /// Bytes of the whole.
        total: u64,
    },
}

impl RangeSaid {
    /// Reads one field value.
    pub fn parse(text: &str) -> Self {
        Self::read(text).unwrap_or(Self::Unreadable)
    }

    fn read(text: &str) -> Option<Self> {
        let (unit, rest) = text.trim().split_once([' ', '='])?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (span, total) = rest.trim().split_once('/')?;
        let total = match total.trim() {
            "*" => None,
            number => Some(digits(number)?),
        };
        if span.trim() == "*" {
            return total.map(|total| Self::Unsatisfied { total });
        }
        let (first, last) = span.split_once('-')?;
        let (first, last) = (digits(first)?, digits(last)?);
        let sound = first <= last && last < u64::MAX && total.is_none_or(|total| last < total);
        sound.then_some(Self::Part { first, last, total })
    }
}

/// What `Content-Length` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// No such field: the end is where the body ends.
    Open,
    /// So many bytes follow.
    Known(u64),
    /// The body is chunked: its framing tells a proper end from a cut.
    Chunked,
    /// Several fields, or no number: the framing cannot be trusted (RFC 9112 section 6.3).
    Conflicting,
}

/// What `Content-Encoding` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coding {
    /// The bytes are the file's.
    Identity,
    /// The bytes are packed, though identity was asked for.
    Gzip,
    /// Packed in a way we did not ask for and do not undo.
    Other(String),
}

/// The facts of one answer's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// `ETag`.
    pub etag: Option<ETag>,
    /// `Last-Modified`, compared as text.
    pub last_modified: Option<String>,
    /// `Content-Length`.
    pub length: Length,
    /// `Content-Range`.
    pub range: RangeSaid,
    /// `Content-Encoding`.
    pub coding: Coding,
    /// Whether the body is `multipart/byteranges`.
    pub multipart: bool,
    /// Digests of the whole file that the head declares.
    pub digests: Vec<Digest>,
    /// The server's own time.
    pub date: Option<Timestamp>,
    /// How long the server asks us to wait.
    pub retry_after: Option<Duration>,
    /// The name in `Content-Disposition`, as it came: not safe yet.
    pub name: Option<String>,
}

impl Head {
    /// Reads a head; `now` stands in for a missing `Date`.
    pub fn read(status: u16, headers: &HeaderMap, now: Timestamp) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let date = text(header::DATE).and_then(crate::retry::http_date);
        Self {
            status,
            etag: text(header::ETAG).and_then(ETag::parse),
            last_modified: text(header::LAST_MODIFIED).map(|value| value.trim().to_owned()),
            length: length(headers),
            range: range(headers),
            coding: coding(headers),
            multipart: text(header::CONTENT_TYPE)
                .is_some_and(|media| media.trim_start().to_ascii_lowercase().starts_with("multipart/byteranges")),
            digests: digests(status, headers),
            date,
            retry_after: text(header::RETRY_AFTER)
                .and_then(|value| crate::retry::retry_after(value, date.unwrap_or(now))),
            name: headers.get(header::CONTENT_DISPOSITION).and_then(|value| name::of_disposition(value.as_bytes())),
        }
    }
}

fn length(headers: &HeaderMap) -> Length {
    let coding = headers.get(header::TRANSFER_ENCODING).and_then(|value| value.to_str().ok());
    if coding.is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked")) {
        return Length::Chunked;
    }
    let mut all = headers.get_all(header::CONTENT_LENGTH).iter();
    match (all.next(), all.next()) {
        (None, _) => Length::Open,
        (Some(one), None) => one.to_str().ok().and_then(digits).map_or(Length::Conflicting, Length::Known),
        (Some(_), Some(_)) => Length::Conflicting,
    }
}

fn range(headers: &HeaderMap) -> RangeSaid {
    let mut all = headers.get_all(header::CONTENT_RANGE).iter();
    match (all.next(), all.next()) {
        (None, _) => RangeSaid::Absent,
        (Some(one), None) => one.to_str().map_or(RangeSaid::Unreadable, RangeSaid::parse),
        (Some(_), Some(_)) => RangeSaid::Unreadable,
    }
}

fn coding(headers: &HeaderMap) -> Coding {
    let mut found = Coding::Identity;
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        for word in value.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "identity") {
            found = match (&found, word) {
                (Coding::Identity, "gzip" | "x-gzip") => Coding::Gzip,
                _ => Coding::Other(value.clone()),
            };
        }
    }
    found
}

/// `Repr-Digest` is of the whole file whatever part is sent (RFC 9530 section 3); `Content-Digest` and `Content-MD5` are of
/// this message, so they count only when the message is the whole.
fn digests(status: u16, headers: &HeaderMap) -> Vec<Digest> {
    let fields = |name: &'static str| {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(Digest::of_field)
    };
    let mut all: Vec<Digest> = fields("repr-digest").collect();
    if status == 200 {
        all.extend(fields("content-digest"));
        all.extend(
            headers
                .get("content-md5")
                .and_then(|value| value.to_str().ok())
                .and_then(|text| Digest::parse(Algorithm::Md5, text)),
        );
    }
    all.dedup();
    all
}

/// A number of digits only: no sign, no space within.
fn digits(text: &str) -> Option<u64> {
    let text = text.trim();
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn content_range_in_every_spelling() {
        let part = |first, last, total| RangeSaid::Part { first, last, total };
        let cases = [
            ("bytes 0-9/10", part(0, 9, Some(10))),
            ("bytes 5-9/*", part(5, 9, None)),
            ("Bytes  4294967296-4294967299/4294967300", part(4_294_967_296, 4_294_967_299, Some(4_294_967_300))),
            ("bytes */0", RangeSaid::Unsatisfied { total: 0 }),
            ("bytes */*", RangeSaid::Unreadable),
            ("bytes 9-5/10", RangeSaid::Unreadable),
            ("bytes 5-10/10", RangeSaid::Unreadable),
            ("bytes -5/10", RangeSaid::Unreadable),
            ("bytes +5-6/10", RangeSaid::Unreadable),
            ("items 0-9/10", RangeSaid::Unreadable),
            ("bytes 0-99999999999999999999/100000000000000000000", RangeSaid::Unreadable),
            ("", RangeSaid::Unreadable),
        ];
        for (text, expected) in cases {
            assert_eq!(RangeSaid::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn etag_knows_weak_from_strong() {
        let strong = ETag::parse("\"a\"").unwrap();
        let weak = ETag::parse("W/\"a\"").unwrap();
        assert!(strong.proves_same(&strong.clone()));
        assert!(!strong.proves_same(&weak) && !weak.proves_same(&weak.clone()), "a weak tag proves nothing");
        assert_eq!(ETag::parse("\"\""), None);
    }

    #[test]
    fn two_lengths_conflict_even_when_equal() {
        let mut headers = HeaderMap::new();
        headers.append(header::CONTENT_LENGTH, HeaderValue::from_static("5"));
        assert_eq!(length(&headers), Length::Known(5));
        headers.append(header::CONTENT_LENGTH, HeaderValue::from_static("5"));
        assert_eq!(length(&headers), Length::Conflicting);
    }

    #[test]
    fn codings_stack_to_something_we_do_not_undo() {
        let of = |text: &'static str| {
            coding(&HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static(text))]))
        };
        assert_eq!(of("identity"), Coding::Identity);
        assert_eq!(of("gzip"), Coding::Gzip);
        assert_eq!(of("gzip, gzip"), Coding::Other("gzip, gzip".into()));
        assert_eq!(of("br"), Coding::Other("br".into()));
    }

    proptest! {
        #[test]
        fn no_head_makes_it_panic(status: u16, fields in proptest::collection::vec(("[!-~ ]{0,40}", 0_usize..9), 0..12)) {
            let names = [
                "content-range", "content-length", "etag", "content-encoding", "repr-digest",
                "content-disposition", "retry-after", "date", "content-md5",
            ];
            let mut headers = HeaderMap::new();
            for (value, which) in fields {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.append(names[which], value);
                }
            }
            let _ = Head::read(status, &headers, Timestamp::UNIX_EPOCH);
        }

        #[test]
        fn written_range_is_read_back(first in 0_u64..u64::MAX / 4, span in 0_u64..u64::MAX / 4, rest in 0_u64..9) {
            let (last, total) = (first + span, first + span + 1 + rest);
            prop_assert_eq!(
                RangeSaid::parse(&format!("bytes {first}-{last}/{total}")),
                RangeSaid::Part { first, last, total: Some(total) }
            );
        }
    }
}
