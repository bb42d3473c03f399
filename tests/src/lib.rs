//! What the tests share: servers that misbehave on purpose, and beds to run the engine in.

#![expect(clippy::print_stdout, reason = "a case prints its outcome, digest and bytes sent twice")]

pub mod bed;
pub mod bench;
pub mod hostile;
pub mod program;
pub mod s3;
pub mod testbed;
