//! Silence, resets, busy servers, and how long they are waited for.

use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan as _;
use jiff::fmt::rfc2822;
use landfall_engine::clock::{Clock as _, SystemClock};
use landfall_engine::transfer::Rate;
use landfall_tests::bed::{Bed, HurriedClock, context};
use landfall_tests::hostile::{Hostile, Object, Reply};

use super::{HELD, SIZE};

#[tokio::test]
async fn case_22_silence_after_headers() {
    let object = Object::new(1, SIZE);
    let silent = Reply::new().head(200, &format!("Content-Length: {SIZE}\r\n{}", object.about)).stall();
    let server = Hostile::then_honest(&object, vec![silent]);
    let bed = Bed::new();
    bed.assert_landed("22", bed.land(&server).await, &object, &server);
}

#[tokio::test]
async fn case_22_silence_before_headers() {
    let object = Object::new(1, SIZE);
    let server = Hostile::then_honest(&object, vec![Reply::new().stall()]);
    let bed = Bed::new();
    bed.assert_landed("22a", bed.land(&server).await, &object, &server);
}

#[tokio::test]
async fn case_22_silence_in_the_body() {
    let object = Object::new(1, SIZE);
    let silent =
        Reply::new().head(200, &format!("Content-Length: {SIZE}\r\n{}", object.about)).body(&object, 0, HELD).stall();
    let server = Hostile::then_honest(&object, vec![silent]);
    let bed = Bed::new();
    bed.assert_landed("22b", bed.land(&server).await, &object, &server);
    assert_eq!(server.requests()[1].from(), HELD, "what came before the silence is kept");
}

#[tokio::test]
async fn case_22_a_byte_now_and_then() {
    let object = Object::new(1, SIZE);
    let trickle = Reply::new()
        .head(200, &format!("Content-Length: {SIZE}\r\n{}", object.about))
        .paced(Duration::from_millis(60))
        .body(&object, 0, 20)
        .stall();
    let server = Hostile::then_honest(&object, vec![trickle]);
    let bed = Bed::new();
    bed.assert_landed("22c", bed.land(&server).await, &object, &server);
    let second = server.requests()[1].from();
    assert!((1..20).contains(&second), "given up while bytes still dripped, at {second}");
}

#[tokio::test]
async fn case_22_pause_of_ours_is_no_silence() {
    let object = Object::new(1, SIZE);
    let server = Hostile::replies(vec![Reply::whole(&object)]);
    let mut bed = Bed::new();
    bed.order.limits.idle = Duration::from_millis(100);
    bed.order.limits.rate = Rate::new(400_000);
    let clock = SystemClock::new();
    bed.assert_landed("22d", bed.land(&server).await, &object, &server);
    assert_eq!(server.requests().len(), 1, "the slow side was ours");
    assert!(clock.monotonic() >= Duration::from_millis(1400), "the rate is kept: {:?}", clock.monotonic());
}

#[tokio::test]
async fn case_24_retry_after_in_every_spelling() {
    let in_a_minute = SystemClock::new().now() + 50.seconds();
    let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&in_a_minute).unwrap();
    let epoch = in_a_minute.as_millisecond().to_string();
    let capped = Duration::from_mins(1);
    let cases: [(&str, Duration, Duration); 6] = [
        ("2", Duration::from_secs(2), Duration::from_secs(3)),
        (&date, Duration::from_secs(40), capped),
        (&epoch, Duration::from_secs(40), capped),
        ("99999999", capped, capped),
        ("-5", Duration::ZERO, Duration::from_secs(1)),
        ("soon", Duration::ZERO, Duration::from_secs(1)),
    ];
    for (value, least, most) in cases {
        for status in [429, 503] {
            let object = Object::new(1, SIZE);
            let busy = Reply::text(status, &format!("Retry-After: {value}\r\n"), "");
            let server = Hostile::then_honest(&object, vec![Reply::cut(&object, HELD), busy]);
            let clock = Arc::new(HurriedClock::default());
            let mut bed = Bed::new();
            bed.context = context(clock.clone());
            bed.assert_landed(&format!("24 {status} {value}"), bed.land(&server).await, &object, &server);
            let waited: Duration = clock.waits().iter().sum();
            assert!(waited >= least && waited <= most, "{value}: waited {waited:?}, never earlier than {least:?}");
            assert_eq!(server.served(), SIZE as u64, "{value}: what was held is kept");
        }
    }
}

#[tokio::test]
async fn case_26_reset_before_any_header() {
    let object = Object::new(1, SIZE);
    let server = Hostile::then_honest(&object, vec![Reply::new().reset(), Reply::new().reset(), Reply::new().reset()]);
    let bed = Bed::new();
    bed.assert_landed("26", bed.land(&server).await, &object, &server);
    assert!(server.requests().len() >= 4, "tried again after each");
}

#[tokio::test]
async fn case_27_500_in_the_middle() {
    let object = Object::new(1, SIZE);
    let broken = || Reply::text(500, "", "<html>oops</html>");
    let server = Hostile::then_honest(&object, vec![Reply::cut(&object, HELD), broken(), broken()]);
    let bed = Bed::new();
    bed.assert_landed("27", bed.land(&server).await, &object, &server);
    assert_eq!(server.served(), SIZE as u64, "what was held is kept");
}
