//! The sample export service: what Landfall is tried and tested against.
//!
//! A small program with a real queue, real workers and real results. It speaks the wire contracts of the export systems that
//! Landfall drives and shares no type with the engine: a shared struct would hide a break of the contract. It knows nothing of
//! Landfall's jobs, connectors or files.
//!
//! # The house
//! - [`Service`] starts and stops it; `api` is the API's origin with the layers that all routes share, `objects` the storage's
//!   origin, `connections` the sockets of both.
//! - `systems` has a folder for each export system: its routes and its work.
//! - `queue` is durable: two traits, what is known of jobs and the work that waits, and a room for each backend behind them.
//! - `watch` answers what an operator asks, from `tally` and the queue.
//! - `dataset` is what the reports are about, `exporters` how they are written.
//! - `ffmpeg` renders the clips of two systems with the program of that name.
//! - `supervisor` owns every task, `clock` the time, `ids` the randomness, [`Faults`] what goes wrong on purpose.
//!
//! # Looking into it from another process
//! The data folder holds `service.sqlite3` (WAL; reading while the service runs is safe). Table `jobs`, a row for each job ever
//! asked for: `id`, `task_id`, `system` (an id of [`System`]), `user`, `state` (`pending`, `processing`,
//! `completed`, `failed`), `attempts`, `progress`, `request` (JSON), `idempotency_key`, `correlation_id`, `result_key`, `error`,
//! `remediation`, and the times `created_at`, `started_at`, `changed_at`, `deleted_at`, `due_at`, `deadline_at` in milliseconds
//! since 1970. Further tables: `idempotency_keys`, `dead_letters`, `objects`, `settings`, `media_events`, `media_failures`.
//! Results lie under `objects/` by their key.

mod api;
mod auth;
mod clock;
mod cluster;
mod connections;
mod database;
pub mod dataset;
mod dead;
mod exporters;
mod faults;
mod ffmpeg;
mod ids;
mod objects;
mod options;
mod problem;
mod queue;
mod seen;
mod service;
mod settings;
mod supervisor;
mod systems;
mod tally;
mod watch;

pub use auth::{Client, ClientError, User, UserError};
pub use clock::Clock;
pub use cluster::{Cluster, ClusterError, Role, Secrets};
pub use dead::{DeadLetters, DeadLettersError};
pub use faults::{Chance, Fault, FaultSpecError, Faults, Step};
pub use options::{Options, StartError};
pub use queue::{DeadLetter, Job, QueueError, State};
pub use seen::Seen;
pub use service::Service;
pub use systems::{System, UnknownSystem};
