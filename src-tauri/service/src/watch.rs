//! What an operator's machines ask: `/healthz` whether the process lives, `/readyz` whether it can work, `/metrics` how it does.
//!
//! No token is needed, and nothing of a job, a user or a file is told. The names of the metrics follow OpenTelemetry's: dots
//! become underscores, the unit is in the name, and a queue is a `messaging_destination_name`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::{HeaderName, StatusCode, header};

use crate::objects::ObjectStore;
use crate::queue::{Depth, Status};
use crate::supervisor::Supervisor;
use crate::systems::System;
use crate::tally::{Outcome, Tally};

/// A backend that has not answered by then is not ready: whoever asks comes again every few seconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the answers are made of.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) status: Arc<dyn Status>,
    pub(crate) objects: ObjectStore,
    pub(crate) tally: Arc<Tally>,
    pub(crate) supervisor: Supervisor,
}

/// The three routes.
pub(crate) fn router(watch: Arc<Watch>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(watch)
}

/// 503 while it stops too: whoever shares the work out sends nobody here any more.
async fn ready(State(watch): State<Arc<Watch>>) -> (StatusCode, &'static str) {
    if watch.supervisor.leaving().is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match tokio::time::timeout(PATIENCE, watch.status.ready()).await {
        Ok(Ok(())) => {}
        _ => return (StatusCode::SERVICE_UNAVAILABLE, "the queue does not take anything\n"),
    }
    match tokio::time::timeout(PATIENCE, watch.objects.ready()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the object store does not answer\n"),
    }
}

async fn metrics(State(watch): State<Arc<Watch>>) -> (StatusCode, [(HeaderName, &'static str); 1], String) {
    let format = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    match tokio::time::timeout(PATIENCE, watch.status.depths()).await {
        Ok(Ok(depths)) => (StatusCode::OK, format, text(&depths, &watch.tally)),
        // What this process knows by itself is told also while the queue is away.
        _ => (StatusCode::OK, format, text(&[], &watch.tally)),
    }
}

fn text(depths: &[Depth], tally: &Tally) -> String {
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, lines: &mut dyn Iterator<Item = (String, f64)>| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in lines {
            let _ = writeln!(out, "{name}{{{labels}}} {value}");
        }
    };
    let queue = |system: System| format!("messaging_destination_name=\"{}\"", system.queue());
    family(
        "landfall_queue_depth",
        "gauge",
        "Jobs by queue and state: waiting, active or dead",
        &mut depths.iter().flat_map(|depth| {
            let states = [("waiting", depth.waiting), ("active", depth.active), ("dead", depth.dead)];
            states.map(|(state, count)| (format!("{},state=\"{state}\"", queue(depth.system)), number(count)))
        }),
    );
    family(
        "landfall_queue_oldest_age_seconds",
        "gauge",
        "For how long the oldest waiting job has waited",
        &mut depths.iter().map(|depth| (queue(depth.system), depth.oldest.as_secs_f64())),
    );
    family(
        "landfall_attempts_total",
        "counter",
        "Attempts that ended in this process, or were lost to it, by outcome",
        &mut System::ALL.into_iter().flat_map(|system| {
            Outcome::ALL.map(|outcome| {
                let labels = format!("{},outcome=\"{}\"", queue(system), outcome.as_str());
                (labels, number(tally.attempts(system, outcome)))
            })
        }),
    );
    family(
        "landfall_attempt_duration_seconds_total",
        "counter",
        "Time that the attempts of this process took",
        &mut System::ALL.into_iter().map(|system| (queue(system), number(tally.milliseconds(system)) / 1000.0)),
    );
    family(
        "http_server_responses_total",
        "counter",
        "Answers of this process, by the class of their status",
        &mut tally.answers().map(|(class, count)| (format!("http_response_status_class=\"{class}xx\""), number(count))),
    );
    out
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are not reached")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d_5_depth_age_and_failures_are_told_by_queue() {
        let tally = Tally::default();
        tally.attempt(System::DownloadJobs, Some(Outcome::Failed), Duration::from_millis(1500));
        tally.answer(202);
        let depth =
            Depth { system: System::DownloadJobs, waiting: 7, active: 2, dead: 1, oldest: Duration::from_millis(2500) };
        let text = text(&[depth], &tally);
        for line in [
            "landfall_queue_depth{messaging_destination_name=\"download-queue\",state=\"waiting\"} 7",
            "landfall_queue_depth{messaging_destination_name=\"download-queue\",state=\"dead\"} 1",
            "landfall_queue_oldest_age_seconds{messaging_destination_name=\"download-queue\"} 2.5",
            "landfall_attempts_total{messaging_destination_name=\"download-queue\",outcome=\"failed\"} 1",
            "landfall_attempt_duration_seconds_total{messaging_destination_name=\"download-queue\"} 1.5",
            "http_server_responses_total{http_response_status_class=\"2xx\"} 1",
        ] {
            assert!(text.lines().any(|there| there == line), "{line} is missing in {text}");
        }
    }
}
