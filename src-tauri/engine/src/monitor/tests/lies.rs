//! Servers that lie: nothing hangs, nothing grows without bound, and what was not finished was not said.

use std::time::Duration;

use super::bed::{Bed, EVENT_STREAM, data, down, until_down};
use crate::monitor::stream::{EventStream, Heard};
use crate::retry::Trouble;

/// The loss at the end of what was heard.
fn trouble(heard: &[Heard]) -> &Trouble {
    match heard.last() {
        Some(Heard::Down { trouble, .. }) => trouble,
        other => panic!("expected a loss, heard {other:?}"),
    }
}

/// Opens a stream and hands over both ends of it.
async fn open(bed: &Bed) -> (super::bed::Call, EventStream) {
    let mut stream = bed.stream();
    let serve = async {
        let mut call = bed.call().await;
        call.say(EVENT_STREAM).await;
        call
    };
    let (call, heard) = tokio::join!(serve, stream.next());
    assert_eq!(heard, Heard::Opened);
    (call, stream)
}

#[tokio::test]
async fn half_open_connection_is_given_up() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    let order = bed.order();
    let serve = async {
        let mut call = bed.call().await;
        bed.pass_when_awaited(1, order.answer).await;
        call.left().await;
    };
    let ((), heard) = tokio::join!(serve, stream.next());
    assert_eq!(trouble(&[heard]), &Trouble::Silent, "no head of an answer within the limit");
}

#[tokio::test]
async fn silence_is_counted_from_the_last_byte() {
    let bed = Bed::new().await;
    let (mut call, mut stream) = open(&bed).await;
    let idle = bed.order().idle;
    let nearly = idle.saturating_sub(Duration::from_secs(1));
    bed.clock.advance(nearly);
    let (heard, ()) = tokio::join!(stream.next(), call.say(": still here\n"));
    assert_eq!(heard, Heard::Comment);
    bed.clock.advance(nearly);
    let (heard, ()) = tokio::join!(stream.next(), call.say("data: and talking\n\n"));
    assert_eq!(data(&[heard]), ["and talking"], "nearly two idle spans after the head");
    let (heard, ()) = tokio::join!(stream.next(), bed.pass_when_awaited(1, idle));
    assert_eq!(trouble(&[heard]), &Trouble::Silent);
    call.left().await;
}

#[tokio::test]
async fn silence_within_an_event_leaves_nothing_of_it() {
    let bed = Bed::new().await;
    let (mut call, mut stream) = open(&bed).await;
    let serve = async {
        call.say("id: 1\ndata: whole\n\nid: 2\ndata: half").await;
        call.finish().await;
    };
    let (heard, ()) = tokio::join!(until_down(&mut stream), serve);
    assert_eq!(data(&heard), ["whole"]);
    assert_eq!(stream.last_event_id(), "1");
}

#[tokio::test]
async fn cut_within_an_event_is_a_cut() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    let serve = async {
        let mut call = bed.call().await;
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        call.say(format!("{head}100\r\ndata: half\n")).await;
        call
    };
    let (call, heard) = tokio::join!(serve, stream.next());
    assert_eq!(heard, Heard::Opened);
    call.cut();
    let heard = until_down(&mut stream).await;
    assert_eq!((data(&heard), trouble(&heard)), (vec![], &Trouble::Cut));
}

#[tokio::test]
async fn broken_framing_is_tried_again() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (_, heard) = bed.answer(&mut stream, &format!("{head}9\r\ndata: a\n\n\r\nno size\r\n")).await;
    assert_eq!(heard, Heard::Opened);
    let heard = until_down(&mut stream).await;
    assert_eq!(data(&heard), ["a"], "what came whole before is told");
    down(heard.last().unwrap());
    let (_, heard) = bed.answer_when_due(&mut stream, "this is not HTTP\r\n\r\n").await;
    down(&heard);
}

#[tokio::test]
async fn repeated_and_jumping_ids_are_told_as_they_come() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    let body = "id: 3\ndata: c\n\nid: 1\ndata: a\n\nid: 1\ndata: a\n\nid: 2\ndata: b\n\n";
    let (_, heard) = bed.episode(&mut stream, body).await;
    assert_eq!(data(&heard), ["c", "a", "a", "b"], "what it means is for who knows the job");
    assert_eq!(stream.last_event_id(), "2", "the last that was said, not the greatest");
    let (call, heard) = bed.episode(&mut stream, body).await;
    assert_eq!(call.header("last-event-id"), Some(&b"2"[..]));
    assert_eq!(data(&heard).len(), 4, "a server that repeats itself is not second-guessed");
}

