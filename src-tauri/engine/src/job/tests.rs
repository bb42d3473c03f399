//! Properties of the job machine, over random lives.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{CorrelationId, ErrorCode, Failure, JobId};
use proptest::prelude::*;

use super::*;
use crate::connector::{Kept, Params, RemoteState, Report, Submitted};
use crate::retry::Budget;

fn job() -> Job {
    Job::new(Wish {
        id: JobId::new("k7f3q9xa01"),
        connection: "demo".into(),
        connector: "download-jobs".into(),
        params: Params::default(),
        folder: "/tmp/exports".into(),
        name: None,
        sha256: None,
        rate: None,
        correlation: CorrelationId::new("c0ffee"),
        created_at: Timestamp::UNIX_EPOCH,
    })
}

fn rules(cancels: bool, idempotent: bool) -> Rules {
    Rules {
        deadline: Duration::from_mins(30),
        stall_after: Some(Duration::from_mins(10)),
        resolve_tries: 3,
        cancels,
        idempotent,
    }
}

/// News or an order whose attempt is given relative to the job's own: 0 is the present one, more is late.
#[derive(Debug, Clone)]
enum Happening {
    Order(Order),
    News { late_by: u64, news: News },
    Rested { late_by: u64 },
    Revived,
}

impl Happening {
    fn input(self, job: &Job) -> Input {
        match self {
            Self::Order(order) => Input::Order(order),
            Self::News { late_by, news } => Input::News { attempt: job.attempt.wrapping_sub(late_by), news },
            Self::Rested { late_by } => Input::Rested { attempt: job.attempt.wrapping_sub(late_by) },
            Self::Revived => Input::Revived,
        }
    }
}

fn report() -> impl Strategy<Value = Report> {
    let state = prop_oneof![
        Just(RemoteState::Waiting),
        Just(RemoteState::Preparing),
        Just(RemoteState::Ready),
        Just(RemoteState::Partial),
        Just(RemoteState::Empty),
        Just(RemoteState::failed(Some("no footage".into()))),
        Just(RemoteState::Cancelling),
        Just(RemoteState::Cancelled),
        Just(RemoteState::Expired),
        Just(RemoteState::Lost),
    ];
    (state, proptest::option::of(0.0..100.0)).prop_map(|(state, percent)| Report { percent, ..Report::of(state) })
}

fn news() -> impl Strategy<Value = News> {
    let remedy = prop_oneof![
        (0..100_u64).prop_map(|seconds| Remedy::Rest(Duration::from_secs(seconds))),
        Just(Remedy::SignIn),
        Just(Remedy::Fail),
    ];
    let code = proptest::sample::select(&ErrorCode::ALL[..]);
    let landed = LandedFile {
        path: "/tmp/a.zip".into(),
        size: 3,
        sha256: "00".into(),
        vouched: crate::transfer::Vouched::default(),
    };
    prop_oneof![
        Just(News::Sending),
        Just(News::Submitted(Submitted::of("abc-123", Kept::new()))),
        report().prop_map(News::Reported),
        Just(News::NothingYet),
        Just(News::Resolved),
        Just(News::Landed(vec![landed])),
        Just(News::CancelTold { note: "told".into() }),
        (code, remedy).prop_map(|(code, remedy)| News::Troubled {
            failure: Failure::new(code, "Something went wrong"),
            remedy,
            budget: Budget::default(),
        }),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        Just(Order::Pause),
        Just(Order::Resume),
        Just(Order::Cancel),
        Just(Order::Retry),
        Just(Order::Extend(Duration::from_mins(5))),
        Just(Order::SignedIn),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        2 => order().prop_map(Happening::Order),
        6 => (prop_oneof![4 => Just(0), 1 => 1..4_u64], news())
            .prop_map(|(late_by, news)| Happening::News { late_by, news }),
        1 => (0..2_u64).prop_map(|late_by| Happening::Rested { late_by }),
        1 => Just(Happening::Revived),
    ]
}

fn life() -> impl Strategy<Value = (Rules, Vec<Happening>)> {
    let rules = (any::<bool>(), any::<bool>()).prop_map(|(cancels, idempotent)| rules(cancels, idempotent));
    (rules, proptest::collection::vec(happening(), 0..40))
}

