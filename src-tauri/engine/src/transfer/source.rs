//! Links: where to fetch from for now, and who gives another when one is dead.

use futures_util::future::BoxFuture;
use http::HeaderMap;
use jiff::Timestamp;
use landfall_wire::Failure;
use url::Url;

/// Where to fetch from, for now.
#[derive(Clone)]
pub struct Link {
    /// The URL; its query may be a key, so it is printed only without.
    pub url: Url,
    /// Headers for the URL's own origin; redirects elsewhere do not get them.
    pub headers: HeaderMap,
    /// Whether another can be had when this one is dead.
    pub renewable: bool,
    /// Statuses that mean that it is dead.
    pub renew_on: Vec<u16>,
    /// Those of them that speak of the sign-in in its headers, and not of the link: it may have ended since it was made.
    pub sign_in_over_on: Vec<u16>,
    /// Whether the server is known to understand ranges; `false` begins at 0 after every cut.
    pub ranges: bool,
    /// When it dies, by the server's clock.
    pub expires_at: Option<Timestamp>,
    /// Whether it works once: a second question needs another.
    pub one_time: bool,
}

impl Link {
    /// A link without a job behind it: no headers, not renewable, 403 means dead.
    pub fn plain(url: Url) -> Self {
        Self {
            url,
            headers: HeaderMap::new(),
            renewable: false,
            renew_on: vec![403],
            sign_in_over_on: Vec::new(),
            ranges: true,
            expires_at: None,
            one_time: false,
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Link")
            .field("url", &crate::secrets::SafeUrl::new(self.url.clone()))
            .field("headers", &self.headers.len())
            .field("renewable", &self.renewable)
            .field("renew_on", &self.renew_on)
            .field("sign_in_over_on", &self.sign_in_over_on)
            .field("ranges", &self.ranges)
            .field("expires_at", &self.expires_at)
            .field("one_time", &self.one_time)
            .finish()
    }
}

/// Why a link is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkNeed {
    /// There is none yet.
    First,
    /// The last one is dead.
    Renew {
        /// The status that said so; `None` when it expired by the server's clock before it was used.
        status: Option<u16>,
    },
}

/// Gives links: the job behind a transfer, or a fixed one.
pub trait LinkSource: Send + Sync {
    /// A link to the same result.
    fn link(&mut self, need: LinkNeed) -> BoxFuture<'_, Result<Link, Failure>>;

    /// The head of an answer whose body is taken: of the whole (2xx but 206), or of a part that goes on where the bytes
    /// held end.
    fn answered(&mut self, _status: u16, _headers: &HeaderMap) {}
}
