//! The bell: how an idle worker learns that there may be something to take, by the signs that BullMQ leaves for its workers.

use std::time::Duration;

use tokio::sync::Mutex;

use super::super::{CONNECT, PATIENCE, Redis};
use crate::queue::QueueError;
use crate::systems::System;

/// So long an idle worker waits for a sign of work before it looks by itself: a job that rests gives none when it is due.
const LOOK: Duration = Duration::from_secs(1);

/// A connection of its own, since it waits.
pub(super) struct Bell {
    markers: Vec<String>,
    connection: Mutex<Option<::redis::aio::MultiplexedConnection>>,
}

impl Bell {
    pub(super) fn new() -> Self {
        let markers = System::ALL.map(|system| bullmq::QueueKeys::new(system.queue(), None).marker());
        Self { markers: markers.into(), connection: Mutex::default() }
    }

    /// Returns when a queue has something to take, or it is time to look.
    pub(super) async fn ring(&self, redis: &Redis) -> Result<(), QueueError> {
        // One of the idle workers listens; the others look when their time is over.
        let Ok(mut bell) = tokio::time::timeout(LOOK, self.connection.lock()).await else { return Ok(()) };
        let mut connection = if let Some(connection) = bell.take() {
            connection
        } else {
            // A connection that died without a word, as behind a firewall, would be waited for for ever.
            let config = ::redis::AsyncConnectionConfig::new()
                .set_response_timeout(Some(LOOK + PATIENCE))
                .set_connection_timeout(Some(CONNECT));
            redis.client.get_multiplexed_async_connection_with_config(&config).await?
        };
        let mut patience = LOOK;
        // None at all would be for ever.
        while patience.as_millis() > 0 {
            let mut pop = ::redis::cmd("BZPOPMIN");
            pop.arg(&self.markers).arg(patience.as_secs_f64());
            // A connection that broke is not given back: the next gets a fresh one.
            let popped: Option<(String, String, f64)> = pop.query_async(&mut connection).await?;
            let Some((_, _, due)) = popped else { break };
            // A job that rests leaves a sign with the time when it is due. Until then others may come.
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
            let ahead = (due - redis.now() as f64).max(0.0);
            patience = patience.min(Duration::try_from_secs_f64(ahead / 1000.0).unwrap_or(LOOK));
        }
        *bell = Some(connection);
        Ok(())
    }
}
