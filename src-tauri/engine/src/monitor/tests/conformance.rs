//! The published parsing cases, through the whole way: socket, HTTP client, sieve, event client, stream.

use serde::Deserialize;

use super::bed::{Bed, until_down};
use crate::monitor::stream::Heard;

const CASES: &str = include_str!("../../../tests/fixtures/sse-cases.json");

#[derive(Debug, Deserialize)]
struct Case {
    group: String,
    name: String,
    input: Option<String>,
    chunks: Option<Vec<String>>,
    bytes_hex: Option<String>,
    content_type: Option<String>,
    expect: Vec<(String, String, String)>,
    expect_comments: Option<Vec<String>>,
}

impl Case {
    fn own_chunks(&self) -> Vec<Vec<u8>> {
        if let Some(chunks) = &self.chunks {
            return chunks.iter().map(|chunk| chunk.clone().into_bytes()).collect();
        }
        if let Some(hex) = &self.bytes_hex {
            let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            return vec![(0..hex.len()).step_by(2).map(digits).collect()];
        }
        vec![self.input.clone().expect("a case has its input in one of three forms").into_bytes()]
    }
}

/// The bytes as a chunked body, so that exactly these pieces reach the sieve.
fn reply(content_type: &str, pieces: &[&[u8]]) -> Vec<u8> {
    let lines = format!("Content-Type: {content_type}\r\nTransfer-Encoding: chunked\r\nConnection: close");
    let mut reply = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n").into_bytes();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        reply.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        reply.extend_from_slice(piece);
        reply.extend_from_slice(b"\r\n");
    }
    reply.extend_from_slice(b"0\r\n\r\n");
    reply
}

async fn check(bed: &Bed, case: &Case, chunking: &str, pieces: &[&[u8]]) {
    let mut stream = bed.stream();
    let serve = async {
        let mut call = bed.call().await;
        call.say(reply(case.content_type.as_deref().unwrap_or("text/event-stream"), pieces)).await;
        call.left().await;
    };
    let listen = async {
        let heard = until_down(&mut stream).await;
        drop(stream);
        heard
    };
    let ((), heard) = tokio::join!(serve, listen);
    let mut events = Vec::new();
    let mut comments = 0;
    for heard in heard {
        match heard {
            Heard::Event(event) => events.push((event.kind, event.data, event.id)),
            Heard::Comment => comments += 1,
            Heard::Opened | Heard::Down { .. } => {}
            Heard::Ended(end) => panic!("{}: ended with {end:?}", case.name),
        }
    }
    assert_eq!(events, case.expect, "{} / {}, {chunking}", case.group, case.name);
    if case.expect_comments.as_ref().is_some_and(Vec::is_empty) {
        assert_eq!(comments, 0, "{} / {}, {chunking}: what only looks like a comment", case.group, case.name);
    }
}

#[tokio::test]
async fn every_case_passes_at_every_chunking() {
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    assert_eq!(cases.len(), 50, "all published cases are here");
    let bed = Bed::new().await;
    for case in &cases {
        let own = case.own_chunks();
        let whole = own.concat();
        check(&bed, case, "own pieces", &own.iter().map(Vec::as_slice).collect::<Vec<_>>()).await;
        check(&bed, case, "whole", &[&whole]).await;
        for size in [1, 2, 3, 7] {
            let pieces: Vec<&[u8]> = whole.chunks(size).collect();
            check(&bed, case, &format!("pieces of {size}"), &pieces).await;
        }
    }
}
