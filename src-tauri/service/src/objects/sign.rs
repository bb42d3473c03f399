//! Presigned links in the manner of S3: the parameters `X-Amz-*` carry when and how long a link is good, and a signature
//! over them and the key.
//!
//! The signature is an HMAC-SHA256 of our own over path and query; no client computes it, so S3's derivation of keys is left
//! out. The host is not signed: the storage may come back on another port.

use std::time::Duration;

use aws_lc_rs::hmac;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::ids;

const SIGNATURE: &str = "&X-Amz-Signature=";

/// Why a request to the storage is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing signed, or signed for something else.
    NotSigned,
    /// It was good once.
    Expired,
}

/// Makes and checks links.
pub(crate) struct Signer {
    key: hmac::Key,
    /// Scheme, host and port of the storage.
    origin: String,
    /// How long a link is good; whole seconds on the wire.
    life: Duration,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Signer").field("origin", &self.origin).field("life", &self.life).finish_non_exhaustive()
    }
}

impl Signer {
    pub(crate) fn new(key: &[u8], origin: String, life: Duration) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), origin, life }
    }

    /// A link to the object, good from `now` on.
    pub(crate) fn link(&self, object_key: &str, now: Timestamp) -> String {
        // Rounded up: a link of half a second would be dead at birth.
        let seconds = self.life.as_secs() + u64::from(self.life.subsec_nanos() > 0);
        let date = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &date[..8];
        let path = format!("/objects/{object_key}");
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=landfall%2F{day}%2Flocal%2Fs3%2Faws4_request\
             &X-Amz-Date={date}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host"
        );
        let signature = ids::hex(hmac::sign(&self.key, &signed(&path, &query)).as_ref());
        format!("{}{path}?{query}{SIGNATURE}{signature}", self.origin)
    }

    /// A link that was good until a moment ago.
    pub(crate) fn expired_link(&self, object_key: &str, now: Timestamp) -> String {
        let long_ago = SignedDuration::try_from(self.life)
            .ok()
            .and_then(|life| now.checked_sub(life.saturating_add(SignedDuration::from_secs(2))).ok());
        self.link(object_key, long_ago.unwrap_or(now))
    }

    /// Whether path and query, both as they came over the wire, are a link of ours that is still good.
    pub(crate) fn check(&self, path: &str, query: &str, now: Timestamp) -> Result<(), Refusal> {
        let (query, signature) = query.rsplit_once(SIGNATURE).ok_or(Refusal::NotSigned)?;
        let signature = ids::unhex(signature).ok_or(Refusal::NotSigned)?;
        hmac::verify(&self.key, &signed(path, query), &signature).map_err(|_| Refusal::NotSigned)?;
        // Past this line the query is our own.
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let expiry = (|| {
            let from = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", value("X-Amz-Date")?).ok()?;
            let from = from.to_zoned(TimeZone::UTC).ok()?.timestamp();
            from.checked_add(SignedDuration::from_secs(value("X-Amz-Expires")?.parse().ok()?)).ok()
        })();
        if now < expiry.ok_or(Refusal::NotSigned)? { Ok(()) } else { Err(Refusal::Expired) }
    }
}

fn signed(path: &str, query: &str) -> Vec<u8> {
    format!("GET\n{path}\n{query}").into_bytes()
}
