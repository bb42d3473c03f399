//! A server made of raw sockets, that says exactly what it is told to, however wrong.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use landfall_engine::digest::hex;
use url::Url;

/// Bytes written at once, so that what was served can be watched.
const STEP: usize = 16 * 1024;

/// What is served: its bytes and what the server says of them.
#[derive(Debug, Clone)]
pub struct Object {
    /// The bytes.
    pub bytes: Arc<Vec<u8>>,
    /// Header lines that describe it, each with its line end.
    pub about: String,
}

impl Object {
    /// So many bytes that repeat nowhere within 64 KiB, different for each seed; strong tag and date.
    pub fn new(seed: u8, size: usize) -> Self {
        let mut state = u32::from(seed) + 1;
        let bytes = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        Self {
            bytes: Arc::new(bytes.take(size).collect()),
            about: format!("ETag: \"v{seed}\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:0{} GMT\r\n", seed % 10),
        }
    }

    /// The same bytes, described by other lines.
    #[must_use]
    pub fn about(&self, lines: &[&str]) -> Self {
        Self { bytes: Arc::clone(&self.bytes), about: lines.iter().flat_map(|line| [line, "\r\n"]).collect() }
    }

    /// Its size.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Its SHA-256 in hex.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Where the range asked for begins; 0 without one.
    pub fn from(&self) -> usize {
        self.header("range")
            .and_then(|range| range.strip_prefix("bytes=")?.split('-').next()?.parse().ok())
            .unwrap_or(0)
    }
}

/// One thing done to the connection.
#[derive(Debug, Clone)]
enum Act {
    Say(Vec<u8>),
    Body(Arc<Vec<u8>>, usize, usize),
    Pace(Duration),
    Stall,
    Reset,
    Close,
}

/// What is done for one request, in order.
#[derive(Debug, Clone, Default)]
pub struct Reply(Vec<Act>);

impl Reply {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes as they are.
    #[must_use]
    pub fn say(mut self, text: impl AsRef<[u8]>) -> Self {
        self.0.push(Act::Say(text.as_ref().to_vec()));
        self
    }

    /// A status line and header lines, and the blank line.
    #[must_use]
    pub fn head(self, status: u16, lines: &str) -> Self {
        self.say(format!("HTTP/1.1 {status} Whatever\r\n{lines}\r\n"))
    }

    /// The object's bytes in that span, counted as served.
    #[must_use]
    pub fn body(mut self, object: &Object, from: usize, to: usize) -> Self {
        self.0.push(Act::Body(Arc::clone(&object.bytes), from, to));
        self
    }

    /// From here on a pause before each write of the body.
    #[must_use]
    pub fn paced(mut self, pause: Duration) -> Self {
        self.0.push(Act::Pace(pause));
        self
    }

    /// Silence until the other side leaves.
    #[must_use]
    pub fn stall(mut self) -> Self {
        self.0.push(Act::Stall);
        self
    }

    /// RST.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.0.push(Act::Reset);
        self
    }

    /// FIN.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.0.push(Act::Close);
        self
    }

    /// First this, then that.
    #[must_use]
    pub fn and(mut self, then: Self) -> Self {
        self.0.extend(then.0);
        self
    }

    /// The whole object, as it should be.
    pub fn whole(object: &Object) -> Self {
        Self::whole_until(object, object.size())
    }

    /// The head of the whole, but only so many bytes of it, then FIN.
    pub fn cut(object: &Object, bytes: usize) -> Self {
        Self::whole_until(object, bytes).close()
    }

    fn whole_until(object: &Object, bytes: usize) -> Self {
        Self::new().head(200, &format!("Content-Length: {}\r\n{}", object.size(), object.about)).body(object, 0, bytes)
    }

    /// What was asked for, as it should be: the whole, or the part from there.
    pub fn honest(object: &Object, request: &Request) -> Self {
        Self::honest_until(object, request, object.size())
    }

    /// The same, but FIN after so many bytes in all.
    pub fn honest_until(object: &Object, request: &Request, until: usize) -> Self {
        let (from, size) = (request.from(), object.size());
        let reply = if request.header("range").is_none() {
            Self::whole_until(object, until.min(size))
        } else if from >= size {
            Self::new().head(416, &format!("Content-Length: 0\r\nContent-Range: bytes */{size}\r\n"))
        } else {
            Self::part(object, from, size, &format!("bytes {from}-{}/{size}", size - 1)).body(
                object,
                from,
                until.min(size),
            )
        };
        if until < size { reply.close() } else { reply }
    }

    /// The head of a 206 for that span with any Content-Range.
    pub fn part(object: &Object, from: usize, to: usize, range: &str) -> Self {
        Self::new().head(206, &format!("Content-Length: {}\r\nContent-Range: {range}\r\n{}", to - from, object.about))
    }

    /// A short answer with a body of text.
    pub fn text(status: u16, lines: &str, body: &str) -> Self {
        Self::new().head(status, &format!("Content-Length: {}\r\n{lines}", body.len())).say(body)
    }
}

