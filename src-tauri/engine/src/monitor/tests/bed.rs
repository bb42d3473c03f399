//! A raw server that the test itself plays, and streams that listen to it.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::clock::ManualClock;
use crate::entropy::SeededEntropy;
use crate::monitor::stream::{EventStream, Heard, StreamOrder};
use crate::net;
use crate::secrets::SafeUrl;

/// The head of an event stream whose body ends with the connection.
pub(super) const EVENT_STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// A listening socket, a clock that stands still, and a client.
pub(super) struct Bed {
    listener: TcpListener,
    pub(super) clock: ManualClock,
    client: reqwest::Client,
}

impl Bed {
    pub(super) async fn new() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn on(listener: TcpListener) -> Self {
        Self {
            listener,
            clock: ManualClock::at(Timestamp::UNIX_EPOCH),
            client: net::api_client(&net::Network::default()).unwrap(),
        }
    }

    pub(super) fn url(&self, target: &str) -> Url {
        Url::parse(&format!("http://{}{target}", self.listener.local_addr().unwrap())).unwrap()
    }

    /// An order that is signed in.
    pub(super) fn order(&self) -> StreamOrder {
        let mut headers = HeaderMap::new();
        for (name, value) in [("authorization", "Bearer mine"), ("x-api-key", "mine too")] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        StreamOrder::new(SafeUrl::new(self.url("/events")), headers)
    }

    pub(super) fn stream(&self) -> EventStream {
        self.open(self.order())
    }

    pub(super) fn open(&self, order: StreamOrder) -> EventStream {
        EventStream::new(self.client.clone(), Arc::new(self.clock.clone()), Arc::new(SeededEntropy::new(11)), order)
    }

    /// Waits for the next connection and reads the request's head.
    pub(super) async fn call(&self) -> Call {
        let (socket, _) = self.listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut call = Call { socket, head: Vec::new() };
        call.read_head().await;
        call
    }

    /// Answers the stream's next request with these bytes and then closes; gives what was asked and what was heard first.
    pub(super) async fn answer(&self, stream: &mut EventStream, reply: &str) -> (Call, Heard) {
        let serve = async {
            let mut call = self.call().await;
            call.say(reply).await;
            call.finish().await;
            call
        };
        tokio::join!(serve, stream.next())
    }

    /// The same once the wait before the next try is over.
    pub(super) async fn answer_when_due(&self, stream: &mut EventStream, reply: &str) -> (Call, Heard) {
        self.clock.advance(Duration::from_mins(30));
        self.answer(stream, reply).await
    }

    /// The same where the reply opens an event stream and breaks off: gives what was asked, and what was heard after
    /// [`Heard::Opened`] up to and with [`Heard::Down`]. The next try is due afterwards.
    pub(super) async fn episode(&self, stream: &mut EventStream, body: &str) -> (Call, Vec<Heard>) {
        let (call, heard) = self.answer(stream, &format!("{EVENT_STREAM}{body}")).await;
        assert_eq!(heard, Heard::Opened, "the connection is told first");
        let heard = until_down(stream).await;
        self.clock.advance(Duration::from_mins(30));
        (call, heard)
    }

    /// Lets time pass once at least `sleepers` wait for it.
    pub(super) async fn pass_when_awaited(&self, sleepers: usize, span: Duration) {
        while self.clock.sleepers() < sleepers {
            tokio::task::yield_now().await;
        }
        self.clock.advance(span);
    }
}

/// Hears up to and with the loss of the connection.
pub(super) async fn until_down(stream: &mut EventStream) -> Vec<Heard> {
    let mut all = Vec::new();
    loop {
        let heard = stream.next().await;
        let down = matches!(heard, Heard::Down { .. } | Heard::Ended(_));
        all.push(heard);
        if down {
            return all;
        }
    }
}

/// The data of the events among what was heard.
pub(super) fn data(heard: &[Heard]) -> Vec<&str> {
    heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Event(event) => Some(event.data.as_str()),
            Heard::Opened | Heard::Comment | Heard::Down { .. } | Heard::Ended(_) => None,
        })
        .collect()
}

/// A loss: its tries and its wait.
pub(super) fn down(heard: &Heard) -> (u32, Duration) {
    match heard {
        Heard::Down { tries, retry_in, .. } => (*tries, *retry_in),
        other => panic!("expected the connection to be down, heard {other:?}"),
    }
}

/// One request, its answer in the test's hands.
pub(super) struct Call {
    socket: TcpStream,
    head: Vec<u8>,
}

impl Call {
    async fn read_head(&mut self) {
        while !self.head.ends_with(b"\r\n\r\n") {
            self.head.push(self.socket.read_u8().await.unwrap());
        }
    }

    /// The request's target.
    pub(super) fn target(&self) -> String {
        String::from_utf8_lossy(&self.head).split(' ').nth(1).unwrap().to_owned()
    }

    /// The value of a header as it came, byte by byte.
    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        let prefix = format!("{name}: ");
        self.head.split(|byte| *byte == b'\n').find_map(|line| {
            let (start, value) = line.split_at_checked(prefix.len())?;
            start.eq_ignore_ascii_case(prefix.as_bytes()).then(|| value.strip_suffix(b"\r").unwrap_or(value))
        })
    }

    /// Says it, unless the other side has left.
    pub(super) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.socket.write_all(bytes.as_ref()).await;
    }

    /// Says the same again and again until the other side has left.
    pub(super) async fn say_for_ever(&mut self, bytes: &[u8]) {
        while self.socket.write_all(bytes).await.is_ok() {}
    }

    /// Ends this direction properly.
    pub(super) async fn finish(&mut self) {
        let _ = self.socket.shutdown().await;
    }

    /// Cuts the connection with RST.
    pub(super) fn cut(self) {
        self.socket.set_zero_linger().unwrap();
    }

    /// Waits until the other side has left.
    pub(super) async fn left(&mut self) {
        let mut rest = [0; 1024];
        while self.socket.read(&mut rest).await.is_ok_and(|count| count > 0) {}
    }
}
