//! The command line as scripts and people rely on it: exit codes, words, JSON, help, bad input, and no secret anywhere.
//!
//! Exit 5 (extraction) cannot be reached: packages are not extracted yet. Exit 10 (cancelled) is shown in the command line's
//! own tests: no built-in connector can cancel, and nobody else can cancel a job that is being waited for.

#![expect(clippy::needless_raw_string_hashes, reason = "snapshots stand as `UPDATE_EXPECT=1` writes them")]

mod bad_input;
mod checking;
mod endings;
mod help;
mod keychain;
mod marks;
mod marks_of_sessions;
mod marks_of_streams;
mod own_connectors;
mod recorder;
mod secrets;
mod served;
mod shapes;
mod signals;
