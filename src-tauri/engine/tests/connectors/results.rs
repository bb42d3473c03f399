//! Where results lie: every way in which an answer can say it, and what is never followed.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use landfall_engine::connector::{Connector, Join, Kept, PageHead, Params, Part, PartAuth, Resolution, Scope};
use landfall_engine::net::Answer;
use landfall_engine::secrets::SafeUrl;
use landfall_wire::Failure;
use url::Url;

use crate::reading::answer;

/// A connector whose results are described like that; `more` are further tables.
fn connector(resolve: &str, more: &str) -> Result<Connector, String> {
    let source = format!(
        "format = 1\nid = \"t\"\nname = \"T\"\nkind = \"files\"\n\
[connection]\nauth = [\"bearer\"]\nhosts = [\"files.example:8443\"]\n\
[submit]\npost = \"/jobs\"\nid = \"body.id\"\n\
[follow.poll]\nget = \"/jobs/{{{{ job.id }}}}\"\nevery = \"1s\"\nstate = \"body.status\"\n\
[states]\nready = [\"done\"]\n[resolve]\n{resolve}\n{more}"
    );
    Connector::parse("t.toml", &source).map_err(|problems| problems.to_string())
}

fn with<T>(use_it: impl FnOnce(&Scope<'_>) -> T) -> T {
    let (url, params, kept) =
        (Url::parse("https://server.example/base").expect("a URL"), Params::default(), Kept::new());
    use_it(&Scope {
        connection_name: "c",
        connection_url: &url,
        params: &params,
        remote_id: Some("j 1"),
        kept: &kept,
        created_at: Timestamp::UNIX_EPOCH,
        correlation_id: "c-1",
        idempotency_key: "k-1",
        method: landfall_wire::Method::Primary,
    })
}

fn resolved(connector: &Connector, answer: &Answer) -> Result<Resolution, Failure> {
    with(|scope| connector.read_resolve(scope, answer))
}

fn parts(connector: &Connector, answer: &Answer) -> Vec<Part> {
    match resolved(connector, answer).expect("it can be read") {
        Resolution::Ready(parts) => parts,
        other => panic!("{other:?}"),
    }
}

fn json(body: &str) -> Answer {
    answer(200, "application/json", body.to_owned())
}

fn with_header(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    answer.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
    answer
}

fn shown(part: &Part) -> &str {
    part.url.reveal().as_str()
}

#[test]
fn a_result_that_lies_at_a_known_place_needs_no_link() {
    let direct = connector("direct = \"/jobs/{{ job.id }}/file\"\nquery = { a = \"{{ job.id }}\" }", "").unwrap();
    let parts = parts(&direct, &json(r#"{"status":"done"}"#));
    assert_eq!(shown(&parts[0]), "https://server.example/base/jobs/j%201/file?a=j%201");
    assert_eq!(parts[0].auth, PartAuth::Inherit, "it lies behind the sign-in");
    assert_eq!(resolved(&direct, &json(r#"{"status":"busy"}"#)).unwrap(), Resolution::NotYet, "not before the end");
    let bare = connector("direct = \"/file\"", "[download]\nauth = \"none\"").unwrap();
    assert_eq!(self::parts(&bare, &json(r#"{"status":"done"}"#))[0].auth, PartAuth::None, "as the connector says");
}

#[test]
fn the_target_of_a_redirect_is_read_and_not_refused() {
    let connector = connector("get = \"/jobs/{{ job.id }}/output\"\nlocation = true", "").unwrap();
    for (status, location, link) in [
        (302, "https://s3.example/a.mp4?X-Amz-Signature=1", Some("https://s3.example/a.mp4?X-Amz-Signature=1")),
        (303, "../files/a#top", Some("https://server.example/files/a")),
        (201, "/a", Some("https://server.example/a")),
        (302, "http://s3.example/a", None),
        (307, "file:///etc/passwd", None),
    ] {
        let mut redirect = with_header(answer(status, "text/html", "<html>moved</html>"), "location", location);
        redirect.url = SafeUrl::new(Url::parse("https://server.example/base/output").unwrap());
        match (resolved(&connector, &redirect), link) {
            (Ok(Resolution::Ready(parts)), Some(link)) => {
                assert_eq!(shown(&parts[0]), link);
                assert_eq!(parts[0].auth, PartAuth::None, "the sign-in stays here");
            }
            (Err(failure), None) => assert!(failure.message.contains("header location"), "{failure:?}"),
            (other, _) => panic!("{status} {location}: {other:?}"),
        }
    }
    assert_eq!(resolved(&connector, &answer(202, "text/plain", "")).unwrap(), Resolution::NotYet);
    assert!(resolved(&connector, &answer(404, "text/plain", "")).is_err(), "no redirect and no success");
}

#[test]
fn the_url_that_was_polled_becomes_the_download_when_it_answers() {
    let connector = connector("get = \"/jobs/{{ job.id }}/file\"\npolled = true", "").unwrap();
    assert_eq!(resolved(&connector, &answer(202, "text/plain", "later")).unwrap(), Resolution::NotYet);
    let parts = parts(&connector, &answer(200, "application/octet-stream", vec![0xff_u8, 0, 1]));
    assert_eq!(shown(&parts[0]), "https://server.example/x", "the URL of the answer");
    assert_eq!(parts[0].auth, PartAuth::Inherit);
}

const LIST: &str = "get = \"/files\"\neach = \"body.files\"\n[resolve.item]\nurl = \"item.link\"\nname = \"item.name\"\n\
size = \"item.bytes\"\ndigest = { md5 = \"item.md5\" }\nexpires = \"item.until\"\nheaders = \"item.headers\"";

#[test]
fn a_list_is_one_job_of_several_files_each_with_its_own_promises() {
    let connector = connector(LIST, "[download]\nname = \"{{ job.id }}\"\n[verify]\nmin_size = \"1B\"").unwrap();
    let parts = parts(
        &connector,
        &json(
            r#"{"files":[{"link":"https://a.example/1?sig=x","name":"one","bytes":5,"md5":"5d41402abc4b2a76b9719d911017c592",
"until":1769850000000,"headers":{"X-Key":"hunter2","Range":"bytes=0-1"}},{"link":"/2"}]}"#,
        ),
    );
    assert_eq!(parts.len(), 2);
    let (one, two) = (&parts[0], &parts[1]);
    assert_eq!((one.name.as_deref(), one.size, one.digests.len()), (Some("one"), Some(5), 1));
    assert_eq!(one.expires_at.map(|at| at.to_string()).as_deref(), Some("2026-01-31T09:00:00Z"));
    assert_eq!(one.headers.len(), 1, "ranges are the transfer's own");
    assert!(one.headers["x-key"].is_sensitive(), "a server's key does not print");
    assert!(!format!("{one:?}").contains("hunter2") && !format!("{one:?}").contains("sig=x"), "{one:?}");
    assert_eq!((two.name.as_deref(), two.min_size), (Some("j 1"), Some(1)), "what holds for all of them");
    assert_eq!(shown(two), "https://server.example/2");
}

#[test]
fn a_list_of_plain_links_is_enough_and_a_file_may_lie_at_a_known_place() {
    let plain = connector("get = \"/files\"\neach = \"body\"", "").unwrap();
    let links: Vec<String> =
        parts(&plain, &json(r#"["https://a.example/1","/2"]"#)).iter().map(|part| shown(part).to_owned()).collect();
    assert_eq!(links, ["https://a.example/1", "https://server.example/2"]);
    let direct = "get = \"/files\"\neach = \"body\"\nitem = { direct = \"/files/{{ item.id }}\", query = { v = \"{{ item.v }}\" }, headers = { X-V = \"{{ item.v }}\" } }";
    let parts = parts(&connector(direct, "").unwrap(), &json(r#"[{"id":"a/b","v":7}]"#));
    assert_eq!(shown(&parts[0]), "https://server.example/base/files/a%2Fb?v=7");
    assert_eq!((parts[0].auth, parts[0].headers["x-v"].to_str().unwrap()), (PartAuth::Inherit, "7"));
}

#[test]
fn lists_that_are_none_or_hostile_are_refused_with_their_place() {
    let connector = connector(LIST, "").unwrap();
    for (body, said) in [
        (r#"{"files":7}"#, "`body.files` should be a list"),
        (r#"{"files":"x"}"#, "`body.files` should be a list"),
        (r#"{"files":[{"link":"/1"},{}]}"#, "no link for the 2. of its files"),
        (r#"{"files":[{"link":"http://a.example/"}]}"#, "not encrypted"),
        (r#"{"files":[{"link":"/1","headers":{"a b":"c"}}]}"#, "headers for a file"),
        (r#"{"files":[{"link":"/1","headers":{"a":"b\nc: d"}}]}"#, "headers for a file"),
        (r#"{"files":[{"link":"/1","headers":[1]}]}"#, "headers for a file"),
        (r#"{"files":[{"link":"/1","md5":"zz"}]}"#, "no md5 digest"),
        (r#"{"files":[{"link":"/1","until":"soon"}]}"#, "a point in time"),
        (r#"{"files":[{"link":"/1","bytes":-1}]}"#, "a whole number of bytes"),
    ] {
        let failure = resolved(&connector, &json(body)).unwrap_err();
        assert!(failure.message.contains(said), "{body}: {failure:?}");
    }
    let many = format!("{{\"files\":[{}{{}}]}}", "{},".repeat(10_000));
    assert!(resolved(&connector, &json(&many)).unwrap_err().message.contains("more than 10000"), "bounded");
    for body in [r#"{"files":[]}"#, r#"{"files":null}"#, "{}"] {
        assert_eq!(resolved(&connector, &json(body)).unwrap(), Resolution::NotYet, "{body}");
    }
}

fn page(headers: &[(&'static str, &str)], body: Option<&str>) -> PageHead {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
    }
    PageHead {
        status: 200,
        headers: map,
        url: SafeUrl::new(Url::parse("https://server.example/base/rows?a=1&locator=old").expect("a URL")),
        body: body.map(|body| Bytes::from(body.to_owned())),
    }
}

fn next(connector: &Connector, page: &PageHead) -> Result<Option<String>, Failure> {
    with(|scope| connector.next_page(scope, page)).map(|part| {
        part.map(|part| {
            assert_eq!(part.auth, PartAuth::Inherit, "pages of a known place are signed like the first");
            shown(&part).to_owned()
        })
    })
}

#[test]
fn pages_go_on_by_header_body_or_path_until_nothing_is_next() {
    let paged = |next: &str| {
        let resolve = format!("direct = \"/rows\"\njoin = \"csv\"\n{next}");
        connector(&resolve, "[verify]\ntype = \"csv\"").unwrap()
    };
    let locator = paged("next = \"headers['sforce-locator']\"\nnext_query = \"locator\"");
    let Resolution::Pages(pages) = resolved(&locator, &json(r#"{"status":"done"}"#)).unwrap() else {
        panic!("it comes in pages")
    };
    assert_eq!((pages.join, shown(&pages.first)), (Join::Csv, "https://server.example/base/rows"));
    let of = |value: &str| next(&locator, &page(&[("sforce-locator", value)], None)).unwrap();
    assert_eq!(of("MTA=").as_deref(), Some("https://server.example/base/rows?a=1&locator=MTA%3D"));
    assert_eq!((of("null"), of(" ")), (None, None));
    assert_eq!(next(&locator, &page(&[], None)).unwrap(), None, "without the header it was the last");
    assert!(next(&locator, &page(&[("sforce-locator", "old")], None)).is_err(), "the same page again is no next one");

    let link = paged("next = \"headers.link\"");
    let field = "<https://server.example/rows?p=1>; rel=prev, </rows?p=3>; title=\"a, b\"; rel=\"last next\"";
    let after = next(&link, &page(&[("link", field)], None)).unwrap();
    assert_eq!(after.as_deref(), Some("https://server.example/rows?p=3"));
    assert_eq!(next(&link, &page(&[("link", "</rows>; rel=prev")], None)).unwrap(), None);

    let body = paged("next = \"body.next\"");
    let after = next(&body, &page(&[], Some(r#"{"next":"?p=2"}"#))).unwrap();
    assert_eq!(after.as_deref(), Some("https://server.example/base/rows?p=2"));
    assert!(next(&body, &page(&[], None)).is_err(), "a page that cannot be read must not pass for the last");
    assert!(next(&body, &page(&[], Some("{\"next\":"))).is_err(), "nor one that is damaged");
    for bad in [r#"{"next":"http://server.example/2"}"#, r#"{"next":"javascript:1"}"#, r#"{"next":[1]}"#] {
        assert!(next(&body, &page(&[], Some(bad))).is_err(), "{bad}");
    }
}

#[test]
fn digests_and_expiry_are_read_in_the_forms_that_servers_use() {
    const SHA: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let one = connector("get = \"/x\"\nurl = \"body.url\"\ndigest = \"body.digest\"\nexpires_in = \"body.ttl\"\nexpires = \"headers.expires\"", "").unwrap();
    let read = |digest: &str, ttl: &str| {
        let body = format!(r#"{{"url":"/1","digest":"{digest}","ttl":{ttl}}}"#);
        parts(&one, &with_header(json(&body), "date", "Sat, 31 Jan 2026 08:00:00 GMT")).remove(0)
    };
    let base64 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    for (text, count) in [
        (format!("sha256:{SHA}"), 1),
        (format!("SHA-256={base64}"), 1),
        (format!("sha-256=:{base64}:, md5=:XUFAKrxLKna5cZ2REBfFkg==:"), 2),
        (format!("crc32c=yZRlqg==,md5=XUFAKrxLKna5cZ2REBfFkg==,sha256={SHA}"), 2),
    ] {
        let part = read(&text, "60");
        assert_eq!(part.digests.len(), count, "{text}");
        assert!(part.digests.iter().any(|digest| digest.hex() == SHA || count == 2), "{text}");
    }
    assert_eq!(read("", "\"3600\"").expires_at.unwrap().to_string(), "2026-01-31T09:00:00Z", "seconds by its clock");
    let body = r#"{"url":"/1","digest":"rubbish"}"#;
    assert!(resolved(&one, &json(body)).unwrap_err().message.contains("no digest with its algorithm"));
    let http = with_header(json(r#"{"url":"/1"}"#), "expires", "Sat, 31 Jan 2026 09:00:00 GMT");
    assert_eq!(parts(&one, &http)[0].expires_at.unwrap().to_string(), "2026-01-31T09:00:00Z");
}

#[test]
fn what_holds_for_every_file_comes_with_the_part() {
    let more = "[download]\nauth = \"inherit\"\nhosts = [\"cdn.example\"]\ngunzip = true\nranges = false\n\
headers = { X-For = \"{{ job.id }}\" }\n[verify]\ntype = \"csv\"\nrecords = \"body.rows\"\n\
refuse = \"'<html' in (start | lower)\"";
    let connector = connector("get = \"/x\"\nurl = \"body.url\"\none_time = true", more).unwrap();
    let at = |url: &str| parts(&connector, &json(&format!(r#"{{"url":"{url}","rows":12}}"#))).remove(0);
    let part = at("/1");
    assert!(part.gunzip && !part.ranges && part.one_time);
    assert_eq!((part.records, part.headers["x-for"].to_str().unwrap()), (Some(12), "j 1"));
    let refuse = part.refuse.unwrap();
    assert!(refuse.holds(b"<!doctype html>\n<HTML>") && !refuse.holds(b"a,b\n1,2") && !refuse.holds(&[0xff, 0xfe]));
    for (url, auth) in [
        ("/1", PartAuth::Inherit),
        ("https://cdn.example/1", PartAuth::Inherit),
        ("https://files.example:8443/1", PartAuth::Inherit),
        ("https://files.example/1", PartAuth::None),
        ("https://cdn.example.evil.example/1", PartAuth::None),
        ("https://server.example:444/1", PartAuth::None),
    ] {
        assert_eq!(at(url).auth, auth, "{url}");
    }
    assert_eq!(connector.hosts(), ["files.example:8443", "cdn.example"], "told before first use");
}

#[test]
fn a_manifest_is_described_whole() {
    let more = "[verify]\ntype = \"zip\"\n[verify.manifest]\npath = \"manifest.json\"\neach = \"body.ExportedSteps\"\n\
file = \"item.StorageFilename\"\nname = \"item.SystemName\"\nkind = \"item.ExportProviderSystemName\"\n\
kinds = { \"sharedo-type\" = \"workTypes\" }";
    let connector = connector("url = \"body.url\"", more).unwrap();
    let manifest = connector.manifest().unwrap();
    assert_eq!((manifest.path.as_str(), manifest.each.as_str()), ("manifest.json", "ExportedSteps"));
    assert_eq!(manifest.kinds["sharedo-type"], "workTypes");
}

#[test]
fn mistakes_about_results_are_told_where_they_stand() {
    for (resolve, more, said) in [
        ("", "", "t.toml:17: resolve.url: this key is missing"),
        ("url = \"body.a\"\npolled = true", "", "resolve.polled: there are two places for the link"),
        ("location = true", "", "resolve.location: only a request has a redirect"),
        ("direct = \"/x\"\nheaders = { A = \"b\" }", "", "resolve.headers: it belongs to a request"),
        ("direct = \"x\"", "", "a path begins with one /"),
        ("url = \"item.x\"", "", "`item`"),
        ("url = \"body.u\"\nitem = { name = \"item.n\" }", "", "resolve.item: there is no list of items"),
        ("each = \"body\"\nurl = \"body.u\"", "", "resolve.url: each item of the list has a link of its own"),
        (
            "each = \"body\"\nitem = { uri = \"item.u\" }",
            "",
            "resolve.item.uri: there is no such key; did you mean url?",
        ),
        ("url = \"body.u\"\nnext = \"body.n\"", "", "resolve.join: this key is missing"),
        ("url = \"body.u\"\njoin = \"csv\"", "", "resolve.join: there are no pages"),
        ("url = \"body.u\"\nnext = \"body.n\"\njoin = \"zip\"", "", "none of the words"),
        (
            "url = \"body.u\"\nnext = \"body.n\"\njoin = \"raw\"\nsize = \"body.s\"",
            "",
            "resolve.size: nothing can be said",
        ),
        ("url = \"body.u\"\ndigest = { sha3 = \"body.s\" }", "", "there is no digest `sha3`"),
        ("url = \"body.u\"", "[download]\nhosts = [\"https://a.example/x\"]", "is no host"),
        ("url = \"body.u\"", "[download]\nheaders = { Cookie = \"a\" }", "Landfall writes the header"),
        (
            "url = \"body.u\"",
            "[verify]\nrecords = \"body.n\"",
            "verify.records: records are counted in a file of a known kind",
        ),
        ("url = \"body.u\"", "[verify]\nrefuse = \"body.n\"", "`body`"),
        ("url = \"body.u\"", "[verify]\nmanifest = { path = \"m\" }", "verify.manifest.each: this key is missing"),
        (
            "url = \"body.u\"",
            "[verify.manifest]\npath = \"m\"\neach = \"item.x\"\nfile = \"item.f\"\nname = \"item.n\"\nkind = \"item.k\"",
            "`item`",
        ),
    ] {
        let problems = connector(resolve, more).expect_err(resolve);
        assert!(problems.contains(said), "{resolve} {more}: {problems}");
    }
}
