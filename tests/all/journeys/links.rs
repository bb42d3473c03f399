//! Downloads that are interrupted on the way: dying links, cuts, kills (T2) and polite stops.

use std::time::Duration;

use landfall_service::Seen;
use landfall_tests::testbed::{Server, TestBed, eventually, id_of};

use super::{LARGE, MIDDLE};

/// The byte offsets of the timeline's lines with these words.
fn offsets(timeline: &[String], words: &str) -> Vec<u64> {
    let lines = timeline.iter().filter(|line| line.contains(words));
    lines.map(|line| line.rsplit(' ').next().and_then(|byte| byte.parse().ok()).expect("a line tells a byte")).collect()
}

/// Only the very first request asks for the whole; every other goes on somewhere.
fn assert_never_begun_again(case: &str, seen: Seen) {
    assert_eq!(seen.storage_requests - seen.storage_ranges, 1, "{case}: the whole is asked for once: {seen:?}");
    assert_eq!(seen.storage_authorizations, 0, "{case}: the API's token never goes to the storage host");
}

#[test]
fn links_that_live_two_seconds_on_a_server_that_cuts_every_three() {
    let server = Server::start(&["anna"], |options| {
        options.link_ttl = Duration::from_secs(2);
        options.faults.set_cut_every(Some(Duration::from_secs(3)));
    });
    let bed = TestBed::on(&server, "anna").connect("download-jobs");
    let running = bed.start(&["export", "download-jobs", LARGE, "--limit-rate", "6MB"]);
    eventually("a third has arrived", || (bed.partial_bytes() > 25_000_000).then_some(()));
    let killed = running.kill();
    assert_eq!(killed.signal, Some(9), "it was killed in the middle: {killed:?}");
    let held = bed.partial_bytes();

    bed.run(&["recover"]).ended(0, "it lands all the same");
    let jobs = bed.assert_landed("dying links", 1);
    let timeline = bed.timeline(id_of(&jobs[0]));
    println!("{timeline:#?}");
    assert_eq!(offsets(&timeline, "resumed at byte"), [held], "every byte on disk at the kill is kept");
    let renewed = offsets(&timeline, "renewed at byte");
    assert!(renewed.len() >= 3, "several links were needed: {timeline:?}");
    assert!(renewed.is_sorted(), "no renewal goes back: {timeline:?}");
    assert_never_begun_again("dying links", server.seen());
}

#[test]
fn stopped_by_a_signal_and_recovered() {
    std::thread::scope(|scope| {
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            scope.spawn(move || stopped_by(signal, code));
        }
    });
}

fn stopped_by(signal: &str, code: i32) {
    let bed = TestBed::new("download-jobs");
    let running = bed.start(&["export", "download-jobs", MIDDLE, "--limit-rate", "3MB"]);
    eventually("some of it has arrived", || (bed.partial_bytes() > 2_000_000).then_some(()));
    running.signal(signal);
    let stopped = running.wait();
    stopped.ended(code, "a signal has an exit code of its own").says(&["landfall recover"]);
    let held = bed.partial_bytes();
    assert!(held > 2_000_000, "{signal}: what has arrived is kept, not only {held}");
    let job = bed.only_job();
    assert_eq!(job["phase"], "downloading", "{signal}: the job is kept where it was");

    bed.run(&["recover"]).ended(0, "recover goes on");
    bed.assert_landed(signal, 1);
    let timeline = bed.timeline(id_of(&job));
    assert_eq!(offsets(&timeline, "resumed at byte"), [held], "{signal}: it goes on at the last byte: {timeline:?}");
    assert_never_begun_again(signal, bed.server().seen());
}
