//! Which answers are the end of a stream, and which are tried again.

use std::time::Duration;

use super::bed::{Bed, down};
use crate::monitor::end::End;
use crate::monitor::stream::Heard;
use crate::retry::Trouble;

fn status(status: u16, lines: &str) -> String {
    format!("HTTP/1.1 {status} Whatever\r\n{lines}Content-Length: 0\r\n\r\n")
}

async fn first_heard(reply: &str) -> Heard {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    let (_, heard) = bed.answer(&mut stream, reply).await;
    if let Heard::Ended(_) = heard {
        drop(bed);
        assert_eq!(stream.next().await, heard, "an end stays the end, and nobody is asked again");
    }
    heard
}

#[tokio::test]
async fn ends_are_ends() {
    assert_eq!(first_heard("HTTP/1.1 204 Done\r\n\r\n").await, Heard::Ended(End::NoContent));
    assert_eq!(first_heard(&status(401, "")).await, Heard::Ended(End::SignIn));
    for code in [205, 202, 206, 304, 400, 403, 404, 405, 406, 409, 410, 451, 501] {
        assert_eq!(first_heard(&status(code, "")).await, Heard::Ended(End::Refused { status: code }), "{code}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for code in [408, 425, 429, 500, 502, 503, 504, 522] {
        let heard = first_heard(&status(code, "")).await;
        let trouble = Trouble::Status { status: code, retry_after: None };
        assert!(matches!(&heard, Heard::Down { trouble: found, .. } if *found == trouble), "{code}: {heard:?}");
    }
}

#[tokio::test]
async fn only_an_event_stream_is_read() {
    let page = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 9\r\n\r\ndata: x\n\n");
    for (lines, found) in [
        ("Content-Type: text/html\r\n", "text/html"),
        ("Content-Type: text/event-streams\r\n", "text/event-streams"),
        ("Content-Type: application/json; a=text/event-stream\r\n", "application/json"),
        ("", ""),
        ("Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n", "gzip"),
    ] {
        assert_eq!(first_heard(&page(lines)).await, Heard::Ended(End::WrongType(found.into())), "{lines:?}");
    }
    for lines in [
        "Content-Type: text/event-stream\r\n",
        "Content-Type: TEXT/Event-Stream; charset=utf-8\r\n",
        "Content-Type:  text/event-stream ;x=y;\r\nContent-Encoding: identity\r\n",
    ] {
        assert_eq!(first_heard(&page(lines)).await, Heard::Opened, "{lines:?}");
    }
}

#[tokio::test]
async fn retry_after_is_honoured_and_capped() {
    for (value, least, most) in [
        ("7", Duration::from_secs(7), Duration::from_secs(7)),
        ("99999999", Duration::from_mins(15), Duration::from_mins(15)),
        ("-1", Duration::from_millis(500), Duration::from_secs(1)),
        ("later", Duration::from_millis(500), Duration::from_secs(1)),
    ] {
        let (_, wait) = down(&first_heard(&status(503, &format!("Retry-After: {value}\r\n"))).await);
        assert!((least..=most).contains(&wait), "Retry-After {value:?}: {wait:?}");
    }
    let date = "Date: Thu, 01 Jan 1970 09:00:00 GMT\r\nRetry-After: Thu, 01 Jan 1970 09:00:20 GMT\r\n";
    let (_, wait) = down(&first_heard(&status(429, date)).await);
    assert_eq!(wait, Duration::from_secs(20), "a date counts from the server's own time");
}
