//! One question to the server, redirects followed by hand.
//!
//! The rules for redirects: at most ten, no loop, http and https only, never from https down to http; headers of the link
//! go to the link's own origin and nowhere else; no Referer, no cookies.

use std::collections::HashSet;

use http::header::{ACCEPT_ENCODING, HeaderValue, IF_RANGE, LOCATION, RANGE};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::head::Head;
use super::plan::Question;
use super::{Context, Link};
use crate::net::redirect_target;
use crate::retry::Trouble;
use crate::secrets::SafeUrl;

/// Redirects followed for one question; browsers allow twenty, servers of files need two.
const HOPS: usize = 10;

/// An answer whose body has not been read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) response: reqwest::Response,
    pub(crate) url: SafeUrl,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Obstacle {
    /// We were told to stop.
    Stopped,
    /// The network.
    Trouble(Trouble),
    /// The answer breaks a rule, in words.
    Rule(String),
}

/// Asks; `idle` limits the wait for each head.
pub(crate) async fn ask(
    context: &Context,
    link: &Link,
    question: &Question,
    idle: std::time::Duration,
    stop: &CancellationToken,
) -> Result<Answer, Obstacle> {
    let mut url = link.url.clone();
    let mut seen = HashSet::new();
    for _ in 0..=HOPS {
        if !seen.insert(url.clone()) {
            return Err(Obstacle::Rule("The server redirects in a circle".into()));
        }
        let response = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Obstacle::Stopped),
            sent = send(context, link, question, &url) => sent?,
            () = context.clock.sleep(idle) => return Err(Obstacle::Trouble(Trouble::Silent)),
        };
        let status = response.status().as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            let head = Head::read(status, response.headers(), context.clock.now());
            return Ok(Answer { head, response, url: SafeUrl::new(url) });
        }
        url =
            redirect_target(&url, response.headers().get(LOCATION)).map_err(|rule| Obstacle::Rule(rule.to_owned()))?;
    }
    Err(Obstacle::Rule(format!("The server redirects more than {HOPS} times")))
}

async fn send(context: &Context, link: &Link, question: &Question, url: &Url) -> Result<reqwest::Response, Obstacle> {
    let mut request = context.client.get(url.clone());
    if url.origin() == link.url.origin() {
        request = request.headers(link.headers.clone());
    }
    request = request.header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if question.from > 0 {
        request = request.header(RANGE, format!("bytes={}-", question.from));
        if let Some(validator) = question.if_range.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            request = request.header(IF_RANGE, validator);
        }
    }
    request.send().await.map_err(|error| {
        if breaks_framing(&error) {
            Obstacle::Rule("The server's answer contradicts itself about its length".into())
        } else {
            Obstacle::Trouble(Trouble::of(&error))
        }
    })
}

/// Whether the client refused the head for its Content-Length (RFC 9112 section 6.3): it cannot become better by asking
/// again, and guessing would be the door for response smuggling.
fn breaks_framing(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.to_string().contains("content-length") {
            return true;
        }
        source = cause.source();
    }
    false
}
