//! What is to be fetched, as far as a server and its connector promise anything about it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::secrets::SafeUrl;

/// One file to fetch. Its URL is a key to the result: it prints without its query, but serializes whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Where it is.
    pub url: SafeUrl,
    /// What it should be called; not yet made safe for a file system.
    pub name: Option<String>,
    /// Its size in bytes, as the server promises.
    pub size: Option<u64>,
    /// What the server promises about its content.
    pub digests: Vec<Digest>,
    /// When the link dies, by the server's clock.
    pub expires_at: Option<Timestamp>,
    /// Whether the connection's sign-in goes with the request for it.
    pub auth: PartAuth,
    /// What kind of file it must be.
    pub kind: Option<ResultKind>,
    /// The least it must be, in bytes.
    pub min_size: Option<u64>,
    /// Statuses that mean that the link is dead and a fresh one is to be asked for.
    pub renew_on: Vec<u16>,
}

/// Whether the connection's sign-in goes with a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartAuth {
    /// It does not.
    None,
    /// It does: the link lies on the connection's own origin and the connector says so.
    Inherit,
}

/// A digest that a server promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// By which algorithm.
    pub algorithm: DigestAlgorithm,
    /// In lower-case hex.
    pub hex: String,
}

/// The algorithms a connector can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DigestAlgorithm {
    /// MD5, as object stores still give it.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

pub(crate) const ALGORITHMS: [(&str, DigestAlgorithm, usize); 4] = [
    ("md5", DigestAlgorithm::Md5, 16),
    ("sha1", DigestAlgorithm::Sha1, 20),
    ("sha256", DigestAlgorithm::Sha256, 32),
    ("sha512", DigestAlgorithm::Sha512, 64),
];

/// The kinds of file that can be promised and checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultKind {
    /// A ZIP archive.
    Zip,
    /// An MP4 video.
    Mp4,
    /// Comma-separated values.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// A PDF document.
    Pdf,
    /// One JSON document.
    Json,
    /// An XML document.
    Xml,
    /// A JSON document a line.
    Ndjson,
}

pub(crate) const KINDS: [(&str, ResultKind); 8] = [
    ("zip", ResultKind::Zip),
    ("mp4", ResultKind::Mp4),
    ("csv", ResultKind::Csv),
    ("xlsx", ResultKind::Xlsx),
    ("pdf", ResultKind::Pdf),
    ("json", ResultKind::Json),
    ("xml", ResultKind::Xml),
    ("ndjson", ResultKind::Ndjson),
];

impl ResultKind {
    /// The word as `verify.type` writes it.
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// When a presigned URL dies, by what its own query says (AWS signature 4 and 2, Google Cloud Storage, Azure).
pub(crate) fn signed_until(url: &Url) -> Option<Timestamp> {
    let value =
        |wanted: &str| url.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
    for (date, seconds) in [("X-Amz-Date", "X-Amz-Expires"), ("X-Goog-Date", "X-Goog-Expires")] {
        if let (Some(date), Some(seconds)) = (value(date), value(seconds)) {
            let seconds = seconds.parse::<u32>().ok()?;
            let at = date.parse::<Timestamp>().ok()?;
            return at.checked_add(jiff::SignedDuration::from_secs(i64::from(seconds))).ok();
        }
    }
    if let Some(until) = value("se") {
        return until.parse().ok();
    }
    Timestamp::from_second(value("Expires")?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_link_tells_when_it_dies() {
        let until = |query: &str| {
            signed_until(&Url::parse(&format!("https://s3.example/a?{query}")).unwrap()).map(|at| at.to_string())
        };
        let at = Some("2026-01-31T09:00:00Z".to_owned());
        assert_eq!(until("X-Amz-Date=20260131T080000Z&X-Amz-Expires=3600&X-Amz-Signature=0"), at);
        assert_eq!(until("se=2026-01-31T09%3A00%3A00Z&sig=0"), at);
        assert_eq!(until("Expires=1769850000&Signature=0"), at);
        assert_eq!(until("X-Amz-Date=rubbish&X-Amz-Expires=3600"), None);
        assert_eq!(until("a=b"), None);
    }
}
