//! One connection of an event stream, from the request to its first error.

use std::time::Duration;

use eventsource_client::{BoxStream, Client, ClientBuilder, Error, ReconnectOptions, SSE};
use futures_util::StreamExt;
use url::Url;

use super::dial::Dialer;
use super::end::Broken;
use super::event::Event;
use super::sieve::{SharedScanner, Transport, unusable_address};
use crate::retry::Trouble;

/// What is heard on a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    /// The server has agreed to speak.
    Opened,
    /// It says something.
    Event(Event),
    /// It is still there.
    Comment,
    /// It is over; nothing follows.
    Broken(Broken),
}

/// The connection; dropping it closes the socket.
pub(crate) struct Connection {
    events: BoxStream<Result<SSE, Error>>,
    scanner: SharedScanner,
}

impl Connection {
    /// Prepares one; the request goes out when it is first listened to.
    pub(crate) fn new(dialer: &Dialer, url: &Url, last_event_id: &str) -> Result<Self, Broken> {
        let scanner = SharedScanner::new(last_event_id);
        let transport = Transport { dialer: dialer.clone(), scanner: scanner.clone() };
        // The client's own reconnecting loses ids and does not end where it must; redirects are the transport's.
        let client = ClientBuilder::for_url(url.as_str())
            .map_err(|_| unusable_address())?
            .reconnect(ReconnectOptions::reconnect(false).retry_initial(false).build())
            .redirect_limit(0)
            .build_with_transport(transport);
        Ok(Self { events: client.stream(), scanner })
    }

    /// The next sound. May be dropped while it waits, and nothing is lost.
    pub(crate) async fn next(&mut self) -> Sound {
        match self.events.next().await {
            Some(Ok(SSE::Connected(_))) => Sound::Opened,
            Some(Ok(SSE::Event(event))) => {
                Sound::Event(Event { kind: event.event_type, data: event.data, id: event.id.unwrap_or_default() })
            }
            Some(Ok(SSE::Comment(_))) => Sound::Comment,
            Some(Err(error)) => Sound::Broken(broken(&error)),
            None => Sound::Broken(Broken::Trouble(Trouble::Cut)),
        }
    }

    /// The last event id in force, also of blocks that held no data.
    pub(crate) fn last_event_id(&self) -> String {
        self.scanner.lock().last_event_id().to_owned()
    }

    /// The reconnection time that the server asked for, unclamped.
    pub(crate) fn retry(&self) -> Option<Duration> {
        self.scanner.lock().retry().map(Duration::from_millis)
    }
}

fn broken(error: &Error) -> Broken {
    match error {
        Error::Transport(error) => {
            error.inner().downcast_ref::<Broken>().cloned().unwrap_or(Broken::Trouble(Trouble::Garbled))
        }
        Error::TimedOut => Broken::Trouble(Trouble::Silent),
        // The HTML standard reconnects after a proper end of the body just as after a cut.
        Error::Eof | Error::UnexpectedEof => Broken::Trouble(Trouble::Cut),
        _ => Broken::Trouble(Trouble::Garbled),
    }
}
