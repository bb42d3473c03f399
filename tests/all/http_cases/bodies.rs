//! Bodies that are too short, too long, packed, of unknown length, or not what their digest says.

use std::io::Write as _;

use landfall_engine::transfer::{Algorithm, Digest};
use landfall_engine::verify::FileKind;
use landfall_tests::bed::Bed;
use landfall_tests::hostile::{Hostile, Object, Reply, Request};
use landfall_wire::ErrorCode;

use super::{HELD, SIZE};

#[tokio::test]
async fn case_10_short_bodies_again_and_again() {
    let object = Object::new(1, SIZE);
    let served = object.clone();
    let server = Hostile::start(move |request, number| {
        let until = request.from() + 40_000;
        if number % 2 == 0 || until >= SIZE {
            return Reply::honest_until(&served, request, until);
        }
        let range = format!("bytes {}-{}/{SIZE}", request.from(), SIZE - 1);
        Reply::part(&served, request.from(), SIZE, &range).body(&served, request.from(), until).reset()
    });
    let bed = Bed::new();
    bed.assert_landed("10", bed.land(&server).await, &object, &server);
    assert!(server.requests().len() >= 10, "more cuts than tries: progress refills the budget");
}

#[tokio::test]
async fn case_10_no_progress_ends() {
    let object = Object::new(1, SIZE);
    let served = object.clone();
    let server = Hostile::start(move |request, _| Reply::honest_until(&served, request, HELD));
    let bed = Bed::new();
    bed.assert_failed("10b", bed.land(&server).await, ErrorCode::NetworkError);
    assert_eq!(server.requests().len(), 1 + 5, "the tries of the policy, and no loop");
    assert_eq!(std::fs::metadata(bed.part()).unwrap().len(), HELD as u64, "what has arrived is kept");
    assert_eq!(bed.journal()["synced"], HELD, "and recorded");
}

#[tokio::test]
async fn case_11_body_longer_than_announced() {
    let object = Object::new(1, SIZE);
    let too_long = Reply::whole(&object).say("and more than anybody asked for").close();
    let server = Hostile::replies(vec![too_long]);
    let bed = Bed::new();
    bed.assert_landed("11", bed.land(&server).await, &object, &server);

    let range = format!("bytes {HELD}-{}/{SIZE}", SIZE - 1);
    let open = Reply::new()
        .head(206, &format!("Content-Range: {range}\r\nConnection: close\r\n{}", object.about))
        .body(&object, HELD, SIZE)
        .say("and more")
        .close();
    let server = Hostile::replies(vec![Reply::cut(&object, HELD), open]);
    let bed = Bed::new();
    bed.assert_landed("11 in a part", bed.land(&server).await, &object, &server);
}

#[tokio::test]
async fn case_20_gzip_though_identity_was_asked() {
    let object = Object::new(1, SIZE);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&object.bytes).unwrap();
    let packed = Object { bytes: std::sync::Arc::new(encoder.finish().unwrap()), about: object.about.clone() };
    let whole = Reply::new()
        .head(200, &format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n{}", packed.size(), packed.about))
        .body(&packed, 0, packed.size());
    let cut = Reply::new()
        .head(200, &format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n{}", packed.size(), packed.about))
        .body(&packed, 0, packed.size() / 2)
        .close();
    let server = Hostile::replies(vec![cut, whole.clone()]);
    let bed = Bed::new();
    bed.assert_landed("20", bed.land(&server).await, &object, &server);
    assert!(server.requests().iter().all(|request| request.header("range").is_none()), "packed bytes have no ranges");

    let server = Hostile::replies(vec![Reply::cut(&object, HELD), whole]);
    let bed = Bed::new();
    bed.assert_landed("20 after a raw part", bed.land(&server).await, &object, &server);

    let range = "Content-Encoding: gzip\r\nContent-Range: bytes 250000-599999/600000\r\n";
    let part = Reply::text(206, range, "abcde");
    let server = Hostile::then_honest(&object, vec![Reply::cut(&object, HELD), part]);
    let bed = Bed::new();
    bed.assert_landed("20 packed part", bed.land(&server).await, &object, &server);
}

#[tokio::test]
async fn case_20_other_packing_is_refused() {
    let server = Hostile::replies(vec![Reply::text(200, "Content-Encoding: br\r\n", "whatever")]);
    let bed = Bed::new();
    let failure = bed.assert_failed("20 br", bed.land(&server).await, ErrorCode::DownloadFailed);
    assert!(failure.message.contains("br"), "{failure}");
}

/// A body without a length that ends by FIN after so many bytes; honest to ranges.
fn open_ended(object: &Object, cut: usize) -> impl Fn(&Request, usize) -> Reply + Send + Sync + 'static {
    let object = object.clone();
    move |request, number| match number {
        0 => Reply::new().say("HTTP/1.0 200 OK\r\nETag: \"v1\"\r\n\r\n").body(&object, 0, cut).close(),
        _ => Reply::honest(&object, request),
    }
}

