//! The job list is damaged, or a newer program wrote it (T8).

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};

use landfall_tests::testbed::{TestBed, eventually, id_of, names_in};
use rusqlite::Connection;

use super::{MIDDLE, SMALL};

/// A bed with one landed job and one whose download was killed in the middle; gives the bytes it held.
fn landed_and_interrupted() -> (TestBed, u64) {
    let bed = TestBed::new("download-jobs").connect("report-exports");
    bed.run(&["export", "report-exports", "project_id=riverside-clinic", "format=csv"]).ended(0, "the first lands");
    let running = bed.start(&["export", "download-jobs", MIDDLE, "--limit-rate", "4MB"]);
    eventually("some of it has arrived", || (bed.partial_bytes() > 2_000_000).then_some(()));
    running.kill();
    let held = bed.partial_bytes();
    (bed, held)
}

/// After the damage: it is said and set aside, the landed job is listed, and the interrupted one goes on to land.
fn assert_rebuilt(case: &str, bed: &TestBed, held: u64) {
    let recovered = bed.run(&["recover"]);
    println!("{case}: {}", recovered.stderr);
    recovered.ended(0, case).says(&["damaged", "set aside"]);
    let jobs = bed.assert_landed(case, 2);
    let aside = names_in(&bed.home()).into_iter().any(|name| name.contains("damaged"));
    assert!(aside, "{case}: the damaged list is kept beside: {:?}", names_in(&bed.home()));
    let timeline = bed.timeline(id_of(&jobs[0]));
    let resumed = timeline.contains(&format!("resumed at byte {held}"));
    assert!(resumed, "{case}: the download goes on where it was: {timeline:?}");
    let again = bed.run(&["recover"]);
    again.ended(0, case);
    assert!(!again.stderr.contains("damaged"), "{case}: the new list is sound: {}", again.stderr);
}

#[test]
fn store_that_is_garbage() {
    let (bed, held) = landed_and_interrupted();
    fs::write(bed.store(), "no database, and never was").unwrap();
    assert_rebuilt("garbage", &bed, held);
}

#[test]
fn store_that_is_cut_short() {
    let (bed, held) = landed_and_interrupted();
    // Everything is in the one file, as after a clean end, before it is cut.
    Connection::open(bed.store()).unwrap().pragma_update(None, "journal_mode", "DELETE").unwrap();
    fs::File::options().write(true).open(bed.store()).unwrap().set_len(5000).unwrap();
    assert_rebuilt("cut short", &bed, held);
}

#[test]
fn store_with_bytes_overwritten() {
    let (bed, held) = landed_and_interrupted();
    Connection::open(bed.store()).unwrap().pragma_update(None, "journal_mode", "DELETE").unwrap();
    let mut file = fs::File::options().write(true).open(bed.store()).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length - 4096).unwrap()]).unwrap();
    drop(file);
    assert_rebuilt("overwritten", &bed, held);
}

#[test]
fn job_in_the_store_that_cannot_be_read() {
    let (bed, held) = landed_and_interrupted();
    let connection = Connection::open(bed.store()).unwrap();
    connection.execute("UPDATE jobs SET job = substr(job, 1, 40)", ()).unwrap();
    drop(connection);
    assert_rebuilt("rows that cannot be read", &bed, held);
}

#[test]
fn store_that_a_newer_program_wrote() {
    let bed = TestBed::new("download-jobs");
    bed.run(&["export", "download-jobs", SMALL]).ended(0, "there is a job list");
    Connection::open(bed.store()).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let (before, names) = (fs::read(bed.store()).unwrap(), names_in(&bed.home()));
    for command in [&["recover"][..], &["export", "download-jobs", SMALL], &["jobs"], &["show", "a"], &["cancel", "a"]]
    {
        let refused = bed.run(command);
        refused.ended(12, "a newer list is refused").says(&[
            "newer Landfall",
            "Update Landfall",
            "nothing was changed",
        ]);
        assert!(fs::read(bed.store()).unwrap() == before, "{command:?}: not a byte of it changed");
    }
    assert_eq!(names_in(&bed.home()), names, "nothing is put beside it");
    assert_eq!(bed.server_jobs().len(), 1, "nothing was asked of the server");
}
