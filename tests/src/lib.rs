//! What the tests share: servers that misbehave on purpose, and beds to run the engine in.

pub mod bed;
pub mod hostile;
