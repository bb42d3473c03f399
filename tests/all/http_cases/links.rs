//! Links that die, are renewed, or lead elsewhere.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use landfall_engine::clock::{Clock as _, SystemClock};
use landfall_engine::transfer::{Link, LinkNeed, LinkSource};
use landfall_tests::bed::{Bed, Links};
use landfall_tests::hostile::{Hostile, Object, Reply};
use landfall_wire::{ErrorCode, Failure};

use super::{HELD, SIZE};

const EXPIRED: &str =
    "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

fn expired() -> Reply {
    Reply::text(403, "Content-Type: application/xml\r\n", EXPIRED)
}

/// The link `/1` is cut after `HELD` bytes and dead from then on; `/2` is good.
fn server_of_two_links(object: &Object) -> Hostile {
    let object = object.clone();
    Hostile::start(move |request, number| match (request.target.as_str(), number) {
        ("/1?sig=secret", 0) => Reply::cut(&object, HELD),
        ("/1?sig=secret", _) => expired(),
        _ => Reply::honest(&object, request),
    })
}

#[tokio::test]
async fn case_16_expired_link_is_renewed_at_the_same_byte() {
    let object = Object::new(1, SIZE);
    let server = server_of_two_links(&object);
    let bed = Bed::new();
    let mut links = Links::renewable([server.url("/1?sig=secret"), server.url("/2?sig=secret")]);
    let landing = bed.assert_landed("16", bed.land_from(&mut links).await, &object, &server);
    assert_eq!(links.asked, [LinkNeed::First, LinkNeed::Renew { status: Some(403) }]);
    assert_eq!(server.requests()[2].from(), HELD, "the fresh link goes on where the old one ended");
    assert_eq!(landing.bytes_twice, 0);
    assert!(landing.notes.iter().any(|note| note.contains("renewed at byte 250000")), "{:?}", landing.notes);
}

