//! The rules of a job's life, one by one.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{AtServer, ErrorCode, Method, Phase, WaitingFor};

use super::{Life, failed, job, kept, landed_file, notes, report, rules, shot, trouble};
use crate::connector::{Kept, RemoteState, Report, Submitted};
use crate::job::*;
use crate::retry::Budget;

#[test]
fn each_step_is_saved_before_the_next_and_a_restart_repeats_the_one_in_flight_only() {
    let mut life = Life::of(rules(false, false));
    life.tell(News::Sending);
    let done = life.tell(News::Stepped { remote_id: Some("1".into()), kept: kept("draft", "d") });
    assert!(done.changed, "saved before the next is sent");
    life.tell(News::Sending);
    life.reads_back();
    let revived = life.take(Input::Revived);
    let State::Active(Stage::Submit(submit)) = &life.job.state else { panic!("{:?}", life.job.state) };
    assert_eq!((submit.step, submit.remote_id.as_deref()), (1, Some("1")), "the first step is not repeated");
    assert!(revived.effects.contains(&Effect::Work), "its job is known, so nothing can be doubled");
    life.tell(News::Submitted(Submitted::of("1", kept("task", "t"))));
    let remote = life.job.state.remote().expect("followed");
    assert_eq!(remote.kept, Kept::from([("draft".into(), "d".into()), ("task".into(), "t".into())]), "one namespace");
}

#[test]
fn full_queue_of_the_server_uses_up_nothing_and_is_tried_again() {
    let mut life = Life::of(rules(false, true));
    let used = Budget::default();
    life.tell(News::Sending);
    let busy = life.tell(News::Busy {
        note: "The server's queue is full; the request waits here".into(),
        wait: Duration::from_secs(15),
        words: Some("Ten exports at once".into()),
    });
    assert_eq!(life.job.budget, used);
    assert!(busy.effects.contains(&Effect::WakeAt(life.now + Duration::from_secs(15))), "{busy:?}");
    let seen = shot(&life);
    assert_eq!((seen.phase, seen.error), (Phase::Queued, None), "no trouble");
    assert_eq!(
        (seen.waiting_for, seen.message.as_deref()),
        (Some(WaitingFor::ServerQueue), Some("Ten exports at once"))
    );
    let woken = life.wake();
    assert!(woken.effects.contains(&Effect::Work));
    assert_eq!(life.job.state, State::Active(Stage::Submit(Submit::default())), "and surely not sent yet");
}

/// A job that is not asked for before then.
fn at(time: Timestamp) -> Life {
    let wish = Wish { not_before: Some(time), ..(*job().wish).clone() };
    Life { job: Job::new(wish), ..Life::of(rules(true, true)) }
}

#[test]
fn wish_with_a_time_of_its_own_waits_for_it_over_pauses_and_restarts() {
    let time = Timestamp::UNIX_EPOCH + Duration::from_hours(3);
    let mut life = at(time);
    assert_eq!(life.take(Input::Revived).effects, [Effect::WakeAt(time)], "nothing is sent before");
    let seen = shot(&life);
    assert_eq!((seen.phase, seen.waiting_for, seen.resting_until), (Phase::Queued, Some(WaitingFor::Time), Some(time)));

    life.order(Order::Pause);
    life.passes(Duration::from_hours(1));
    assert!(life.order(Order::Resume).effects.contains(&Effect::WakeAt(time)), "who goes on still waits for the time");
    life.passes(Duration::from_hours(1));
    assert_eq!(life.reads_back().take(Input::Revived).effects, [Effect::WakeAt(time)]);

    assert_eq!(
        life.order(Order::LookAgain).effects,
        [Effect::WakeAt(time)],
        "a machine that woke up sends nothing early"
    );

    life.passes(Duration::from_hours(1));
    assert!(life.wake().effects.contains(&Effect::Work), "its time has come");
    assert_eq!(life.job.state, State::Active(Stage::Submit(Submit::default())));
}

