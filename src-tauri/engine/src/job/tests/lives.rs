//! Properties of the job machine, over random lives.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{AtServer, ErrorCode, Failure};
use proptest::prelude::*;

use super::{job, landed_file, rules};
use crate::connector::{Kept, RemoteState, Report, Submitted};
use crate::job::*;
use crate::retry::Budget;
use crate::transfer::Clash;

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
    let submitted = || {
        proptest::option::of(report()).prop_map(|report| Submitted { report, ..Submitted::of("abc-123", Kept::new()) })
    };
    let extraction = prop_oneof![
        Just(Extraction::NotWanted),
        Just(Extraction::Done(Extracted { folder: "/tmp/a".into(), files: 3 })),
        Just(Extraction::Failed(Failure::new(ErrorCode::ExtractionFailed, "It is no package"))),
    ];
    prop_oneof![
        1 => Just(News::Sending),
        1 => Just(News::NotTaken { note: None }),
        1 => proptest::option::of(Just("step-1".to_owned()))
            .prop_map(|remote_id| News::Stepped { remote_id, kept: Kept::new() }),
        1 => (0..100_u64).prop_map(|seconds| News::Busy { note: String::new(), wait: Duration::from_secs(seconds), words: None }),
        3 => submitted().prop_map(News::Submitted),
        1 => submitted().prop_map(|submitted| News::Adopted { submitted, note: "found".into() }),
        3 => report().prop_map(News::Reported),
        1 => report().prop_map(|report| News::Heard { report, event_id: Some("7".into()) }),
        1 => Just(News::Silent),
        1 => Just(News::NothingYet),
        2 => Just(News::Resolved),
        2 => any::<bool>().prop_map(|verified| News::Landed(vec![landed_file(verified)])),
        1 => extraction.prop_map(|extraction| News::Finished { extraction, notes: Vec::new() }),
        1 => Just(News::CancelTold { note: "told".into() }),
        1 => Just(News::CancelHeard),
        1 => Just(News::Deleted { note: "gone".into() }),
        2 => (code, remedy).prop_map(|(code, remedy)| News::Troubled {
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
        Just(Order::RetryAsNew),
        Just(Order::Prioritize(Priority::HIGH)),
        Just(Order::Settle(Clash::Replace)),
        Just(Order::Extend(Duration::from_mins(5))),
        Just(Order::SignedIn),
        Just(Order::LookAgain),
        Just(Order::Delete),
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
    let abilities = proptest::collection::vec(any::<bool>(), 6);
    let rules = (abilities, proptest::option::of(1..30_u32)).prop_map(|(can, poll_limit)| Rules {
        poll_limit,
        lists: can[2],
        falls_back: can[3],
        deletes: can[4],
        acknowledges: can[5],
        ..rules(can[0], can[1])
    });
    (rules, proptest::collection::vec(happening(), 0..60))
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
            assert_eq!(stripped(&read), stripped(job), "read back as written");
            let (ended, landed) = (read.state.is_end(), matches!(read.state, State::Landed { .. }));
            step(&mut read, Input::Revived, &rules, job.updated_at).unwrap();
            if ended {
                assert_eq!(stripped(&read), stripped(job), "what has ended stays ended");
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
                prop_assert!(matches!(job.state, State::Cancelling(_) | State::Cancelled { .. }), "{:?}", job.state);
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
            let same = stripped(before) == stripped(after);
            assert!(same || step.changed, "changed without being saved: {before:?} to {after:?}");
        });
    }

    #[test]
    fn nothing_is_sent_twice_that_nobody_can_tell_from_a_second_wish((rules, happenings) in life()) {
        live(&rules, happenings, |before, after, input, step| {
            let unknown = match &after.state {
                State::Active(Stage::Submit(submit)) | State::Cancelling(Cancel::Learn(submit)) => submit.is_fate_unknown(),
                _ => false,
            };
            if unknown && step.effects.contains(&Effect::Work) {
                let sought = rules.lists && after.route == Route::Primary;
                assert!(rules.idempotent || sought, "{input:?} on {before:?}");
            }
        });
    }

    #[test]
    fn each_server_job_has_a_key_of_its_own_and_is_remembered((rules, happenings) in life()) {
        live(&rules, happenings, |before, after, _, _| {
            let begins_anew = before.round != after.round || before.method() != after.method();
            assert_eq!(before.idempotency_key() != after.idempotency_key(), begins_anew);
            assert_eq!(before.ticket() != after.ticket(), begins_anew, "nor is a half-fetched file taken for another's");
            if let (true, Some(earlier)) = (begins_anew, before.state.remote_id()) {
                assert!(after.past.iter().any(|past| past == earlier), "{earlier} is still known to be ours");
            }
        });
    }

    #[test]
    fn the_fallback_is_taken_once_a_round_and_tells_both_reasons_when_it_fails_too((rules, happenings) in life()) {
        live(&rules, happenings, |before, after, _, _| {
            if before.route == Route::Primary && after.route != Route::Primary {
                assert!(rules.falls_back, "only where there is one");
            }
            if before.route != Route::Primary && after.route == Route::Primary {
                assert_eq!(after.round, before.round + 1, "back to the first way only with a new round");
            }
            if let (Route::Fallback { .. }, State::Failed { failure, .. }) = (&after.route, &after.state)
                && matches!(failure.code, ErrorCode::JobFailed)
            {
                let details = failure.details.as_ref().unwrap();
                assert!(details.get("primary").is_some() && details.get("fallback").is_some(), "{details}");
            }
        });
    }

    #[test]
    fn the_servers_copy_is_deleted_only_after_it_landed_verified((rules, happenings) in life()) {
        live(&rules, happenings, |_, after, _, _| {
            if let State::Landed { files, at_server: AtServer::Deleting | AtServer::Deleted, .. } = &after.state {
                assert!(rules.deletes && files.iter().all(|file| file.vouched.is_verified()), "{files:?}");
            }
        });
    }

    #[test]
    fn what_landed_stays_landed((rules, happenings) in life()) {
        live(&rules, happenings, |before, after, _, _| {
            assert!(
                before.state.files().is_empty() || before.state.files() == after.state.files(),
                "from {before:?} to {after:?}"
            );
        });
    }

    #[test]
    fn every_state_has_a_way_out((rules, happenings) in life()) {
        let (job, now) = live(&rules, happenings, |_, _, _, _| {});
        prop_assert!(reaches_an_end(job, &rules, now), "a helpful server and person bring every job to an end");
    }
}

