//! Answers to a range: 200, 206 in all its forms, 412, 416.

use landfall_engine::transfer::Expectation;
use landfall_tests::bed::Bed;
use landfall_tests::hostile::{Hostile, Object, Reply};
use landfall_wire::ErrorCode;

use super::{HELD, SIZE};

fn object() -> Object {
    Object::new(1, SIZE)
}

/// The first answer is cut after `HELD` bytes, then comes the one the case is about, then honest ones.
async fn resumed(case: &str, second: Reply) -> (Bed, Hostile) {
    let object = object();
    let server = Hostile::then_honest(&object, vec![Reply::cut(&object, HELD), second]);
    let bed = Bed::new();
    let landed = bed.land(&server).await;
    bed.assert_landed(case, landed, &object, &server);
    let ranges: Vec<usize> = server.requests().iter().map(landfall_tests::hostile::Request::from).collect();
    assert_eq!(ranges[..2], [0, HELD], "case {case}: the second question goes on where the first was cut");
    (bed, server)
}

#[tokio::test]
async fn case_01_200_to_a_range() {
    let (bed, server) = resumed("01", Reply::whole(&object())).await;
    assert_eq!(server.requests().len(), 2, "the whole is taken as it comes");
    assert_eq!(bed.visible(), ["result.bin"], "the same object is not set aside");
}

#[tokio::test]
async fn case_01_200_because_of_the_condition() {
    let object = Object::new(1, 3_000_000);
    let served = object.clone();
    let server = Hostile::start(move |request, number| match number {
        0 => Reply::cut(&served, 2_000_000),
        _ if request.header("if-range").is_some() => Reply::whole(&served),
        _ => Reply::honest(&served, request),
    });
    let bed = Bed::new();
    let landing = bed.assert_landed("01b", bed.land(&server).await, &object, &server);
    assert_eq!(landing.bytes_twice, 0, "a plain range is tried before two megabytes are fetched again");
}

#[tokio::test]
async fn case_02_206_that_fits() {
    let object = object();
    let fits = Reply::part(&object, HELD, SIZE, &format!("bytes {HELD}-{}/{SIZE}", SIZE - 1)).body(&object, HELD, SIZE);
    let (bed, server) = resumed("02", fits).await;
    assert_eq!(server.requests()[1].header("if-range"), Some("\"v1\""));
    assert_eq!(server.requests()[1].header("accept-encoding"), Some("identity"));
    assert_eq!(server.served(), SIZE as u64, "no byte is sent twice");
    assert_eq!(bed.visible(), ["result.bin"]);
}

#[tokio::test]
async fn case_03_206_with_another_etag() {
    let other = Object::new(2, SIZE);
    let object = object();
    let range = format!("bytes {HELD}-{}/{SIZE}", SIZE - 1);
    let replies = vec![Reply::cut(&object, HELD), Reply::part(&other, HELD, SIZE, &range).body(&other, HELD, SIZE)];
    let server = Hostile::then_honest(&other, replies);
    let bed = Bed::new();
    bed.assert_landed("03", bed.land(&server).await, &other, &server);
    assert_eq!(bed.visible(), ["result.bin", "result.bin.changed-1.part"], "the old version is kept beside");
    let aside = std::fs::read(bed.folder().join("result.bin.changed-1.part")).unwrap();
    assert!(aside == object.bytes[..HELD], "what is set aside is the old version alone");
}

#[tokio::test]
async fn case_04_206_that_starts_elsewhere() {
    let object = object();
    for start in [HELD + 1, HELD - 1000] {
        let range = format!("bytes {start}-{}/{SIZE}", SIZE - 1);
        resumed("04", Reply::part(&object, start, SIZE, &range).body(&object, start, SIZE)).await;
    }
}

#[tokio::test]
async fn case_05_206_with_another_total() {
    let object = object();
    let range = format!("bytes {HELD}-{}/{}", SIZE - 1, SIZE + 7);
    let (bed, _) = resumed("05", Reply::part(&object, HELD, SIZE, &range).body(&object, HELD, SIZE)).await;
    assert_eq!(bed.visible(), ["result.bin", "result.bin.changed-1.part"]);
}

#[tokio::test]
async fn case_06_206_with_unknown_total() {
    let object = object();
    let range = format!("bytes {HELD}-{}/*", SIZE - 1);
    let (_, server) = resumed("06", Reply::part(&object, HELD, SIZE, &range).body(&object, HELD, SIZE)).await;
    assert_eq!(server.served(), SIZE as u64);
}

#[tokio::test]
async fn case_07_206_without_content_range() {
    let object = object();
    let nameless = Reply::new()
        .head(206, &format!("Content-Length: {}\r\n{}", SIZE - HELD, object.about))
        .body(&object, HELD, SIZE);
    resumed("07", nameless).await;
}

#[tokio::test]
async fn case_08_206_multipart() {
    let body = "--b\r\nContent-Type: text/plain\r\nContent-Range: bytes 250000-250004/600000\r\n\r\nhello\r\n--b--\r\n";
    let (_, server) = resumed("08", Reply::text(206, "Content-Type: multipart/byteranges; boundary=b\r\n", body)).await;
    assert_eq!(server.requests()[2].header("range"), None, "asked again without a range");
}

#[tokio::test]
async fn case_09_206_shorter_than_asked() {
    let object = object();
    let served = object.clone();
    let server = Hostile::start(move |request, number| {
        if number == 0 {
            return Reply::cut(&served, HELD);
        }
        let from = request.from();
        let to = (from + 50_000).min(SIZE);
        Reply::part(&served, from, to, &format!("bytes {from}-{}/{SIZE}", to - 1)).body(&served, from, to)
    });
    let bed = Bed::new();
    bed.assert_landed("09", bed.land(&server).await, &object, &server);
    assert_eq!(server.served(), SIZE as u64, "each part is asked for once");
}

