//! The JSON of the contract, key by key. Keys may be added; none of these may go or change its kind.

use landfall_tests::program::{Program, Ran};
use serde_json::Value;

use super::served::{EXPORT, Served, connected};

/// The keys of a job, with what each may be: n null, b boolean, i whole number, f number, s text, a array, o object.
const JOB: &[(&str, &str)] = &[
    ("id", "s"),
    ("connection", "sn"),
    ("connector", "sn"),
    ("remoteId", "sn"),
    ("phase", "s"),
    ("stage", "sn"),
    ("serverPercent", "fin"),
    ("bytes", "i"),
    ("total", "in"),
    ("rate", "in"),
    ("etaSeconds", "in"),
    ("files", "a"),
    ("method", "s"),
    ("error", "on"),
    ("createdAt", "s"),
    ("updatedAt", "s"),
];

const FILE: &[(&str, &str)] = &[("path", "s"), ("size", "i"), ("sha256", "s"), ("verified", "b")];

const ERROR: &[(&str, &str)] = &[
    ("code", "s"),
    ("name", "s"),
    ("message", "s"),
    ("remediation", "s"),
    ("recoverable", "b"),
    ("correlationId", "sn"),
    ("details", "onsa"),
];

const SUMMARY: &[(&str, &str)] = &[("total", "i"), ("succeeded", "i"), ("failed", "i"), ("seconds", "f")];

const FAILED: &[(&str, &str)] = &[("index", "i"), ("params", "o"), ("error", "o")];

/// Asserts that the document has the keys, each of its kind.
#[track_caller]
fn assert_keys(document: &Value, keys: &[(&str, &str)]) {
    for (key, kinds) in keys {
        let value = document.get(key).unwrap_or_else(|| panic!("{key} is missing in {document}"));
        let kind = match value {
            Value::Null => 'n',
            Value::Bool(_) => 'b',
            Value::Number(number) if number.is_u64() => 'i',
            Value::Number(_) => 'f',
            Value::String(_) => 's',
            Value::Array(_) => 'a',
            Value::Object(_) => 'o',
        };
        assert!(kinds.contains(kind), "{key} is one of {kinds:?}, and not {value}");
    }
}

#[track_caller]
fn assert_job(document: &Value) {
    assert_keys(document, JOB);
    for file in document["files"].as_array().into_iter().flatten() {
        assert_keys(file, FILE);
    }
    if !document["error"].is_null() {
        assert_keys(&document["error"], ERROR);
    }
}

#[test]
fn landed_export_is_one_job_document_and_so_are_show_and_jobs() {
    let served = Served::with("");
    let program = served.connected();
    let job = program.run(&[&EXPORT[..], &["--json"]].concat()).ended(0).json();
    assert_job(&job);
    assert_eq!((job["phase"].as_str(), job["method"].as_str()), (Some("landed"), Some("primary")), "{job}");
    assert_eq!(job["files"][0]["verified"], true, "{job}");
    let id = job["id"].as_str().expect("text");

    let shown = program.run(&["show", id, "--json"]).ended(0).json();
    assert_job(&shown);
    assert_keys(&shown, &[("params", "o"), ("timeline", "a")]);
    assert_keys(&shown["timeline"][0], &[("at", "s"), ("text", "s")]);

    let jobs = program.run(&["jobs", "--json"]).ended(0).json();
    assert_eq!(jobs.as_array().map(Vec::len), Some(1), "`jobs` is an array: {jobs}");
    assert_job(&jobs[0]);
    for (key, _) in JOB.iter().filter(|(key, _)| *key != "updatedAt") {
        assert_eq!((&jobs[0][key], &shown[key]), (&job[key], &job[key]), "{key} is the same wherever it is asked");
    }

    let receipt = program.run(&["receipt", id, "--json"]).ended(0).json();
    assert_keys(&receipt, &[("wish", "o"), ("remoteId", "s"), ("landedAt", "s"), ("files", "a")]);
    let verified = program.run(&["verify", id, "--json"]).ended(0).json();
    assert_keys(&verified, &[("id", "s"), ("path", "s"), ("sha256", "s"), ("verified", "b"), ("error", "n")]);
}

#[test]
fn file_that_was_changed_after_landing_is_no_longer_verified() {
    let served = Served::with("");
    let program = served.connected();
    let path = program.run(&EXPORT).ended(0).stdout;
    std::fs::write(path.trim(), "changed").expect("it can be changed");
    let id = &program.job_ids()[0];
    let ran = program.run(&["verify", id, "--json"]).ended(6);
    assert_eq!(ran.json()["verified"], false, "{}", ran.stdout);
    assert_keys(&ran.json()["error"], ERROR);
    std::fs::remove_file(path.trim()).expect("it can be removed");
    assert_eq!(program.run(&["verify", id]).ended(12).stdout, "", "what is not there is not verified");
}