/// Without what is kept in memory, and saved along with anything else.
fn stripped(job: &Job) -> Job {
    let mut job = Job { updated_at: Timestamp::UNIX_EPOCH, ..job.clone() };
    if let State::Active(stage)
    | State::Paused { stage }
    | State::Resting { stage, .. }
    | State::NeedsSignIn { stage, .. }
    | State::Failed { next: stage, .. } = &mut job.state
        && let Stage::Follow(follow) = stage
    {
        (follow.polls_left, follow.ready_at, follow.silent) = (None, None, false);
    }
    job
}

/// Drives the job as a server that works and a person who helps would.
fn reaches_an_end(mut job: Job, rules: &Rules, mut now: Timestamp) -> bool {
    step(&mut job, Input::Revived, rules, now).unwrap();
    for _ in 0..30 {
        now += Duration::from_secs(1);
        let attempt = job.attempt;
        let news = |news| Input::News { attempt, news };
        let input = match &job.state {
            State::Landed { at_server: AtServer::Kept | AtServer::Deleted, .. } | State::Cancelled { .. } => {
                return true;
            }
            State::Landed { at_server: AtServer::Deleting, .. } => news(News::Deleted { note: String::new() }),
            State::Active(Stage::Submit(_)) | State::Cancelling(Cancel::Learn(_)) => {
                news(News::Submitted(Submitted::of("1", Kept::new())))
            }
            State::Active(Stage::Follow(_)) => news(News::Reported(Report::of(RemoteState::Ready))),
            State::Active(Stage::Resolve(_)) => news(News::Resolved),
            State::Active(Stage::Download(_)) => news(News::Landed(Vec::new())),
            State::Active(Stage::Finish(_)) => {
                news(News::Finished { extraction: Extraction::NotWanted, notes: Vec::new() })
            }
            State::Cancelling(Cancel::Tell(_) | Cancel::Await { .. }) => news(News::CancelTold { note: String::new() }),
            State::Resting { .. } | State::Queued { .. } => Input::Rested { attempt },
            State::NeedsSignIn { .. } => Input::Order(Order::SignedIn),
            State::Paused { .. } => Input::Order(Order::Resume),
            State::Failed { .. } | State::Expired { .. } => Input::Order(Order::Retry),
        };
        step(&mut job, input, rules, now).unwrap();
    }
    false
}