#[tokio::test]
async fn case_16_fresh_link_refused_is_permanent() {
    let server = Hostile::replies(vec![expired()]);
    let bed = Bed::new();
    let mut links = Links::renewable([server.url("/1?sig=secret")]);
    let failure = bed.assert_failed("16 fresh", bed.land_from(&mut links).await, ErrorCode::DownloadFailed);
    assert!(!failure.recoverable, "{failure}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn case_16_without_a_job_the_part_is_kept() {
    let object = Object::new(1, SIZE);
    let server = server_of_two_links(&object);
    let bed = Bed::new();
    let mut links = Links::new([Link::plain(server.url("/1?sig=secret"))]);
    let failure = bed.assert_failed("16 without a job", bed.land_from(&mut links).await, ErrorCode::DownloadFailed);
    assert!(failure.message.contains("expired"), "{failure}");
    assert!(std::fs::read(bed.part()).unwrap() == object.bytes[..HELD], "the part is kept, without the XML");
    let mut links = Links::new([Link::plain(server.url("/2?sig=secret"))]);
    bed.assert_landed("16 with a new link", bed.land_from(&mut links).await, &object, &server);
    assert_eq!(server.served(), SIZE as u64, "and gone on from");
}

#[tokio::test]
async fn expiry_is_judged_by_the_server_s_clock() {
    let object = Object::new(1, SIZE);
    let dated = object.about(&["ETag: \"v1\"", "Date: Fri, 15 Jan 2027 08:00:30 GMT"]);
    // Our own clock says another year; by the server's the first link is dead when it is needed again.
    for (expires, renewed) in [("2027-01-15T08:00:00Z", true), ("2027-01-15T09:00:00Z", false)] {
        let server = Hostile::then_honest(&dated, vec![Reply::cut(&dated, HELD)]);
        let bed = Bed::new();
        let mut links = Links::renewable([server.url("/1?sig=secret"), server.url("/2?sig=secret")]);
        links.first().expires_at = Some(expires.parse().unwrap());
        bed.assert_landed(&format!("expires {expires}"), bed.land_from(&mut links).await, &object, &server);
        let expected =
            if renewed { vec![LinkNeed::First, LinkNeed::Renew { status: None }] } else { vec![LinkNeed::First] };
        assert_eq!(links.asked, expected, "{expires}");
        assert_eq!(server.requests().len(), 2, "a dead link is not asked");
    }
}

#[tokio::test]
async fn case_17_fresh_link_on_another_host() {
    let object = Object::new(1, SIZE);
    let one = server_of_two_links(&object);
    let same = Hostile::then_honest(&object, vec![]);
    let bed = Bed::new();
    let mut links = Links::renewable([one.url("/1?sig=secret"), same.url("/mirror")]);
    let landing = bed.assert_landed("17", bed.land_from(&mut links).await, &object, &same);
    assert_eq!((landing.bytes_twice, same.requests()[0].from()), (0, HELD), "same tag and size: gone on");

    let other = Object::new(2, SIZE);
    let (one, elsewhere) = (server_of_two_links(&object), Hostile::then_honest(&other, vec![]));
    let bed = Bed::new();
    let mut links = Links::renewable([one.url("/1?sig=secret"), elsewhere.url("/mirror")]);
    bed.assert_landed("17 changed", bed.land_from(&mut links).await, &other, &elsewhere);
    assert_eq!(bed.visible(), ["result.bin", "result.bin.changed-1.part"]);
}

#[tokio::test]
async fn case_21_redirect_to_another_origin() {
    let object = Object::new(1, SIZE);
    let storage = Hostile::then_honest(&object, vec![Reply::cut(&object, HELD)]);
    let to = storage.url("/stored?sig=secret");
    let api = Hostile::replies(vec![Reply::text(302, &format!("Location: {to}\r\n"), "")]);
    let mut link = Link::plain(api.url("/output"));
    link.headers = HeaderMap::from_iter([
        (http::header::AUTHORIZATION, HeaderValue::from_static("Bearer secret")),
        (http::header::COOKIE, HeaderValue::from_static("session=secret")),
        (http::HeaderName::from_static("x-api-key"), HeaderValue::from_static("secret")),
    ]);
    let bed = Bed::new();
    bed.assert_landed("21", bed.land_from(&mut Links::new([link])).await, &object, &storage);
    assert!(api.requests().iter().all(|request| request.header("authorization") == Some("Bearer secret")));
    for request in storage.requests() {
        for name in ["authorization", "cookie", "x-api-key", "referer"] {
            assert_eq!(request.header(name), None, "{name} must not leave its origin");
        }
    }
    assert_eq!(storage.requests()[1].from(), HELD, "the range goes along");
}

#[tokio::test]
async fn case_21_loops_and_other_schemes_are_refused() {
    for to in ["/again", "file:///etc/passwd", "ftp://host/file"] {
        let server = Hostile::replies(vec![Reply::text(302, &format!("Location: {to}\r\n"), "")]);
        let bed = Bed::new();
        let landed = bed.land_from(&mut Links::new([Link::plain(server.url("/again"))])).await;
        let failure = bed.assert_failed("21 refused", landed, ErrorCode::DownloadFailed);
        assert!(failure.message.contains("redirects"), "{failure}");
        assert_eq!(server.requests().len(), 1, "{to}");
    }
    let server = Hostile::start(|_, number| Reply::text(307, &format!("Location: /{number}\r\n"), ""));
    let bed = Bed::new();
    bed.assert_failed("21 without end", bed.land(&server).await, ErrorCode::DownloadFailed);
    assert!(server.requests().len() <= 11, "{} hops", server.requests().len());
}

#[tokio::test]
async fn case_33_404_and_410_are_permanent() {
    for status in [404, 410] {
        let server = Hostile::replies(vec![Reply::text(status, "", "gone")]);
        let bed = Bed::new();
        let failure = bed.assert_failed("33", bed.land(&server).await, ErrorCode::DownloadFailed);
        assert!(!failure.recoverable && failure.message.contains(&status.to_string()), "{failure}");
        assert_eq!(server.requests().len(), 1, "at once");
    }
}

#[tokio::test]
async fn sign_in_is_asked_for_as_such() {
    let server = Hostile::replies(vec![Reply::text(401, "", "")]);
    let bed = Bed::new();
    bed.assert_failed("401", bed.land(&server).await, ErrorCode::AuthenticationError);
}

/// Gives a link that tells when it was born.
struct Issuing {
    server: Arc<Hostile>,
    clock: Arc<SystemClock>,
    given: u32,
}

impl LinkSource for Issuing {
    fn link(&mut self, _: LinkNeed) -> BoxFuture<'_, Result<Link, Failure>> {
        self.given += 1;
        let url = self.server.url(&format!("/born/{}?sig=secret", self.clock.monotonic().as_millis()));
        futures_util::future::ready(Ok(Link { renewable: true, ..Link::plain(url) })).boxed()
    }
}

/// T2: links that live two seconds, a server that cuts every three, a long download, and a restart within it.
#[tokio::test]
async fn short_lived_links_on_a_cutting_server() {
    const LIFE: Duration = Duration::from_secs(2);
    let object = Object::new(1, 3_000_000);
    let (served, clock) = (object.clone(), Arc::new(SystemClock::new()));
    let issued = clock.clone();
    let server = Arc::new(Hostile::start(move |request, _| {
        let born: u64 =
            request.target.trim_start_matches("/born/").trim_end_matches("?sig=secret").parse().unwrap_or(0);
        if clock.monotonic() > Duration::from_millis(born) + LIFE {
            return expired();
        }
        // Sixteen kilobytes every 80 ms: cut after three seconds.
        let (from, step) = (request.from(), 600_000);
        Reply::new().paced(Duration::from_millis(80)).and(Reply::honest_until(&served, request, from + step))
    }));
    let mut source = Issuing { server: Arc::clone(&server), clock: issued, given: 0 };
    let mut bed = Bed::new();
    let stop = bed.stop.clone();
    let watched = Arc::clone(&server);
    let stopping = std::thread::spawn(move || {
        watched.wait_served(900_000);
        stop.cancel();
    });
    let landed = bed.land_from(&mut source).await;
    stopping.join().unwrap();
    assert!(matches!(landed, Err(landfall_engine::transfer::Error::Stopped)), "{landed:?}");
    bed.stop = tokio_util::sync::CancellationToken::new();
    let landing = bed.assert_landed("T2", bed.land_from(&mut source).await, &object, &server);
    println!("case T2: {} links", source.given);
    assert!(source.given >= 4, "links died on the way: {}", source.given);
    assert_eq!(landing.bytes_twice, 0, "no byte is fetched twice");
}
