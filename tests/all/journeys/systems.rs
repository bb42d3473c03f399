//! The five systems, each through its connector: what the rows of their wire contracts mean for whoever exports.

mod adopting;
mod cancels;
mod crashes;
mod interrupted;
mod landings;
mod lost;
mod many;
mod orders;
mod packages;
mod sign_in;
mod streams;
mod videos;

use landfall_service::Options;
use landfall_tests::testbed::{Server, TestBed};

/// Five seconds of a camera.
const CLIP: &[&str] = &["exports-v2", "camera=gate-north", "start=2025-06-02T07:30:00Z", "end=2025-06-02T07:30:05Z"];

/// One second of a small video.
const VIDEO: &[&str] = &["media-jobs", "title=Site tour", "durationSeconds=1", "resolution=320x180"];

/// A work type with all that it needs.
const PACKAGE: &[&str] = &["package-exports", "type=worktype", "systemName=matter", "environment=uat"];

const FILES: &[&str] = &["download-jobs", "fileIds=1,2"];

const REPORT: &[&str] = &["report-exports", "project_id=riverside-clinic", "format=csv"];

/// An export of each system.
const EACH: [&[&str]; 5] = [CLIP, FILES, VIDEO, PACKAGE, REPORT];

/// Those that are followed by an event stream.
const STREAMED: [&[&str]; 2] = [CLIP, VIDEO];

/// A service of its own, and a connection for that export.
fn bed_for(wish: &[&str], change: impl FnOnce(&mut Options)) -> TestBed {
    TestBed::on(&Server::start(&["anna"], change), "anna").connect(wish[0])
}

/// The command that asks for it.
fn export<'a>(wish: &[&'a str]) -> Vec<&'a str> {
    ["export"].iter().chain(wish).copied().collect()
}

/// Tries the same with each of these exports, all at once.
fn with_each(wishes: &[&'static [&'static str]], test: impl Fn(&'static [&'static str]) + Sync) {
    std::thread::scope(|scope| {
        for wish in wishes {
            let test = &test;
            scope.spawn(move || test(wish));
        }
    });
}
