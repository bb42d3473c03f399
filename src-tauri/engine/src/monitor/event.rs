//! What a server says on an event stream.

use std::fmt;

/// One event, as the HTML standard (section 9.2, server-sent events) tells it to a page.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Its type; `message` when the server names none.
    pub kind: String,
    /// Its lines of data, joined by line feeds.
    pub data: String,
    /// The last event id in force; empty when there is none.
    pub id: String,
}

impl fmt::Debug for Event {
    /// Data may hold a signed link, and is not printed.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Event {:?}, id {:?}, {} bytes", self.kind, self.id, self.data.len())
    }
}
