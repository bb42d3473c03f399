//! The desk in process, over the real engine and the real sample service.

mod bed;
mod connecting;
mod drawing;
mod effects;
mod holding;
mod linking;
mod listing;
mod sampling;
mod setting;
mod speaking;
