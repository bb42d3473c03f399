//! Coming back: where from, how soon, and for how long.

use std::time::Duration;

use tokio::net::TcpSocket;
use url::Url;

use super::bed::{Bed, EVENT_STREAM, data, down, until_down};
use crate::monitor::stream::{Heard, StreamOrder};
use crate::retry::Trouble;
use crate::secrets::SafeUrl;

/// The ids that the stream asks with, when these bodies come one after the other and each breaks off; a dash where it
/// sends no header.
async fn ids_asked(first: &str, bodies: &[&str]) -> Vec<String> {
    let bed = Bed::new().await;
    let mut order = bed.order();
    order.last_event_id = first.into();
    let mut stream = bed.open(order);
    let mut asked = Vec::new();
    for body in bodies {
        let (call, _) = bed.episode(&mut stream, body).await;
        asked.push(String::from_utf8(call.header("last-event-id").unwrap_or(b"-").to_vec()).unwrap());
    }
    asked
}

#[tokio::test]
async fn request_says_what_is_wanted() {
    let bed = Bed::new().await;
    let (call, _) = bed.answer(&mut bed.stream(), EVENT_STREAM).await;
    assert_eq!(call.target(), "/events");
    for (name, value) in [
        ("accept", Some("text/event-stream")),
        ("cache-control", Some("no-cache")),
        ("accept-encoding", Some("identity")),
        ("authorization", Some("Bearer mine")),
        ("last-event-id", None),
    ] {
        assert_eq!(call.header(name), value.map(str::as_bytes), "{name}");
    }
}

#[tokio::test]
async fn last_event_id_outlives_every_connection() {
    let asked = ids_asked("", &["id: 1\ndata: a\n\n", "data: b\n\n", "id: 2\n\n", ": nothing\n\n", "id\n\n", ""]).await;
    assert_eq!(asked, ["-", "1", "1", "2", "2", "-"]);
}

#[tokio::test]
async fn order_s_id_is_where_it_begins() {
    let asked = ids_asked("start", &["data: x\n\n", "data: y\n\nid: 9\n\n", ""]).await;
    assert_eq!(asked, ["start", "start", "9"]);
}

#[tokio::test]
async fn id_of_a_block_that_was_never_finished_is_not_in_force() {
    let asked = ids_asked("", &["data: a\n\nid: lost\ndata: b\n", "id: a\0b\ndata: c\n\n", ""]).await;
    assert_eq!(asked, ["-", "-", "-"], "neither a cut block nor NUL sets an id");
}

#[tokio::test]
async fn id_goes_back_as_utf_8() {
    let asked = ids_asked("", &["id: …é\u{1F4F7}\ndata: a\n\n", ""]).await;
    assert_eq!(asked, ["-", "…é\u{1F4F7}"]);
}

#[tokio::test]
async fn id_that_no_header_can_carry_is_left_out_and_kept() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    bed.episode(&mut stream, "id: a\u{1}b\ndata: x\n\n").await;
    let (call, _) = bed.episode(&mut stream, "").await;
    assert_eq!(call.header("last-event-id"), None, "HTTP allows no control characters");
    assert_eq!(stream.last_event_id(), "a\u{1}b", "a later event may still be without an id of its own");
}

#[tokio::test]
async fn event_without_an_id_carries_the_one_in_force() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    bed.episode(&mut stream, "id: 5\ndata: a\n\n").await;
    let (_, heard) = bed.episode(&mut stream, "data: b\n\nid\ndata: c\n\n").await;
    let ids: Vec<&str> = heard
        .iter()
        .filter_map(|heard| if let Heard::Event(event) = heard { Some(event.id.as_str()) } else { None })
        .collect();
    assert_eq!(ids, ["5", ""], "across the reconnect, and reset by an empty one");
}

/// The wait after a stream that asked for this reconnection time.
async fn wait_after(body: &str) -> Duration {
    let bed = Bed::new().await;
    let (_, heard) = bed.episode(&mut bed.stream(), body).await;
    down(heard.last().unwrap()).1
}

