//! The engine in process.
