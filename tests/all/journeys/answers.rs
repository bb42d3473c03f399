//! Answers that no document allows: never a panic, never a wrong file, bounded memory, and a landing once they pass.

use landfall_service::{Chance, Fault, Step};
use landfall_tests::testbed::{TestBed, id_of};

use super::SMALL;

const REPORT: [&str; 2] = ["project_id=riverside-clinic", "format=csv"];

/// What a command may hold at most, whatever it is answered (bytes).
const MOST_MEMORY: u64 = 100_000_000;

/// The exit code where such an answer ends the job, for a person to look at; `None` where it is asked again by itself.
fn ending(fault: Fault, step: Step) -> Option<i32> {
    match (fault, step) {
        // Not too long to be read, and yet it makes no sense: no answer to what was asked.
        (Fault::Garbage | Fault::WrongTypes, Step::Submit) => Some(3),
        (Fault::Garbage | Fault::WrongTypes, Step::Resolve) => Some(4),
        _ => None,
    }
}

/// Answered so three times and then well, it lands: by itself, or by `retry` where the answer ends the job.
fn lands_when_it_passes(fault: Fault, step: Step, connector: &str, wish: &[&str]) {
    let case = format!("{connector}: {}@{step:?}", fault.word());
    let bed = TestBed::new(connector);
    bed.server().faults().set_at(fault, step, Chance::Times(3));
    let export: Vec<&str> = ["export", connector].iter().chain(wish).copied().collect();
    let mut outcome = bed.run(&export);
    let mut peak = outcome.peak;
    if let Some(code) = ending(fault, step) {
        for _ in 0..3 {
            outcome.ended(code, &case).says(&["The server's answer", "landfall retry"]);
            assert!(bed.names().is_empty(), "{case}: nothing is in the folder: {:?}", bed.names());
            let id = id_of(&bed.only_job()).to_owned();
            outcome = bed.run(&["retry", &id]);
            peak = peak.max(outcome.peak);
        }
    }
    println!("{case}: exit {:?}, {} MB at most\n{}", outcome.code, peak / 1_000_000, outcome.stderr);
    outcome.ended(0, &case);
    assert!(peak > 0 && peak < MOST_MEMORY, "{case}: held {peak} bytes");
    bed.assert_landed(&case, 1);
}

fn at_each_step(fault: Fault, steps: &[Step]) {
    std::thread::scope(|scope| {
        for step in steps {
            scope.spawn(move || lands_when_it_passes(fault, *step, "report-exports", &REPORT));
            if *step != Step::Resolve {
                scope.spawn(move || lands_when_it_passes(fault, *step, "download-jobs", &[SMALL]));
            }
        }
    });
}

#[test]
fn unknown_state_word() {
    at_each_step(Fault::UnknownState, &[Step::Watch]);
}

#[test]
fn garbage_instead_of_json() {
    at_each_step(Fault::Garbage, &[Step::Submit, Step::Watch, Step::Resolve]);
}

#[test]
fn wrong_types() {
    at_each_step(Fault::WrongTypes, &[Step::Watch, Step::Resolve]);
}

#[test]
fn thirty_megabytes_of_json() {
    at_each_step(Fault::Huge, &[Step::Submit, Step::Watch, Step::Resolve]);
}

#[test]
fn answer_that_is_lost_after_the_submit() {
    at_each_step(Fault::Lost, &[Step::Submit, Step::Watch, Step::Resolve]);
}

#[test]
fn server_that_is_busy_or_broken_for_a_while() {
    std::thread::scope(|scope| {
        for fault in [Fault::TooManyRequests, Fault::Internal, Fault::Unavailable] {
            scope.spawn(move || at_each_step(fault, &[Step::Submit, Step::Watch, Step::Resolve]));
        }
    });
}

#[test]
fn wrong_types_at_the_submit() {
    let bed = TestBed::new("download-jobs");
    bed.server().faults().set_at(Fault::WrongTypes, Step::Submit, Chance::Times(1));
    let refused = bed.run(&["export", "download-jobs", SMALL]);
    // A number may be an id: only when the server knows no job of that id does it turn out that it was none.
    refused.ended(3, "an answer without a usable id is no job").says(&["landfall retry"]);
    assert!(bed.names().is_empty(), "nothing is in the folder: {:?}", bed.names());
    let id = id_of(&bed.only_job()).to_owned();
    bed.run(&["retry", &id]).ended(0, "asked again, it lands");
    assert_eq!(bed.only_job()["phase"], "landed");
}