#[tokio::test]
async fn reconnection_time_of_the_server_is_honoured_within_bounds() {
    for (body, least, most) in [
        ("data: x\n\n", 500, 1_000),
        ("retry: 3000\n\n", 3_000, 6_000),
        ("retry: 3000\ndata: x\n\n", 3_000, 6_000),
        ("retry: 3000\n", 3_000, 6_000),
        ("retry: 0\n\n", 500, 1_000),
        ("retry: 86400000\n\n", 60_000, 120_000),
        ("retry: 99999999999999999999999999\n\n", 60_000, 120_000),
        ("retry: -5\n\n", 500, 1_000),
        ("retry: 3s\n\n", 500, 1_000),
        ("retry\n\n", 500, 1_000),
    ] {
        let wait = wait_after(body).await;
        let bounds = Duration::from_millis(least)..=Duration::from_millis(most);
        assert!(bounds.contains(&wait), "{body:?}: {wait:?}");
    }
}

#[tokio::test]
async fn reconnection_time_holds_for_later_connections_too() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    bed.episode(&mut stream, "retry: 9000\ndata: x\n\n").await;
    let (_, heard) = bed.episode(&mut stream, "data: y\n\n").await;
    assert!(down(heard.last().unwrap()).1 >= Duration::from_secs(9), "asked for once, in force until changed");
}

#[tokio::test]
async fn backoff_doubles_and_only_an_event_resets_it() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    for tries in 1..=7_u32 {
        let (_, heard) = bed.episode(&mut stream, ": opened, but says nothing\n\n").await;
        let loss = heard.last().unwrap();
        let whole = Duration::from_secs(2_u64.pow(tries - 1)).min(Duration::from_secs(30));
        let (counted, wait) = down(loss);
        assert_eq!(counted, tries, "opening alone is no progress");
        assert!(wait >= whole / 2 && wait <= whole, "try {tries}: {wait:?} of {whole:?}");
        let expected = tries > 5;
        assert!(matches!(loss, Heard::Down { spent, .. } if *spent == expected), "try {tries}: {loss:?}");
    }
    let (_, heard) = bed.episode(&mut stream, "data: at last\n\n").await;
    assert_eq!(down(heard.last().unwrap()).0, 1, "real data gives all tries back");
}

#[tokio::test]
async fn refused_connection_is_told_and_tried_again() {
    // Bound and not listening: the port is ours, and refuses.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let elsewhere = Bed::new().await;
    let url = Url::parse(&format!("http://{address}/events")).unwrap();
    let mut stream = elsewhere.open(StreamOrder { url: SafeUrl::new(url), ..elsewhere.order() });
    for tries in 1..=3 {
        let heard = stream.next().await;
        assert!(matches!(heard, Heard::Down { trouble: Trouble::Unreachable, .. }), "{heard:?}");
        assert_eq!(down(&heard).0, tries);
        elsewhere.clock.advance(Duration::from_mins(1));
    }
    let bed = Bed::on(socket.listen(1).unwrap());
    assert_eq!(bed.answer(&mut stream, EVENT_STREAM).await.1, Heard::Opened, "the server is back, and so are we");
}

#[tokio::test]
async fn proper_end_of_the_body_is_a_reason_to_come_back() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    let reply = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: x\n\n";
    let (_, opened) = bed.answer(&mut stream, reply).await;
    assert_eq!(opened, Heard::Opened);
    let heard = until_down(&mut stream).await;
    assert_eq!(data(&heard), ["x"]);
    assert_eq!(down(heard.last().unwrap()).0, 1);
}

#[tokio::test]
async fn nobody_is_asked_before_the_wait_is_over() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    let (_, heard) =
        bed.answer(&mut stream, "HTTP/1.1 503 Later\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(down(&heard).1, Duration::from_mins(1));
    bed.clock.advance(Duration::from_secs(59));
    tokio::select! {
        biased;
        heard = stream.next() => panic!("a second too early: {heard:?}"),
        () = async { for _ in 0..100 { tokio::task::yield_now().await; } } => {}
    }
    bed.clock.advance(Duration::from_secs(1));
    assert_eq!(bed.answer(&mut stream, EVENT_STREAM).await.1, Heard::Opened);
}
