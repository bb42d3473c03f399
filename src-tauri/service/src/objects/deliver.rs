//! Sending an object, or the part of it that a request wants: the same from the storage and from the API's own endpoint.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::range::{Part, wanted};
use super::serve::http_date;
use super::store::{Bytestream, ObjectStore};
use super::stored::StoredObject;
use crate::faults::{Fault, Faults, Step};
use crate::ids;
use crate::supervisor::Supervisor;

/// What a delivery works with.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) objects: ObjectStore,
    pub(crate) faults: Faults,
    pub(crate) supervisor: Supervisor,
}

/// Why nothing of an object is sent; each origin has its own form of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// It cannot be read.
    Lost,
    /// It cannot be read now.
    Away,
    /// The request means another object than this one.
    NotTheOne,
    /// It has no such range; it is so many bytes long.
    Nowhere(u64),
}

impl From<io::Error> for Undelivered {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "an object has a row and cannot be read");
        if error.kind() == io::ErrorKind::TimedOut { Self::Away } else { Self::Lost }
    }
}

impl From<InvalidHeaderValue> for Undelivered {
    fn from(error: InvalidHeaderValue) -> Self {
        tracing::error!(%error, "what is known of an object fits no header");
        Self::Lost
    }
}

impl Delivery {
    /// The answer that these headers of a GET ask for: whole, part, or not modified.
    pub(crate) async fn deliver(&self, object: &StoredObject, asked: &HeaderMap) -> Result<Response, Undelivered> {
        let etag = format!("\"{}\"", ids::hex(object.sha256.get(..16).unwrap_or(&object.sha256)));
        let last_modified = http_date(object.stored_at);
        let part = wanted(asked, object.size, &etag, &last_modified);
        let mut headers = self.describe(object, &etag, &last_modified)?;
        let (status, first, last) = match part {
            Part::Whole => (StatusCode::OK, 0, object.size),
            Part::Range(first, last) => {
                let range = format!("bytes {first}-{last}/{}", object.size);
                headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&range)?);
                (StatusCode::PARTIAL_CONTENT, first, last + 1)
            }
            Part::NotModified => return Ok((StatusCode::NOT_MODIFIED, headers).into_response()),
            Part::NotTheOne => return Err(Undelivered::NotTheOne),
            Part::Nowhere => return Err(Undelivered::Nowhere(object.size)),
        };
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(last - first));
        let (cut, stall) = self.mishap();
        let length = if cut || stall { (last - first) / 2 } else { last - first };
        let bytes = self.objects.read(&object.key, first, length).await?;
        Ok((status, headers, Body::from_stream(self.spoilt(bytes, cut, stall))).into_response())
    }

    /// Whether this delivery is to break off, or to fall silent.
    fn mishap(&self) -> (bool, bool) {
        let strikes = |fault| self.faults.strikes(fault, Some(Step::Result));
        (strikes(Fault::Cut), strikes(Fault::Stall))
    }

    fn describe(
        &self,
        object: &StoredObject,
        etag: &str,
        last_modified: &str,
    ) -> Result<HeaderMap, InvalidHeaderValue> {
        let mut digest = object.sha256.clone();
        if self.faults.strikes(Fault::WrongDigest, Some(Step::Result))
            && let Some(byte) = digest.first_mut()
        {
            *byte ^= 0xff;
        }
        let plain: String = object
            .name
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '_' })
            .collect();
        let encoded: String = url::form_urlencoded::byte_serialize(object.name.as_bytes()).collect();
        let encoded = encoded.replace('+', "%20").replace('*', "%2A");
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&object.content_type)?);
        headers.insert(header::ETAG, HeaderValue::from_str(etag)?);
        headers.insert(header::LAST_MODIFIED, HeaderValue::from_str(last_modified)?);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))?,
        );
        // RFC 9530: of the whole object, whatever part of it is sent.
        headers.insert("repr-digest", HeaderValue::from_str(&format!("sha-256=:{}:", STANDARD.encode(digest)))?);
        Ok(headers)
    }

    /// The bytes, and then what a fault makes of their end.
    fn spoilt(&self, bytes: Bytestream, cut: bool, stall: bool) -> impl Stream<Item = io::Result<Bytes>> + use<> {
        let stop = self.supervisor.stopping().clone();
        let end = stream::once(async move {
            if stall {
                stop.cancelled().await;
            }
            Err(io::Error::new(io::ErrorKind::ConnectionReset, "told to cut"))
        });
        bytes.chain(end.take(usize::from(cut || stall)))
    }
}
