//! What a resumable download must survive: each case is a test of its own, against a server of raw sockets.
//!
//! Each prints case, outcome, digest and bytes sent twice.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails here fails the test, and each case prints its outcome"
)]

mod bodies;
mod changes;
mod disk;
mod kills;
mod links;
mod names;
mod parts;
mod waits;

/// Bytes of the usual object.
const SIZE: usize = 600_000;

/// Bytes that are on disk when the server begins to misbehave.
const HELD: usize = 250_000;
