//! `POST /oauth/token`: OAuth 2 client credentials (RFC 6749, section 4.4). Errors have that document's shape, not ours.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use url::form_urlencoded;

use super::Api;
use crate::faults::Step;

const TOKEN: &str = "/oauth/token";

/// A request for a token is a line of text.
const BODY_LIMIT: usize = 16 * 1024;

pub(super) fn router() -> Router<Arc<Api>> {
    Router::new().route(TOKEN, post(token))
}

pub(super) fn step(method: &Method, path: &str) -> Option<Step> {
    (method == Method::POST && path == TOKEN).then_some(Step::Token)
}

/// Why there is no token (RFC 6749, section 5.2).
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    InvalidRequest(&'static str),
    /// Whether the client tried the Authorization header.
    InvalidClient {
        by_header: bool,
    },
    UnsupportedGrantType,
}

async fn token(State(api): State<Arc<Api>>, headers: HeaderMap, body: Body) -> Response {
    match grant(&api, &headers, body).await {
        Ok(response) => response,
        Err(refusal) => refusal.answer(),
    }
}

async fn grant(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let form = read_form(headers, body).await?;
    let (id, secret) = credentials(headers, &form)?;
    let now = api.clock.now();
    let by_header = headers.contains_key(header::AUTHORIZATION);
    // Who asks comes before what is asked for: a stranger learns nothing about grants.
    let access = api.doorkeeper.exchange(&id, &secret, now).ok_or(Refusal::InvalidClient { by_header })?;
    match form.value("grant_type")? {
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::UnsupportedGrantType),
        None => return Err(Refusal::InvalidRequest("The parameter grant_type is missing")),
    }
    // No scope is known here; one that was asked for is granted as it is, which needs no word about it (section 5.1).
    form.value("scope")?;
    let answer = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": api.doorkeeper.token_life().as_secs(),
    });
    let mut response = axum::Json(answer).into_response();
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The parameters of the body.
struct Form(Vec<(String, String)>);

impl Form {
    /// A parameter that was sent without a value was not sent, and none may come twice (section 3.2).
    fn value(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Refusal::InvalidRequest("A parameter stands there twice")),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }
}

async fn read_form(headers: &HeaderMap, body: Body) -> Result<Form, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::InvalidRequest("The body is not application/x-www-form-urlencoded"));
    }
    let unreadable = |_| Refusal::InvalidRequest("The body is longer than 16 KiB, or did not arrive whole");
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(unreadable)?;
    Ok(Form(form_urlencoded::parse(&bytes).into_owned().collect()))
}

/// Id and secret by either way of section 2.3.1; using both at once is an error (section 2.3).
fn credentials(headers: &HeaderMap, form: &Form) -> Result<(String, String), Refusal> {
    let (id, secret) = (form.value("client_id")?, form.value("client_secret")?);
    match (headers.get(header::AUTHORIZATION), id, secret) {
        (Some(_), _, Some(_)) => Err(Refusal::InvalidRequest("The client says who it is in two ways")),
        (Some(basic), id, None) => {
            let basic = basic.to_str().ok().and_then(read_basic).ok_or(Refusal::InvalidClient { by_header: true })?;
            if id.is_some_and(|id| id != basic.0) {
                return Err(Refusal::InvalidRequest("The client says two different things about who it is"));
            }
            Ok(basic)
        }
        (None, Some(id), Some(secret)) => Ok((id.to_owned(), secret.to_owned())),
        (None, ..) => Err(Refusal::InvalidClient { by_header: false }),
    }
}

fn read_basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    let text = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok())??;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id), decoded(secret)))
}

/// Id and secret are form-encoded before they become Basic; what need not be encoded may stand as it is.
fn decoded(text: &str) -> String {
    let whole = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(whole.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

impl Refusal {
    pub(super) fn answer(self) -> Response {
        let (status, error, description) = match self {
            Self::InvalidRequest(description) => (StatusCode::BAD_REQUEST, "invalid_request", description),
            Self::InvalidClient { .. } => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "The client is not known here, or its secret is wrong")
            }
            Self::UnsupportedGrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "Only client_credentials is granted here")
            }
        };
        let body = axum::Json(json!({"error": error, "error_description": description}));
        let mut response = (status, body).into_response();
        if matches!(self, Self::InvalidClient { by_header: true }) {
            let challenge = HeaderValue::from_static("Basic realm=\"landfall\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