#[test]
fn failed_export_is_a_job_document_with_its_error() {
    let served = Served::with("job-fails=100%");
    let program = served.connected();
    let job = program.run(&[&EXPORT[..], &["--json"]].concat()).ended(3).json();
    assert_job(&job);
    assert_eq!((job["phase"].as_str(), job["error"]["code"].as_str()), (Some("failed"), Some("EXPORT_003")), "{job}");
    assert_eq!(
        job["error"]["correlationId"], job["correlationId"],
        "an error can be asked about by its correlation id"
    );
}

#[test]
fn fetch_is_a_job_document_too() {
    let server = landfall_tests::program::Program::new();
    let ran =
        server.run(&["fetch", "http://127.0.0.1:9/x?sig=hidden", "--json", "--idle-timeout", "1s", "--header", "no"]);
    let refused = ran.ended(2).json();
    assert_keys(&refused["error"], ERROR);
}

#[test]
fn several_jobs_are_json_lines_and_a_summary() {
    let served = Served::with("expired=100%");
    let program = served.connected();
    program.run(&EXPORT).ended(4);
    program.run(&["export", "demo", "project_id=nowhere", "format=csv"]).ended(3);
    served.faults().clear();
    let ids = program.job_ids();
    let ran = program.run(&["retry", &ids[0], &ids[1], "--json"]).ended(3);
    let documents = ran.documents();
    assert_eq!(documents.len(), 3, "a job, a job and the summary: {}", ran.stdout);
    documents[..2].iter().for_each(|job| assert_job(job));
    let last = &documents[2];
    assert_keys(&last["summary"], SUMMARY);
    assert_eq!((&last["summary"]["total"], &last["summary"]["failed"]), (&2.into(), &1.into()), "{last}");
    assert_keys(&last["failed"][0], FAILED);
    assert_keys(&last["failed"][0]["error"], ERROR);
    assert_eq!(last["failed"][0]["params"]["project_id"], "nowhere", "what was asked for stands beside its failure");
}

#[test]
fn recover_without_work_is_an_empty_summary() {
    let ran = Program::new().run(&["recover", "--json"]).ended(0);
    assert_keys(&ran.json()["summary"], SUMMARY);
}

#[test]
fn every_command_writes_json_and_nothing_else_to_stdout() {
    let served = Served::with("");
    let program = connected(&served.url(), "download-jobs");
    let listed = program.run(&["connect", "list", "--json"]).ended(0).json();
    let keys = [("name", "s"), ("connector", "s"), ("url", "s"), ("folder", "sn"), ("limit", "i"), ("secrets", "s")];
    assert_keys(&listed[0], &keys);
    assert_keys(&program.run(&["connect", "test", "demo", "--json"]).ended(0).json(), &[("name", "s"), ("ok", "b")]);
    let connectors = program.run(&["connectors", "list", "--json"]).ended(0).json();
    assert_keys(&connectors[0], &[("id", "s"), ("name", "s"), ("params", "a"), ("builtIn", "b")]);
    let shown = program.run(&["connectors", "show", "download-jobs", "--json"]).ended(0).json();
    assert_keys(&shown, &[("id", "s"), ("source", "s")]);
    let doctor = program.run(&["doctor", "--json"]).ended(0).json();
    assert_keys(&doctor, &[("ok", "b"), ("checks", "a")]);
    assert_keys(&doctor["checks"][0], &[("check", "s"), ("verdict", "s"), ("words", "s")]);
    let removed = program.run(&["connect", "remove", "demo", "--json"]).ended(0).json();
    assert_keys(&removed, &[("name", "s"), ("removed", "b")]);
}

#[test]
fn refusals_are_documents_too() {
    let program = Program::new();
    let refused: [&[&str]; 5] = [
        &["show", "nothing"],
        &["export"],
        &["no-such-command"],
        &["export", "demo", "--detach"],
        &["jobs", "--phase", "x"],
    ];
    for args in refused {
        let ran: Ran = program.run(&[args, &["--json"][..]].concat()).ended(2);
        assert_keys(&ran.json()["error"], ERROR);
        assert!(!ran.stderr.is_empty(), "a person reads it on stderr: {args:?}");
    }
}

#[test]
fn cancel_says_that_this_server_cannot_be_told() {
    let served = Served::of("", |options| options.workers = 0);
    let program = served.connected();
    let mut running = program.start(&EXPORT);
    running.wait_for("waiting");
    running.signal("TERM");
    running.end().ended(143);
    let id = &program.job_ids()[0];
    let ran = program.run(&["cancel", id]).ended(0);
    expect_test::expect![[r#"
        [JOB]  Cancelled here; this server has no way to be told, so its own job goes on there
    "#]]
    .assert_eq(&program.tidy(&ran.stdout));
    let again = program.run(&["cancel", id, "--json"]).ended(0);
    assert_job(&again.json());
    assert_eq!(again.json()["phase"], "cancelled", "to cancel twice is to cancel once");
}
