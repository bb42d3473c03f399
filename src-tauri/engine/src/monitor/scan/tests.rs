use std::sync::Arc;
use std::sync::Mutex;

use eventsource_client::{Client as _, ClientBuilder, SSE};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use launchdarkly_sdk_transport::{ByteStream, HttpTransport, ResponseFuture};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

type Told = (String, String, String);

/// The tame bytes of these pieces.
fn tamed(scanner: &mut Scanner, pieces: &[&[u8]]) -> Result<Vec<Bytes>, Overlong> {
    let mut tame = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        while let Some(scanned) = scanner.feed(&mut rest)? {
            if let Scanned::Block(block) = scanned {
                tame.push(block);
            }
        }
        assert!(rest.is_empty(), "all of a piece is taken before the scanner has nothing more to say");
    }
    Ok(tame)
}

/// Gives the event client these bytes as an answer.
#[derive(Clone)]
struct Canned(Arc<Mutex<Vec<Bytes>>>);

impl HttpTransport for Canned {
    fn request(&self, _: http::Request<Option<Bytes>>) -> ResponseFuture {
        let pieces = std::mem::take(&mut *self.0.lock().unwrap());
        let body: ByteStream = Box::pin(stream::iter(pieces.into_iter().map(Ok)));
        Box::pin(std::future::ready(Ok(http::Response::new(body))))
    }
}

/// What the event client makes of tame bytes, cut into pieces of that size.
fn parsed(tame: &[Bytes], size: usize) -> Vec<Told> {
    let whole = tame.concat();
    let pieces = whole.chunks(size).map(Bytes::copy_from_slice).collect();
    let client = ClientBuilder::for_url("http://127.0.0.1/").unwrap();
    let client = client.reconnect(eventsource_client::ReconnectOptions::reconnect(false).build());
    let client = client.build_with_transport(Canned(Arc::new(Mutex::new(pieces))));
    let mut events = client.stream();
    let mut told = Vec::new();
    while let Some(Some(Ok(sse))) = events.next().now_or_never() {
        match sse {
            SSE::Event(event) => told.push((event.event_type, event.data, event.id.unwrap_or_default())),
            SSE::Connected(_) => {}
            SSE::Comment(comment) => panic!("a comment {comment:?} in a tame block"),
        }
    }
    told
}

/// The standard's own steps, read off its page: the whole decoded first, then line by line.
fn by_the_book(bytes: &[u8], last_event_id: &str) -> (Vec<Told>, String) {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop();
    let (mut data, mut kind, mut id) = (String::new(), String::new(), last_event_id.to_owned());
    let mut in_force = id.clone();
    let mut told = Vec::new();
    for line in lines {
        if line.is_empty() {
            in_force.clone_from(&id);
            let (data, kind) = (std::mem::take(&mut data), std::mem::take(&mut kind));
            if let Some(data) = data.strip_suffix('\n') {
                let kind = if kind.is_empty() { "message".to_owned() } else { kind };
                told.push((kind, data.to_owned(), id.clone()));
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "event" => value.clone_into(&mut kind),
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            _ => {}
        }
    }
    (told, in_force)
}

/// Pieces of the stream's own alphabet, so that chance finds the grammar's corners, and any bytes besides.
fn wild() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        &b"data"[..],
        b"data:",
        b"data: ",
        b"event:",
        b"id: ",
        b"id",
        b"retry: 7",
        b"comment: ",
        b":",
        b" ",
        b"\n",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\r\n\r\n",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xE2\x80",
        b"\xFF",
        b"\0",
        b"x",
        b"\xC3\xA9",
    ]);
    let piece = prop_oneof![6 => word.prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..8)];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// The bytes cut into pieces of these sizes, again and again.
fn cut<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        let (piece, rest) = bytes.split_at((*size).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
        if bytes.is_empty() {
            break;
        }
    }
    pieces
}

