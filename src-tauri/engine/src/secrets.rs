//! Secrets that cannot print, and where they are kept.

mod sealed;
mod vault;

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

pub use vault::{Credentials, Keeping, Vault};

/// A token, password or cookie: prints as `****`, is never serialized, and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text into its keeping.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself; for the one place that puts it on the wire.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("****")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("****")
    }
}

/// The text with the query of every URL in it replaced, for words that come from a server or a library.
pub fn redacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        out.push_str(before);
        let end =
            url.find(|character: char| character.is_whitespace() || "\"'<>)".contains(character)).unwrap_or(url.len());
        let (url, after) = url.split_at(end);
        let (address, secret) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        // User and password stand before the first `@` of the authority.
        let authority = address.find('/').unwrap_or(address.len());
        out.push_str(address[..authority].rfind('@').map_or(address, |at| &address[at + 1..]));
        if !secret.is_empty() {
            out.push_str("?****");
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A URL that prints without user, password, query and fragment, since a signed query is a key to the result.
///
/// Serializes whole: what holds one in the store is expected to seal it (see `store`), or to renew it instead.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SafeUrl(Url);

impl SafeUrl {
    /// Wraps the URL.
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    /// The URL itself; for the one place that puts it on the wire.
    pub fn reveal(&self) -> &Url {
        &self.0
    }

    /// The URL itself, given away.
    pub fn into_inner(self) -> Url {
        self.0
    }
}

impl From<Url> for SafeUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        write!(out, "{}://{}", url.scheme(), url.host_str().unwrap_or(""))?;
        if let Some(port) = url.port() {
            write!(out, ":{port}")?;
        }
        out.write_str(url.path())?;
        if url.query().is_some() {
            out.write_str("?****")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SafeUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_are_redacted() {
        let cases = [
            ("see https://a.example/b?sig=1&x=2 and go", "see https://a.example/b?**** and go"),
            ("(http://u:p@h/x)", "(http://h/x)"),
            ("nothing here", "nothing here"),
            ("\"https://a/?t=1\",\"b\"", "\"https://a/?****\",\"b\""),
        ];
        for (text, expected) in cases {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn secrets_and_signed_queries_do_not_print() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "**** ****");
        let url = SafeUrl::new(Url::parse("https://me:pw@files.example:8443/a/b.zip?X-Amz-Signature=abc#x").unwrap());
        assert_eq!(
            format!("{url} / {url:?}"),
            "https://files.example:8443/a/b.zip?**** / https://files.example:8443/a/b.zip?****"
        );
    }
}
