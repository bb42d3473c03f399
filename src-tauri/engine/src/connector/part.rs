//! What is to be fetched, as far as a server and its connector promise anything about it.

use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::secrets::SafeUrl;
use crate::transfer::{Algorithm, Digest};
use crate::verify::{FileKind, Refusal};

/// One file to fetch. Its URL and headers are keys to the result: it prints without them and is never stored; after a
/// restart the server is asked again.
#[derive(Debug, Clone, PartialEq)]
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
    pub kind: Option<FileKind>,
    /// The least it must be, in bytes.
    pub min_size: Option<u64>,
    /// Statuses that mean that the link is dead and a fresh one is to be asked for.
    pub renew_on: Vec<u16>,
    /// Further headers for its own origin, marked sensitive.
    pub headers: HeaderMap,
    /// Whether what arrives is to be unpacked (gzip) on the way.
    pub gunzip: bool,
    /// Whether the server can be asked for ranges of it.
    pub ranges: bool,
    /// Whether the link works once: it is not probed, and a second attempt needs a fresh one.
    pub one_time: bool,
    /// How many records it must hold, where its kind has records.
    pub records: Option<u64>,
    /// What its first bytes must not be.
    pub refuse: Option<Refusal>,
}

/// Whether the connection's sign-in goes with a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartAuth {
    /// It does not.
    None,
    /// It does: the connector says so, and the link lies on the connection's own origin or on a host that the connector
    /// lists and a person confirmed.
    Inherit,
}

/// The digests a connector can name.
pub(crate) const ALGORITHMS: [(&str, Algorithm); 4] =
    [("md5", Algorithm::Md5), ("sha1", Algorithm::Sha1), ("sha256", Algorithm::Sha256), ("sha512", Algorithm::Sha512)];

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
