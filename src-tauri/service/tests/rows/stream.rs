//! A reader of event streams that knows no more than the HTML Standard, section 9.2.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

use super::bed::Bed;

/// Longer than anything honest takes on a loaded machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// An event as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) data: Value,
}

/// What comes next in a stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    Event(Event),
    Comment,
    /// It was closed; with what was left of an event then.
    Closed(String),
    /// The connection broke.
    Broken,
}

pub(crate) struct Stream {
    response: reqwest::Response,
    text: String,
    heard: VecDeque<Heard>,
}

impl Stream {
    /// Opens it and makes sure that it is one.
    pub(crate) async fn open(bed: &Bed, path: &str) -> Self {
        Self::after(bed, path, None).await
    }

    pub(crate) async fn after(bed: &Bed, path: &str, last: Option<&str>) -> Self {
        let response = bed.open(path, last).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), heard: VecDeque::new() }
    }

    pub(crate) async fn next(&mut self) -> Heard {
        let next = async {
            loop {
                if let Some(heard) = self.heard.pop_front() {
                    return heard;
                }
                match self.response.chunk().await {
                    Ok(Some(bytes)) => self.take(&bytes),
                    Ok(None) => return Heard::Closed(std::mem::take(&mut self.text)),
                    Err(_) => return Heard::Broken,
                }
            }
        };
        tokio::time::timeout(DEADLINE, next).await.expect("within a minute the stream says something or ends")
    }

    /// The next event; comments are passed over.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            match self.next().await {
                Heard::Event(event) => return event,
                Heard::Comment => {}
                end => panic!("an event is awaited, not {end:?}"),
            }
        }
    }

    /// All events to the end of the stream, and how it ended.
    pub(crate) async fn rest(&mut self) -> (Vec<Event>, Heard) {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Heard::Event(event) => events.push(event),
                Heard::Comment => {}
                end => return (events, end),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.text.push_str(std::str::from_utf8(bytes).unwrap());
        while let Some((block, rest)) = self.text.split_once("\n\n") {
            self.heard.push_back(read(block));
            self.text = rest.to_owned();
        }
    }
}

fn read(block: &str) -> Heard {
    let (mut id, mut name, mut data) = (None, None, None);
    for line in block.lines() {
        let (field, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?} is a field"));
        match field {
            "" => return Heard::Comment,
            "id" => id = Some(value.to_owned()),
            "event" => name = Some(value.to_owned()),
            "data" => data = Some(serde_json::from_str(value).unwrap()),
            other => panic!("{other:?} is no field of an event"),
        }
    }
    Heard::Event(Event { id, name, data: data.expect("an event has data") })
}
