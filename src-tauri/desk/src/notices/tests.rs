use landfall_wire::Section;

use super::texts::plain;
use super::*;
use crate::board::tests::row;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn event(kind: NoticeKind, job: &str) -> Event {
    Event {
        kind,
        job: JobId::new(job),
        title: job.to_owned(),
        connection: Some("Harbour".into()),
        why: Some("The server said no".into()),
    }
}

fn told(book: &mut Book, at: Duration) -> Vec<String> {
    book.tell(at, Timestamp::UNIX_EPOCH, Tongue::En).into_iter().map(|notice| notice.title).collect()
}

#[test]
fn several_that_end_within_three_seconds_are_one_notice() {
    let mut book = Book::default();
    book.add(event(NoticeKind::Landed, "a"), seconds(10));
    book.add(event(NoticeKind::Landed, "b"), seconds(12));
    book.add(event(NoticeKind::Failed, "c"), seconds(12));
    assert!(told(&mut book, seconds(12)).is_empty(), "more may come");
    assert_eq!(told(&mut book, seconds(13)), ["2 exports have landed", "c failed"]);
    assert!(told(&mut book, seconds(20)).is_empty(), "told once");
    book.add(event(NoticeKind::Landed, "d"), seconds(20));
    assert_eq!(told(&mut book, seconds(23)), ["d has landed"]);
    assert_eq!(book.unseen().iter().map(|notice| notice.number).collect::<Vec<_>>(), [3, 2, 1], "newest first");
    book.seen(&[1, 3]);
    assert_eq!(book.unseen().iter().map(|notice| notice.number).collect::<Vec<_>>(), [2], "until they were seen");
}

#[test]
fn sign_in_is_wanted_once_for_a_connection_until_it_works() {
    let mut book = Book::default();
    for job in ["a", "b"] {
        book.add(event(NoticeKind::NeedsSignIn, job), seconds(1));
    }
    assert_eq!(told(&mut book, seconds(4)), ["Harbour needs a sign-in"]);
    book.add(event(NoticeKind::NeedsSignIn, "c"), seconds(5));
    assert!(told(&mut book, seconds(8)).is_empty(), "it was told already");
    book.connection_works("Harbour");
    book.add(event(NoticeKind::NeedsSignIn, "a"), seconds(9));
    assert_eq!(told(&mut book, seconds(12)).len(), 1, "again after it worked");
}

#[test]
fn at_most_fifty_are_kept() {
    let mut book = Book::default();
    for number in 0..70 {
        book.add(event(NoticeKind::Landed, "a"), seconds(number * 10));
        told(&mut book, seconds(number * 10 + 3));
    }
    assert_eq!((book.unseen().len(), book.unseen()[0].number), (50, 70));
}

#[test]
fn only_what_a_person_waits_for_is_told() {
    let at = |phase, too_late| JobRow { phase, too_late, section: Section::Active, ..row("a", 0) };
    let kind = |before: (Phase, bool), after: (Phase, bool)| {
        Event::between(&at(before.0, before.1), &at(after.0, after.1)).map(|event| event.kind)
    };
    assert_eq!(kind((Phase::Verifying, false), (Phase::Landed, false)), Some(NoticeKind::Landed));
    assert_eq!(kind((Phase::Landed, false), (Phase::Landed, false)), None, "a deletion on the server");
    assert_eq!(kind((Phase::Waiting, false), (Phase::Failed, false)), Some(NoticeKind::Failed));
    assert_eq!(kind((Phase::Waiting, false), (Phase::Preparing, false)), None);
    assert_eq!(kind((Phase::Downloading, false), (Phase::Downloading, true)), Some(NoticeKind::TooLate));
    assert_eq!(kind((Phase::Downloading, true), (Phase::Downloading, true)), None, "once");
    assert_eq!(kind((Phase::Waiting, false), (Phase::Cancelled, false)), None, "a person did that");
    let waits = JobRow { section: Section::WaitingForMe, ..at(Phase::Resting, false) };
    let told = |before: &JobRow| Event::between(before, &waits).map(|event| event.kind);
    assert_eq!(told(&at(Phase::Downloading, false)), Some(NoticeKind::WaitsForYou), "no room, or a name in use");
    assert_eq!(told(&at(Phase::Resting, false)), Some(NoticeKind::WaitsForYou));
    assert_eq!(told(&JobRow { phase: Phase::Downloading, ..waits.clone() }), None, "it was told, and looked once more");
}

#[test]
fn texts_hold_no_query_no_password_and_no_folder() {
    for (text, expected) in [
        ("see https://u:p@files.example/a/b?sig=SECRET now", "see https://files.example/a/b?**** now"),
        ("/srv/exports/clip.mp4 cannot be read: no such file", "clip.mp4 cannot be read: no such file"),
        ("The folder \"/srv/a b/c\" is full", "The folder \"a b/c\" is full"),
        ("C:\\Users\\x\\clip.mp4 is gone", "clip.mp4 is gone"),
        ("50/60 parts and 1/2", "50/60 parts and 1/2"),
    ] {
        assert_eq!(plain(text), expected);
    }
    let secret = Event { title: "x https://a/?t=SECRET".into(), ..event(NoticeKind::Failed, "a") };
    for tongue in [Tongue::En, Tongue::De, Tongue::Zh] {
        for kind in [NoticeKind::Landed, NoticeKind::Failed, NoticeKind::TooLate] {
            let (title, text) = texts::of_jobs(kind, std::slice::from_ref(&secret), tongue);
            assert!(!title.contains("SECRET") && !text.contains("SECRET"), "{title} / {text}");
        }
    }
}