#[tokio::test]
async fn case_30_no_length_and_nothing_to_verify_by() {
    let object = Object::new(1, SIZE);
    let server = Hostile::start(open_ended(&object, SIZE));
    let bed = Bed::new();
    let landing = bed.assert_landed("30", bed.land(&server).await, &object, &server);
    assert!(!landing.vouched.is_verified(), "it landed, and it is said that nothing vouches for it");
    assert!(landing.notes.iter().any(|note| note.contains("nothing to verify against")), "{:?}", landing.notes);
}

#[tokio::test]
async fn case_30_cut_is_seen_by_size_digest_or_structure() {
    let object = Object::new(1, SIZE);
    let mut by_size = Bed::new();
    by_size.order.expect.size = Some(SIZE as u64);
    let mut by_digest = Bed::new();
    by_digest.order.expect.digests = vec![Digest::parse(Algorithm::Sha256, &object.sha256()).unwrap()];
    for (way, bed) in [("size", by_size), ("digest", by_digest)] {
        let server = Hostile::start(open_ended(&object, HELD));
        let landing = bed.assert_landed(&format!("30 by {way}"), bed.land(&server).await, &object, &server);
        assert!(landing.vouched.is_verified());
        assert_eq!(server.requests()[1].from(), HELD, "by {way}: gone on where it was cut");
    }
    let csv = "a,b\n".to_owned() + &"1,2\n".repeat(50_000);
    let csv = Object { bytes: std::sync::Arc::new(csv.into_bytes()), about: "ETag: \"v1\"\r\n".into() };
    let server = Hostile::start(open_ended(&csv, 100_001));
    let mut bed = Bed::new();
    bed.order.expect.kind = Some(FileKind::Csv);
    bed.assert_landed("30 by structure", bed.land(&server).await, &csv, &server);
}

#[tokio::test]
async fn case_31_chunked_without_the_last_chunk() {
    let object = Object::new(1, SIZE);
    let chunked = Reply::new()
        .head(200, &format!("Transfer-Encoding: chunked\r\n{}", object.about))
        .say(format!("{HELD:x}\r\n"))
        .body(&object, 0, HELD)
        .say("\r\n")
        .close();
    let server = Hostile::then_honest(&object, vec![chunked]);
    let bed = Bed::new();
    bed.assert_landed("31", bed.land(&server).await, &object, &server);
    assert_eq!(server.requests()[1].from(), HELD, "incomplete, so it goes on");
}

#[tokio::test]
async fn case_31_chunked_to_its_end_is_whole() {
    let object = Object::new(1, SIZE);
    let chunked = Reply::new()
        .head(200, &format!("Transfer-Encoding: chunked\r\n{}", object.about))
        .say(format!("{SIZE:x}\r\n"))
        .body(&object, 0, SIZE)
        .say("\r\n0\r\n\r\n");
    let server = Hostile::replies(vec![chunked.clone()]);
    let bed = Bed::new();
    bed.assert_landed("31b", bed.land(&server).await, &object, &server);

    let server = Hostile::replies(vec![chunked]);
    let mut bed = Bed::new();
    bed.order.expect.kind = Some(FileKind::Zip);
    bed.assert_failed("31c", bed.land(&server).await, ErrorCode::ValidationFailed);
    assert_eq!(server.requests().len(), 2, "not cut but wrong: once more from the start, and no more");
}

