//! The service on several machines, played on one: real processes, a real Redis, a real S3 server, and BullMQ on Node.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

mod bed;
mod certificates;
mod events;
mod interop;
mod kills;
mod line;
mod metrics;
mod nodes;
mod outages;
mod proxy;
mod rolling;
mod starts;
mod thousand;
mod tls;
mod trial;
