//! Stopped by a signal: everything that arrived is kept, and `recover` goes on.

use expect_test::expect;

use super::served::{EXPORT, Served};

/// Stops an export that waits for the server; then the server works, and the job lands.
#[track_caller]
fn stopped_by(signal: &str, status: i32) {
    let served = Served::of("", |options| options.pace = 2.0);
    let program = served.connected();
    let mut running = program.start(&EXPORT);
    running.wait_for("waiting");
    running.signal(signal);
    let ran = running.end().ended(status);
    expect![[r#"
        landfall: Stopped; what has arrived is kept, and `landfall recover` goes on
    "#]]
    .assert_eq(&program.told(&ran));
    assert_eq!(ran.stdout, "", "nothing has landed");
    let jobs = program.run(&["jobs", "--json"]).ended(0).json();
    let phase = jobs[0]["phase"].as_str().unwrap_or_default();
    assert!(["waiting", "preparing"].contains(&phase), "the job stands where it was: {phase}");
    program.run(&["recover"]).ended(0);
    assert_eq!(program.job_ids().len(), 1, "the same job has landed");
}

#[test]
fn interrupt_is_130() {
    stopped_by("INT", 130);
}

#[test]
fn terminate_is_143() {
    stopped_by("TERM", 143);
}

#[test]
fn service_stops_cleanly_and_says_where_it_listens() {
    let program = landfall_tests::program::Program::new();
    let mut running = program.start(&["serve", "--user", "anna=secret"]);
    running.wait_for("Stop it with Ctrl-C");
    running.signal("INT");
    let ran = running.end().ended(0);
    expect![[r#"
        listening on http://127.0.0.1:[PORT]
    "#]]
    .assert_eq(&program.tidy(&ran.stdout));
}
