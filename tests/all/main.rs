//! All tests, one binary.

mod contract;