/// Lives it, a minute between two happenings; a refused order changes nothing.
fn live(
    rules: &Rules,
    happenings: Vec<Happening>,
    mut look: impl FnMut(&Job, &Job, &Input, &Step),
) -> (Job, Timestamp) {
    let (mut job, mut now) = (job(), Timestamp::UNIX_EPOCH);
    for happening in happenings {
        now += Duration::from_mins(1);
        let before = job.clone();
        let input = happening.input(&job);
        match step(&mut job, input.clone(), rules, now) {
            Ok(step) => look(&before, &job, &input, &step),
            Err(refusal) => {
                assert_eq!(job, before, "a refused order changes nothing: {refusal}");
                assert!(!refusal.why.is_empty(), "and says why");
            }
        }
    }
    (job, now)
}

proptest! {
    #[test]
    fn every_state_survives_save_and_revive((rules, happenings) in life()) {
        live(&rules, happenings, |_, job, _, _| {
            let text = serde_json::to_string(job).unwrap();
            let mut read: Job = serde_json::from_str(&text).unwrap();
            assert_eq!(&read, job, "read back as written");
            let (ended, landed) = (read.state.is_end(), matches!(read.state, State::Landed { .. }));
            step(&mut read, Input::Revived, &rules, job.updated_at).unwrap();
            if ended {
                assert_eq!(&read, job, "what has ended stays ended");
            }
            assert_eq!(matches!(read.state, State::Landed { .. }), landed, "a restart lands nothing");
        });
    }

    #[test]
    fn cancel_outranks_everything_after_it((rules, happenings) in life(), after in proptest::collection::vec(happening(), 0..30)) {
        let (mut job, mut now) = live(&rules, happenings, |_, _, _, _| {});
        if step(&mut job, Input::Order(Order::Cancel), &rules, now).is_ok() {
            for happening in after {
                now += Duration::from_mins(1);
                let input = happening.input(&job);
                let _ = step(&mut job, input, &rules, now);
                prop_assert!(matches!(job.state, State::Cancelling { .. } | State::Cancelled { .. }), "{:?}", job.state);
            }
        }
    }

    #[test]
    fn late_news_changes_nothing((rules, happenings) in life()) {
        live(&rules, happenings, |before, after, input, step| {
            let late = match input {
                Input::News { attempt, .. } | Input::Rested { attempt } => *attempt != before.attempt,
                Input::Order(_) | Input::Revived => false,
            };
            if late {
                assert_eq!(before, after, "late news is dropped");
                assert!(step.effects.is_empty(), "and causes nothing");
            }
        });
    }

    #[test]
    fn what_changed_is_saved((rules, happenings) in life()) {
        live(&rules, happenings, |before, after, _, step| {
            let same = Job { updated_at: after.updated_at, ..before.clone() } == *after;
            assert!(same || step.changed, "changed without being saved: {before:?} to {after:?}");
        });
    }

    #[test]
    fn every_state_has_a_way_out((rules, happenings) in life()) {
        let (job, now) = live(&rules, happenings, |_, _, _, _| {});
        prop_assert!(reaches_an_end(job, &rules, now), "a helpful server and person bring every job to an end");
    }
}

/// Drives the job as a server that works and a person who helps would.
fn reaches_an_end(mut job: Job, rules: &Rules, mut now: Timestamp) -> bool {
    step(&mut job, Input::Revived, rules, now).unwrap();
    for _ in 0..20 {
        now += Duration::from_secs(1);
        let attempt = job.attempt;
        let news = |news| Input::News { attempt, news };
        let input = match &job.state {
            State::Landed { .. } | State::Cancelled { .. } => return true,
            State::Active(Stage::Submit(_)) | State::Cancelling { remote: None } => {
                news(News::Submitted(Submitted::of("1", Kept::new())))
            }
            State::Active(Stage::Follow(_)) => news(News::Reported(Report::of(RemoteState::Ready))),
            State::Active(Stage::Resolve(_)) => news(News::Resolved),
            State::Active(Stage::Download(_)) => news(News::Landed(Vec::new())),
            State::Cancelling { remote: Some(_) } => news(News::CancelTold { note: String::new() }),
            State::Resting { .. } => Input::Rested { attempt },
            State::NeedsSignIn { .. } => Input::Order(Order::SignedIn),
            State::Paused { .. } => Input::Order(Order::Resume),
            State::Failed { .. } | State::Expired { .. } => Input::Order(Order::Retry),
        };
        step(&mut job, input, rules, now).unwrap();
    }
    false
}

