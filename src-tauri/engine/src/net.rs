//! The network as the engine sees it: clients with our rules, and one API exchange as a value.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use url::Url;

use crate::clock::Clock;
use crate::retry::Trouble;
use crate::secrets::SafeUrl;

/// A request to a server's API takes no longer than this.
pub const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// A connection is made within this, or the server counts as unreachable.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// No API answer is read beyond this: 8 MiB holds a job list of ten thousand.
pub const ANSWER_LIMIT: usize = 8 * 1024 * 1024;

/// Sockets kept per server.
const SOCKETS_KEPT: usize = 10;

/// What a connection says of the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Certificates (PEM) trusted besides the system's.
    pub certificate_authorities: Vec<PathBuf>,
    /// A file with a client certificate and its key (PEM).
    pub client_certificate: Option<PathBuf>,
    /// A proxy for everything but this machine itself; none = as the system says.
    pub proxy: Option<SafeUrl>,
}

/// A request to a server's API, ready to be sent. Prints without its body, which may hold a password.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: SafeUrl,
    /// Headers; those with secrets are marked sensitive.
    pub headers: HeaderMap,
    /// The body, if any.
    pub body: Option<Bytes>,
    /// How long the answer may take.
    pub limit: Duration,
    /// Where an answer may be the result itself, which is fetched and not read here.
    pub result: Option<ResultAt>,
}

/// When an answer is the result itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultAt {
    /// With this status.
    pub status: u16,
    /// A body of more bytes than this is left unread, and the answer has none.
    pub read: usize,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url: SafeUrl::new(url),
            headers: HeaderMap::new(),
            body: None,
            limit: REQUEST_LIMIT,
            result: None,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body.as_ref().map_or(0, Bytes::len);
        write!(out, "{} {} ({:?}, {body} bytes)", self.method, self.url, self.headers)
    }
}

/// A whole answer of a server's API. Prints without its headers and body, which may hold cookies and tokens.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body, at most [`ANSWER_LIMIT`].
    pub body: Bytes,
    /// The URL that answered.
    pub url: SafeUrl,
    /// When the answer was whole, by our clock.
    pub received_at: Timestamp,
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {} ({} bytes)", self.status, self.url, self.body.len())
    }
}

impl Answer {
    /// The server's own time (`Date`), by which expiry is judged; ours when it gives none.
    pub fn server_time(&self) -> Timestamp {
        server_time(&self.headers, self.received_at)
    }

    /// What the server asks for in `Retry-After`.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers, self.received_at)
    }
}

fn server_time(headers: &HeaderMap, received_at: Timestamp) -> Timestamp {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    date.and_then(crate::retry::http_date).unwrap_or(received_at)
}

/// What an answer's head asks for in `Retry-After`, counted from the server's own time where it tells it.
pub(crate) fn retry_after(headers: &HeaderMap, received_at: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    crate::retry::retry_after(value, server_time(headers, received_at))
}

/// Where a redirect from `url` leads: relative to it, http and https only, never from https down to http. The error says
/// in words which rule is broken.
pub(crate) fn redirect_target(url: &Url, location: Option<&HeaderValue>) -> Result<Url, &'static str> {
    let location = location
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
        .ok_or("The server redirects without saying where to")?;
    let mut next = url.join(location).map_err(|_| "The server redirects to something that is no address")?;
    next.set_fragment(None);
    match (url.scheme(), next.scheme()) {
        ("https", "http") => Err("The server redirects from https down to http, which is refused"),
        (_, "http" | "https") if next.has_host() => Ok(next),
        _ => Err("The server redirects to something that is neither http nor https"),
    }
}

/// The client for a server's API: pooled, redirects refused (they are followed by hand, with the rules for secrets).
pub fn api_client(network: &Network) -> Result<reqwest::Client, Failure> {
    finish(builder(network)?.pool_max_idle_per_host(SOCKETS_KEPT))
}

/// The client for result files: HTTP/1.1 only, because unread downloads that share one HTTP/2 connection starve each
/// other and everything else on it.
pub fn download_client(network: &Network) -> Result<reqwest::Client, Failure> {
    finish(builder(network)?.http1_only())
}

/// Offers AES-128-GCM first, as browsers do: the one suite that RFC 8446 section 9.1 demands of everybody, and a quarter
/// less work for both ends of a large download than AES-256.
fn prefer_the_common_cipher() {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != rustls::CipherSuite::TLS13_AES_128_GCM_SHA256);
    // Whoever chose before us in this process has chosen.
    let _ = provider.install_default();
}