fn promising(object: &Object, of: &Object) -> Object {
    let digest = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        landfall_engine::digest::unhex(&of.sha256()).unwrap(),
    );
    object.about(&["ETag: \"v1\"", &format!("Repr-Digest: sha-256=:{digest}:")])
}

#[tokio::test]
async fn case_32_digest_that_does_not_match_once() {
    let object = Object::new(1, SIZE);
    let (good, bad) = (promising(&object, &object), promising(&Object::new(2, SIZE), &object));
    let server = Hostile::then_honest(&good, vec![Reply::whole(&bad)]);
    let bed = Bed::new();
    let landing = bed.assert_landed("32", bed.land(&server).await, &object, &server);
    assert_eq!(landing.vouched.digests.len(), 1, "the digest vouched for it");
    assert_eq!(landing.set_aside.len(), 1, "the wrong one is kept beside");
}

#[tokio::test]
async fn case_32_digest_that_never_matches() {
    let bad = promising(&Object::new(2, SIZE), &Object::new(1, SIZE));
    let server = Hostile::replies(vec![Reply::whole(&bad)]);
    let bed = Bed::new();
    let failure = bed.assert_failed("32b", bed.land(&server).await, ErrorCode::ValidationFailed);
    assert!(failure.message.contains("SHA-256"), "{failure}");
    assert_eq!(server.requests().len(), 2, "once more from the start, and no more");
    assert_eq!(bed.visible(), ["result.bin.refused-1.part", "result.bin.refused-2.part"]);
}

#[tokio::test]
async fn case_32_content_md5_and_sha512() {
    let object = Object { bytes: std::sync::Arc::new(b"abc".to_vec()), about: String::new() };
    let sha512 = "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
    let good = object.about(&["Content-MD5: kAFQmDzST7DWlj99KOF/cg==", &format!("Repr-Digest: sha-512=:{sha512}:")]);
    let server = Hostile::replies(vec![Reply::whole(&good)]);
    let bed = Bed::new();
    let landing = bed.assert_landed("32c", bed.land(&server).await, &good, &server);
    assert_eq!(landing.vouched.digests.len(), 2, "both vouched: {:?}", landing.vouched);

    let bad = object.about(&["Content-MD5: AAAAAAAAAAAAAAAAAAAAAA=="]);
    let server = Hostile::replies(vec![Reply::whole(&bad)]);
    let bed = Bed::new();
    bed.assert_failed("32d", bed.land(&server).await, ErrorCode::ValidationFailed);
}

#[tokio::test]
async fn error_page_with_status_200_never_gets_the_name() {
    let page = "<!DOCTYPE html><html><head><title>Please sign in</title></head></html>";
    let server = Hostile::replies(vec![Reply::text(200, "", page)]);
    let mut bed = Bed::new();
    bed.order.expect.kind = Some(FileKind::Zip);
    let failure = bed.assert_failed("error page", bed.land(&server).await, ErrorCode::ValidationFailed);
    assert!(failure.message.contains("Please sign in"), "the page's own words are told: {failure}");
}

#[tokio::test]
async fn case_34_interim_answers() {
    let object = Object::new(1, SIZE);
    let interim = Reply::new()
        .say("HTTP/1.1 100 Continue\r\n\r\n")
        .say("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nETag: \"of no file\"\r\n\r\n");
    let server = Hostile::replies(vec![interim.and(Reply::whole(&object))]);
    let bed = Bed::new();
    bed.assert_landed("34", bed.land(&server).await, &object, &server);
}

#[tokio::test]
async fn case_35_two_lengths() {
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 10\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 10\r\n",
        "Content-Length: -5\r\n",
    ] {
        let server = Hostile::replies(vec![Reply::new().head(200, lengths).say("hello").close()]);
        let bed = Bed::new();
        let failure = bed.assert_failed("35", bed.land(&server).await, ErrorCode::DownloadFailed);
        assert!(failure.message.contains("length"), "{failure}");
        assert_eq!(server.requests().len(), 1, "asking again would not make it better");
        assert_eq!(bed.visible(), [""; 0], "nothing is left to be mistaken for the file");
    }
}
