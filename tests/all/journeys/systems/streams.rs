//! Streams that are cut, fall silent, or are none at all: the export lands all the same. Never worse than asking.

use landfall_service::{Chance, Fault, Step};
use landfall_tests::testbed::{Server, TestBed, eventually};

use super::{CLIP, STREAMED, VIDEO, bed_for, export, with_each};

/// Lands while the stream has that fault; pace 0.3 leaves about a second in which there is something to hear.
fn lands_with(fault: Fault, chance: Chance, wishes: &[&'static [&'static str]]) {
    with_each(wishes, |wish| {
        let case = format!("{} with {}", wish[0], fault.word());
        let bed = bed_for(wish, |options| options.pace = 0.3);
        bed.server().faults().set_at(fault, Step::Stream, chance);
        bed.run(&export(wish)).ended(0, &case);
        bed.assert_landed(&case, 1);
    });
}

#[test]
fn c_3_m_2_stream_that_is_cut_each_time_it_is_opened() {
    lands_with(Fault::StreamCut, Chance::Share(1.0), &STREAMED);
    lands_with(Fault::Cut, Chance::Share(1.0), &STREAMED);
}

/// The fifteen seconds of the document, waited out by all of these at once.
#[test]
fn c_4_m_4_stream_that_says_nothing_is_bridged_by_asking() {
    std::thread::scope(|scope| {
        scope.spawn(|| lands_with(Fault::StreamSilent, Chance::Share(1.0), &[CLIP]));
        for fault in [Fault::StreamNoContent, Fault::StreamHtml] {
            scope.spawn(move || lands_with(fault, Chance::Share(1.0), &STREAMED));
        }
        scope.spawn(|| lands_with(Fault::Unauthorized, Chance::Times(1), &STREAMED));
    });
}

#[test]
fn m_4_stream_that_is_refused_for_a_while_is_opened_again() {
    std::thread::scope(|scope| {
        for fault in [Fault::Unavailable, Fault::TooManyRequests, Fault::Internal] {
            scope.spawn(move || lands_with(fault, Chance::Times(2), &STREAMED));
        }
    });
}

/// Lands by the same connector with less patience, while the stream has that fault each time.
fn lands_with_less_patience(fault: Fault, changes: &[(&str, &str)]) {
    let server = Server::start(&["anna"], |options| options.pace = 0.3);
    let bed = TestBed::on(&server, "anna").connect_by_own("media-jobs", "hasty-media-jobs", changes);
    server.faults().set_at(fault, Step::Stream, Chance::Share(1.0));
    let wish: Vec<&str> = ["export", "hasty-media-jobs"].iter().chain(&VIDEO[1..]).copied().collect();
    bed.run(&wish).ended(0, fault.word());
    bed.assert_landed(fault.word(), 1);
}

#[test]
fn m_4_stream_that_is_never_to_be_had_leaves_the_job_to_polling() {
    let hasty = [("idle = \"45s\"", "idle = \"45s\"\ntries = 1"), ("every = \"2s\"", "every = \"500ms\"")];
    lands_with_less_patience(Fault::Unavailable, &hasty);
}

#[test]
fn m_2_silent_stream_is_bridged_by_asking_or_by_opening_it_anew() {
    std::thread::scope(|scope| {
        scope.spawn(|| lands_with_less_patience(Fault::StreamSilent, &[("idle = \"45s\"", "silence = \"1s\"")]));
        scope.spawn(|| lands_with_less_patience(Fault::StreamSilent, &[("idle = \"45s\"", "idle = \"1s\"")]));
    });
}

#[test]
fn state_that_no_document_knows_in_a_stream() {
    lands_with(Fault::UnknownState, Chance::Times(1), &STREAMED);
}

#[test]
fn m_2_stage_and_percentage_of_the_stream_are_shown() {
    let bed = bed_for(VIDEO, |options| options.pace = 1.0);
    let running = bed.start(&export(VIDEO));
    let seen = eventually("a stage is shown", || {
        let job = bed.jobs().into_iter().next()?;
        (job["phase"] == "preparing" && job["serverPercent"].as_f64()? > 0.0).then_some(job)
    });
    let stages = ["Script", "Voice", "Visuals", "Rendering", "Postprocessing"];
    assert!(seen["stage"].as_str().is_some_and(|stage| stages.contains(&stage)), "the document's word: {seen:#}");
    running.wait().ended(0, "it lands");
    bed.assert_landed("stages", 1);
}
