//! A server that answers as a script says, over real sockets.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

/// One request as it arrived: the first line, its headers and its body, all as text.
pub(super) type Asked = String;

/// Answers requests with what the script says, as long as the test lives, and remembers them.
pub(super) struct Server {
    pub(super) url: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// Status with reason, further header lines, body.
pub(super) type Said = (&'static str, Vec<String>, String);

impl Server {
    pub(super) fn start(script: impl Fn(&str, usize) -> Said + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, script) = (asked.clone(), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, script) = (seen.clone(), script.clone());
                std::thread::spawn(move || answer(stream, &seen, script.as_ref()));
            }
        });
        Self { url, asked }
    }

    pub(super) fn asked(&self, start: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|request| request.starts_with(start)).cloned().collect()
    }
}

fn answer(mut stream: TcpStream, seen: &Mutex<Vec<Asked>>, script: &dyn Fn(&str, usize) -> Said) {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let Ok(count) = stream.read(&mut buffer) else { return };
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return;
            }
            continue;
        };
        let length = line(head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        if body.len() >= length || count == 0 {
            break;
        }
    }
    let number = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(text.clone());
        let first = text.split_once(' ').map(|(method, rest)| format!("{method} {}", rest.split(' ').next().unwrap()));
        seen.iter().filter(|other| other.starts_with(first.as_deref().unwrap_or_default())).count()
    };
    let (status, headers, body) = script(&text, number);
    let headers: String = headers.iter().flat_map(|header| [header.as_str(), "\r\n"]).collect();
    let length = body.len();
    // Whoever hung up does not want the answer.
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
}

pub(super) fn line<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let found = text.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    found.split_once(':').map(|(_, value)| value.trim())
}

pub(super) fn json(status: &'static str, body: &str) -> Said {
    (status, vec!["content-type: application/json".into()], body.to_owned())
}
