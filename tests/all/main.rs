//! All tests, one binary.

mod http_cases;
