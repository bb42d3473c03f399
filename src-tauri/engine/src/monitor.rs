//! Follows jobs on the server and tells what is new about them.
//!
//! From the ground up: [`scan`] cuts bytes into blocks as a pure value, [`sieve`] lays it under the answer's body and
//! watches the time, [`dial`] makes the request and follows redirects, [`connection`] is one connection's life with the
//! event client, [`stream`] keeps connections coming, [`hub`] shares one stream among many jobs, [`mod@poll`] asks instead.
//! Nobody here but `poll` knows what an answer means.
#![cfg_attr(not(test), expect(dead_code, reason = "streams are joined with the job by monitor/follow"))]

mod connection;
mod dial;
mod end;
mod event;
mod hub;
mod poll;
mod scan;
mod sieve;
mod stream;
#[cfg(test)]
mod tests;

pub use event::Event;
pub(crate) use poll::poll;
