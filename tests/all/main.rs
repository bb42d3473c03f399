//! All tests, one binary.

mod contract;
mod contract_cli;
mod http_cases;
mod journeys;
mod streams;
