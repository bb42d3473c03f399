//! The storage's own origin: `GET /objects/{key}` with a signed query, and nothing else.
//!
//! It knows no users. An Authorization header is neither needed nor looked at; that one came is counted, so that a test can
//! prove that none does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::index::StoredObject;
use super::range::{Part, wanted};
use super::sign::{Refusal, Signer};
use super::store::ObjectStore;
use crate::clock::Clock;
use crate::faults::{Fault, Faults, Step};
use crate::ids;
use crate::queue::Queue;
use crate::seen::Counters;
use crate::supervisor::Supervisor;

/// So much is read from the disk at once, and held for one download.
const CHUNK: usize = 256 * 1024;

/// What the storage works with.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) queue: Queue,
    pub(crate) objects: ObjectStore,
    pub(crate) signer: Arc<Signer>,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) seen: Arc<Counters>,
    pub(crate) supervisor: Supervisor,
}

/// The storage's routes: one handler for whatever comes.
pub(crate) fn router(storage: Arc<Storage>) -> Router {
    Router::new().fallback(answer).with_state(storage)
}

async fn answer(State(storage): State<Arc<Storage>>, request: Request) -> Response {
    let now = storage.clock.now();
    storage.seen.storage_requests.fetch_add(1, Ordering::Relaxed);
    if request.headers().contains_key(header::AUTHORIZATION) {
        storage.seen.storage_authorizations.fetch_add(1, Ordering::Relaxed);
    }
    if request.headers().contains_key(header::RANGE) {
        storage.seen.storage_ranges.fetch_add(1, Ordering::Relaxed);
    }
    // The body is of no interest, and would tie the future to one thread.
    let (request, _) = request.into_parts();
    let mut response = storage.get(&request, now).await.unwrap_or_else(IntoResponse::into_response);
    // Our own time, which tests move; hyper adds the system's only where there is none.
    if let Ok(date) = HeaderValue::from_str(&http_date(now)) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

impl Storage {
    async fn get(&self, request: &Parts, now: Timestamp) -> Result<Response, XmlError> {
        let (path, query) = (request.uri.path(), request.uri.query().unwrap_or_default());
        match request.method {
            Method::GET => {}
            // A link is signed for one method.
            Method::HEAD => return Err(XmlError::signature()),
            _ => {
                let message = "The specified method is not allowed against this resource.";
                return Err(XmlError(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message));
            }
        }
        self.signer.check(path, query, now).map_err(|refusal| match refusal {
            Refusal::NotSigned if query.contains("X-Amz-Signature=") => XmlError::signature(),
            Refusal::NotSigned => XmlError(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied"),
            Refusal::Expired => XmlError(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired"),
        })?;
        let missing = || XmlError(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.");
        let key = path.strip_prefix("/objects/").ok_or_else(missing)?;
        let object = self.queue.object(key).await.map_err(|_| XmlError::internal())?.ok_or_else(missing)?;
        let mut file = File::open(self.objects.path(&object.key)).await.map_err(|error| {
            tracing::error!(%error, "an object has a row and no file");
            XmlError::internal()
        })?;
        let etag = format!("\"{}\"", ids::hex(object.sha256.get(..16).unwrap_or(&object.sha256)));
        let last_modified = http_date(object.stored_at);
        let part = wanted(&request.headers, object.size, &etag, &last_modified);
        let mut headers = self.describe(&object, &etag, &last_modified).map_err(|_| XmlError::internal())?;
        let (status, first, last) = match part {
            Part::Whole => (StatusCode::OK, 0, object.size),
            Part::Range(first, last) => {
                headers.insert(header::CONTENT_RANGE, text(&format!("bytes {first}-{last}/{}", object.size))?);
                (StatusCode::PARTIAL_CONTENT, first, last + 1)
            }
            Part::NotModified => return Ok((StatusCode::NOT_MODIFIED, headers).into_response()),
            Part::NotTheOne => {
                let message = "At least one of the pre-conditions you specified did not hold";
                return Err(XmlError(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message));
            }
            Part::Nowhere => {
                let message = "The requested range is not satisfiable";
                let error = XmlError(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message);
                let mut response = error.into_response();
                response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes */{}", object.size))?);
                return Ok(response);
            }
        };
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(last - first));
        file.seek(io::SeekFrom::Start(first)).await.map_err(|_| XmlError::internal())?;
        Ok((status, headers, Body::from_stream(self.bytes(file, last - first))).into_response())
    }

    fn describe(
        &self,
        object: &StoredObject,
        etag: &str,
        last_modified: &str,
    ) -> Result<HeaderMap, http::header::InvalidHeaderValue> {
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
        headers.insert("x-amz-request-id", HeaderValue::from_str(&ids::fresh()[..16])?);
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

/// An error as S3 says it: status, code and message.
#[derive(Debug)]
struct XmlError(StatusCode, &'static str, &'static str);

impl XmlError {
    fn internal() -> Self {
        let message = "We encountered an internal error. Please try again.";
        Self(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
    }

    fn signature() -> Self {
        let message = "The request signature we calculated does not match the signature you provided.";
        Self(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", message)
    }
}

impl IntoResponse for XmlError {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>{}</RequestId></Error>",
            &ids::fresh()[..16],
        );
        (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
    }
}

fn text(value: &str) -> Result<HeaderValue, XmlError> {
    HeaderValue::from_str(value).map_err(|_| XmlError::internal())
}

/// The date format of HTTP (RFC 9110, section 5.6.7).
pub(crate) fn http_date(time: Timestamp) -> String {
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