#[test]
fn wish_with_a_time_of_its_own_is_sent_at_once_at_a_persons_word() {
    let time = Timestamp::UNIX_EPOCH + Duration::from_hours(3);
    let mut life = at(time);
    life.take(Input::Revived);
    assert!(life.order(Order::Resume).effects.contains(&Effect::Work), "now rather than then");

    life.tell(News::Sending);
    life.tell(News::Busy { note: "Full".into(), wait: Duration::from_secs(15), words: None });
    let woken = life.reads_back().take(Input::Revived);
    assert!(woken.effects.contains(&Effect::Work), "the time that was set is over for good: {woken:?}");

    let mut late = at(time);
    late.passes(Duration::from_hours(9));
    assert!(late.take(Input::Revived).effects.contains(&Effect::Work), "the machine slept through its time");
}

#[test]
fn answer_that_says_done_needs_no_poll() {
    let mut life = Life::of(rules(false, true));
    life.tell(News::Sending);
    let done = Submitted { report: Some(Report::of(RemoteState::Ready)), ..Submitted::of("1", Kept::new()) };
    life.tell(News::Submitted(done));
    assert!(matches!(&life.job.state, State::Active(Stage::Resolve(resolve)) if resolve.remote.id == "1"));
}

#[test]
fn request_that_may_have_arrived_is_not_sent_twice_without_asking() {
    let mut life = Life::of(rules(false, false));
    life.tell(News::Sending);
    let revived = life.reads_back().take(Input::Revived);
    assert!(!revived.effects.contains(&Effect::Work), "nothing is sent");
    assert_eq!(life.job.state.failure().unwrap().code, ErrorCode::JobCreationFailed);
    let retried = life.order(Order::Retry);
    assert!(retried.effects.contains(&Effect::Work), "a person said so");
    assert_eq!(life.job.round, 0, "it is the same request");
}

#[test]
fn pause_in_the_middle_of_a_request_does_not_double_it_either() {
    let mut life = Life::of(rules(false, false));
    life.tell(News::Sending);
    life.order(Order::Pause);
    let resumed = life.order(Order::Resume);
    assert!(!resumed.effects.contains(&Effect::Work), "its answer was never read");
    assert_eq!(life.job.state.failure().unwrap().code, ErrorCode::JobCreationFailed);
}

#[test]
fn request_of_unknown_fate_is_looked_for_where_there_is_a_list() {
    let listing = || Life::of(Rules { lists: true, ..rules(true, false) });
    let mut life = listing();
    life.tell(News::Sending);
    assert!(life.take(Input::Revived).effects.contains(&Effect::Work), "to look, and only then to send");
    let found = News::Adopted { submitted: Submitted::of("9", Kept::new()), note: "Found".into() };
    assert_eq!(notes(&life.tell(found)), ["Found"]);
    assert_eq!(life.job.state.remote_id(), Some("9"));

    let mut life = listing();
    life.tell(News::Sending);
    life.take(Input::Revived);
    life.tell(News::NotTaken { note: Some("Sent again".into()) });
    assert_eq!(life.job.state, State::Active(Stage::Submit(Submit::default())), "the same attempt sends it again");

    let mut life = listing();
    life.tell(News::Sending);
    life.order(Order::Cancel);
    assert!(matches!(life.job.state, State::Cancelling(Cancel::Learn(_))), "to cancel it, its id is needed");
    life.tell(News::NotTaken { note: None });
    assert_eq!(life.job.state, State::Cancelled { remote: None }, "and nothing is sent to be cancelled");
}

#[test]
fn cancel_is_told_to_the_server_and_its_last_word_is_waited_for() {
    let mut life = Life::of(rules(true, true));
    life.submitted("1");
    let wanted = life.order(Order::Cancel);
    assert!(wanted.effects.contains(&Effect::Work), "the server is told");
    life.tell(News::CancelHeard);
    assert!(matches!(&life.job.state, State::Cancelling(Cancel::Await { remote, .. }) if remote.id == "1"));
    life.tell(report(RemoteState::Preparing));
    assert!(matches!(life.job.state, State::Cancelling(_)), "it has not stopped yet");
    let ended = life.tell(failed("Job was cancelled"));
    assert!(matches!(life.job.state, State::Cancelled { .. }), "we asked for it, so it is no failure (M-5)");
    assert!(notes(&ended)[0].contains("Job was cancelled"), "{ended:?}");
}

