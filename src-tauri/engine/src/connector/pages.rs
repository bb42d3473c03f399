//! A result that comes in pages: how they become one file, and where the next one is.

use bytes::Bytes;
use http::HeaderMap;

use super::part::Part;
use crate::secrets::SafeUrl;
pub use crate::transfer::Join;

/// A result in pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    /// The first page; its name, kind and least size are the whole file's.
    pub first: Part,
    /// How they become one file.
    pub join: Join,
    /// Whether a page's body names the next one; if not, its head does.
    pub named_in_body: bool,
}

/// The head of a page that was fetched, as far as it can tell where the next one is.
#[derive(Debug, Clone)]
pub struct PageHead {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Where it was.
    pub url: SafeUrl,
    /// Its body, when it is small enough to be read as a whole and the next page is named in it.
    pub body: Option<Bytes>,
}
