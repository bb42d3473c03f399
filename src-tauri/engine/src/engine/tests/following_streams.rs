//! A job that is followed by a stream: what the stream says, what it leaves out, and when the server is asked besides.

use std::time::Duration;

use landfall_wire::{JobSnapshot, Phase, WaitingFor};
use serde_json::{Value, json};

use super::Face;
use super::stage::{OPEN, Stage};

fn at(percent: f64) -> impl FnMut(&JobSnapshot) -> bool {
    move |shot| shot.server_percent == Some(percent)
}

#[tokio::test]
async fn what_the_stream_says_is_believed_and_one_snapshot_is_enough() {
    let mut stage = Stage::own();
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    stage.bed.desk.asked("GET /jobs/1", 1).await;
    stream.news("1", &json!({ "state": "running", "percent": 40 }));
    face.until(at(40.0)).await;
    stream.news("2", &json!({ "state": "running", "percent": 30, "stage": "again" }));
    let back = face.until(at(30.0)).await;
    assert_eq!((back.stage.as_deref(), back.phase), (Some("again"), Phase::Preparing), "a percent may fall back");
    stream.news("3", &json!({ "state": "completed" })).news("4", &json!({ "state": "running", "percent": 1 }));
    face.in_phase(Phase::Landed).await;
    stream.left().await;
    assert_eq!((stage.polls(), stage.streams()), (1, 1), "asked once, right after the opening");
}

/// C-4.
#[tokio::test]
async fn silence_is_filled_with_a_question_every_fifteen_seconds_that_is_none_of_the_thirty_tries() {
    let mut stage = Stage::shared();
    stage.mind().nothing = 3 + 29;
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    stream.say("data: {\"jobs\":[{\"id\":\"1\",\"state\":\"running\"}]}\n\n");
    face.in_phase(Phase::Preparing).await;
    for asked in 1..=3 {
        // A word for another job is none of this one.
        stream.say("data: {\"jobs\":[{\"id\":\"7\",\"state\":\"completed\"}]}\n\n: still here\n\n");
        let seconds = stage.passes(|stage| stage.bed.desk.count("GET /results/1") >= asked).await;
        assert!((15..30).contains(&seconds), "question {asked} came after {seconds} s");
        let waiting = face.until(|shot| shot.waiting_for.is_some()).await;
        assert_eq!(waiting.waiting_for, Some(WaitingFor::Server), "it is said that the server is waited for");
    }
    stream.say("data: {\"jobs\":[{\"id\":\"1\",\"state\":\"running\"}]}\n\n");
    face.until(|shot| shot.waiting_for.is_none()).await;
    stream.say("data: {\"jobs\":[{\"id\":\"1\",\"state\":\"completed\"}]}\n\n");
    stage.passes(|stage| stage.bed.desk.count("GET /results/1") == 3 + 30).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!(landed.files.len(), 1);
    assert_eq!(stage.bed.desk.count("GET /results/1"), 3 + 30, "thirty tries besides those three");
    stream.left().await;
}

/// M-4.
#[tokio::test]
async fn stream_that_cannot_be_had_is_replaced_by_polling_and_believed_again_once_it_is_open() {
    let mut stage = Stage::own();
    stage.mind().refusal = Some(503);
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    stage.passes(|stage| stage.streams() == 5).await;
    assert_eq!(stage.polls(), 0, "within the first tries the stream is waited for");
    stage.passes(|stage| stage.polls() >= 4).await;
    let tried = stage.streams();
    stage.passes(|stage| stage.streams() > tried).await;
    stage.mind().refusal = None;
    let mut opened = None;
    stage.passes(|_| true).await;
    while opened.is_none() {
        stage.bed.clock.advance(Duration::from_secs(1));
        stage.settle().await;
        opened = stage.speakers.try_recv().ok();
    }
    let stream = opened.expect("the stream is tried meanwhile");
    stream.say(OPEN).news("1", &json!({ "state": "running", "percent": 10 }));
    face.until(at(10.0)).await;
    let asked = stage.polls();
    stage.passes(|stage| stage.polls() == asked + 1).await;
    stage.settle().await;
    let (asked, opened) = (stage.polls(), stage.streams());
    let seconds = stage.passes(|stage| stage.polls() > asked).await;
    assert!(seconds >= 19, "an open stream is believed until its silence is over, not for {seconds} s only");
    assert_eq!(stage.streams(), opened, "and kept");
    stream.news("2", &json!({ "state": "completed" }));
    face.in_phase(Phase::Landed).await;
}

#[tokio::test]
async fn what_the_stream_said_before_the_submit_was_answered_is_asked_for() {
    let mut stage = Stage::shared();
    let engine = stage.bed.engine();
    let (_, mut first) = stage.job(&engine).await;
    let stream = stage.stream().await;
    stream.say("data: {\"jobs\":[{\"id\":\"1\",\"state\":\"running\"},{\"id\":\"2\",\"state\":\"completed\"}]}\n\n");
    first.in_phase(Phase::Preparing).await;
    let (_, mut second) = stage.job(&engine).await;
    second.in_phase(Phase::Landed).await;
    assert_eq!(stage.streams(), 1, "and no second stream was opened for it");
    stream.say("data: {\"jobs\":[{\"id\":\"1\",\"state\":\"completed\"}]}\n\n");
    first.in_phase(Phase::Landed).await;
    stream.left().await;
}

