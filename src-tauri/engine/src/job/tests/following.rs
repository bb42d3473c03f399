//! The rules of following a server's job: what counts, what is judged by the clock, what is shown.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Phase, WaitingFor};

use super::{Life, kept, report, rules, shot, trouble};
use crate::connector::{Eta, RemoteState, Report};
use crate::job::*;

#[test]
fn polls_are_counted_and_extend_goes_on_with_the_same_server_job() {
    let mut life = Life::of(Rules { poll_limit: Some(3), ..rules(false, true) });
    life.submitted("1");
    life.tell(News::Heard { report: Report::of(RemoteState::Preparing), event_id: None });
    for _ in 0..2 {
        let polled = life.tell(report(RemoteState::Preparing));
        assert!(!polled.changed, "a poll that tells nothing new costs no write");
    }
    life.tell(report(RemoteState::Preparing));
    assert_eq!(life.job.state.failure().unwrap().code, ErrorCode::JobTimeout);
    life.order(Order::Extend(Duration::from_hours(1)));
    for _ in 0..10 {
        life.tell(report(RemoteState::Preparing));
    }
    assert_eq!(life.job.state.remote_id(), Some("1"), "the same job, and only the time counts now");
    assert_eq!(life.job.state.failure(), None);
}

#[test]
fn stalled_is_shown_and_not_failed_and_the_deadline_can_be_extended() {
    let mut life = Life::of(rules(false, true));
    life.submitted("1");
    life.passes(Duration::from_mins(11));
    life.tell(report(RemoteState::Waiting));
    assert!(shot(&life).stalled, "no news for eleven minutes");
    life.passes(Duration::from_mins(20));
    life.tell(report(RemoteState::Waiting));
    assert_eq!(life.job.state.failure().unwrap().code, ErrorCode::JobTimeout);
    life.order(Order::Extend(Duration::from_hours(1)));
    assert!(matches!(&life.job.state, State::Active(Stage::Follow(follow)) if follow.remote.id == "1"), "the same job");
}

#[test]
fn twice_the_estimate_is_stalled_although_news_comes() {
    let mut life = Life::of(Rules { estimate: Some(Duration::from_mins(2)), ..rules(false, true) });
    life.submitted("1");
    for minute in 0..4_u32 {
        let told = Report { percent: Some(f64::from(minute)), ..Report::of(RemoteState::Preparing) };
        life.tell(News::Reported(told));
        assert!(!shot(&life).stalled, "minute {minute}");
        life.passes(Duration::from_mins(1));
    }
    life.tell(News::Reported(Report { percent: Some(5.0), ..Report::of(RemoteState::Preparing) }));
    assert!(shot(&life).stalled, "it takes four minutes and more");
}

#[test]
fn silence_is_judged_by_the_clock_and_not_by_the_next_answer() {
    let mut life = Life::of(rules(false, true));
    let followed = life.submitted("1");
    assert!(followed.effects.contains(&Effect::WakeAt(life.now + Duration::from_mins(10))), "{followed:?}");
    life.passes(Duration::from_mins(10));
    let woken = life.wake();
    assert!(shot(&life).stalled && woken.changed);
    assert!(woken.effects.contains(&Effect::WakeAt(Timestamp::UNIX_EPOCH + Duration::from_mins(30))), "{woken:?}");
    life.passes(Duration::from_mins(20));
    assert!(life.wake().effects.contains(&Effect::StopWork), "nobody asks on");
    assert_eq!(life.job.state.failure().unwrap().code, ErrorCode::JobTimeout);
}

#[test]
fn deadline_that_passed_while_nobody_looked_counts_only_after_the_server_was_asked() {
    let mut life = Life::of(rules(false, true));
    life.submitted("1");
    life.passes(Duration::from_hours(10));
    let revived = life.reads_back().take(Input::Revived);
    assert!(revived.effects.contains(&Effect::WakeAt(life.now + Duration::from_mins(1))), "{revived:?}");
    life.tell(report(RemoteState::Ready));
    assert!(matches!(life.job.state, State::Active(Stage::Resolve(_))), "it was done all along");
}

#[test]
fn what_the_server_tells_is_shown() {
    let mut life = Life::of(rules(false, true));
    life.submitted("1");
    let expires_at = Some(life.now + Duration::from_hours(1));
    let told = Report {
        stage: Some("Rendering".into()),
        message: Some("Frame 7 of 10".into()),
        percent: Some(70.0),
        queue_position: Some(3),
        eta: Some(Eta::In(Duration::from_secs(30))),
        size: Some(4_096),
        expires_at,
        kept: kept("export", "e7"),
        ..Report::of(RemoteState::Preparing)
    };
    life.tell(News::Heard { report: told, event_id: Some("41".into()) });
    let seen = shot(life.reads_back());
    assert_eq!((seen.stage.as_deref(), seen.message.as_deref()), (Some("Rendering"), Some("Frame 7 of 10")));
    assert_eq!((seen.queue_position, seen.total, seen.expires_at), (Some(3), Some(4_096), expires_at));
    assert_eq!(seen.ready_at, Some(life.now + Duration::from_secs(30)));
    let State::Active(Stage::Follow(follow)) = &life.job.state else { panic!("followed") };
    assert_eq!(follow.last_event_id.as_deref(), Some("41"), "saved with its news");
    assert_eq!(follow.remote.kept, kept("export", "e7"), "for the steps to come");
    life.tell(News::Silent);
    assert_eq!(shot(&life).waiting_for, Some(WaitingFor::Server));
    life.tell(News::Reported(Report { unchanged: true, ..Report::of(RemoteState::Waiting) }));
    assert_eq!((shot(&life).waiting_for, shot(&life).phase), (None, Phase::Preparing), "unchanged says just that");
}

#[test]
fn end_of_trouble_is_saved_although_nothing_else_is_new() {
    let mut life = Life::of(rules(false, true));
    life.submitted("1");
    life.tell(trouble(ErrorCode::NetworkError, Remedy::Rest(Duration::from_secs(1))));
    life.wake();
    let told = life.tell(report(RemoteState::Waiting));
    assert_eq!(life.job.troubled_since, None);
    assert!(told.changed, "else a restart would still see the trouble");
}
