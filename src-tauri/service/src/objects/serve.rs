//! The storage's own origin: `GET /objects/{key}` with a signed query, and nothing else.
//!
//! It knows no users. An Authorization header is neither needed nor looked at; that one came is counted, so that a test can
//! prove that none does.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;

use super::deliver::{Delivery, Undelivered};
use super::sign::{Refusal, Signer};
use crate::clock::Clock;
use crate::ids;
use crate::queue::Status;
use crate::seen::Counters;

/// What the storage works with.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) status: Arc<dyn Status>,
    pub(crate) delivery: Delivery,
    pub(crate) signer: Arc<Signer>,
    pub(crate) clock: Clock,
    pub(crate) seen: Arc<Counters>,
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
    let counted = storage.seen.results.enter();
    // The body is of no interest, and would tie the future to one thread.
    let (request, _) = request.into_parts();
    let mut response = storage.get(&request, now).await.unwrap_or_else(IntoResponse::into_response);
    // Our own time, which tests move; hyper adds the system's only where there is none.
    if let Ok(date) = HeaderValue::from_str(&http_date(now)) {
        response.headers_mut().insert(header::DATE, date);
    }
    counted.until_sent(response)
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
        let object = self.status.object(key).await.map_err(|_| XmlError::internal())?.ok_or_else(missing)?;
        let delivered = self.delivery.deliver(&object, &request.headers).await;
        let mut response = match delivered {
            Ok(response) => response,
            Err(Undelivered::Lost | Undelivered::Away) => return Err(XmlError::internal()),
            Err(Undelivered::NotTheOne) => {
                let message = "At least one of the pre-conditions you specified did not hold";
                return Err(XmlError(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message));
            }
            Err(Undelivered::Nowhere(size)) => {
                let message = "The requested range is not satisfiable";
                let error = XmlError(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message);
                let mut response = error.into_response();
                response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes */{size}"))?);
                return Ok(response);
            }
        };
        response.headers_mut().insert("x-amz-request-id", text(&ids::fresh()[..16])?);
        Ok(response)
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