#[test]
fn cancel_that_comes_too_late_says_that_the_result_is_there() {
    let mut life = Life::of(rules(true, true));
    life.submitted("1");
    life.order(Order::Cancel);
    life.tell(News::CancelHeard);
    let ended = life.tell(report(RemoteState::Ready));
    assert!(matches!(life.job.state, State::Cancelled { .. }));
    assert!(notes(&ended)[0].contains("had finished before"), "{ended:?}");
}

#[test]
fn server_that_never_says_that_it_stopped_does_not_hold_the_cancel_for_ever() {
    let mut life = Life::of(rules(true, true));
    life.submitted("1");
    life.order(Order::Cancel);
    let heard = life.tell(News::CancelHeard);
    let until = life.now + Duration::from_mins(5);
    assert!(heard.effects.contains(&Effect::WakeAt(until)), "{heard:?}");
    life.now = until;
    life.wake();
    assert!(matches!(life.job.state, State::Cancelled { .. }));
}

#[test]
fn job_that_somebody_else_cancelled_has_failed() {
    for ended in [failed("Job was cancelled"), report(RemoteState::Cancelled)] {
        let mut life = Life::of(rules(true, true));
        life.submitted("1");
        life.tell(ended);
        assert_eq!(life.job.state.failure().unwrap().code, ErrorCode::JobFailed, "nobody here asked for it (M-5)");
    }
}

#[test]
fn job_that_failed_on_the_server_is_tried_once_by_the_fallback() {
    let mut life = Life::of(Rules { falls_back: true, ..rules(false, true) });
    let key = life.job.idempotency_key();
    life.submitted("1");
    let fell = life.tell(failed("The exporter crashed"));
    assert_eq!((life.job.method(), life.job.round), (Method::Fallback, 0));
    assert_ne!(life.job.idempotency_key(), key, "else the server would give the failed job again");
    assert!(fell.effects.contains(&Effect::Work), "by itself");
    let told = notes(&fell).join("; ");
    assert!(told.contains("The exporter crashed") && told.contains("fallback"), "{told}");
    life.reads_back().submitted("2");
    life.tell(report(RemoteState::Ready));
    life.tell(News::Resolved);
    life.tell(News::Landed(vec![landed_file(true)]));
    assert_eq!((shot(&life).phase, shot(&life).method), (Phase::Landed, Method::Fallback), "the outcome says by which");
}

#[test]
fn both_reasons_are_told_when_the_fallback_fails_too_and_a_retry_begins_with_the_first_way() {
    let both = |second: fn(&mut Life)| {
        let mut life = Life::of(Rules { falls_back: true, ..rules(false, true) });
        life.submitted("1");
        life.tell(failed("The exporter crashed"));
        second(&mut life);
        let failure = life.job.state.failure().expect("both failed").clone();
        assert_eq!(failure.code, ErrorCode::JobFailed);
        assert!(failure.message.contains("The exporter crashed"), "{failure}");
        let details = failure.details.expect("both reasons");
        assert_eq!(details["primary"]["code"], "EXPORT_003", "{details}");
        assert!(details["fallback"]["message"].is_string(), "{details}");
        life.order(Order::Retry);
        assert_eq!((life.job.method(), life.job.round), (Method::Primary, 1));
        assert_eq!(life.job.state, State::Active(Stage::Submit(Submit::default())));
    };
    both(|life| {
        life.submitted("2");
        life.tell(failed("No disk"));
        assert_eq!(life.job.past, ["1"], "still known to be ours");
    });
    both(|life| {
        life.tell(News::Sending);
        life.tell(trouble(ErrorCode::JobCreationFailed, Remedy::Fail));
    });
}

#[test]
fn what_was_cancelled_on_the_server_is_not_tried_by_the_fallback() {
    let mut life = Life::of(Rules { falls_back: true, ..rules(false, true) });
    life.submitted("1");
    life.tell(report(RemoteState::Cancelled));
    assert_eq!(life.job.method(), Method::Primary, "somebody did not want it");
}

fn landed(rules: Rules, extract: bool) -> Life {
    let mut life = Life::of(rules);
    std::sync::Arc::make_mut(&mut life.job.wish).extract = extract;
    life.submitted("1");
    life.tell(report(RemoteState::Ready));
    life.tell(News::Resolved);
    life.tell(News::Landed(vec![landed_file(true)]));
    life
}

