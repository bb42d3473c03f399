//! The job as a value: what was wished, where it stands, and what a face sees of it.

mod machine;
pub(crate) mod runner;
mod snapshot;
mod state;
pub(crate) mod work;

#[cfg(test)]
mod tests;

pub use machine::{Effect, Input, News, Order, Refusal, Remedy, Rules, Step, step};
pub use snapshot::{Interrupted, Live, snapshot};
pub use state::{Download, Follow, Job, LandedFile, Remote, Resolve, Stage, State, Submit, Wish};
