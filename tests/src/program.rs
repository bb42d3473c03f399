//! The program `landfall` as a person or a script runs it: a folder of its own, a bare environment, and what came of it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use regex::Regex;

/// Nothing that a test waits for takes longer on an honest machine.
const LONGEST: Duration = Duration::from_mins(1);

/// The program's path: `LANDFALL_BIN`, else `landfall` beside the folder of this test binary.
pub fn binary() -> PathBuf {
    let path = std::env::var_os("LANDFALL_BIN").map_or_else(beside_this_test, PathBuf::from);
    assert!(
        path.is_file(),
        "the program {} is not there: build it with `cargo build -p landfall-cli`, or name it with LANDFALL_BIN",
        path.display()
    );
    path
}

/// Where nginx is: Debian keeps it where only root's `PATH` leads.
pub fn nginx() -> &'static str {
    if Path::new("/usr/sbin/nginx").is_file() { "/usr/sbin/nginx" } else { "nginx" }
}

fn beside_this_test() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let found = test.ancestors().skip(1).map(|folder| folder.join("landfall")).find(|path| path.is_file());
    found.unwrap_or_else(|| test.with_file_name("landfall"))
}

/// A place to run the program in: a home, a folder for files, and nothing of the environment but what is said here.
#[derive(Debug)]
pub struct Program {
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; a signal's number plus 128 when one ended it.
    pub status: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// A run that goes on.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    stdout: JoinHandle<String>,
    heard: Vec<String>,
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

impl Program {
    /// An empty place.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("here")).expect("an empty folder takes another");
        let here = folder.path().to_string_lossy().into_owned();
        let environment = BTreeMap::from([
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("HOME".to_owned(), here.clone()),
            ("LANDFALL_HOME".to_owned(), format!("{here}/home")),
        ]);
        Self { folder, environment }
    }

    /// With that in the environment too.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Without that in the environment.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Everything that the program can write lies in here.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The home.
    pub fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    /// The folder it is typed in.
    pub fn here(&self) -> PathBuf {
        self.folder().join("here")
    }

    /// A command with this place's environment, for a program that may run ours.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.environment).current_dir(self.here());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    /// Runs it to its end with that on stdin.
    pub fn run_with(&self, args: &[&str], input: &str) -> Ran {
        finish(self.command(binary()).args(args), input)
    }

    /// Runs a shell script to its end; `$LANDFALL` is the program.
    pub fn script(&self, script: &str) -> Ran {
        finish(self.command("sh").env("LANDFALL", binary()).args(["-c", script]), "")
    }

    /// Starts it; what it says on stderr can be waited for.
    pub fn start(&self, args: &[&str]) -> Running {
        Running::of(self.command(binary()).args(args).stdin(Stdio::null()))
    }

    /// The text with everything that differs from run to run replaced: this place, ids, ports, digests, times.
    pub fn tidy(&self, text: &str) -> String {
        let mut text = text.replace(&self.folder().to_string_lossy().into_owned(), "[DIR]");
        for (pattern, name) in [
            (r"\b[0-9a-f]{64}\b", "[SHA256]"),
            (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "[CORRELATION]"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
            (r"([0-9a-f])[0-9a-f]{31}\b", "[REMOTE]"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
            (r"process \d+", "process [PID]"),
            (r"fetch-[0-9a-f]{16}", "[FETCH]"),
        ] {
            text = Regex::new(pattern).expect("a pattern of ours").replace_all(&text, name).into_owned();
        }
        for id in self.job_ids() {
            text = text.replace(&id, "[JOB]");
        }
        text
    }

    /// What a run said on stderr, tidied and without the lines of progress.
    pub fn told(&self, ran: &Ran) -> String {
        let tidy = self.tidy(&ran.stderr);
        let told = tidy.lines().filter(|line| !(line.starts_with("[JOB] ") || line.starts_with("[FETCH] ")));
        told.flat_map(|line| [line, "\n"]).collect()
    }

    /// The ids of all jobs, newest first.
    pub fn job_ids(&self) -> Vec<String> {
        if !self.home().join("landfall.db").exists() {
            return Vec::new();
        }
        let ran = self.run(&["jobs", "--json"]);
        let jobs: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
        let ids = jobs.as_array().into_iter().flatten().filter_map(|job| job["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    /// Every file below this place with its size, but for those that a mere look may touch.
    pub fn listing(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.folder(), &mut |path| {
            let name = path.strip_prefix(self.folder()).unwrap_or(path).to_string_lossy().into_owned();
            let moves = ["lock", "landfall.db", "landfall.db-wal", "landfall.db-shm"];
            if !moves.iter().any(|moving| name == format!("home/{moving}")) {
                found.push(format!("{name} {}", path.metadata().map_or(0, |data| data.len())));
            }
        });
        found.sort();
        found
    }
}

impl Ran {
    /// The one JSON document on stdout.
    pub fn json(&self) -> serde_json::Value {
        let mut documents = self.documents();
        assert_eq!(documents.len(), 1, "one document was expected on stdout: {}", self.stdout);
        documents.remove(0)
    }

    /// The JSON documents on stdout, a line each.
    pub fn documents(&self) -> Vec<serde_json::Value> {
        let read = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("stdout holds more than JSON: {error}: {line}"))
        };
        self.stdout.lines().map(read).collect()
    }

    /// Asserts how it ended, and shows all it said when it ended otherwise.
    #[expect(clippy::return_self_not_must_use, reason = "often the exit code is all that a test asks for")]
    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl Running {
    fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut out = child.stdout.take().expect("piped");
        let err = child.stderr.take().expect("piped");
        let (said, lines) = channel();
        let stdout = std::thread::spawn(move || {
            let mut text = Vec::new();
            out.read_to_end(&mut text).expect("stdout can be read");
            String::from_utf8_lossy(&text).into_owned()
        });
        std::thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, stdout, heard: Vec::new() }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says something with these words on stderr.
    pub fn wait_for(&mut self, words: &str) {
        while !self.heard.iter().any(|line| line.contains(words)) {
            match self.lines.recv_timeout(LONGEST) {
                Ok(line) => self.heard.push(line),
                Err(error) => panic!("{words:?} was never said ({error}): {:#?}", self.heard),
            }
        }
    }

    /// Sends it a signal by its name, such as `INT` or `KILL`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status();
        assert!(sent.expect("kill can be run").success(), "{} is there to be told", self.id());
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        self.heard.extend(self.lines.iter());
        let status = code(self.child.wait().expect("it can be waited for"));
        let stderr = self.heard.iter().flat_map(|line| [line, "\n"]).collect();
        Ran { status, stdout: self.stdout.join().expect("stdout was read"), stderr }
    }
}

fn finish(command: &mut Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.as_mut().expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    // A program that does not read ends before it has taken all.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let stderr = std::thread::spawn(move || {
        let mut text = Vec::new();
        err.read_to_end(&mut text).expect("stderr can be read");
        text
    });
    let mut stdout = Vec::new();
    out.read_to_end(&mut stdout).expect("stdout can be read");
    let stderr = stderr.join().expect("stderr was read");
    let status = code(child.wait().expect("it can be waited for"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { status, stdout: text(&stdout), stderr: text(&stderr) }
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().or_else(|| status.signal().map(|signal| signal + 128)).expect("it ended by itself or by a signal")
}

/// Shows every file below the folder.
pub fn walk(folder: &Path, see: &mut dyn FnMut(&Path)) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            walk(&path, see);
        } else {
            see(&path);
        }
    }
}
