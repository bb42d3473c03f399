//! A server whose every answer the test writes.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::tasks::{Task, Tasks};

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// `POST /jobs`
    pub(super) line: String,
    /// Lower-case names.
    headers: Vec<(String, String)>,
    /// Where the server is, for links to itself.
    pub(super) root: String,
}

impl Call {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
pub(super) enum Reply {
    Json(u16, serde_json::Value),
    Bytes(Vec<u8>),
    /// A whole answer as it goes over the wire; then the connection is closed.
    Raw(Vec<u8>),
    /// The connection is closed without a word, although the request was read.
    Cut,
    /// Nothing, until whoever asks has gone.
    Silence,
    /// What the test says, piece by piece, until it stops speaking or whoever asks has gone.
    Spoken(UnboundedReceiver<Vec<u8>>),
}

impl Reply {
    /// A body with further header lines, each with its end.
    pub(super) fn with(lines: &str, body: &[u8]) -> Self {
        Self::cut_after(lines, body, body.len())
    }

    /// The same, closed after so many bytes of the body.
    pub(super) fn cut_after(lines: &str, body: &[u8], bytes: usize) -> Self {
        let head = format!("HTTP/1.1 200 Answer\r\nContent-Length: {}\r\nConnection: close\r\n{lines}\r\n", body.len());
        Self::Raw([head.as_bytes(), &body[..bytes]].concat())
    }

    /// The rest of a body from that byte on.
    pub(super) fn rest(body: &[u8], from: usize) -> Self {
        let (left, last, size) = (body.len() - from, body.len() - 1, body.len());
        let range = format!("Content-Length: {left}\r\nContent-Range: bytes {from}-{last}/{size}\r\n");
        let head = format!("HTTP/1.1 206 Answer\r\n{range}Connection: close\r\n\r\n");
        Self::Raw([head.as_bytes(), &body[from..]].concat())
    }
}

/// The server; it goes with the test.
pub(super) struct Desk {
    address: std::net::SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
    _tasks: Tasks,
    _accepting: Task<()>,
}

type Answer = Arc<Mutex<dyn FnMut(&Call) -> Reply + Send>>;

impl Desk {
    pub(super) fn open(answer: impl FnMut(&Call) -> Reply + Send + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let address = listener.local_addr().unwrap();
        let (tasks, calls) = (Tasks::new(), Arc::new(Mutex::new(Vec::new())));
        let answer: Answer = Arc::new(Mutex::new(answer));
        let log = calls.clone();
        let accepting = tasks.start(|_| async move {
            let serving = Tasks::new();
            let mut open = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (answer, log) = (answer.clone(), log.clone());
                open.push(serving.start(|_| serve(socket, address, answer, log)));
            }
        });
        Self { address, calls, _tasks: tasks, _accepting: accepting }
    }

    pub(super) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    /// Everything that was asked so far.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(super) fn count(&self, line: &str) -> usize {
        self.calls().iter().filter(|call| call.line == line).count()
    }

    /// Waits until that was asked so often.
    pub(super) async fn asked(&self, line: &str, times: usize) {
        while self.count(line) < times {
            tokio::task::yield_now().await;
        }
    }
}

async fn serve(mut socket: TcpStream, address: std::net::SocketAddr, answer: Answer, log: Arc<Mutex<Vec<Call>>>) {
    let Some(call) = read(&mut socket, address).await else { return };
    log.lock().unwrap().push(call.clone());
    let reply = (answer.lock().unwrap())(&call);
    let (status, kind, body) = match reply {
        Reply::Json(status, json) => (status, "application/json", json.to_string().into_bytes()),
        Reply::Bytes(bytes) => (200, "application/zip", bytes),
        Reply::Raw(bytes) => {
            // Whoever asked may have gone.
            let _ = socket.write_all(&bytes).await;
            let _ = socket.shutdown().await;
            return;
        }
        Reply::Cut => return,
        Reply::Silence => {
            // Ends when the other side closes.
            let _ = socket.read(&mut [0; 1]).await;
            return;
        }
        Reply::Spoken(words) => return speak(socket, words).await,
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // Whoever asked may have gone.
    let _ = socket.write_all(&[head.as_bytes(), &body].concat()).await;
    let _ = socket.shutdown().await;
}

async fn speak(mut socket: TcpStream, mut words: UnboundedReceiver<Vec<u8>>) {
    let (mut ears, mut mouth) = socket.split();
    loop {
        let said = tokio::select! {
            said = words.recv() => said,
            // Whoever asks says nothing more: this is its leaving.
            _ = ears.read_u8() => None,
        };
        match said {
            Some(said) if mouth.write_all(&said).await.is_ok() => {}
            _ => return,
        }
    }
}

async fn read(socket: &mut TcpStream, address: std::net::SocketAddr) -> Option<Call> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let mut piece = [0; 4096];
        match socket.read(&mut piece).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&piece[..count]),
            _ => return None,
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let line = lines.next()?.rsplit_once(' ')?.0.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let call = Call { line, headers, root: format!("http://{address}") };
    let length: usize = call.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut missing = length.saturating_sub(bytes.len() - end - 4);
    while missing > 0 {
        let mut piece = vec![0; missing];
        missing -= socket.read(&mut piece).await.ok().filter(|count| *count > 0)?;
    }
    Some(call)
}
