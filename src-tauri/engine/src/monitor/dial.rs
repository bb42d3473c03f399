//! Asks for an event stream, redirects followed by hand, and looks at the answer's head.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue};
use url::Url;

use super::end::{Broken, End};
use crate::clock::Clock;
use crate::net;
use crate::retry::Trouble;

/// Redirects followed for one connection; browsers allow twenty, event streams need one.
const HOPS: usize = 10;

/// What does not change between the connections of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Dialer {
    pub(crate) client: reqwest::Client,
    pub(crate) clock: Arc<dyn Clock>,
    /// Sent to the stream's own origin and nowhere else, the sign-in among them.
    pub(crate) own: HeaderMap,
    /// Each answer's head comes within this.
    pub(crate) answer: Duration,
    /// No byte for that long, and the connection counts as dead.
    pub(crate) idle: Duration,
}

impl Dialer {
    /// Asks; `open` are the headers that any origin may see. Gives an answer that is an event stream by its head.
    ///
    /// Headers of our own are left behind at the first redirect to another origin, and not taken up again when a later
    /// one leads back: where that points is then the other's choice.
    pub(crate) async fn dial(&self, mut url: Url, open: &HeaderMap) -> Result<reqwest::Response, Broken> {
        let origin = url.origin();
        let mut at_home = true;
        let mut seen = HashSet::new();
        for _ in 0..=HOPS {
            if !seen.insert(url.clone()) {
                return Err(misdirected("The server redirects in a circle"));
            }
            at_home &= url.origin() == origin;
            let response = self.ask(&url, open, at_home).await.map_err(Broken::Trouble)?;
            match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => {
                    url = net::redirect_target(&url, response.headers().get(LOCATION)).map_err(misdirected)?;
                }
                200 => return event_stream(response),
                status => {
                    let retry_after = net::retry_after(response.headers(), self.clock.now());
                    return Err(Broken::Trouble(Trouble::Status { status, retry_after }));
                }
            }
        }
        Err(misdirected("The server redirects too often"))
    }

    async fn ask(&self, url: &Url, open: &HeaderMap, at_home: bool) -> Result<reqwest::Response, Trouble> {
        let mut request = self.client.get(url.clone());
        if at_home {
            request = request.headers(self.own.clone());
        }
        // Packed events would wait in the packer's window until it is full.
        let request = request.headers(open.clone()).header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        tokio::select! {
            sent = request.send() => sent.map_err(|error| Trouble::of(&error)),
            () = self.clock.sleep(self.answer) => Err(Trouble::Silent),
        }
    }
}

/// Only `text/event-stream` is read, whatever its parameters: it is always UTF-8 (HTML standard, section 9.2.5).
fn event_stream(response: reqwest::Response) -> Result<reqwest::Response, Broken> {
    let value = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap_or("?")).trim();
    let (kind, coding) = (value(CONTENT_TYPE), value(CONTENT_ENCODING));
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let wrong = if !essence.eq_ignore_ascii_case("text/event-stream") {
        essence
    } else if !matches!(coding, "" | "identity") {
        coding
    } else {
        return Ok(response);
    };
    Err(Broken::Over(End::WrongType(wrong.chars().take(100).collect())))
}

fn misdirected(rule: &str) -> Broken {
    Broken::Over(End::Misdirected(rule.to_owned()))
}
