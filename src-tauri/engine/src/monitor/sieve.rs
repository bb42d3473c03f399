//! Lies under the event client: lets through what its parser takes well, and watches limits and silence.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use landfall_wire::{ErrorCode, Failure};
use launchdarkly_sdk_transport::{ByteStream, HttpTransport, ResponseFuture, TransportError};
use sync_wrapper::{SyncFuture, SyncStream};
use url::Url;

use super::dial::Dialer;
use super::end::{Broken, End};
use super::scan::{Scanned, Scanner};
use crate::clock::Clock;
use crate::retry::Trouble;

/// Bytes handed to the parser at once: it copies every line of a piece before it looks at the first.
const PIECE: usize = 64 * 1024;

static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The scanner of one connection, read by the transport and asked about ids by the connection.
#[derive(Debug, Clone)]
pub(crate) struct SharedScanner(Arc<Mutex<Scanner>>);

impl SharedScanner {
    pub(crate) fn new(last_event_id: &str) -> Self {
        Self(Arc::new(Mutex::new(Scanner::new(last_event_id))))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Scanner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The event client's transport for one connection.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    pub(crate) dialer: Dialer,
    pub(crate) scanner: SharedScanner,
}

impl HttpTransport for Transport {
    fn request(&self, asked: http::Request<Option<Bytes>>) -> ResponseFuture {
        let transport = self.clone();
        Box::pin(SyncFuture::new(async move { transport.answer(&asked).await.map_err(TransportError::new) }))
    }
}

impl Transport {
    async fn answer(self, asked: &http::Request<Option<Bytes>>) -> Result<http::Response<ByteStream>, Broken> {
        let url = Url::parse(&asked.uri().to_string()).map_err(|_| unusable_address())?;
        let open = self.open_headers(asked.headers());
        let response = self.dialer.dial(url, &open).await?;
        tracing::debug!("event stream opened");
        // The client's own look at the head is not wanted, and it would log what it sees.
        Ok(http::Response::new(Sieve::new(response, self.scanner, &self.dialer).into_stream()))
    }

    /// What any origin may see: how the client asks, and where we stopped.
    ///
    /// The id goes out as UTF-8 bytes (HTML standard, section 9.2.4), which the client's own way does not allow. With
    /// control characters in it there is no header that HTTP allows: then the server tells anew.
    fn open_headers(&self, asked: &HeaderMap) -> HeaderMap {
        let mut headers = asked.clone();
        let scanner = self.scanner.lock();
        let id = scanner.last_event_id();
        if !id.is_empty()
            && let Ok(value) = HeaderValue::from_bytes(id.as_bytes())
        {
            headers.insert(LAST_EVENT_ID.clone(), value);
        }
        headers
    }
}

/// The end of a stream whose address no request can be made of.
pub(crate) fn unusable_address() -> Broken {
    let failure = Failure::new(ErrorCode::JobCreationFailed, "The event stream's address cannot be used");
    Broken::Over(End::Unopened(failure.with_remediation("Check the connection's URL and the connector's stream")))
}

/// One answer's body on its way to the parser.
struct Sieve {
    response: reqwest::Response,
    scanner: SharedScanner,
    clock: Arc<dyn Clock>,
    idle: Duration,
    /// When the last byte came.
    heard: Duration,
    /// Wakes when silence may have lasted too long; made anew once in an idle span, not with every byte.
    watch: BoxFuture<'static, ()>,
    /// What came and was not scanned yet.
    raw: Bytes,
    /// What was scanned and not handed over yet.
    tame: Bytes,
    /// A comment was passed on for what came last: one heartbeat says as much as a thousand.
    beaten: bool,
    over: bool,
}

impl Sieve {
    fn new(response: reqwest::Response, scanner: SharedScanner, dialer: &Dialer) -> Self {
        Self {
            response,
            scanner,
            clock: Arc::clone(&dialer.clock),
            idle: dialer.idle,
            heard: dialer.clock.monotonic(),
            watch: dialer.clock.sleep(dialer.idle),
            raw: Bytes::new(),
            tame: Bytes::new(),
            beaten: false,
            over: false,
        }
    }

    fn into_stream(self) -> ByteStream {
        let pieces = stream::unfold(Box::new(self), |mut sieve| async move {
            let piece = sieve.next().await?;
            Some((piece.map_err(|trouble| TransportError::new(Broken::Trouble(trouble))), sieve))
        });
        let pieces: Pin<Box<_>> = Box::pin(SyncStream::new(pieces));
        pieces
    }

    /// The next piece for the parser; nothing follows an error.
    async fn next(&mut self) -> Option<Result<Bytes, Trouble>> {
        while !self.over {
            if !self.tame.is_empty() {
                return Some(Ok(self.tame.split_to(self.tame.len().min(PIECE))));
            }
            let step = match self.scan() {
                Ok(true) => continue,
                Ok(false) => self.read().await,
                Err(trouble) => Err(trouble),
            };
            match step {
                Ok(true) => {}
                Ok(false) => self.over = true,
                Err(trouble) => {
                    self.over = true;
                    return Some(Err(trouble));
                }
            }
        }
        None
    }

    /// Looks for something to hand over in what came; false when there is nothing left in it.
    fn scan(&mut self) -> Result<bool, Trouble> {
        let mut rest: &[u8] = &self.raw;
        let found = self.scanner.lock().feed(&mut rest);
        let taken = self.raw.len() - rest.len();
        self.raw.advance(taken);
        match found {
            Ok(None) => return Ok(false),
            Ok(Some(Scanned::Block(block))) => self.tame = block,
            Ok(Some(Scanned::Comment)) if self.beaten => {}
            Ok(Some(Scanned::Comment)) => {
                self.beaten = true;
                self.tame = Bytes::from_static(b":\n");
            }
            Err(_) => return Err(Trouble::Garbled),
        }
        Ok(true)
    }

    /// Waits for bytes; false at the proper end of the body.
    async fn read(&mut self) -> Result<bool, Trouble> {
        loop {
            tokio::select! {
                biased;
                piece = self.response.chunk() => {
                    let Some(piece) = piece.map_err(|error| Trouble::of(&error))? else { return Ok(false) };
                    self.raw = piece;
                    self.beaten = false;
                    self.heard = self.clock.monotonic();
                    return Ok(true);
                }
                () = &mut self.watch => {
                    let silent = self.clock.monotonic().saturating_sub(self.heard);
                    if silent >= self.idle {
                        return Err(Trouble::Silent);
                    }
                    self.watch = self.clock.sleep(self.idle.saturating_sub(silent));
                }
            }
        }
    }
}
