//! The cookies of one connection, by the basics of RFC 6265, and for its own origin only.

use std::fmt;

use jiff::Timestamp;

use crate::secrets::Secret;

/// The cookies of one connection. Prints names, never values.
#[derive(Clone, Default)]
pub struct Jar(Vec<Cookie>);

#[derive(Clone)]
struct Cookie {
    name: String,
    value: Secret,
    path: String,
    secure: bool,
    expires: Option<Timestamp>,
}

impl fmt::Debug for Jar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|cookie| &cookie.name)).finish()
    }
}