#[test]
fn extraction_is_a_stage_of_its_own_and_survives_a_restart() {
    let mut life = landed(rules(true, true), true);
    assert_eq!((shot(&life).phase, shot(&life).files.len()), (Phase::Extracting, 1), "it is under its name already");
    assert!(life.refused(Order::Cancel).contains("landed already"));
    assert!(life.reads_back().take(Input::Revived).effects.contains(&Effect::Work));
    let extracted = Extracted { folder: "/tmp/a".into(), files: 3 };
    life.tell(News::Finished { extraction: Extraction::Done(extracted), notes: Vec::new() });
    let seen = shot(&life);
    assert_eq!((seen.phase, seen.extracted.map(|done| done.files)), (Phase::Landed, Some(3)));
    let plain = landed(rules(true, true), false);
    assert_eq!(shot(&plain).phase, Phase::Landed, "nobody asked for it");
}

#[test]
fn what_goes_wrong_after_the_landing_takes_no_file_back() {
    for code in [ErrorCode::JobFailed, ErrorCode::ResultExpired, ErrorCode::DiskError] {
        let mut life = landed(rules(true, true), true);
        life.tell(trouble(code, Remedy::Fail));
        assert_eq!((shot(&life).phase, shot(&life).files.len()), (Phase::Landed, 1), "{code:?}");
        life.order(Order::Retry);
        assert_eq!(shot(&life).phase, Phase::Extracting, "unpacked again from the landed file");

        let mut life = landed(Rules { acknowledges: true, ..rules(true, true) }, false);
        life.tell(trouble(code, Remedy::Fail));
        assert_eq!((shot(&life).phase, shot(&life).files.len()), (Phase::Landed, 1), "{code:?} of an acknowledgement");
    }
}

#[test]
fn deletion_goes_on_until_it_is_done_or_refused() {
    let mut life = landed(Rules { deletes: true, ..rules(false, true) }, false);
    assert!(life.order(Order::Delete).effects.contains(&Effect::Work));
    assert!(!life.job.state.is_end(), "a restart goes on with it");
    life.tell(trouble(ErrorCode::NetworkError, Remedy::Rest(Duration::from_secs(1))));
    assert!(life.wake().effects.contains(&Effect::Work), "tried again");
    life.tell(News::Deleted { note: "Gone".into() });
    assert_eq!((shot(&life).phase, shot(&life).at_server), (Phase::Landed, AtServer::Deleted));
    life.refused(Order::Delete);

    let mut life = landed(Rules { deletes: true, ..rules(false, true) }, false);
    life.order(Order::Delete);
    life.tell(trouble(ErrorCode::JobFailed, Remedy::Fail));
    assert_eq!(shot(&life).at_server, AtServer::Kept, "and the job stays landed");
}

#[test]
fn what_nothing_vouched_for_is_not_deleted_on_the_server() {
    let mut life = Life::of(Rules { deletes: true, ..rules(false, true) });
    life.submitted("1");
    life.refused(Order::Delete);
    life.tell(report(RemoteState::Ready));
    life.tell(News::Resolved);
    life.tell(News::Landed(vec![landed_file(false)]));
    assert!(life.refused(Order::Delete).contains("may be the only good one"));
}

#[test]
fn looking_again_ends_every_wait_and_leaves_a_request_in_flight_alone() {
    let mut life = Life::of(rules(false, true));
    life.tell(News::Sending);
    assert_eq!(life.order(Order::LookAgain), Step::default(), "its fate would become unknown");
    life.tell(News::Submitted(Submitted::of("1", Kept::new())));
    assert!(life.order(Order::LookAgain).effects.contains(&Effect::Work), "asked for at once");
    life.tell(trouble(ErrorCode::NetworkError, Remedy::Rest(Duration::from_hours(1))));
    assert!(life.order(Order::LookAgain).effects.contains(&Effect::Work), "rests no longer");
    assert!(matches!(life.job.state, State::Active(Stage::Follow(_))));
    life.order(Order::Pause);
    assert_eq!(life.order(Order::LookAgain), Step::default(), "a person paused it");
}
