//! A listener between program and service that keeps every byte the service answers: what signed links there are to look for.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

/// Passes every connection on, and remembers the answers.
#[derive(Debug)]
pub(super) struct Recorder {
    url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    /// Listens in front of that address (`http://HOST:PORT`), for as long as the test runs.
    pub(super) fn before(address: &str) -> Self {
        let target = address.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&target) else { continue };
                pass(&client, &server, None);
                pass(&server, &client, Some(ears.clone()));
            }
        });
        Self { url, heard }
    }

    /// Where it listens.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The signatures of all links that were given out.
    pub(super) fn signatures(&self) -> Vec<String> {
        self.found("X-Amz-Signature=([0-9a-f]{16,})")
    }

    /// All access tokens that were given out.
    pub(super) fn access_tokens(&self) -> Vec<String> {
        self.found(r#""access_token"\s*:\s*"([^"]{8,})""#)
    }

    fn found(&self, pattern: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&heard).into_owned();
        let pattern = Regex::new(pattern).expect("a pattern of ours");
        let mut found: Vec<String> = pattern.captures_iter(&text).map(|found| found[1].to_owned()).collect();
        found.sort();
        found.dedup();
        found
    }
}

fn pass(from: &TcpStream, to: &TcpStream, ears: Option<Arc<Mutex<Vec<u8>>>>) {
    let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
    std::thread::spawn(move || {
        let mut piece = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if let Some(ears) = &ears {
                ears.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&piece[..length]);
            }
            if to.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        // Whoever has gone away already needs not be told.
        let _ = to.shutdown(Shutdown::Write);
    });
}
