use proptest::prelude::*;

use super::*;

const T: u64 = 1_000_000;
const N: u64 = 400_000;

fn etag(text: &str) -> Option<ETag> {
    ETag::parse(text)
}

fn held() -> Held {
    Held {
        bytes: N,
        object: Object {
            etag: etag("\"E\""),
            last_modified: Some("Mon, 01 Jan 2024 00:00:00 GMT".into()),
            total: Some(T),
            ..Object::default()
        },
    }
}

fn head(status: u16) -> Head {
    Head {
        status,
        etag: etag("\"E\""),
        last_modified: Some("Mon, 01 Jan 2024 00:00:00 GMT".into()),
        length: Length::Open,
        range: RangeSaid::Absent,
        coding: Coding::Identity,
        multipart: false,
        digests: Vec::new(),
        date: None,
        retry_after: None,
        name: None,
    }
}

fn part(first: u64, last: u64, total: Option<u64>) -> Head {
    Head { range: RangeSaid::Part { first, last, total }, ..head(206) }
}

const JOB: Rights<'_> = Rights { renewable: true, renew_on: &[403], fresh: false };

fn step(held: &Held, head: &Head) -> Step {
    let memory = Memory::default();
    decide(held, &ask(held, &memory), head, JOB, &memory)
}

#[test]
fn strong_tag_is_asked_with_a_condition_and_a_weak_one_with_an_overlap() {
    let question = ask(&held(), &Memory::default());
    assert_eq!(question, Question { from: N, overlap: 0, if_range: Some("\"E\"".into()) });
    let mut weak = held();
    weak.object.etag = etag("W/\"E\"");
    assert_eq!(ask(&weak, &Memory::default()), Question { from: N - OVERLAP, overlap: OVERLAP, if_range: None });
    assert_eq!(ask(&Held::default(), &Memory::default()), Question::default(), "nothing held, no range");
}

#[test]
fn fitting_part_is_appended() {
    let expected = Step::Append { compare: 0, until: Some(T), object: held().object };
    assert_eq!(step(&held(), &part(N, T - 1, Some(T))), expected);
    assert_eq!(step(&held(), &part(N, T - 1, None)), expected, "an unknown total is no contradiction");
}

#[test]
fn part_that_does_not_fit_is_refused() {
    assert_eq!(step(&held(), &part(N + 1, T - 1, Some(T))), Step::Restart(Why::WrongPart));
    assert_eq!(step(&held(), &part(N - 1000, T - 1, Some(T))), Step::Restart(Why::WrongPart));
    assert_eq!(step(&held(), &part(N, T, Some(T + 1))), Step::Restart(Why::Changed));
    assert_eq!(step(&held(), &head(206)), Step::Restart(Why::NamelessPart));
    assert_eq!(step(&held(), &Head { multipart: true, ..part(N, T - 1, Some(T)) }), Step::Restart(Why::Multipart));
    assert_eq!(step(&held(), &Head { coding: Coding::Gzip, ..part(N, T - 1, Some(T)) }), Step::Restart(Why::Packed));
    let other = Head { etag: etag("\"F\""), ..part(N, T - 1, Some(T)) };
    assert_eq!(step(&held(), &other), Step::Restart(Why::Changed));
    let mut dated = held();
    dated.object.etag = None;
    let other = Head { etag: None, last_modified: Some("later".into()), ..part(N - OVERLAP, T - 1, Some(T)) };
    assert_eq!(step(&dated, &other), Step::Restart(Why::Changed), "by the date alone");
}

#[test]
fn weak_tag_that_changed_is_outvoted_by_the_date() {
    let mut weak = held();
    weak.object.etag = etag("W/\"E\"");
    let again = Head { etag: etag("W/\"F\""), ..part(N - OVERLAP, T - 1, Some(T)) };
    assert!(matches!(step(&weak, &again), Step::Append { compare: OVERLAP, .. }), "the overlap decides");
    let other = Head { last_modified: None, ..again };
    assert_eq!(step(&weak, &other), Step::Restart(Why::Changed));
}

#[test]
fn unsatisfied_range_in_its_meanings() {
    let unsatisfied = |total| Head { range: RangeSaid::Unsatisfied { total }, ..head(416) };
    let mut all = held();
    all.bytes = T;
    assert!(matches!(step(&all, &unsatisfied(T)), Step::Complete(_)));
    assert_eq!(step(&held(), &unsatisfied(N - 1)), Step::Restart(Why::Changed));
    assert!(matches!(step(&held(), &head(416)), Step::Again(_)), "first it is tried again");
    let memory = Memory { refusals: REFUSALS, ..Memory::default() };
    let question = ask(&held(), &memory);
    assert_eq!(decide(&held(), &question, &head(416), JOB, &memory), Step::Restart(Why::RangeRefused));
    assert!(matches!(step(&Held::default(), &unsatisfied(0)), Step::Complete(_)), "an empty file is complete");
}

#[test]
fn dead_link_is_renewed_unless_it_is_fresh() {
    assert_eq!(step(&held(), &head(403)), Step::Renew(403));
    let fresh = Rights { fresh: true, ..JOB };
    let plain = Rights { renewable: false, ..JOB };
    for rights in [fresh, plain] {
        let question = ask(&held(), &Memory::default());
        let decided = decide(&held(), &question, &head(403), rights, &Memory::default());
        assert_eq!(decided, Step::Fail(Refusal::LinkDead { status: 403 }));
    }
}