/// What the server does for the n-th request, from 0.
pub type Script = dyn Fn(&Request, usize) -> Reply + Send + Sync;

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    served: u64,
}

struct Shared {
    script: Box<Script>,
    seen: Mutex<Seen>,
    changed: Condvar,
    over: AtomicBool,
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server; ends when dropped.
pub struct Hostile {
    shared: Arc<Shared>,
    port: u16,
}

impl std::fmt::Debug for Hostile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Hostile on port {}", self.port)
    }
}

impl Hostile {
    /// Starts a server that follows the script.
    pub fn start(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
            changed: Condvar::new(),
            over: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if theirs.over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&theirs);
                thread::spawn(move || converse(&stream, &shared));
            }
        });
        Self { shared, port }
    }

    /// Gives these replies in turn; the last one again and again.
    pub fn replies(replies: Vec<Reply>) -> Self {
        Self::start(move |_, number| replies[number.min(replies.len() - 1)].clone())
    }

    /// Begins with these replies and is honest from then on.
    pub fn then_honest(object: &Object, replies: Vec<Reply>) -> Self {
        let object = object.clone();
        Self::start(move |request, number| {
            replies.get(number).cloned().unwrap_or_else(|| Reply::honest(&object, request))
        })
    }

    /// A URL on it.
    pub fn url(&self, target: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{target}", self.port)).expect("a test's own URL")
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.seen().requests.clone()
    }

    /// Body bytes written to sockets so far.
    pub fn served(&self) -> u64 {
        self.shared.seen().served
    }

    /// Waits until so many body bytes were written; for half a minute at most.
    pub fn wait_served(&self, bytes: u64) {
        let (seen, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.seen(), Duration::from_secs(30), |seen| seen.served < bytes)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "only {} of {bytes} bytes were fetched", seen.served);
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn converse(stream: &TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let number = {
            let mut seen = shared.seen();
            seen.requests.push(request.clone());
            seen.requests.len() - 1
        };
        let reply = (shared.script)(&request, number);
        if !carry_out(stream, &mut reader, reply, shared) {
            return;
        }
    }
}

/// Does what the reply says; false when the connection is over.
fn carry_out(mut stream: &TcpStream, reader: &mut impl BufRead, reply: Reply, shared: &Shared) -> bool {
    let mut pause = Duration::ZERO;
    for act in reply.0 {
        match act {
            Act::Say(bytes) => {
                if stream.write_all(&bytes).is_err() {
                    return false;
                }
            }
            Act::Body(bytes, from, to) => {
                let step = if pause.is_zero() { STEP } else { STEP.min((to - from).div_ceil(20).max(1)) };
                for piece in bytes[from.min(to)..to].chunks(step) {
                    if !pause.is_zero() {
                        thread::sleep(pause);
                    }
                    if stream.write_all(piece).is_err() {
                        return false;
                    }
                    shared.seen().served += piece.len() as u64;
                    shared.changed.notify_all();
                }
            }
            Act::Pace(between) => pause = between,
            Act::Stall => {
                let _ = reader.read_until(0, &mut Vec::new());
                return false;
            }
            Act::Reset => {
                let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
                return false;
            }
            Act::Close => {
                let _ = stream.shutdown(std::net::Shutdown::Write);
                let _ = reader.read_until(0, &mut Vec::new());
                return false;
            }
        }
    }
    true
}

fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|count| *count > 0)?;
    let target = first.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Some(Request { target, headers });
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}
