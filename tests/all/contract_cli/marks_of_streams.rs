//! T9 for the systems with event streams and with OAuth: nothing of a client's secret, an access token or a link is
//! written, said or shown to other processes.

use std::fmt::Write as _;

use landfall_service::{Client, User};
use landfall_tests::program::{Program, Ran};

use super::marks::Marks;
use super::recorder::Recorder;
use super::served::Served;

/// The token: with characters that change when it is percent-encoded.
const TOKEN: &str = "T9MARK-anna/81+0c=77aa";
/// The secret of an OAuth client.
const SECRET: &str = "T9MARK-client/2b+9d=e0f1";

struct Life {
    program: Program,
    said: String,
}

impl Life {
    fn tell(&mut self, args: &[&str], ran: Ran) -> Ran {
        let _ = writeln!(self.said, "{args:?}: {}\n{}\n{}", ran.status, ran.stdout, ran.stderr);
        ran
    }

    fn run(&mut self, args: &[&str]) -> Ran {
        let args = [args, &["-vvv"][..]].concat();
        let ran = self.program.run(&args);
        self.tell(&args, ran)
    }

    fn connect(&mut self, connector: &str, url: &str, secrets: &[&str], input: &str) {
        let add = ["connect", "add", connector, "--connector", connector, "--url", url, "--secrets", "file", "-vvv"];
        let args = [&add[..], secrets].concat();
        let ran = self.program.run_with(&args, input);
        self.tell(&args, ran).ended(0);
    }

    /// Follows an export for a while, and looks at what the system shows of it and of what it has started.
    fn seen_while_it_follows(&mut self, args: &[&str]) -> Vec<u8> {
        let mut running = self.program.start(&[args, &["-vvv"]].concat());
        running.wait_for("preparing");
        let mut seen = Vec::new();
        let process = format!("/proc/{0}/task/{0}/children", running.id());
        let children = std::fs::read_to_string(process).expect("a running program is shown");
        assert_eq!(children, "", "it starts no other programs");
        for what in ["cmdline", "environ"] {
            seen.extend(std::fs::read(format!("/proc/{}/{what}", running.id())).expect("a running program is shown"));
        }
        assert!(!seen.is_empty());
        running.signal("INT");
        let ran = running.end();
        let _ = writeln!(self.said, "{}\n{}", ran.stdout, ran.stderr);
        seen
    }
}

#[test]
fn marks_of_streams_and_clients_are_found_nowhere() {
    let served = Served::of("", |options| {
        options.users = vec![User::new("anna", TOKEN)];
        options.clients = vec![Client::new("anna", "packer", SECRET)];
    });
    let recorder = Recorder::before(&served.url());
    let mut life = Life { program: Program::new(), said: String::new() };
    let client = format!("client_id=packer\nclient_secret={SECRET}\n");
    life.connect("package-exports", recorder.url(), &["--secret", "client_id", "--secret", "client_secret"], &client);
    for connector in ["exports-v2", "media-jobs", "report-exports"] {
        life.connect(connector, recorder.url(), &["--token-stdin"], TOKEN);
    }
    let package = ["export", "package-exports", "type=worktype", "systemName=matter", "environment=uat"];
    let film = ["export", "media-jobs", "title=Harbour", "durationSeconds=1", "resolution=160x120"];
    let times = ["start=2025-06-02T07:30:00Z", "end=2025-06-02T07:30:02Z"];
    let clip = ["export", "exports-v2", "camera=gate-north", times[0], times[1]];
    let packed = life.run(&package).status;
    let mut ends = vec![packed, life.run(&film).status, life.run(&clip).status];
    // Streams that break, jobs that fail, sign-ins that end: each has words of its own.
    for fault in ["cut=2x", "job-fails=100%", "401@watch=1x", "garbage@watch=1x", "expired=1x"] {
        served.faults().clear();
        served.faults().apply(fault).expect("a fault of ours");
        for wish in [&package[..], &film, &clip] {
            let args = [wish, &["--patience", "2s"]].concat();
            ends.push(life.run(&args).status);
        }
    }
    served.faults().clear();
    let table = life.program.here().join("wishes.csv");
    std::fs::write(&table, "project_id,format\nriverside-clinic,csv\nno-such-project,csv\nx,gif\n").expect("a file");
    served.faults().clear();
    let batch = life.run(&["batch", "report-exports", "wishes.csv"]);
    assert_ne!(batch.status, 0, "two rows cannot land");
    let failed = life.program.listing().into_iter().find(|name| name.contains("failed"));
    assert!(failed.is_some(), "the failed rows are in a file: {:?}", life.program.listing());
    for id in life.program.job_ids() {
        life.run(&["show", &id, "--json"]);
        life.run(&["receipt", &id, "--json"]);
    }
    life.run(&["jobs", "--json"]);
    life.run(&["doctor", "--json"]);

    let (tokens, links) = (recorder.access_tokens(), recorder.signatures());
    assert!(!tokens.is_empty(), "the client signed in");
    assert!(!links.is_empty(), "links were given out");
    assert!(ends.iter().take(3).all(|status| *status == 0), "one of each has landed: {ends:?}\n{}", life.said);
    let said: String = life.said.lines().filter(|line| !line.starts_with("[\"")).collect::<Vec<_>>().join("\n");
    assert!(said.contains("event stream") || said.contains("eventsource"), "the log of the streams was on");
    let marks = Marks::of([TOKEN, SECRET].map(str::to_owned).into_iter().chain(tokens).chain(links));
    // The controls: each secret is found where it is.
    for secret in [TOKEN, SECRET] {
        assert_eq!(marks.within(format!("Bearer {secret}").as_bytes()).len(), 1, "a mark is found where it is");
    }
    assert_eq!(marks.within(said.as_bytes()), [""; 0], "nothing is said");
    assert_eq!(marks.below(life.program.folder()), [""; 0], "nothing is on the disk");
    let slow = ["export", "media-jobs", "title=Long", "durationSeconds=60", "resolution=160x120"];
    let seen = life.seen_while_it_follows(&slow);
    assert_eq!(marks.within(&seen), [""; 0], "nothing is shown to other processes");
    assert_eq!(marks.below(life.program.folder()), [""; 0], "nor left behind when it is stopped");
}
