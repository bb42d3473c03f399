//! All tests, one binary.

mod contract;
mod http_cases;
mod journeys;