proptest! {
    #[test]
    fn any_bytes_at_any_chunking_are_read_by_the_book(
        bytes in wild(),
        sizes in vec(1_usize..9, 1..6),
        first in prop::sample::select(vec!["", "7"]),
        again in 1_usize..40,
    ) {
        let mut scanner = Scanner::new(first);
        let tame = tamed(&mut scanner, &cut(&bytes, &sizes)).unwrap();
        let (told, in_force) = by_the_book(&bytes, first);
        prop_assert_eq!(parsed(&tame, again), told);
        prop_assert_eq!(scanner.last_event_id(), in_force);
    }

    #[test]
    fn limits_hold_at_any_chunking(bytes in wild(), sizes in vec(1_usize..9, 1..6)) {
        let outcome = |pieces: &[&[u8]]| {
            let mut scanner = Scanner::with_limits("", 12, 40);
            let tame = tamed(&mut scanner, pieces);
            assert!(scanner.line.len() <= 12, "no line is kept beyond its limit");
            assert!(scanner.block.len() <= 40 + 7, "nor a block, but for its last field's name");
            tame
        };
        prop_assert_eq!(outcome(&cut(&bytes, &sizes)), outcome(&[&bytes]));
    }
}

#[test]
fn limits_are_reached_and_not_a_byte_earlier() {
    let check = |input: &[u8], expected: bool| {
        let mut scanner = Scanner::with_limits("", 10, 20);
        let outcome = tamed(&mut scanner, &[input]);
        assert_eq!(outcome.is_ok(), expected, "{:?}", String::from_utf8_lossy(input));
    };
    check(b"data:12345\n\n", true);
    check(b"data:123456\n\n", false);
    check(b":234567890", true);
    check(b":2345678901", false);
    check(b"data:1234\ndata:123\n\n", true);
    check(b"data:1234\ndata:1234\ndata:1\n\n", false);
    check(b"data:1234\n\ndata:1234\n\ndata:1234\n\n", true);
}

#[test]
fn too_large_an_event_is_told_and_not_held() {
    let check = |value: usize, lines: usize, sizes: &[usize]| {
        let line = format!("data: {}\n", "x".repeat(value)).repeat(lines);
        let input = format!("id: 1\nevent: big\n{line}\ndata: small\n\n");
        let mut scanner = Scanner::new("");
        let mut tame = Vec::new();
        for piece in cut(input.as_bytes(), sizes) {
            tame.extend(tamed(&mut scanner, &[piece]).unwrap());
            assert!(scanner.line.capacity() + scanner.block.capacity() <= 8 * LARGEST_HELD, "held in bounds");
        }
        assert_eq!(tame.len(), 2, "both are heard");
        assert_eq!(tame[1], b"data: small\n\n"[..], "the next is read as ever");
        tame[0].len()
    };
    let unreadable = b"data: {\nevent: big\nid: 1\n\n".len();
    for sizes in [&[1 << 16][..], &[3_000_001]] {
        assert_eq!(check(7 << 20, 1, sizes), unreadable, "one line");
        assert_eq!(check(1 << 20, 3, sizes), unreadable, "several lines");
        assert!(check(1 << 20, 1, sizes) > 1 << 20, "one that can be read comes whole");
    }
}

#[test]
fn id_is_told_when_it_changes_and_only_then() {
    let mut scanner = Scanner::new("before");
    let tame = tamed(&mut scanner, &[b"data:a\n\ndata:b\n\nid\ndata:c\n\nid:9\n\ndata:d\n\n"]).unwrap();
    let tame: Vec<&[u8]> = tame.iter().map(|block| &block[..]).collect();
    let expected: [&[u8]; 4] =
        [b"data: a\nid: before\n\n", b"data: b\n\n", b"data: c\nid: \n\n", b"data: d\nid: 9\n\n"];
    assert_eq!(tame, expected);
}

#[test]
fn id_too_long_for_a_header_is_passed_over() {
    let mut scanner = Scanner::new("");
    let (fits, long) = ("a".repeat(ID_LIMIT), "b".repeat(ID_LIMIT + 1));
    tamed(&mut scanner, &[format!("id: {fits}\n\nid: {long}\n\n").as_bytes()]).unwrap();
    assert_eq!(scanner.last_event_id(), fits);
}

#[test]
fn large_line_leaves_no_large_buffer() {
    let mut scanner = Scanner::new("");
    let long = vec![b'x'; 4 * KEPT];
    tamed(&mut scanner, &[b"data:", &long, b"\n\n"]).unwrap();
    assert!(scanner.line.capacity() <= KEPT, "ten thousand streams would each keep one");
}