async fn is_garbled(start: &str, again: &[u8]) {
    let bed = Bed::new().await;
    let (mut call, mut stream) = open(&bed).await;
    let serve = async {
        call.say("data: before\n\n").await;
        call.say(start).await;
        call.say_for_ever(again).await;
    };
    let listen = async {
        let heard = until_down(&mut stream).await;
        assert_eq!(data(&heard), ["before"], "{start:?}");
        assert_eq!(trouble(&heard), &Trouble::Garbled, "{start:?}");
    };
    tokio::join!(serve, listen);
}

#[tokio::test]
async fn endless_line_ends_the_connection() {
    is_garbled("data: ", &b"x".repeat(65_536)).await;
    is_garbled(":", &b"x".repeat(65_536)).await;
    is_garbled("", &b"x".repeat(65_536)).await;
}

#[tokio::test]
async fn endless_block_ends_the_connection() {
    is_garbled("", &b"data: some line or other\n".repeat(2_000)).await;
    is_garbled("id: 1\n", &b"data\n".repeat(10_000)).await;
}

#[tokio::test]
async fn large_event_arrives_whole_and_a_larger_one_as_a_sign() {
    let bed = Bed::new().await;
    let (mut call, mut stream) = open(&bed).await;
    let line = "y".repeat(1_000_000);
    let larger = "z".repeat(5_000_000);
    let serve = async {
        call.say(format!("data: {line}\ndata: {line}\nid: big\n\n")).await;
        call.say(format!("data: {larger}\ndata: {larger}\nid: larger\n\n")).await;
        call.finish().await;
    };
    let (heard, ()) = tokio::join!(until_down(&mut stream), serve);
    let heard = data(&heard);
    assert_eq!(heard.len(), 2, "both are heard");
    assert!(heard[0] == format!("{line}\n{line}"), "two MB in two lines, byte for byte");
    assert_eq!(heard[1], "{", "of ten MB nobody reads more than that something was said");
    assert_eq!(stream.last_event_id(), "larger");
}

#[tokio::test]
async fn flood_of_comments_is_a_few_heartbeats() {
    let bed = Bed::new().await;
    let (mut call, mut stream) = open(&bed).await;
    let flood = ":\n".repeat(500_000);
    let serve = async {
        call.say(&flood).await;
        call.finish().await;
    };
    let (heard, ()) = tokio::join!(until_down(&mut stream), serve);
    let comments = heard.iter().filter(|heard| **heard == Heard::Comment).count();
    assert!((1..5_000).contains(&comments), "one for each piece that arrived, not one for each line: {comments}");
}

#[tokio::test]
async fn blank_lines_without_end_say_nothing() {
    let bed = Bed::new().await;
    let (mut call, mut stream) = open(&bed).await;
    let serve = async {
        for blank in ["\n", "\r", "\r\n"] {
            call.say(blank.repeat(100_000)).await;
        }
        call.say("data: x\n\n").await;
        call.finish().await;
    };
    let (heard, ()) = tokio::join!(until_down(&mut stream), serve);
    assert_eq!(data(&heard), ["x"]);
}

#[tokio::test]
async fn dropped_stream_closes_its_socket() {
    let bed = Bed::new().await;
    let (mut call, stream) = open(&bed).await;
    drop(stream);
    call.left().await;

    let mut stream = bed.stream();
    let mut call = tokio::select! {
        heard = stream.next() => panic!("nobody has answered: {heard:?}"),
        call = bed.call() => call,
    };
    drop(stream);
    call.left().await;
}

#[tokio::test]
async fn listener_that_looks_away_misses_nothing() {
    let bed = Bed::new().await;
    let (mut call, mut stream) = open(&bed).await;
    let mut heard = Vec::new();
    let serve = async {
        for byte in "id: 1\ndata: a\n\ndata: b\n\n".bytes() {
            call.say([byte]).await;
            tokio::task::yield_now().await;
        }
        call.finish().await;
    };
    let listen = async {
        while !matches!(heard.last(), Some(Heard::Down { .. })) {
            tokio::select! {
                next = stream.next() => heard.push(next),
                () = tokio::task::yield_now() => {}
            }
        }
    };
    tokio::join!(serve, listen);
    assert_eq!(data(&heard), ["a", "b"]);
}
