//! Redirects: all five followed, the rules kept, the sign-in only at home.

use super::bed::{Bed, EVENT_STREAM};
use crate::monitor::end::End;
use crate::monitor::stream::{EventStream, Heard};

fn redirect(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// Serves these replies in turn; gives the first that is heard.
async fn heard(bed: &Bed, stream: &mut EventStream, replies: &[String]) -> Heard {
    let serve = async {
        for reply in replies {
            let mut call = bed.call().await;
            call.say(reply).await;
            call.finish().await;
        }
    };
    tokio::join!(serve, stream.next()).1
}

async fn is_misdirected(replies: &[String], words: &str) {
    let bed = Bed::new().await;
    match heard(&bed, &mut bed.stream(), replies).await {
        Heard::Ended(End::Misdirected(rule)) => assert!(rule.contains(words), "{rule:?} names {words:?}"),
        other => panic!("{words}: {other:?}"),
    }
}

#[tokio::test]
async fn every_redirect_is_followed_and_resolved() {
    for status in [301, 302, 303, 307, 308] {
        let bed = Bed::new().await;
        let mut order = bed.order();
        order.last_event_id = "7".into();
        let mut stream = bed.open(order);
        let serve = async {
            bed.call().await.say(redirect(status, "moved?to=here")).await;
            let mut call = bed.call().await;
            call.say(EVENT_STREAM).await;
            call
        };
        let (call, heard) = tokio::join!(serve, stream.next());
        assert_eq!(heard, Heard::Opened, "{status} is followed");
        assert_eq!(call.target(), "/moved?to=here", "{status}: a relative address is resolved");
        assert_eq!(call.header("last-event-id"), Some(&b"7"[..]), "{status}: it goes on where it stopped");
        assert_eq!(call.header("authorization"), Some(&b"Bearer mine"[..]), "{status}: still at home");
    }
}

#[tokio::test]
async fn sign_in_stays_at_home_even_when_the_way_leads_back() {
    let (home, abroad) = (Bed::new().await, Bed::new().await);
    let mut order = home.order();
    order.last_event_id = "7".into();
    let mut stream = home.open(order);
    let serve = async {
        home.call().await.say(redirect(307, abroad.url("/away").as_str())).await;
        let mut away = abroad.call().await;
        away.say(redirect(307, home.url("/back").as_str())).await;
        let mut back = home.call().await;
        back.say(EVENT_STREAM).await;
        (away, back)
    };
    let ((away, back), heard) = tokio::join!(serve, stream.next());
    assert_eq!(heard, Heard::Opened);
    for (call, place) in [(away, "another origin"), (back, "home, but by another's word")] {
        for secret in ["authorization", "x-api-key", "cookie", "referer"] {
            assert_eq!(call.header(secret), None, "{secret} at {place}");
        }
        assert_eq!(call.header("accept"), Some(&b"text/event-stream"[..]), "{place}");
        assert_eq!(call.header("last-event-id"), Some(&b"7"[..]), "{place}");
    }
}

#[tokio::test]
async fn redirects_that_break_a_rule_are_the_end() {
    is_misdirected(&[redirect(302, "/a"), redirect(302, "/events")], "circle").await;
    let hops: Vec<String> = (0..=10).map(|hop| redirect(302, &format!("/{hop}"))).collect();
    is_misdirected(&hops, "too often").await;
    is_misdirected(&[redirect(302, "file:///etc/passwd")], "neither http nor https").await;
    is_misdirected(&["HTTP/1.1 302 Where\r\nContent-Length: 0\r\n\r\n".to_owned()], "without saying where to").await;
}

#[tokio::test]
async fn next_connection_begins_at_the_stream_s_own_address_again() {
    let bed = Bed::new().await;
    let mut stream = bed.stream();
    for _ in 0..2 {
        let serve = async {
            let mut first = bed.call().await;
            first.say(redirect(301, "/moved")).await;
            let mut second = bed.call().await;
            second.say(EVENT_STREAM).await;
            second.finish().await;
            first.target()
        };
        let (target, opened) = tokio::join!(serve, stream.next());
        assert_eq!((target.as_str(), opened), ("/events", Heard::Opened), "a redirect is never remembered");
        super::bed::until_down(&mut stream).await;
        bed.clock.advance(std::time::Duration::from_mins(1));
    }
}
