//! results behind presigned links, at an origin of their own.

use std::time::Duration;

use base64::Engine as _;
use reqwest::Method;

use super::bed::{ANNA, Bed, text};

#[tokio::test]
async fn x_7_the_link_leads_to_another_origin_and_needs_no_authorization() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[5]").await;
    assert_ne!(bed.service.address(), bed.service.storage_address());
    assert!(link.starts_with(&format!("http://{}/objects/downloads/", bed.service.storage_address())), "{link}");
    for parameter in ["X-Amz-Date=", "X-Amz-Expires=3600", "X-Amz-Signature="] {
        assert!(link.contains(parameter), "{link} has {parameter}");
    }
    let reply = bed.fetch(&link, &[]).await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-length"), reply.body.len().to_string());
    assert_eq!(reply.header("content-type"), "application/zip");
    assert_eq!(reply.header("accept-ranges"), "bytes");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &reply.body);
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    assert_eq!(reply.header("repr-digest"), format!("sha-256=:{digest}:"));
    assert_eq!(bed.service.seen().storage_authorizations, 0);
    let header = format!("Bearer {ANNA}");
    let reply = bed.fetch(&link, &[("authorization", &header)]).await.unwrap();
    assert_eq!(reply.status, 200, "it is not looked at either");
    assert_eq!(bed.service.seen().storage_authorizations, 1, "but counted");
}

#[tokio::test]
async fn x_7_a_link_that_was_tampered_with_is_403() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[5]").await;
    let other = bed.zip_link("[10]").await;
    let (path, query) = link.split_once('?').unwrap();
    let (other_path, _) = other.split_once('?').unwrap();
    let cases = [
        path.to_owned(),
        format!("{other_path}?{query}"),
        link.replace("X-Amz-Expires=3600", "X-Amz-Expires=99999"),
        format!("{link}0"),
        format!("{link}zz"),
        format!("{link}é"),
        format!("{link}&response-content-type=text/html"),
        format!("{path}?X-Amz-Signature="),
        format!("{path}/../../service.sqlite3?{query}"),
        format!("{path}%2f..%2f..%2fservice.sqlite3?{query}"),
    ];
    for case in cases {
        let reply = bed.fetch(&case, &[]).await.unwrap();
        assert_eq!(reply.status, 403, "{case}");
        assert_eq!(reply.header("content-type"), "application/xml");
        assert!(reply.text().contains("<Error><Code>"), "{}", reply.text());
    }
}

#[tokio::test]
async fn x_7_range_and_if_range_work() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[1,2]").await;
    let whole = bed.fetch(&link, &[]).await.unwrap();
    let (etag, date) = (whole.header("etag").to_owned(), whole.header("last-modified").to_owned());
    let size = whole.body.len();
    assert!(etag.starts_with('"'), "{etag} is strong");
    let cases = [
        (vec![("range", "bytes=100-")], 206, 100..size),
        (vec![("range", "bytes=0-0")], 206, 0..1),
        (vec![("range", "bytes=-7")], 206, size - 7..size),
        (vec![("range", "bytes=5-9,20-30")], 200, 0..size),
        (vec![("range", "bytes=100-"), ("if-range", &etag)], 206, 100..size),
        (vec![("range", "bytes=100-"), ("if-range", &date)], 206, 100..size),
        (vec![("range", "bytes=100-"), ("if-range", "\"another\"")], 200, 0..size),
        (vec![("range", "bytes=100-"), ("if-range", "Mon, 01 Jan 2001 00:00:00 GMT")], 200, 0..size),
        (vec![("range", "bytes=100-"), ("if-match", &etag)], 206, 100..size),
    ];
    for (headers, status, part) in cases {
        let reply = bed.fetch(&link, &headers).await.unwrap();
        assert_eq!(reply.status, status, "{headers:?}");
        assert!(reply.body == whole.body[part.clone()], "{headers:?} gives {part:?}");
        let range = if status == 206 { format!("bytes {}-{}/{size}", part.start, part.end - 1) } else { String::new() };
        assert_eq!(reply.header("content-range"), range, "{headers:?}");
        assert_eq!(reply.header("repr-digest"), whole.header("repr-digest"), "the digest is the whole object's");
    }
    let past = bed.fetch(&link, &[("range", &format!("bytes={size}-"))]).await.unwrap();
    assert_eq!((past.status.as_u16(), past.header("content-range")), (416, format!("bytes */{size}").as_str()));
    assert_eq!(bed.fetch(&link, &[("if-none-match", &etag)]).await.unwrap().status, 304);
    assert_eq!(bed.fetch(&link, &[("if-match", "\"another\"")]).await.unwrap().status, 412);
}

