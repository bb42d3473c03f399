//! Event streams against a server made of raw sockets, with the clock in the test's hand.

mod bed;
mod conformance;
mod ends;
mod hub;
mod lies;
mod reconnecting;
mod redirects;