#[tokio::test]
async fn case_12_416_with_the_size_we_have() {
    let object = object();
    // Without a length only the server can say that all is here.
    let open = Reply::new().head(200, &object.about).body(&object, 0, SIZE).close();
    let complete = Reply::text(416, &format!("Content-Range: bytes */{SIZE}\r\n"), "");
    let server = Hostile::start(move |request, _| if request.from() == 0 { open.clone() } else { complete.clone() });
    let mut bed = Bed::new();
    bed.order.expect = Expectation { min_size: Some(SIZE as u64 + 1), ..Expectation::default() };
    let failure = bed.assert_failed("12", bed.land(&server).await, ErrorCode::ValidationFailed);
    assert!(failure.message.contains("at least 600001"), "a second look at the promise: {failure}");

    let server =
        Hostile::replies(vec![Reply::cut(&object, HELD), Reply::text(416, "Content-Range: bytes */250000\r\n", "")]);
    let bed = Bed::new();
    let failed = bed.land(&server).await;
    bed.assert_failed("12 with another total", failed, ErrorCode::DownloadFailed);
}

#[tokio::test]
async fn case_12_416_after_a_body_without_length() {
    let object = object();
    let open = Reply::new().head(200, &object.about).body(&object, 0, SIZE).reset();
    let complete = Reply::text(416, &format!("Content-Range: bytes */{SIZE}\r\n"), "");
    let served = object.clone();
    let server = Hostile::start(move |request, _| match request.from() {
        0 => open.clone(),
        SIZE => complete.clone(),
        _ => Reply::honest(&served, request),
    });
    let bed = Bed::new();
    bed.assert_landed("12b", bed.land(&server).await, &object, &server);
}

#[tokio::test]
async fn case_13_416_with_a_smaller_total() {
    let small = Object::new(2, 100_000);
    let object = object();
    let server = Hostile::then_honest(&small, vec![Reply::cut(&object, HELD)]);
    let bed = Bed::new();
    bed.assert_landed("13", bed.land(&server).await, &small, &server);
    assert_eq!(bed.visible(), ["result.bin", "result.bin.changed-1.part"]);
}

#[tokio::test]
async fn case_14_416_bare_for_a_while() {
    let (bed, server) = resumed("14", Reply::text(416, "", "")).await;
    assert_eq!(server.served(), SIZE as u64, "the range is tried again");
    assert_eq!(bed.visible(), ["result.bin"]);
}

#[tokio::test]
async fn case_14_416_bare_for_ever() {
    let object = object();
    let served = object.clone();
    let server = Hostile::start(move |request, number| match (number, request.header("range")) {
        (0, _) => Reply::cut(&served, HELD),
        (_, Some(_)) => Reply::text(416, "", ""),
        (_, None) => Reply::whole(&served),
    });
    let bed = Bed::new();
    bed.assert_landed("14b", bed.land(&server).await, &object, &server);
    assert_eq!(server.requests().len(), 5, "two tries more, then from the start");
}

#[tokio::test]
async fn case_15_412_to_the_condition() {
    let (_, server) = resumed("15", Reply::text(412, "", "")).await;
    assert!(server.requests()[2..].iter().all(|request| request.header("if-range").is_none()), "without condition");
}

#[tokio::test]
async fn case_18_empty_file() {
    let empty = Object::new(1, 0);
    let unsatisfied = Reply::text(416, "Content-Range: bytes */0\r\n", "");
    for reply in [Reply::whole(&empty), unsatisfied] {
        let server = Hostile::replies(vec![reply]);
        let bed = Bed::new();
        bed.assert_landed("18", bed.land(&server).await, &empty, &server);
        assert_eq!(server.requests().len(), 1, "one question, and it is no HEAD");
    }
}

#[tokio::test]
async fn case_36_total_over_4_gib() {
    const HOLE: u64 = 4 * 1024 * 1024 * 1024 + 5;
    let tail = Object::new(1, 1_000_000);
    let total = HOLE + tail.size() as u64;
    let about = tail.about.clone();
    let served = tail.clone();
    let server = Hostile::start(move |request, number| {
        if number == 0 {
            return Reply::new()
                .head(200, &format!("Content-Length: {total}\r\n{about}"))
                .body(&served, 0, 1000)
                .close();
        }
        assert_eq!(request.header("range"), Some("bytes=4294967301-"), "the whole offset is asked for");
        Reply::part(&served, 0, served.size(), &format!("bytes {HOLE}-{}/{total}", total - 1)).body(
            &served,
            0,
            served.size(),
        )
    });
    let mut bed = Bed::in_memory();
    bed.order.limits.retry.tries = 0;
    let error = bed.land(&server).await.expect_err("cut, and no try left");
    assert!(error.is_passing(), "{error}");
    // A hole stands in for the four gigabytes that nobody wants to send in a test.
    std::fs::File::options().write(true).open(bed.part()).unwrap().set_len(HOLE).unwrap();
    let landing = bed.land(&server).await.unwrap();
    println!("case 36: landed {} bytes, {}, sha256 {}", landing.size, landing.vouched.words(), landing.sha256);
    assert_eq!(landing.size, total);
    assert_eq!(std::fs::metadata(&landing.path).unwrap().len(), total);
    let mut file = std::fs::File::open(&landing.path).unwrap();
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(HOLE)).unwrap();
    let mut end = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut end).unwrap();
    assert!(end == *tail.bytes, "the tail is where it belongs");
}
