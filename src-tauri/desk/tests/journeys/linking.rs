//! Links from web pages.

use landfall_wire::{Ask, Phase};

use crate::bed::{Bed, Page};

const LINK: &str =
    "landfall://export?connection=cameras&camera=gate-north&start=2025-06-02T07:30:00Z&end=2025-06-02T07:30:05Z";

#[tokio::test(flavor = "multi_thread")]
async fn c_8_link_is_asked_about_unless_instant_exports_are_allowed() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("cameras", "exports-v2").await;
    let Ask::ConfirmExport { number, export, title, jobs, asked } = bed.desk.take_link(LINK).await.unwrap() else {
        panic!("a person is asked")
    };
    assert!(title.starts_with("gate-north, 2025-06-02"), "{title}");
    assert_eq!((jobs, &asked[0]), (1, &("Camera".to_owned(), "gate-north".to_owned())), "as a person reads it");
    assert_eq!((export.connection.as_str(), export.folder, export.name), ("cameras", None, None));
    let again = bed.desk.take_link(LINK).await.unwrap();
    assert!(matches!(again, Ask::ConfirmExport { number: same, .. } if same == number), "one question: {again:?}");
    assert_eq!(bed.service.jobs().await.unwrap().len(), 0, "nothing is sent before the answer");

    assert!(bed.desk.answer_link(number, false, true).await.unwrap().is_empty());
    assert!(bed.desk.answer_link(number, true, false).await.is_err(), "it was answered");
    assert!(!bed.desk.connections().await.unwrap()[0].instant_links, "a no allows nothing");
    let Ask::ConfirmExport { number, .. } = bed.desk.take_link(LINK).await.unwrap() else { panic!("asked again") };
    let ids = bed.desk.answer_link(number, true, true).await.unwrap();
    let mut page = Page::open(&bed.desk);
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;

    assert!(bed.desk.connections().await.unwrap()[0].instant_links, "always, it was said");
    let Ask::ShowJob { id } = bed.desk.take_link(LINK).await.unwrap() else { panic!("no question is needed now") };
    page.until(&id, |row| row.phase == Phase::Waiting).await;
    let (twice, thrice) = tokio::join!(bed.desk.take_link(LINK), bed.desk.take_link(LINK));
    for again in [twice, thrice] {
        assert!(matches!(again, Ok(Ask::ShowJob { id: same }) if same == id), "a click that was doubled is one");
    }
    assert_eq!(page.rows.len(), 2, "one by the answer, one without a question");
    let many: Vec<String> = (0..50).map(|number| format!("camera-{number}")).collect();
    let many = LINK.replace("gate-north", &many.join(","));
    let Ask::ConfirmExport { jobs, .. } = bed.desk.take_link(&many).await.unwrap() else {
        panic!("that many are asked about")
    };
    assert_eq!(jobs, 50, "and it is said how many");
    bed.desk.allow_instant_links("cameras".into(), false).await.unwrap();
    assert!(matches!(bed.desk.take_link(LINK).await.unwrap(), Ask::ConfirmExport { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn c_8_rubbish_is_told_in_words_and_sends_nothing() {
    let bed = Bed::new().await;
    bed.connect("cameras", "exports-v2").await;
    let long = format!("{LINK}&x={}", "y".repeat(1 << 20));
    let links = [
        "",
        "landfall:",
        "landfall://",
        "landfall://export",
        "landfall://export?connection=",
        "landfall://export?connection=nowhere&camera=a",
        "landfall://export?connection=../../etc/passwd&camera=a",
        "landfall://export?connection=cameras",
        "landfall://export?connection=cameras&connection=cameras&camera=a",
        "landfall://export?connection=cameras&camera=a&start=x&end=y",
        "landfall://export?connection=cameras&folder=/tmp&camera=a",
        "landfall://delete?connection=cameras",
        "landfall://adopt?connection=cameras",
        "landfall://adopt?connection=cameras&id=1&folder=x",
        "https://example.com/export?connection=cameras",
        "landfall://export?connection=cameras&camera=%FF%00",
        "\u{0}\u{7}",
        long.as_str(),
    ];
    for link in links {
        let ask = bed.desk.take_link(link).await.unwrap();
        let Ask::BadLink { failure } = ask else { panic!("{link:.80} cannot be used: {ask:?}") };
        assert!(!failure.message.is_empty() && !failure.remediation.is_empty(), "{link:.80}");
    }
    assert_eq!(bed.service.jobs().await.unwrap().len(), 0, "nothing was sent");
    let adopt = bed.desk.take_link("landfall://adopt?connection=cameras&id=abc").await.unwrap();
    assert!(matches!(adopt, Ask::ConfirmAdopt { ref remote_id, .. } if remote_id == "abc"), "{adopt:?}");
    for number in 0..100 {
        let link = LINK.replace("gate-north", &format!("camera-{number}"));
        assert!(matches!(bed.desk.take_link(&link).await.unwrap(), Ask::ConfirmExport { .. }));
    }
    assert!(bed.desk.answer_link(1, true, false).await.is_err(), "the oldest questions are forgotten");
}