fn builder(network: &Network) -> Result<reqwest::ClientBuilder, Failure> {
    prefer_the_common_cipher();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("landfall/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_LIMIT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .tcp_nodelay(true);
    for file in &network.certificate_authorities {
        for certificate in certificates(file)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    if let Some(file) = &network.client_certificate {
        builder = builder.identity(identity(file)?);
    }
    if let Some(proxy) = &network.proxy {
        builder = builder.proxy(through(proxy)?);
    }
    Ok(builder)
}

/// Everything goes through the proxy but what stays on this machine.
fn through(proxy: &SafeUrl) -> Result<reqwest::Proxy, Failure> {
    let way = reqwest::Proxy::all(proxy.reveal().clone()).map_err(|_| {
        Failure::new(ErrorCode::NetworkError, format!("The proxy {proxy} cannot be used"))
            .with_remediation("Give its address like http://proxy.example.com:3128")
    })?;
    Ok(way.no_proxy(reqwest::NoProxy::from_string("localhost,127.0.0.1,::1")))
}

fn identity(file: &std::path::Path) -> Result<reqwest::Identity, Failure> {
    let refuse = |why: &str| {
        let message = format!("The client certificate {} cannot be used: {why}", file.display());
        Failure::new(ErrorCode::NetworkError, message).with_remediation(
            "Name a file with the certificate and its key in PEM form (-----BEGIN CERTIFICATE-----, -----BEGIN PRIVATE KEY-----)",
        )
    };
    let pem = std::fs::read(file).map_err(|error| refuse(&crate::words::of_io(&error)))?;
    reqwest::Identity::from_pem(&pem).map_err(|_| refuse("it holds no certificate with a key"))
}

fn finish(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Failure> {
    builder.build().map_err(|error| {
        Failure::new(ErrorCode::NetworkError, format!("The HTTP client cannot be set up: {error}"))
            .with_remediation("Check the proxy settings and the certificate files")
    })
}

fn certificates(file: &std::path::Path) -> Result<Vec<reqwest::Certificate>, Failure> {
    let refuse = |why: String| {
        Failure::new(ErrorCode::NetworkError, format!("The certificate file {} cannot be used: {why}", file.display()))
            .with_remediation("Name a file with one or more certificates in PEM form (-----BEGIN CERTIFICATE-----)")
    };
    let pem = std::fs::read(file).map_err(|error| refuse(crate::words::of_io(&error)))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| refuse("it is not PEM".into()))?;
    if found.is_empty() { Err(refuse("it holds no certificate".into())) } else { Ok(found) }
}

/// Sends one API request and reads the whole answer within the request's limit and [`ANSWER_LIMIT`]; one that is the
/// result itself is not read.
pub async fn exchange(client: &reqwest::Client, clock: &dyn Clock, request: Request) -> Result<Answer, Trouble> {
    let (url, limit, result) = (request.url.clone(), request.limit, request.result);
    let mut sending = client.request(request.method, request.url.into_inner()).headers(request.headers);
    if let Some(body) = request.body {
        sending = sending.body(body);
    }
    let whole = async {
        let response = sending.send().await.map_err(|error| Trouble::of(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = BytesMut::new();
        let most = result.filter(|result| result.status == status).map(|result| result.read);
        let answer = |body| Answer { status, headers, body, url, received_at: clock.now() };
        if most.is_some_and(|most| most == 0 || response.content_length().is_some_and(|length| length > most as u64)) {
            return Ok(answer(Bytes::new()));
        }
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| Trouble::of(&error))?;
            if most.is_some_and(|most| body.len() + piece.len() > most) {
                return Ok(answer(Bytes::new()));
            }
            if body.len() + piece.len() > ANSWER_LIMIT {
                return Err(Trouble::Garbled);
            }
            body.extend_from_slice(&piece);
        }
        Ok(answer(body.freeze()))
    };
    tokio::select! {
        answer = whole => answer,
        () = clock.sleep(limit) => Err(Trouble::Silent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, location: &str, expected: Option<&str>) {
        let to = redirect_target(&Url::parse(from).unwrap(), Some(&HeaderValue::from_str(location).unwrap()));
        assert_eq!(to.ok().map(String::from), expected.map(str::to_owned), "{from} → {location}");
    }

    #[test]
    fn redirects_stay_within_the_rules() {
        check("https://a/x", "/y", Some("https://a/y"));
        check("http://a/x", "https://b/y#part", Some("https://b/y"));
        check("https://a/x", "http://a/y", None);
        check("https://a/x", "file:///etc/passwd", None);
        check("http://a/x", "javascript:alert(1)", None);
        check("http://a/x", "http://", None);
    }
}
