//! Objects that change while they are fetched, and validators of every strength.

use landfall_tests::bed::Bed;
use landfall_tests::hostile::{Hostile, Object, Reply, Request};
use landfall_wire::ErrorCode;

use super::{HELD, SIZE};

const DATE: &str = "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT";
const LATER: &str = "Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT";

#[tokio::test]
async fn case_19_weak_etag() {
    let object = Object::new(1, SIZE).about(&["ETag: W/\"a\"", DATE]);
    let server = Hostile::then_honest(&object, vec![Reply::cut(&object, HELD)]);
    let bed = Bed::new();
    bed.assert_landed("19", bed.land(&server).await, &object, &server);
    let second = &server.requests()[1];
    assert_eq!(second.header("if-range"), None, "a weak tag is no condition");
    assert_eq!(second.from(), HELD - 65_536, "the last 64 KiB are compared");
}

#[tokio::test]
async fn case_19_weak_etag_that_lies() {
    let old = Object::new(1, SIZE).about(&["ETag: W/\"a\"", DATE]);
    let new = Object::new(2, SIZE).about(&["ETag: W/\"a\"", DATE]);
    let server = Hostile::then_honest(&new, vec![Reply::cut(&old, HELD)]);
    let bed = Bed::new();
    bed.assert_landed("19b", bed.land(&server).await, &new, &server);
    assert_eq!(bed.visible(), ["result.bin", "result.bin.changed-1.part"], "the overlap told the difference");
}

#[tokio::test]
async fn case_28_changed_object_by_each_validator() {
    let size = SIZE;
    let ways: [(&str, Object, Object); 4] = [
        ("strong tag", Object::new(1, size).about(&["ETag: \"a\""]), Object::new(2, size).about(&["ETag: \"b\""])),
        ("weak tag", Object::new(1, size).about(&["ETag: W/\"a\""]), Object::new(2, size).about(&["ETag: W/\"b\""])),
        ("date only", Object::new(1, size).about(&[DATE]), Object::new(2, size).about(&[LATER])),
        ("size only", Object::new(1, size).about(&[]), Object::new(2, size + 9).about(&[])),
    ];
    for (way, old, new) in ways {
        // A server that honours the condition answers with the whole, one that ignores it with a part of the new one.
        for honours in [true, false] {
            let (first, second) = (old.clone(), new.clone());
            let server = Hostile::start(move |request, number| match number {
                0 => Reply::cut(&first, HELD),
                1 if honours && request.header("if-range").is_some() => Reply::whole(&second),
                _ => Reply::honest(&second, request),
            });
            let bed = Bed::new();
            let case = format!("28 by {way}, condition {}", if honours { "honoured" } else { "ignored" });
            let landing = bed.assert_landed(&case, bed.land(&server).await, &new, &server);
            assert_eq!(landing.set_aside.len(), 1, "case {case}: the old part is kept");
            let aside = std::fs::read(&landing.set_aside[0]).unwrap();
            assert!(aside == old.bytes[..HELD], "case {case}: what is set aside is the old version alone");
        }
    }
}

#[tokio::test]
async fn case_28_object_that_changes_twice_is_given_up() {
    let server = Hostile::start(move |request, number| {
        let version = Object::new(u8::try_from(number).unwrap_or(0), SIZE);
        Reply::honest_until(&version, request, HELD.max(request.from() + 1000))
    });
    let bed = Bed::new();
    let failure = bed.assert_failed("28 twice", bed.land(&server).await, ErrorCode::DownloadFailed);
    assert!(failure.message.contains("changed"), "{failure}");
    assert!(server.requests().len() < 8, "no loop: {} requests", server.requests().len());
}

#[tokio::test]
async fn case_29_validator_that_appears_later() {
    let bare = Object::new(1, SIZE).about(&[]);
    let tagged = bare.about(&["ETag: \"late\""]);
    let served = (bare.clone(), tagged);
    let server = Hostile::start(move |request: &Request, number| match number {
        0 => Reply::cut(&served.0, HELD),
        1 => Reply::honest_until(&served.1, request, HELD + 100_000),
        _ => Reply::honest(&served.1, request),
    });
    let bed = Bed::new();
    bed.assert_landed("29", bed.land(&server).await, &bare, &server);
    assert_eq!(server.requests()[2].header("if-range"), Some("\"late\""), "once known it is used");
}
