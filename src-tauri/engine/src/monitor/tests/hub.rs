//! One stream for many jobs.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use landfall_wire::{ErrorCode, Failure};

use super::bed::{Bed, Call, EVENT_STREAM};
use crate::monitor::end::End;
use crate::monitor::hub::{Hub, Line, Subscription, Word};
use crate::monitor::stream::StreamOrder;

/// A hub whose events are words, each `id=news`; a word without `=` names no job.
fn hub(bed: &Arc<Bed>) -> Hub<String> {
    let theirs = Arc::clone(bed);
    Hub::new(
        Box::new(move || {
            let stream = theirs.stream();
            async move { Ok(stream) }.boxed()
        }),
        Box::new(|event| {
            let news = event.data.split_whitespace().map(|word| match word.split_once('=') {
                Some((id, news)) => (Some(id.to_owned()), news.to_owned()),
                None => (None, word.to_owned()),
            });
            news.collect()
        }),
        Arc::new(bed.clock.clone()),
    )
}

async fn opened(bed: &Bed) -> Call {
    let mut call = bed.call().await;
    call.say(EVENT_STREAM).await;
    call
}

async fn item(subscription: &mut Subscription<String>) -> String {
    match subscription.next().await {
        Word::Item(item) => item,
        other => panic!("expected news, heard {other:?}"),
    }
}

async fn line(subscription: &mut Subscription<String>) -> Line {
    match subscription.next().await {
        Word::Line(line) => line,
        other => panic!("expected how the stream stands, heard {other:?}"),
    }
}

/// Lets everything that can happen now happen, as seen by a subscriber that gets this word last.
async fn settled(call: &mut Call, witness: &mut Subscription<String>) {
    call.say("data: witness=now\n\n").await;
    while item(witness).await != "now" {}
}

#[tokio::test]
async fn each_job_hears_its_own_on_one_connection() {
    let bed = Arc::new(Bed::new().await);
    let hub = hub(&bed);
    let (mut one, mut two, mut twin) = (hub.subscribe("1"), hub.subscribe("2"), hub.subscribe("2"));
    let mut call = opened(&bed).await;
    for subscription in [&mut one, &mut two, &mut twin] {
        assert_eq!(line(subscription).await, Line::Opened);
    }
    call.say("data: stranger=x 2=queued nobody 1=running 2=done\n\n").await;
    assert_eq!(item(&mut one).await, "running");
    for subscription in [&mut two, &mut twin] {
        assert_eq!((item(subscription).await, item(subscription).await), ("queued".into(), "done".into()));
    }
    assert!(one.next().now_or_never().is_none(), "what names no job or another is not for this one");
    assert_eq!(hub.subscribers(), 3);
}

#[tokio::test]
async fn stream_is_open_only_while_somebody_listens() {
    let bed = Arc::new(Bed::new().await);
    let hub = hub(&bed);
    assert!(!hub.is_listening(), "nobody has asked yet");
    let (one, two) = (hub.subscribe("1"), hub.subscribe("2"));
    let mut call = opened(&bed).await;
    drop(one);
    assert!(hub.is_listening(), "the other is still there");
    drop(two);
    call.left().await;
    assert!(!hub.is_listening() && hub.subscribers() == 0, "the last one has closed it");
    let mut again = hub.subscribe("1");
    let _call = opened(&bed).await;
    assert_eq!(line(&mut again).await, Line::Opened, "and the next one opens it anew");
}

#[tokio::test]
async fn newcomer_takes_a_snapshot_too() {
    let bed = Arc::new(Bed::new().await);
    let hub = hub(&bed);
    let mut first = hub.subscribe("1");
    let mut call = opened(&bed).await;
    assert_eq!(line(&mut first).await, Line::Opened);
    let mut late = hub.subscribe("2");
    assert_eq!(line(&mut late).now_or_never(), Some(Line::Opened), "told at once, without a word of the server");
    call.finish().await;
    let Line::Down { tries, .. } = line(&mut first).await else { panic!("the connection is gone") };
    assert_eq!(tries, 1);
    let mut later = hub.subscribe("3");
    assert!(matches!(line(&mut later).await, Line::Down { .. }), "and how it stands otherwise, too");
    bed.clock.advance(Duration::from_mins(1));
    let _call = opened(&bed).await;
    for subscription in [&mut first, &mut later] {
        assert_eq!(line(subscription).await, Line::Opened, "everybody is told after a reconnect");
    }
}

