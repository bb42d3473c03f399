//! T9: the marks of tokens, header keys and signed links are found nowhere that the program writes.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use landfall_service::User;
use landfall_tests::program::{Program, Ran, walk};
use regex::bytes::Regex;

use super::recorder::Recorder;
use super::served::Served;

/// The token: with characters that change when it is percent-encoded.
const TOKEN: &str = "T9MARK-token/4f+7c=19d2";
/// A key in a header of the connection.
const KEY: &str = "T9MARK-header/a1+b2=c3d4";

/// What must be found nowhere, in every form that it could hide in.
pub(super) struct Marks(Vec<(String, Vec<u8>)>);

impl Marks {
    pub(super) fn of(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            forms.push((format!("{secret} in clear"), secret.clone().into_bytes()));
            let mut percent = String::new();
            for byte in secret.bytes() {
                if byte.is_ascii_alphanumeric() || byte == b'-' {
                    percent.push(char::from(byte));
                } else {
                    let _ = write!(percent, "%{byte:02X}");
                }
            }
            forms.push((format!("{secret} percent-encoded"), percent.into_bytes()));
            // Base64 of a text that holds the secret looks one of three ways, by where the secret begins in it.
            for shift in 0..3 {
                let skipped = (3 - shift) % 3;
                let whole = (secret.len() - skipped) / 3 * 3;
                let middle = &secret.as_bytes()[skipped..skipped + whole];
                forms.push((format!("{secret} in base64"), STANDARD_NO_PAD.encode(middle).into_bytes()));
            }
            forms.push((format!("{secret} in hex"), hex(&secret).into_bytes()));
        }
        Self(forms)
    }

    /// The forms that the bytes hold.
    pub(super) fn within(&self, bytes: &[u8]) -> Vec<&str> {
        let any = self.0.iter().map(|(_, form)| regex::escape(&String::from_utf8_lossy(form)));
        let any = any.chain(["(?i:X-Amz-Signature(?:=|%3D)[0-9a-f]{16,})".to_owned()]).collect::<Vec<_>>().join("|");
        let any = Regex::new(&any).expect("a pattern of ours");
        let named = |found: &[u8]| self.0.iter().find(|(_, form)| form == found).map(|(name, _)| name.as_str());
        let mut found: Vec<&str> =
            any.find_iter(bytes).map(|found| named(found.as_bytes()).unwrap_or("a signature of a link")).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same of every file below the folder, with the files' names.
    pub(super) fn below(&self, folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        walk(folder, &mut |path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            found.extend(self.within(&bytes).iter().map(|mark| format!("{mark} in {}", path.display())));
        });
        found
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A whole life of exports, with all that was said in it.
struct Life {
    program: Program,
    said: String,
    /// What the operating system shows of a running program, and what lay on the disk then.
    seen: Vec<u8>,
}

impl Life {
    fn run(&mut self, args: &[&str]) -> Ran {
        let args = [args, &["-vvv"][..]].concat();
        let ran = self.program.run(&args);
        let _ = writeln!(self.said, "{args:?}: {}\n{}\n{}", ran.status, ran.stdout, ran.stderr);
        ran
    }

    fn export(&mut self, name: &str, status: i32) {
        // What cannot land is not waited for.
        let patience = if status == 0 { "1min" } else { "1s" };
        let ran = self.run(&["export", name, "project_id=riverside-clinic", "format=csv", "--patience", patience]);
        ran.ended(status);
    }

    /// Kills a download in its middle, and looks around at that moment.
    fn kill_in_mid_download(&mut self) {
        let args = ["export", "files", "fileIds=16", "--limit-rate", "4MB", "-vvv"];
        let mut running = self.program.start(&args);
        running.wait_for("downloading");
        for what in ["cmdline", "environ"] {
            let shown = std::fs::read(format!("/proc/{}/{what}", running.id())).expect("a running program is shown");
            assert!(!shown.is_empty(), "/proc shows the {what}");
            self.seen.extend(shown);
        }
        let here = self.program.here();
        let staged = || {
            std::fs::read_dir(&here).into_iter().flatten().flatten().find(|entry| {
                entry.file_name().to_string_lossy().ends_with(".landfall-part")
                    && entry.metadata().is_ok_and(|data| data.len() > 0)
            })
        };
        while staged().is_none() {
            std::thread::yield_now();
        }
        running.signal("KILL");
        let ran = running.end().ended(137);
        let _ = writeln!(self.said, "{}\n{}", ran.stdout, ran.stderr);
        walk(self.program.folder(), &mut |path| self.seen.extend(std::fs::read(path).unwrap_or_default()));
        let names = self.program.listing();
        assert!(names.iter().any(|name| name.contains("landfall-journal")), "a journal lies there: {names:?}");
    }
}

#[test]
fn marks_of_tokens_and_links_are_found_nowhere() {
    let served = Served::of("", |options| options.users = vec![User::new("anna", TOKEN)]);
    let recorder = Recorder::before(&served.url());
    let mut life = Life { program: Program::new(), said: String::new(), seen: Vec::new() };
    for (name, connector) in [("reports", "report-exports"), ("files", "download-jobs")] {
        let header = format!("X-Key={KEY}");
        let args = [
            "connect",
            "add",
            name,
            "--connector",
            connector,
            "--url",
            recorder.url(),
            "--token-stdin",
            "--secrets",
            "file",
            "--header",
            &header,
            "-vvv",
        ];
        let ran = life.program.run_with(&args, TOKEN).ended(0);
        let _ = writeln!(life.said, "{}\n{}", ran.stdout, ran.stderr);
    }
    life.run(&["connect", "test", "reports"]).ended(0);
    life.export("reports", 0);
    for (fault, status) in [
        ("job-fails=100%", 3),
        // With a second of patience it ends while it is still trying.
        ("expired=100%", 7),
        ("wrong-digest=100%", 6),
        ("503=100%", 7),
        ("garbage@watch=1x", 0),
        ("401@watch=1x", 8),
        ("cut=3x", 0),
        ("expired=1x", 0),
    ] {
        served.faults().clear();
        served.faults().apply(fault).expect("a fault of ours");
        life.export("reports", status);
    }
    served.faults().clear();
    life.kill_in_mid_download();
    for point in ["job.submit-sent", "job.resolved", "transfer.whole"] {
        let program = life
            .program
            .command(landfall_tests::program::binary())
            .env("LANDFALL_CRASH_AT", point)
            .args(["export", "reports", "project_id=suzhou-lab", "format=csv", "-vvv"])
            .output()
            .expect("it starts");
        assert_eq!(program.status.code(), None, "{point}: it died there: {}", String::from_utf8_lossy(&program.stderr));
        life.said.push_str(&String::from_utf8_lossy(&program.stderr));
    }
    life.run(&["recover"]);
    // A sign-in that the server does not know.
    let wrong = "T9MARK-wrong/55+aa=0f0f";
    let args = [
        "connect",
        "add",
        "wrong",
        "--connector",
        "report-exports",
        "--url",
        recorder.url(),
        "--token-stdin",
        "--secrets",
        "file",
        "-vvv",
    ];
    life.program.run_with(&args, wrong).ended(0);
    life.export("wrong", 8);
    life.run(&["connect", "test", "wrong"]).ended(8);
    // A link by hand, dead and alive: the person typed it, and it is not said again.
    let link = format!("{}/objects/none?X-Amz-Signature={}", served.url(), "5ec2e7".repeat(8));
    life.run(&[
        "fetch",
        &link.replace(&served.url(), "http://127.0.0.1:9"),
        "--header",
        &format!("X-Key={KEY}"),
        "--ca",
        "missing",
    ])
    .ended(2);
    assert_ne!(life.run(&["fetch", &link]).status, 0, "there is no such object");
    for args in [&["jobs"][..], &["jobs", "--json"], &["doctor"], &["doctor", "--json"], &["connect", "list", "--json"]]
    {
        life.run(args);
    }
    for id in life.program.job_ids() {
        life.run(&["show", &id, "--json"]).ended(0);
        life.run(&["receipt", &id, "--json"]);
    }

    let signatures = recorder.signatures();
    assert!(signatures.len() >= 4, "the service gave out links: {signatures:?}");
    // What a person typed as an argument is not repeated here; what was said about it is.
    let said: String = life.said.lines().filter(|line| !line.starts_with("[\"")).collect::<Vec<_>>().join("\n");
    let marks = Marks::of([TOKEN.to_owned(), KEY.to_owned(), wrong.to_owned()].into_iter().chain(signatures));
    assert_eq!(marks.within(said.as_bytes()), [""; 0], "nothing is said");
    assert_eq!(marks.within(&life.seen), [""; 0], "nothing is shown or lies there while it runs");
    assert_eq!(marks.below(life.program.folder()), [""; 0], "nothing is on the disk");
    assert!(said.contains("TRACE") || said.contains("DEBUG") || said.contains("INFO"), "the log was on");
}

#[test]
fn mark_that_is_planted_is_found_in_every_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let marks = Marks::of([TOKEN.to_owned()]);
    assert_eq!(marks.below(folder.path()), [""; 0], "an empty folder holds none");
    let deep = folder.path().join("deep/er");
    std::fs::create_dir_all(&deep).expect("folders");
    let encode = |text: String| STANDARD_NO_PAD.encode(text);
    let plants = [
        format!("log: Bearer {TOKEN}\n"),
        encode(TOKEN.to_owned()),
        encode(format!("a{TOKEN}b")),
        encode(format!("Bearer: {TOKEN}")),
        "http://h/?token=T9MARK-token%2F4f%2B7c%3D19d2".to_owned(),
        hex(TOKEN),
        format!("http://h/o?X-Amz-Signature={}", "0f".repeat(32)),
    ];
    for (index, plant) in plants.iter().enumerate() {
        let file = deep.join(format!(".hidden-{index}"));
        std::fs::write(&file, plant).expect("a file");
        assert_eq!(marks.below(folder.path()).len(), 1, "{plant} is found once");
        std::fs::remove_file(file).expect("it is there");
    }
}
