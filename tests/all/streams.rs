//! Event streams that lie (T5), told to the whole program by a raw-socket server: the state is right after repair, the
//! file lands with the right bytes, memory stays bounded, and nobody but the server itself sees the sign-in.

#![expect(clippy::print_stdout, reason = "the memory held cannot be seen in an assertion")]

mod one_job;
mod shared;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use landfall_tests::hostile::{Hostile, Object, Reply, Request, sha256};
use landfall_tests::testbed::{Ledger, TestBed, sha256_of};
use serde_json::Value;

/// What the program may hold at most, whatever it is told (bytes).
const MOST_MEMORY: u64 = 100_000_000;

const EVENT_STREAM: &str = "Content-Type: text/event-stream\r\nConnection: close\r\n";

/// What a stream has said so far is on its way for as long as this keeps it open.
fn events(text: impl AsRef<[u8]>) -> Reply {
    Reply::new().head(200, EVENT_STREAM).say(text)
}

fn json(status: u16, body: &Value) -> Reply {
    Reply::text(status, "Content-Type: application/json\r\nConnection: close\r\n", &body.to_string()).close()
}

/// A film as small as one can be.
fn film() -> Object {
    let mut film = Object::new(3, 0);
    let mut bytes = Vec::new();
    for (kind, body) in [(b"ftyp", 8_u32), (b"mdat", 60_000), (b"moov", 20)] {
        bytes.extend((body + 8).to_be_bytes());
        bytes.extend(kind);
        bytes.extend(vec![7; body as usize]);
    }
    film.bytes = Arc::new(bytes);
    film
}

/// How far the server is, as it says itself when it is asked.
#[derive(Clone, Default)]
struct Truth {
    done: Arc<AtomicBool>,
    streams: Arc<AtomicUsize>,
    submitted: Arc<AtomicUsize>,
}

impl Truth {
    fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }

    fn finish(&self) {
        self.done.store(true, Ordering::SeqCst);
    }

    /// Which stream this is, from 0.
    fn next_stream(&self) -> usize {
        self.streams.fetch_add(1, Ordering::SeqCst)
    }

    fn streams(&self) -> usize {
        self.streams.load(Ordering::SeqCst)
    }
}

/// A bed that is connected to that server.
fn bed(server: &Hostile, connector: &str) -> TestBed {
    let nowhere = std::env::temp_dir().join("no-ledger");
    TestBed::at(server.url("").as_str().trim_end_matches('/'), "anna", Ledger::of(&nowhere)).connect(connector)
}

/// So many files are in the folder, each with the film's bytes, and nothing hidden.
fn assert_films(bed: &TestBed, count: usize, case: &str) {
    let names = bed.names();
    assert_eq!(names.len(), count, "{case}: {names:?}");
    for name in names {
        assert_eq!(sha256_of(&bed.folder().join(&name)), sha256(&film().bytes), "{case}: {name} has the right bytes");
    }
}