#[tokio::test]
async fn event_that_cannot_be_read_is_a_reason_to_ask() {
    for event in ["data: {\"state\": \"comple\n\n", "data: \"\n\n"] {
        let mut stage = Stage::own();
        let engine = stage.bed.engine();
        let (_, mut face) = stage.job(&engine).await;
        let stream = stage.stream().await;
        stage.bed.desk.asked("GET /jobs/1", 1).await;
        stream.news("1", &json!({ "state": "running", "percent": 5 }));
        face.until(at(5.0)).await;
        stage.mind().poll = Some(json!({ "state": "completed" }));
        stream.say(format!("event: news\n{event}"));
        let seconds = stage.passes(|stage| stage.polls() == 2).await;
        assert!(seconds < 15, "{event}: asked for at once, not after the silence: {seconds} s");
        face.in_phase(Phase::Landed).await;
    }
}

#[tokio::test]
async fn thousand_events_that_cannot_be_read_are_no_thousand_questions() {
    let mut stage = Stage::own();
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    stage.bed.desk.asked("GET /jobs/1", 1).await;
    for _ in 0..1_000 {
        stream.say("event: news\ndata: {\n\n");
    }
    stream.news("1", &json!({ "state": "running", "percent": 5 }));
    face.until(at(5.0)).await;
    stage.settle().await;
    assert_eq!(stage.polls(), 1, "the pace of the questions is the poll's");
    stage.passes(|stage| stage.polls() == 2).await;
    let seconds = stage.passes(|stage| stage.polls() == 3).await;
    assert!(seconds >= 19, "one question has answered for all of them: {seconds} s");
}

