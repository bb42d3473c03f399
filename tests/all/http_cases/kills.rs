//! Killed at any instant: the next run goes on, with the right bytes, and never makes a second file.
//!
//! The transfer that is killed runs in a process of its own: this test binary once more.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use landfall_engine::transfer::{self, Link};
use landfall_engine::{crash, transfer::journals};
use landfall_tests::bed::{Bed, Links};
use landfall_tests::hostile::{Hostile, Object, Reply};

const URL: &str = "LANDFALL_TEST_URL";
const FOLDER: &str = "LANDFALL_TEST_FOLDER";

/// More than a sync step, so that syncs happen on the way.
const BIG: usize = 70 * 1024 * 1024;

fn child(server: &Hostile, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "http_cases::kills::transfer_that_is_killed", "--nocapture"])
        .env(URL, server.url("/file?sig=secret").as_str())
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[tokio::test]
async fn transfer_that_is_killed() {
    let (Ok(url), Ok(folder)) = (std::env::var(URL), std::env::var(FOLDER)) else { return };
    let mut bed = Bed::new();
    bed.order.folder = folder.into();
    let mut links = Links::new([Link::plain(url.parse().unwrap())]);
    bed.land_from(&mut links).await.unwrap();
}

#[tokio::test]
async fn case_23_killed_at_every_named_point() {
    let (small, big) = (Object::new(1, 600_000), Object::new(2, BIG));
    for point in crash::POINTS.iter().filter(|point| point.starts_with("transfer.")) {
        let object = if point.contains("sync") || point.contains("recorded") { &big } else { &small };
        let server = Hostile::then_honest(object, vec![]);
        let bed = Bed::new();
        let status = child(&server, bed.folder()).env(crash::VARIABLE, point).status().unwrap();
        assert!(!status.success(), "{point} was not reached");
        let asked = server.requests().len();
        let length = std::fs::metadata(bed.part()).map_or(0, |about| about.len());
        let synced = bed.journal()["synced"].as_u64().unwrap();
        assert!(synced <= length || !bed.part().exists(), "{point}: recorded {synced}, on disk {length}");
        assert_eq!(journals(bed.folder())[0].origin["job"], "j-1", "{point}: a lost store could be rebuilt");

        let landing = bed.assert_landed(&format!("23 {point}"), bed.land(&server).await, object, &server);
        assert_eq!(landing.path, bed.folder().join("result.bin"), "{point}: no second name");
        if ["whole", "verified", "publishing", "linked", "published", "unlinked"]
            .iter()
            .any(|late| point.ends_with(late))
        {
            assert_eq!(server.requests().len(), asked, "{point}: all was here, nothing is asked");
        }
        let again = bed.land(&server).await.unwrap();
        assert_eq!(again, landing, "{point}: until it is acknowledged the same landing is found again");
        transfer::acknowledge(&bed.order.ticket, bed.folder()).unwrap();
        assert_eq!(bed.names(), ["result.bin"], "{point}: nothing else is left");
    }
}

/// Kills the child when the server has sent that much.
fn kill_after(server: &Hostile, folder: &Path, bytes: u64) {
    let mut running: Child = child(server, folder).spawn().unwrap();
    server.wait_served(bytes);
    running.kill().unwrap();
    running.wait().unwrap();
}

#[tokio::test]
async fn case_23_killed_in_the_stream() {
    let object = Object::new(1, 20_000_000);
    for bytes in [20_000, 1_500_000, 9_000_000, 15_000_000] {
        let served = object.clone();
        let server = Hostile::start(move |request, number| {
            let whole = Reply::honest(&served, request);
            if number == 0 { Reply::new().paced(std::time::Duration::from_millis(1)).and(whole) } else { whole }
        });
        let bed = Bed::new();
        kill_after(&server, bed.folder(), bytes);
        let length = std::fs::metadata(bed.part()).map_or(0, |about| about.len());
        let landing = bed.assert_landed(&format!("23 killed after {bytes}"), bed.land(&server).await, &object, &server);
        assert_eq!(landing.bytes_twice, 0, "within one boot the page cache is true");
        let resumed = server.requests().get(1).map_or(0, landfall_tests::hostile::Request::from);
        assert_eq!(resumed as u64, length, "gone on at the last byte on disk");
    }
}

#[tokio::test]
async fn case_23_power_cut_goes_back_to_what_was_synced() {
    let object = Object::new(2, BIG);
    let server = Hostile::then_honest(&object, vec![]);
    let bed = Bed::new();
    let status = child(&server, bed.folder()).env(crash::VARIABLE, "transfer.recorded").status().unwrap();
    assert!(!status.success());
    let synced = bed.journal()["synced"].as_u64().unwrap();
    assert!(synced > 0, "a synced offset was recorded");
    // What a power cut leaves: another boot, and a tail of zeros where nothing had reached the disk.
    bed.change_journal(|journal| journal["boot"] = "another boot".into());
    let file = std::fs::File::options().write(true).open(bed.part()).unwrap();
    file.set_len(synced).unwrap();
    file.set_len(synced + 3_000_000).unwrap();
    drop(file);
    let asked = server.requests().len();
    bed.assert_landed("23 power cut", bed.land(&server).await, &object, &server);
    assert_eq!(server.requests()[asked].from() as u64, synced);
}

#[tokio::test]
async fn damaged_journal_begins_anew() {
    let object = Object::new(1, 600_000);
    let server = Hostile::then_honest(&object, vec![Reply::cut(&object, 200_000)]);
    let mut bed = Bed::new();
    bed.order.limits.retry.tries = 0;
    bed.land(&server).await.unwrap_err();
    for rubbish in ["", "{", "{\"form\": 99}", "null"] {
        std::fs::write(bed.folder().join(".ticket-1.landfall-journal"), rubbish).unwrap();
        bed.land(&Hostile::replies(vec![Reply::text(404, "", "")])).await.unwrap_err();
    }
    bed.assert_landed("damaged journal", bed.land(&server).await, &object, &server);
}
