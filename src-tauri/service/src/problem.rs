//! Error answers: `{"error":{"code","message","remediation","correlationId"}}` with a fitting status.
//!
//! What they say is written here or by the handlers; no text of an inner error, path, query or stack gets in.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// An answer that refuses.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    remediation: String,
    retry_after: Option<u32>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        remediation: impl Into<String>,
    ) -> Self {
        Self { status, code, message: message.into(), remediation: remediation.into(), retry_after: None }
    }

    /// The token is missing or wrong.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "The token is missing or not known here",
            "Send the header Authorization: Bearer with a token of this service",
        )
    }

    /// The access token was good once.
    pub(crate) fn token_expired() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "token_expired",
            "The access token has expired",
            "Ask POST /oauth/token for a fresh one and send the request again",
        )
    }

    /// There is no such thing, or it is another user's.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("There is no such {what}"),
            "Check the id; only what you asked for yourself can be seen",
        )
    }

    /// The request cannot be understood.
    pub(crate) fn bad_request(message: impl Into<String>, remediation: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message, remediation)
    }

    /// The request is understood and cannot be fulfilled.
    pub(crate) fn unprocessable(
        code: &'static str,
        message: impl Into<String>,
        remediation: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message, remediation)
    }

    /// Something inside failed; the log has the cause under the correlation id.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The service could not answer",
            "Try again; if it stays so, ask the service's operator and name the correlation id",
        )
    }

    /// The service is busy or down for a moment.
    pub(crate) fn unavailable(status: StatusCode, code: &'static str, message: &str, seconds: u32) -> Self {
        let mut problem = Self::new(status, code, message, format!("Try again in {seconds} s"));
        problem.retry_after = Some(seconds);
        problem
    }

    /// The answer with the correlation id in it.
    pub(crate) fn answer(&self, correlation_id: &str) -> Response {
        let body = json!({"error": {
            "code": self.code,
            "message": self.message,
            "remediation": self.remediation,
            "correlationId": correlation_id,
        }});
        let mut response = (self.status, axum::Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Leaves the problem in the response's extensions; the API's outermost layer knows the correlation id and writes the body.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<crate::queue::QueueError> for Problem {
    fn from(error: crate::queue::QueueError) -> Self {
        tracing::error!(%error, "the queue could not be used");
        if error.passes() {
            let message = "The service's queue does not answer at the moment";
            return Self::unavailable(StatusCode::SERVICE_UNAVAILABLE, "queue_unavailable", message, 2);
        }
        Self::internal()
    }
}