#[tokio::test]
async fn unknown_words_are_noted_once_and_end_nothing() {
    let mut stage = Stage::own();
    let engine = stage.bed.engine();
    let (id, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    for round in 0..5 {
        stream.say("event: weather\ndata: {\"state\": \"sunny\"}\n\n");
        stream.news("1", &json!({ "state": "pondering", "percent": round }));
    }
    face.until(at(4.0)).await;
    stream.news("2", &json!({ "state": "completed" }));
    face.in_phase(Phase::Landed).await;
    let timeline = stage.bed.timeline(&id);
    for word in ["\"weather\"", "\"pondering\""] {
        assert_eq!(timeline.matches(word).count(), 1, "{word} is noted once:\n{timeline}");
    }
}

#[tokio::test]
async fn event_that_an_answer_has_overtaken_is_dropped() {
    let mut stage = Stage::own();
    stage.mind().poll = None;
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    let poll = stage.speaker().await;
    assert_eq!(poll.call.line, "GET /jobs/1", "the snapshot after the opening");
    stream.news("1", &json!({ "state": "running", "percent": 30 }));
    stream.news("2", &json!({ "state": "pending" }));
    stage.settle().await;
    poll.json(&json!({ "state": "running", "percent": 60 }));
    face.until(|shot| shot.phase == Phase::Preparing).await;
    stream.news("3", &json!({ "state": "running", "stage": "last" }));
    let mut phases = Vec::new();
    face.until(|shot| {
        phases.push((shot.phase, shot.server_percent));
        shot.stage.is_some()
    })
    .await;
    assert!(phases.iter().all(|(phase, _)| *phase == Phase::Preparing), "it did not fall back: {phases:?}");
}

#[tokio::test]
async fn end_that_is_heard_while_a_question_is_on_its_way_counts_whatever_the_answer() {
    for answer in [json!({ "state": "running" }), json!({ "sta": 7 })] {
        let mut stage = Stage::own();
        stage.mind().poll = None;
        let engine = stage.bed.engine();
        let (_, mut face) = stage.job(&engine).await;
        let stream = stage.stream().await;
        let poll = stage.speaker().await;
        stream.news("1", &json!({ "state": "completed" }));
        stage.settle().await;
        poll.json(&answer);
        face.in_phase(Phase::Landed).await;
    }
}

#[tokio::test]
async fn stream_goes_on_after_the_last_event_that_was_saved_also_after_a_restart() {
    let mut stage = Stage::own();
    let engine = stage.bed.engine();
    let (id, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    assert_eq!(stream.call.header("last-event-id"), None, "it begins at the beginning");
    stream.news("a-1", &json!({ "state": "running", "percent": 1 }));
    stream.news("a-2", &json!({ "state": "running", "percent": 2 }));
    face.until(at(2.0)).await;
    *stage.store.lock().unwrap() = None;
    engine.stop().await;
    drop(stream);
    let engine = stage.bed.engine();
    let mut face = Face(engine.carry(&id).await.unwrap());
    let stream = stage.stream().await;
    assert_eq!(stream.call.header("last-event-id"), Some("a-2"));
    // The server goes back in its ids; it is not second-guessed.
    stream.news("a-1", &json!({ "state": "running", "percent": 3 }));
    face.until(at(3.0)).await;
    drop(stream);
    let mut again = None;
    while again.is_none() {
        stage.bed.clock.advance(Duration::from_secs(1));
        stage.settle().await;
        again = stage.speakers.try_recv().ok();
    }
    let stream = again.expect("opened anew");
    assert_eq!(stream.call.header("last-event-id"), Some("a-1"));
    stream.say(OPEN).news("a-9", &json!({ "state": "completed" }));
    face.in_phase(Phase::Landed).await;
}

#[tokio::test]
async fn sign_in_that_grows_old_is_renewed_and_the_stream_opened_with_it() {
    let mut stage = Stage::own();
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    stream.news("7", &json!({ "state": "running", "percent": 7 }));
    face.until(at(7.0)).await;
    stage.mind().token = Some("better");
    stage.bed.sign_in("better");
    drop(stream);
    let mut again = None;
    while again.is_none() {
        stage.bed.clock.advance(Duration::from_secs(1));
        stage.settle().await;
        again = stage.speakers.try_recv().ok();
    }
    let stream = again.expect("opened anew");
    assert_eq!(stream.call.header("authorization"), Some("Bearer better"));
    assert_eq!(stream.call.header("last-event-id"), Some("7"), "and it goes on where the old one stopped");
    stream.say(OPEN).news("8", &json!({ "state": "completed" }));
    face.in_phase(Phase::Landed).await;
}

#[tokio::test]
async fn sign_in_that_nobody_renews_is_waited_for() {
    let mut stage = Stage::shared();
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    let stream = stage.stream().await;
    stream.say("data: {\"jobs\":[{\"id\":\"1\",\"state\":\"running\"}]}\n\n");
    face.in_phase(Phase::Preparing).await;
    stage.mind().token = Some("better");
    drop(stream);
    stage.passes(|_| face.0.borrow().phase == Phase::NeedsSignIn).await;
    assert!(stage.streams() <= 3, "nobody hammers at a closed door: {}", stage.streams());
}

#[tokio::test]
async fn stream_that_is_none_is_replaced_for_good() {
    for status in [204, 403, 404] {
        let mut stage = Stage::own();
        stage.mind().refusal = Some(status);
        let engine = stage.bed.engine();
        let (_, mut face) = stage.job(&engine).await;
        stage.passes(|stage| stage.polls() >= 5).await;
        assert_eq!(stage.streams(), 1, "{status} says that there is nothing to come back for");
        stage.mind().poll = Some(json!({ "state": "completed" }));
        stage.passes(Stage::is_resolved).await;
        face.in_phase(Phase::Landed).await;
        assert!(stage.speakers.try_recv().is_err());
    }
}

#[tokio::test]
async fn stream_that_opens_and_closes_at_once_makes_no_storm() {
    let mut stage = Stage::own();
    let engine = stage.bed.engine();
    let (_, mut face) = stage.job(&engine).await;
    let mut seconds = 0;
    for _ in 0..100 {
        let stream = loop {
            stage.settle().await;
            if let Ok(stream) = stage.speakers.try_recv() {
                break stream;
            }
            stage.bed.clock.advance(Duration::from_secs(2));
            seconds += 2;
        };
        stream.say(OPEN);
    }
    assert!(seconds > 20 * 60, "a hundred connections took {seconds} s: the waits grow");
    assert!(
        stage.polls() as u64 <= seconds + 100,
        "and who asks meanwhile keeps its pace: {} questions",
        stage.polls()
    );
    stage.mind().poll = Some(json!({ "state": "completed" }));
    stage.passes(Stage::is_resolved).await;
    face.in_phase(Phase::Landed).await;
}

#[tokio::test]
async fn twenty_jobs_share_one_stream_that_goes_with_the_last() {
    let mut stage = Stage::shared();
    let engine = stage.bed.engine();
    let mut faces = Vec::new();
    stage.mind().nothing = 1_000;
    for _ in 0..20 {
        faces.push(stage.job(&engine).await.1);
    }
    stage.bed.desk.asked("POST /jobs", 20).await;
    let stream = stage.stream().await;
    stage.settle().await;
    let all = |state: &str| {
        let jobs: Vec<Value> = (0..100).map(|id| json!({ "id": id.to_string(), "state": state })).collect();
        format!("data: {}\n\n", json!({ "jobs": jobs }))
    };
    stream.say(all("running"));
    for face in &mut faces {
        face.in_phase(Phase::Preparing).await;
    }
    stage.mind().nothing = 0;
    stream.say(all("completed"));
    for face in &mut faces {
        face.in_phase(Phase::Landed).await;
    }
    stream.left().await;
    assert_eq!(stage.streams(), 1);
}