#[tokio::test]
async fn x_7_the_etag_is_stable_over_re_signing() {
    let bed = Bed::new().await;
    let job = bed.initiate("[1]").await;
    let first = text(&bed.status(&job, "completed").await["downloadUrl"]);
    bed.service.clock().advance(Duration::from_mins(5));
    let second = text(&bed.status(&job, "completed").await["downloadUrl"]);
    assert_ne!(first, second, "each poll signs anew");
    let (first, second) = (bed.fetch(&first, &[]).await.unwrap(), bed.fetch(&second, &[]).await.unwrap());
    for header in ["etag", "last-modified", "content-length", "repr-digest"] {
        assert_eq!(first.header(header), second.header(header), "{header}");
    }
}

#[tokio::test]
async fn x_7_head_and_other_methods_are_not_signed_for() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[5]").await;
    assert_eq!(bed.method(Method::HEAD, &link).await.status, 403);
    assert_eq!(bed.method(Method::PUT, &link).await.status, 405);
    assert_eq!(bed.method(Method::DELETE, &link).await.status, 405);
    assert_eq!(bed.fetch(&link, &[]).await.unwrap().status, 200, "the link is still good for GET");
}

#[tokio::test]
async fn x_7_an_expired_link_is_403_with_xml_and_a_fresh_one_is_good() {
    let bed = Bed::with(|options| options.link_ttl = Duration::from_mins(2)).await;
    let job = bed.initiate("[5]").await;
    let link = text(&bed.status(&job, "completed").await["downloadUrl"]);
    bed.service.clock().advance(Duration::from_secs(100));
    assert_eq!(bed.fetch(&link, &[]).await.unwrap().status, 200, "it is good until its end");
    bed.service.clock().advance(Duration::from_secs(20));
    let reply = bed.fetch(&link, &[("range", "bytes=10-")]).await.unwrap();
    assert_eq!(reply.status, 403);
    assert!(
        reply.text().contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"),
        "{}",
        reply.text()
    );
    let document = reply.text();
    let document = roxmltree::Document::parse(&document).unwrap();
    assert!(document.root_element().has_tag_name("Error"));
    let fresh = text(&bed.status(&job, "completed").await["downloadUrl"]);
    assert_eq!(bed.fetch(&fresh, &[]).await.unwrap().status, 200);
}

#[tokio::test]
async fn x_7_a_link_outlives_the_service_that_signed_it() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[5]").await;
    let storage = bed.service.storage_address();
    let bed = bed.restart_with(|_| {}).await;
    assert_eq!(bed.service.storage_address(), storage, "the storage comes back where it was");
    assert_eq!(bed.fetch(&link, &[]).await.unwrap().status, 200);
}

#[tokio::test]
async fn x_7_the_name_is_safe_in_plain_and_whole_in_utf_8() {
    let bed = Bed::new().await;
    let reply = bed.report("nordkai-40", "csv").await;
    assert_eq!(
        reply.header("content-disposition"),
        "attachment; filename=\"Nordkai_40___B_rogeb_ude.csv\"; \
         filename*=UTF-8''Nordkai%2040%20%E2%80%93%20B%C3%BCrogeb%C3%A4ude.csv"
    );
}