#[test]
fn whole_in_place_of_a_part_is_taken_from_the_start() {
    let whole = Head { length: Length::Known(T), ..head(200) };
    assert!(matches!(step(&held(), &whole), Step::Whole { aside: None, until: Some(T), .. }));
    let other = Head { etag: etag("\"F\""), ..whole.clone() };
    assert!(matches!(step(&held(), &other), Step::Whole { aside: Some(Why::Changed), .. }));
    let mut much = held();
    (much.bytes, much.object.total) = (2 * WORTH_ASKING_AGAIN, Some(3 * WORTH_ASKING_AGAIN));
    let same = Head { length: Length::Known(3 * WORTH_ASKING_AGAIN), ..whole };
    assert_eq!(step(&much, &same), Step::Unconditional, "the condition may be what it did not understand");
}

#[test]
fn each_reason_restarts_once() {
    let mut memory = Memory::default();
    assert!(memory.may_restart(Why::Changed));
    assert!(memory.may_restart(Why::Mismatch), "another reason counts for itself");
    assert!(!memory.may_restart(Why::Changed));
}

fn any_etag() -> impl Strategy<Value = Option<ETag>> {
    prop_oneof![Just(None), ("[EF]", any::<bool>()).prop_map(|(opaque, weak)| Some(ETag { weak, opaque }))]
}

fn any_date() -> impl Strategy<Value = Option<String>> {
    prop_oneof![Just(None), Just(Some("Monday".to_owned())), Just(Some("Tuesday".to_owned()))]
}

prop_compose! {
    fn any_head()(
        status in prop_oneof![Just(200_u16), Just(206), Just(416), Just(412), Just(403), 100_u16..600],
        etag in any_etag(),
        last_modified in any_date(),
        length in prop_oneof![Just(Length::Open), (0_u64..200).prop_map(Length::Known), Just(Length::Conflicting)],
        range in prop_oneof![
            Just(RangeSaid::Absent),
            Just(RangeSaid::Unreadable),
            (0_u64..100, 0_u64..100, proptest::option::of(0_u64..3))
                .prop_map(|(first, span, rest)| RangeSaid::Part {
                    first,
                    last: first + span,
                    total: rest.map(|rest| first + span + 1 + rest),
                }),
            (0_u64..200).prop_map(|total| RangeSaid::Unsatisfied { total }),
        ],
        coding in prop_oneof![4 => Just(Coding::Identity), 1 => Just(Coding::Gzip), 1 => Just(Coding::Other("br".into()))],
        multipart in prop::bool::weighted(0.1),
    ) -> Head {
        Head { status, etag, last_modified, length, range, coding, multipart, digests: Vec::new(), date: None, retry_after: None, name: None }
    }
}

prop_compose! {
    fn any_held()(bytes in 0_u64..150, etag in any_etag(), last_modified in any_date(), more in proptest::option::of(0_u64..50), coded in prop::bool::weighted(0.1)) -> Held {
        Held { bytes, object: Object { etag, last_modified, total: more.map(|more| bytes + more), digests: Vec::new(), coded } }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// The invariant of the whole: two versions never meet in one file.
    #[test]
    fn nothing_is_appended_without_proof(held in any_held(), head in any_head(), unconditional: bool, renewable: bool, fresh: bool) {
        let memory = Memory { unconditional, ..Memory::default() };
        let question = ask(&held, &memory);
        prop_assert!(question.from <= held.bytes && question.from + question.overlap == held.bytes || question.from == 0);
        let rights = Rights { renewable, renew_on: &[403], fresh };
        match decide(&held, &question, &head, rights, &memory) {
            Step::Append { compare, until, object } => {
                let RangeSaid::Part { first, last, total } = head.range else { panic!("appended without a range") };
                prop_assert_eq!(head.status, 206);
                prop_assert!(!head.multipart && head.coding == Coding::Identity && !held.object.coded);
                prop_assert_eq!(first, held.bytes - compare, "no gap and no doubled byte");
                prop_assert_eq!(until, Some(last + 1));
                prop_assert!(held.object.total.is_none() || total.is_none() || held.object.total == total);
                prop_assert!(object.total.is_none_or(|total| last < total));
                match (&held.object.etag, &head.etag) {
                    (Some(ours), Some(theirs)) if !ours.weak && !theirs.weak => prop_assert_eq!(ours, theirs),
                    _ => {}
                }
                prop_assert!(compare > 0 || held.object.etag.as_ref().is_some_and(|etag| !etag.weak), "no strong tag and nothing compared");
            }
            Step::Whole { until, object, .. } => {
                prop_assert!(matches!(head.status, 200 | 203 | 206));
                prop_assert!(object.coded == (head.coding == Coding::Gzip));
                prop_assert!(!object.coded || until.is_none(), "a length of packed bytes is no length of the file");
            }
            Step::Complete(object) => {
                prop_assert_eq!(object.total, Some(held.bytes));
                prop_assert_eq!(head.status, 416);
            }
            Step::Renew(_) => prop_assert!(renewable && !fresh && head.status == 403),
            Step::Restart(_) | Step::Unconditional => prop_assert!(question.from > 0, "asking the whole again for the whole"),
            Step::Again(_) | Step::Fail(_) => {}
        }
    }
}
