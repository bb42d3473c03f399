//! A server whose streams the test speaks itself, and jobs that listen to them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use landfall_wire::JobId;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Bed, Call, Face, HEAD, PLAIN_SUBMIT, Reply};
use crate::engine::Engine;
use crate::store::Store;

/// A stream for each job, besides the poll.
const OWN: &str = r#"
[follow]
deadline = "12h"
[follow.stream]
get = "/jobs/{{ job.id }}/events"
silence = "20s"
stage = "data.stage"
percent = "data.percent"
[follow.stream.events]
news = { state = "data.state" }
"#;

/// A stream for all jobs, and no poll.
const SHARED: &str = r#"
[follow.stream]
get = "/events"
scope = "connection"
each = "data.jobs"
of = "item.id"
state = "item.state"
silence = "15s"
"#;

pub(super) const OPEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// The server's side of an answer that the test speaks.
pub(super) struct Speaker {
    words: UnboundedSender<Vec<u8>>,
    pub(super) call: Call,
}

impl Speaker {
    pub(super) fn say(&self, text: impl AsRef<[u8]>) -> &Self {
        // Whoever listened may have left, which is what some tests are about.
        let _ = self.words.send(text.as_ref().to_vec());
        self
    }

    /// An event of the type that the connector knows.
    pub(super) fn news(&self, id: &str, data: &Value) -> &Self {
        self.say(format!("id: {id}\nevent: news\ndata: {data}\n\n"))
    }

    pub(super) fn json(&self, body: &Value) {
        let body = body.to_string();
        let length = body.len();
        self.say(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
    }

    /// Waits until nobody listens.
    pub(super) async fn left(&self) {
        self.words.closed().await;
    }
}

/// What the server of a test answers beside its streams; the test changes it as it goes.
pub(super) struct Mind {
    /// The answer to a poll; none: the test speaks it.
    pub(super) poll: Option<Value>,
    /// So often there is nothing to download.
    pub(super) nothing: usize,
    /// The status instead of a stream.
    pub(super) refusal: Option<u16>,
    /// The only token that is good, if there is one.
    pub(super) token: Option<&'static str>,
}

pub(super) struct Stage {
    pub(super) bed: Bed,
    mind: Arc<Mutex<Mind>>,
    pub(super) speakers: UnboundedReceiver<Speaker>,
    pub(super) store: Mutex<Option<Arc<Store>>>,
}

impl Stage {
    pub(super) fn own() -> Self {
        Self::of(&[HEAD, PLAIN_SUBMIT, OWN].join("\n"))
    }

    pub(super) fn shared() -> Self {
        let head = HEAD.split("[follow.poll]").next().expect("what stands before the poll");
        Self::of(
            &[&head.replace("[resolve]", "[resolve]\nevery = \"1s\"\ntries = 30"), PLAIN_SUBMIT, SHARED].join("\n"),
        )
    }

    pub(super) fn of(source: &str) -> Self {
        let mind = Mind { poll: Some(json!({ "state": "running" })), nothing: 0, refusal: None, token: None };
        let mind = Arc::new(Mutex::new(mind));
        let (callers, speakers) = unbounded_channel();
        let theirs = mind.clone();
        let mut posts = 0;
        let bed = Bed::of(source, move |call| {
            let mut mind = theirs.lock().unwrap();
            let spoken = |callers: &UnboundedSender<Speaker>| {
                let (words, said) = unbounded_channel();
                callers.send(Speaker { words, call: call.clone() }).unwrap();
                Reply::Spoken(said)
            };
            if call.line != "GET /file"
                && mind.token.is_some_and(|token| call.header("authorization") != Some(&format!("Bearer {token}")))
            {
                return Reply::Json(401, json!({}));
            }
            match call.line.as_str() {
                "POST /jobs" => {
                    posts += 1;
                    Reply::Json(202, json!({ "id": posts.to_string() }))
                }
                line if line.ends_with("/events") => match mind.refusal {
                    Some(status) => Reply::Json(status, json!({})),
                    None => spoken(&callers),
                },
                line if line.starts_with("GET /jobs/") => match &mind.poll {
                    Some(answer) => Reply::Json(200, answer.clone()),
                    None => spoken(&callers),
                },
                line if line.starts_with("GET /results/") => {
                    let is_there = mind.nothing == 0;
                    mind.nothing = mind.nothing.saturating_sub(1);
                    let url = is_there.then(|| format!("{}/file", call.root));
                    Reply::Json(200, json!({ "url": url, "size": 3 }))
                }
                "GET /file" => Reply::Bytes(b"abc".to_vec()),
                other => panic!("{other} was not expected"),
            }
        });
        Self { bed, mind, speakers, store: Mutex::default() }
    }

    pub(super) fn mind(&self) -> std::sync::MutexGuard<'_, Mind> {
        self.mind.lock().unwrap()
    }

    pub(super) async fn job(&self, engine: &Engine) -> (JobId, Face) {
        *self.store.lock().unwrap() = Some(engine.store.clone());
        self.bed.asked(engine, self.bed.request()).await
    }

    /// The next answer that is the test's to speak.
    pub(super) async fn speaker(&mut self) -> Speaker {
        self.speakers.recv().await.expect("the server goes on")
    }

    /// The next stream, opened.
    pub(super) async fn stream(&mut self) -> Speaker {
        let speaker = self.speaker().await;
        assert!(speaker.call.line.ends_with("/events"), "a stream is asked for: {}", speaker.call.line);
        speaker.say(OPEN);
        speaker
    }

    pub(super) fn streams(&self) -> usize {
        self.bed.desk.calls().iter().filter(|call| call.line.ends_with("/events")).count()
    }

    pub(super) fn polls(&self) -> usize {
        self.bed.desk.count("GET /jobs/1")
    }

    /// Whether the result of job 1 was asked for: from there on it lands without any time passing, and none should, since
    /// what is read and written takes the machine's own.
    pub(super) fn is_resolved(&self) -> bool {
        self.bed.desk.count("GET /results/1") > 0
    }

    /// Lets everything happen that needs no time to pass. What is saved is saved on another thread, so that is waited for.
    pub(super) async fn settle(&self) {
        let store = self.store.lock().unwrap().clone();
        for _ in 0..8 {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            if let Some(store) = &store {
                store.jobs().await.unwrap();
            }
        }
    }

    /// Lets a second pass again and again until it holds; gives how many have passed.
    pub(super) async fn passes(&self, mut holds: impl FnMut(&Self) -> bool) -> u64 {
        for seconds in 0..3_600 {
            self.settle().await;
            if holds(self) {
                return seconds;
            }
            self.bed.clock.advance(Duration::from_secs(1));
        }
        panic!("nothing came of it in an hour");
    }
}
