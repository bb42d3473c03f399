//! Journeys: the real binary against the real service, on loopback. Whatever is killed, cut, refused or broken, the
//! export lands once and whole, or a clear outcome says why not.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails here fails the test, and a journey prints what cannot be seen in its assertions"
)]

mod answers;
mod batch;
mod comparing;
mod crashes;
mod disks;
mod failures;
mod homes;
mod kills;
mod links;
mod names;
mod orders;
mod outages;
mod sign_in;
mod stores;
mod systems;

/// Two small files of the service's catalogue.
const SMALL: &str = "fileIds=1,2";

/// A log of 8 MiB: long enough to be interrupted, at a limited rate.
const MIDDLE: &str = "fileIds=16";

/// 72 MiB: more than a sync step of the transfer.
const LARGE: &str = "fileIds=16,17";
