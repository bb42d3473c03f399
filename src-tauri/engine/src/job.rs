//! The job as a value: what was wished, where it stands, and what a face sees of it.

mod cancelling;
pub(crate) mod download;
mod extraction;
mod gauge;
mod machine;
pub(crate) mod runner;
mod search;
mod snapshot;
mod stage;
mod state;
mod submitting;
mod wish;
pub(crate) mod work;

#[cfg(test)]
mod tests;

pub use machine::{Effect, Input, News, Order, Refusal, Remedy, Rules, Step, step};
pub use snapshot::{Interrupted, Live, snapshot};
pub use stage::{Cancel, Download, Finish, Follow, LandedFile, Remote, Resolve, Stage, Submit, Wait};
pub use state::{Extracted, Extraction, Job, Route, State};
pub(crate) use wish::shared as shared_wish;
pub use wish::{Priority, Wish};