#[test]
fn a_retry_after_failure_on_the_server_is_a_new_job_under_a_new_key() {
    let (rules, now) = (rules(false, true), Timestamp::UNIX_EPOCH);
    let mut job = job();
    let key = job.idempotency_key();
    let tell = |job: &mut Job, news| {
        let attempt = job.attempt;
        step(job, Input::News { attempt, news }, &rules, now).unwrap()
    };
    tell(&mut job, News::Sending);
    assert_eq!(job.idempotency_key(), key, "the same wish, the same key");
    tell(&mut job, News::Submitted(Submitted::of("1", Kept::new())));
    tell(&mut job, News::Reported(Report::of(RemoteState::failed(Some("no footage".into())))));
    assert_eq!(job.state.failure().unwrap().code, ErrorCode::JobFailed);
    step(&mut job, Input::Order(Order::Retry), &rules, now).unwrap();
    assert_ne!(job.idempotency_key(), key, "a new job needs a new key");
    assert_eq!(job.state, State::Active(Stage::Submit(Submit { sent: false })));
}

#[test]
fn a_request_that_may_have_arrived_is_not_sent_twice_without_asking() {
    let (rules, now) = (rules(false, false), Timestamp::UNIX_EPOCH);
    let mut job = job();
    let attempt = job.attempt;
    step(&mut job, Input::News { attempt, news: News::Sending }, &rules, now).unwrap();
    let revived = step(&mut job, Input::Revived, &rules, now).unwrap();
    assert!(!revived.effects.contains(&Effect::Work), "nothing is sent");
    assert_eq!(job.state.failure().unwrap().code, ErrorCode::JobCreationFailed);
}

#[test]
fn the_end_of_trouble_is_saved_although_nothing_else_is_new() {
    let (rules, now) = (rules(false, true), Timestamp::UNIX_EPOCH);
    let mut job = job();
    let tell = |job: &mut Job, news| {
        let attempt = job.attempt;
        step(job, Input::News { attempt, news }, &rules, now).unwrap()
    };
    tell(&mut job, News::Submitted(Submitted::of("1", Kept::new())));
    let failure = Failure::new(ErrorCode::NetworkError, "Something went wrong");
    let remedy = Remedy::Rest(Duration::from_secs(1));
    tell(&mut job, News::Troubled { failure, remedy, budget: Budget::default() });
    let attempt = job.attempt;
    step(&mut job, Input::Rested { attempt }, &rules, now).unwrap();
    let told = tell(&mut job, News::Reported(Report::of(RemoteState::Waiting)));
    assert_eq!(job.troubled_since, None);
    assert!(told.changed, "else a restart would still see the trouble");
}

#[test]
fn stalled_is_shown_and_not_failed_and_the_deadline_can_be_extended() {
    let rules = rules(false, true);
    let mut now = Timestamp::UNIX_EPOCH;
    let mut job = job();
    let tell = |job: &mut Job, news, now| {
        let attempt = job.attempt;
        step(job, Input::News { attempt, news }, &rules, now).unwrap()
    };
    tell(&mut job, News::Submitted(Submitted::of("1", Kept::new())), now);
    now += Duration::from_mins(11);
    tell(&mut job, News::Reported(Report::of(RemoteState::Waiting)), now);
    assert!(snapshot(&job, &Live::default()).stalled, "no news for eleven minutes");
    now += Duration::from_mins(20);
    tell(&mut job, News::Reported(Report::of(RemoteState::Waiting)), now);
    assert_eq!(job.state.failure().unwrap().code, ErrorCode::JobTimeout);
    step(&mut job, Input::Order(Order::Extend(Duration::from_hours(1))), &rules, now).unwrap();
    assert!(
        matches!(&job.state, State::Active(Stage::Follow(follow)) if follow.remote.id == "1"),
        "the same server job"
    );
}