#[tokio::test]
async fn slow_subscriber_slows_nobody_and_knows_what_it_missed() {
    let bed = Arc::new(Bed::new().await);
    let hub = hub(&bed);
    let (mut slow, mut witness) = (hub.subscribe("slow"), hub.subscribe("witness"));
    let mut call = opened(&bed).await;
    assert_eq!(line(&mut witness).await, Line::Opened);
    for percent in 0..1_000 {
        call.say(format!("data: slow={percent}\n\n")).await;
    }
    call.say("data: slow=done\n\n").await;
    settled(&mut call, &mut witness).await;
    assert_eq!(line(&mut slow).await, Line::Opened, "how the stream stands is never thrown away");
    assert!(matches!(slow.next().await, Word::Missed), "it is told that news was thrown away");
    let mut rest = Vec::new();
    while let Some(word) = slow.next().now_or_never() {
        if let Word::Item(item) = word {
            rest.push(item);
        }
    }
    assert!(rest.len() <= 16, "what waits is bounded: {}", rest.len());
    assert_eq!(rest.last().map(String::as_str), Some("done"), "and the latest is among it");
}

#[tokio::test]
async fn end_is_told_to_all_and_not_asked_for_again_at_once() {
    let bed = Arc::new(Bed::new().await);
    let hub = hub(&bed);
    let (mut one, mut two) = (hub.subscribe("1"), hub.subscribe("2"));
    bed.call().await.say("HTTP/1.1 404 No stream\r\nContent-Length: 0\r\n\r\n").await;
    let end = Line::Ended(End::Refused { status: 404 });
    assert_eq!((line(&mut one).await, line(&mut two).await), (end.clone(), end.clone()));
    drop((one, two));
    let mut soon = hub.subscribe("3");
    assert_eq!(line(&mut soon).await, end, "the server has just said so");
    bed.clock.advance(Duration::from_mins(1));
    let mut later = hub.subscribe("4");
    let _call = opened(&bed).await;
    assert_eq!(line(&mut later).await, Line::Opened, "after a rest it is asked again");
    assert_eq!(line(&mut soon).await, Line::Opened, "for everybody who is still there");
}

#[tokio::test]
async fn new_sign_in_is_tried_at_once() {
    let bed = Arc::new(Bed::new().await);
    let hub = hub(&bed);
    let mut one = hub.subscribe("1");
    bed.call().await.say("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(line(&mut one).await, Line::Ended(End::SignIn));
    drop(one);
    let mut again = hub.subscribe("1");
    let _call = opened(&bed).await;
    assert_eq!(line(&mut again).await, Line::Opened);
}

#[tokio::test]
async fn stream_that_cannot_be_asked_for_is_an_end() {
    let bed = Bed::new().await;
    let failure = Failure::new(ErrorCode::AuthenticationError, "The connection has no token");
    let refusal = failure.clone();
    let hub: Hub<String> = Hub::new(
        Box::new(move || std::future::ready(Err(refusal.clone())).boxed()),
        Box::new(|_| Vec::new()),
        Arc::new(bed.clock.clone()),
    );
    let mut one = hub.subscribe("1");
    assert_eq!(line(&mut one).await, Line::Ended(End::Unopened(failure)));
}

#[tokio::test]
async fn ten_thousand_jobs_hear_their_own() {
    const JOBS: usize = 10_000;
    let bed = Arc::new(Bed::new().await);
    let hub = hub(&bed);
    let mut jobs: Vec<_> = (0..JOBS).map(|job| hub.subscribe(&job.to_string())).collect();
    let serve = async {
        let mut call = opened(&bed).await;
        for first in (0..JOBS).step_by(100) {
            let words: Vec<String> = (first..first + 100).map(|job| format!("{job}=news-of-{job}")).collect();
            call.say(format!("data: {}\n\n", words.join(" "))).await;
        }
        call
    };
    let listen = async {
        for (job, subscription) in jobs.iter_mut().enumerate() {
            assert_eq!(line(subscription).await, Line::Opened);
            assert_eq!(item(subscription).await, format!("news-of-{job}"));
        }
    };
    let (_call, ()) = tokio::join!(serve, listen);
}

/// The order of a hub's stream is made when it is opened, so that a new sign-in is in it.
#[tokio::test]
async fn stream_is_ordered_anew_each_time() {
    let bed = Arc::new(Bed::new().await);
    let theirs = Arc::clone(&bed);
    let count = std::sync::atomic::AtomicU32::new(0);
    let hub: Hub<String> = Hub::new(
        Box::new(move || {
            let turn = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let order = StreamOrder { last_event_id: turn.to_string(), ..theirs.order() };
            let stream = theirs.open(order);
            async move { Ok(stream) }.boxed()
        }),
        Box::new(|_| Vec::new()),
        Arc::new(bed.clock.clone()),
    );
    for turn in ["0", "1"] {
        let subscription = hub.subscribe("1");
        let mut call = bed.call().await;
        assert_eq!(call.header("last-event-id"), Some(turn.as_bytes()));
        drop(subscription);
        call.left().await;
    }
}
