//! Sending an object, or the part of it that a request wants: the same from the storage and from the API's own endpoint.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};
use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::index::StoredObject;
use super::range::{Part, wanted};
use super::serve::http_date;
use super::store::ObjectStore;
use crate::faults::{Fault, Faults, Step};
use crate::ids;
use crate::supervisor::Supervisor;

/// So much is read from the disk at once, and held for one download.
const CHUNK: usize = 256 * 1024;

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
    /// The request means another object than this one.
    NotTheOne,
    /// It has no such range; it is so many bytes long.
    Nowhere(u64),
}

impl From<io::Error> for Undelivered {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "an object has a row and cannot be read");
        Self::Lost
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
        let mut file = File::open(self.objects.path(&object.key)).await?;
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
        file.seek(io::SeekFrom::Start(first)).await?;
        Ok((status, headers, Body::from_stream(self.bytes(file, last - first))).into_response())
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

    /// The next `length` bytes of the file, unless a fault ends them.
    fn bytes(&self, file: File, length: u64) -> impl Stream<Item = io::Result<Bytes>> + use<> {
        let cut = self.faults.strikes(Fault::Cut, Some(Step::Result));
        let stall = self.faults.strikes(Fault::Stall, Some(Step::Result));
        let whole = if cut || stall { length / 2 } else { length };
        let stop = self.supervisor.stopping().clone();
        stream::try_unfold((file, whole), move |(mut file, left)| {
            let stop = stop.clone();
            async move {
                if left == 0 {
                    if stall {
                        stop.cancelled().await;
                    }
                    let broken = || io::Error::new(io::ErrorKind::ConnectionReset, "told to cut");
                    return if cut || stall { Err(broken()) } else { Ok(None) };
                }
                let size = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
                let mut chunk = BytesMut::with_capacity(size);
                if (&mut file).take(size as u64).read_buf(&mut chunk).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let left = left - chunk.len() as u64;
                Ok(Some((chunk.freeze(), (file, left))))
            }
        })
    }
}
