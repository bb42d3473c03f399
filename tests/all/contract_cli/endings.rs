//! One snapshot per exit code: what happened, what is safe, what to do, and the next command to type.

use expect_test::{Expect, expect};
use landfall_engine::home::Home;
use landfall_tests::program::Program;
use regex::Regex;

use super::served::{EXPORT, Served, connected};

/// The exit code, and all that was said but the lines of progress.
#[track_caller]
fn check(program: &Program, args: &[&str], status: i32, told: &Expect) {
    let ran = program.run(args).ended(status);
    told.assert_eq(&program.told(&ran));
    assert_eq!(ran.stdout, "", "what went wrong is no data");
}

#[test]
fn landed_is_0_and_the_path_is_all_of_stdout() {
    let served = Served::with("");
    let program = served.connected();
    let ran = program.run(&EXPORT).ended(0);
    expect![[r#"
        [DIR]/here/riverside-clinic_[REMOTE].csv
    "#]]
    .assert_eq(&program.tidy(&ran.stdout));
    expect![[r#"
        ✓ riverside-clinic_[REMOTE].csv  513.50 kB  sha256 [SHA256]  verified
    "#]]
    .assert_eq(&program.told(&ran));
    let phases: Vec<String> = program
        .tidy(&ran.stderr)
        .lines()
        .filter_map(|line| line.strip_prefix("[JOB] demo  ").map(str::to_owned))
        .collect();
    assert_eq!(
        phases.first().map(String::as_str),
        Some("queued"),
        "plain lines, since stderr is no terminal: {phases:?}"
    );
    assert!(phases.iter().any(|phase| phase == "downloading"), "a line for each phase that lasts: {phases:?}");
    assert!(std::path::Path::new(ran.stdout.trim()).is_file(), "the path is that of the file");
}

#[test]
fn quiet_says_nothing_but_the_path() {
    let served = Served::with("");
    let program = served.connected();
    let ran = program.run(&[&EXPORT[..], &["-q"]].concat()).ended(0);
    assert_eq!(ran.stderr, "", "quiet");
    assert_eq!(ran.stdout.lines().count(), 1, "data is data, also when quiet");
}

#[test]
fn machine_that_gives_no_files_is_1() {
    let program = Program::new();
    let ran = program.script("ulimit -n 5; exec \"$LANDFALL\" jobs").ended(1);
    expect![[r#"
        landfall: The program cannot start: Too many open files
          what to do: Close other programs or raise their limits (`ulimit -n`), then type the same again; nothing was changed
    "#]].assert_eq(&program.told(&ran));
}

#[test]
fn unknown_connection_is_2() {
    check(
        &Program::new(),
        &EXPORT,
        2,
        &expect![[r#"
        landfall: There is no connection "demo"
          what to do: Add one: landfall connect add NAME --connector ID --url URL
    "#]],
    );
}

#[test]
fn job_that_fails_on_the_server_is_3() {
    let served = Served::with("job-fails=100%");
    check(
        &served.connected(),
        &EXPORT,
        3,
        &expect![[r#"
        landfall: The server could not make the export: The source of this export could not be read (EXPORT_003 JOB_FAILED)
          safe: Nothing was put into the folder; the wish is kept (job [JOB])
          what to do: Ask the service's operator to check the source, then ask for the export anew
          next: landfall retry [JOB]
    "#]],
    );
}

#[test]
fn request_that_the_server_refuses_is_3() {
    let served = Served::with("");
    check(
        &served.connected(),
        &["export", "demo", "project_id=nowhere", "format=csv"],
        3,
        &expect![[r#"
        landfall: The server refused the request: There is no such project (EXPORT_001 JOB_CREATION_FAILED)
          safe: Nothing was put into the folder; the wish is kept (job [JOB])
          what to do: GET /projects lists the projects and their ids
          next: landfall retry [JOB]
    "#]],
    );
}

#[test]
fn link_that_is_always_refused_is_4() {
    let served = Served::with("expired=100%");
    check(
        &served.connected(),
        &EXPORT,
        4,
        &expect![[r#"
        landfall: A fresh link is refused with 403 (EXPORT_004 DOWNLOAD_FAILED)
          safe: The job is kept with all bytes that have arrived (job [JOB])
          what to do: Check that this account may read the result; what has arrived is kept
          next: landfall retry [JOB]
    "#]],
    );
}

#[test]
fn file_that_is_not_what_was_promised_is_6() {
    let served = Served::with("wrong-digest=100%");
    let program = served.connected();
    check(
        &program,
        &[&EXPORT[..], &["--name", "report.csv"]].concat(),
        6,
        &expect![[r#"
        landfall: What arrived is not what was promised: its SHA-256 is [SHA256] and should be [SHA256] (EXPORT_006 VALIDATION_FAILED)
          safe: Nothing was put under the final name; what arrived is set aside as [DIR]/here/report.csv.refused-2.part (job [JOB])
          what to do: Look at the file that was set aside, then download again
          next: landfall retry [JOB]
    "#]],
    );
    let here = program.here();
    assert!(!here.join("report.csv").exists(), "nothing has the final name");
    assert!(here.join("report.csv.refused-2.part").exists(), "what arrived can be looked at: {:?}", program.listing());
}

#[test]
fn other_file_than_the_digest_that_was_given_is_6() {
    let served = Served::with("");
    let program = served.connected();
    let ran = program.run(&[&EXPORT[..], &["--sha256", &"0".repeat(64)]].concat()).ended(6);
    assert!(ran.stderr.contains("EXPORT_006 VALIDATION_FAILED"), "{}", ran.stderr);
}

#[test]
fn server_that_is_away_for_longer_than_the_patience_is_7() {
    let mut served = Served::with("");
    let program = served.connected();
    served.stop();
    check(
        &program,
        &[&EXPORT[..], &["--patience", "1s"]].concat(),
        7,
        &expect![[r#"
        landfall: No useful answer from 127.0.0.1: the server cannot be reached (EXPORT_007 NETWORK_ERROR)
          safe: The job is kept with all bytes that have arrived (job [JOB])
          what to do: Check the network and the server's address; the job is kept and goes on from where it was
          next: landfall recover
    "#]],
    );
}

#[test]
fn sign_in_that_is_refused_in_mid_job_is_8_and_recover_goes_on() {
    let served = Served::with("401@watch=100%");
    let program = served.connected();
    check(
        &program,
        &EXPORT,
        8,
        &expect![[r#"
        landfall: The server does not accept the sign-in of "demo" (EXPORT_008 AUTHENTICATION_ERROR)
          safe: The job is kept and waits for the sign-in (job [JOB])
          what to do: Sign in again: landfall connect add demo … --token-stdin; then `landfall recover` goes on
          next: landfall recover
    "#]],
    );
    served.faults().clear();
    let ran = program.run(&["recover"]).ended(0);
    assert!(std::path::Path::new(ran.stdout.trim()).is_file(), "the same job lands: {}", ran.stdout);
    assert_eq!(program.job_ids().len(), 1, "it is the same job");
}

#[test]
fn server_that_never_ends_is_9_and_extend_waits_on() {
    let served = Served::of("", |options| options.workers = 0);
    let program = served.connected();
    let mut running = program.start(&EXPORT);
    running.wait_for("waiting");
    running.signal("TERM");
    running.end().ended(143);
    let store = rusqlite::Connection::open(program.home().join("landfall.db")).expect("the store");
    // As if the connector's hour had passed in the meantime.
    let earlier = Regex::new("\"deadline\":\"[^\"]*\"").expect("a pattern of ours");
    let job: String = store.query_row("SELECT job FROM jobs", [], |row| row.get(0)).expect("one job");
    let late = earlier.replace(&job, "\"deadline\":\"2026-01-31T08:00:00Z\"");
    assert_ne!(job, late, "the job waits until a deadline");
    store.execute("UPDATE jobs SET job = ?1", [&late]).expect("it can be written");
    drop(store);
    check(
        &program,
        &["recover"],
        9,
        &expect![[r#"
        landfall: The server has not finished within the time limit (EXPORT_002 JOB_TIMEOUT)
          safe: The server's job goes on and is kept here (job [JOB])
          what to do: Wait longer for the same job with `landfall extend`; nothing is lost
          next: landfall extend [JOB]
    "#]],
    );
    let id = &program.job_ids()[0];
    check(
        &program,
        &["extend", id, "--by", "1s"],
        9,
        &expect![[r#"
        landfall: The server has not finished within the time limit (EXPORT_002 JOB_TIMEOUT)
          safe: The server's job goes on and is kept here (job [JOB])
          what to do: Wait longer for the same job with `landfall extend`; nothing is lost
          next: landfall extend [JOB]
    "#]],
    );
}

#[test]
fn home_of_another_engine_is_11_and_looking_is_still_allowed() {
    let served = Served::with("");
    let program = served.connected();
    let home = Home::at(program.home()).expect("a home");
    let lock = home.lock().expect("nobody has it");
    check(
        &program,
        &EXPORT,
        11,
        &expect![[r#"
            landfall: Another Landfall is at work in this home folder (process [PID]) (EXPORT_012 HOME_IN_USE)
              safe: Nothing was changed
              what to do: Wait until it has ended or close it, or name another folder with --home
              next: landfall jobs, which looks without taking the home
        "#]],
    );
    program.run(&["connect", "list"]).ended(0);
    drop(lock);
    program.run(&EXPORT).ended(0);
}

#[test]
fn full_disk_is_12_and_recover_goes_on_when_there_is_room() {
    let served = Served::with("");
    let program = connected(&served.url(), "download-jobs");
    let script = "mount -t tmpfs -o size=64k tmpfs . && cd . && cd \"$PWD\" && \
                  \"$LANDFALL\" export demo fileIds=16,17 --to \"$PWD\"; echo $?; ls -A";
    let ran = program.script(&format!("exec unshare -Urm sh -c '{script}'")).ended(0);
    expect![[r#"
        landfall: Not enough room: 75.4 MB more are needed and 61.4 kB are free (EXPORT_009 DISK_ERROR)
          safe: The job is kept with all bytes that have arrived (job [JOB])
          what to do: Make room or choose another folder; what has arrived is kept
          next: landfall recover
    "#]]
    .assert_eq(&program.told(&ran));
    expect![[r#"
        12
        .[JOB]-0.landfall-journal
        .[JOB]-0.landfall-part
    "#]]
    .assert_eq(&program.tidy(&ran.stdout));
    // Outside of the small disk there is room.
    program.run(&["recover"]).ended(0);
}
