//! A bed for journeys: a home and a folder of one person, the real binary, and the real service.

mod ledger;
mod outside;
mod program;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};
use landfall_engine::connector::Connector;
use serde_json::Value;

pub use crate::program::binary;
pub use ledger::{Ledger, ServerJob};
pub use outside::{Outside, Reply};
pub use program::{Outcome, Running};
pub use server::{ServeProcess, Server, free_port};

/// Nothing in a journey takes longer; what does, hangs.
const LIMIT: Duration = Duration::from_mins(2);

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// The variable that carries the token to `connect add`.
const TOKEN: &str = "LANDFALL_TEST_TOKEN";

/// The variable that carries the name of an OAuth client to it.
const CLIENT: &str = "LANDFALL_TEST_CLIENT";

/// One person's home and folder, and the server that they ask.
#[derive(Debug)]
pub struct TestBed {
    root: tempfile::TempDir,
    folder: PathBuf,
    user: String,
    url: String,
    ledger: Ledger,
    /// Kept running as long as the bed is there.
    server: Option<Arc<Server>>,
    runs: AtomicU32,
}

impl TestBed {
    /// A bed on a service of its own, as fast as it goes, connected as the connector's name.
    pub fn new(connector: &str) -> Self {
        Self::on(&Server::start(&["anna"], |_| {}), "anna").connect(connector)
    }

    /// A bed of that user on a service that several share; not connected yet.
    pub fn on(server: &Arc<Server>, user: &str) -> Self {
        let mut bed = Self::at(&server.url(), user, server.ledger().clone());
        bed.server = Some(server.clone());
        bed
    }

    /// A bed of that user on a service at that address, whoever runs it; not connected yet.
    pub fn at(url: &str, user: &str, ledger: Ledger) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path().join("landed");
        fs::create_dir(&folder).expect("the folder can be made");
        let (user, url) = (user.to_owned(), url.to_owned());
        Self { root, folder, user, url, ledger, server: None, runs: AtomicU32::new(0) }
    }

    /// Lands in that folder instead of one of its own.
    #[must_use]
    pub fn landing_in(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// Connects to that kind of system with the user's right token; the connection has the connector's name.
    #[must_use]
    pub fn connect(self, connector: &str) -> Self {
        self.sign_in(connector, &token_of(&self.user));
        self
    }

    /// Connects, again too, with any token.
    pub fn sign_in(&self, connector: &str, token: &str) {
        let arguments = ["connect", "add", connector, "--connector", connector, "--url", &self.url];
        let mut command = self.command(&arguments);
        command.args(["--secrets", "file", "--token-env", TOKEN, "--to"]).arg(&self.folder).env(TOKEN, token);
        self.start_command(command).wait().ended(0, "a connection can be added");
    }

    /// Connects by an OAuth client instead of a token: the service's client of this user, and a secret.
    #[must_use]
    pub fn connect_as_client(self, connector: &str, secret: &str) -> Self {
        let arguments =
            ["connect", "add", connector, "--connector", connector, "--url", &self.url, "--secrets", "file"];
        let mut command = self.command(&arguments);
        command.args([
            "--secret-env",
            &format!("client_id={CLIENT}"),
            "--secret-env",
            &format!("client_secret={TOKEN}"),
        ]);
        command.arg("--to").arg(&self.folder).env(CLIENT, &self.user).env(TOKEN, secret);
        self.start_command(command).wait().ended(0, "a connection can be added");
        self
    }

    /// Adds a built-in connector under another id, with pieces of its text exchanged, and connects by it.
    #[must_use]
    pub fn connect_by_own(self, built_in: &str, id: &str, changes: &[(&str, &str)]) -> Self {
        let source = Connector::built_in().iter().find(|one| one.id == built_in).expect("it is built in").source;
        let mut text = source.replace(&format!("id = \"{built_in}\""), &format!("id = \"{id}\""));
        for (piece, other) in changes {
            assert!(text.contains(piece), "{built_in} has {piece:?}");
            text = text.replace(piece, other);
        }
        let file = self.root.path().join(format!("{id}.toml"));
        fs::write(&file, text).expect("the connector can be written");
        self.run(&["connectors", "add", &file.to_string_lossy()]).ended(0, "the connector is sound");
        self.connect(id)
    }

    /// This user without Landfall.
    pub fn outside(&self) -> Outside {
        Outside::new(&self.url, token_of(&self.user))
    }

    /// The service in this process.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("this bed's service runs in the test's process")
    }

    /// What the service's own table says.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The jobs that the server has of this user, oldest first.
    pub fn server_jobs(&self) -> Vec<ServerJob> {
        self.ledger.jobs_of(&self.user)
    }

    /// Where files land.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the program keeps its state.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The job list's file.
    pub fn store(&self) -> PathBuf {
        self.home().join("landfall.db")
    }

    /// The program with these arguments and this home, and nothing of the test's own environment that concerns it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LANDFALL_")) {
            command.env_remove(name);
        }
        command.args(arguments).env("LANDFALL_HOME", self.home()).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command
    }

    /// Starts a command of this bed.
    pub fn start_command(&self, command: Command) -> Running {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        Running::start(command, &self.root.path().join(format!("run-{number}")))
    }

    /// Starts the program with these arguments; JSON on its stdout.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.arg("--json");
        self.start_command(command)
    }

    /// Runs the program to its end; JSON on its stdout.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).wait()
    }

    /// Runs the program so that it dies at the named point; whether it died there.
    pub fn dies_at(&self, point: &str, arguments: &[&str]) -> bool {
        let mut command = self.command(arguments);
        command.env(landfall_engine::crash::VARIABLE, point);
        self.start_command(command).wait().signal == Some(SIGABRT)
    }

    /// Writes wishes down without sending any: the program dies right after each is on disk.
    pub fn wish(&self, arguments: &[&str]) {
        let arguments: Vec<&str> = ["export"].iter().chain(arguments).copied().collect();
        assert!(self.dies_at("job.wished", &arguments), "dies once the wish is on disk: {arguments:?}");
    }

    /// The jobs as the program lists them, newest first.
    pub fn jobs(&self) -> Vec<Value> {
        let outcome = self.run(&["jobs"]);
        outcome.ended(0, "jobs can be listed");
        outcome.document().as_array().expect("the list is an array").clone()
    }

    /// The only job.
    pub fn only_job(&self) -> Value {
        let jobs = self.jobs();
        assert_eq!(jobs.len(), 1, "there is one job: {jobs:?}");
        jobs.into_iter().next().expect("there is one")
    }

    /// The only job that the server has of this user.
    pub fn only_server_job(&self) -> ServerJob {
        let jobs = self.server_jobs();
        assert_eq!(jobs.len(), 1, "there is one job on the server: {jobs:?}");
        jobs.into_iter().next().expect("there is one")
    }

    /// What happened to a job, a line each.
    pub fn timeline(&self, id: &str) -> Vec<String> {
        let shown = self.run(&["show", id]);
        shown.ended(0, "a job can be shown");
        let lines = shown.document()["timeline"].as_array().cloned().unwrap_or_default();
        lines.iter().map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// All names in the folder, the hidden ones too, sorted.
    pub fn names(&self) -> Vec<String> {
        names_in(&self.folder)
    }

    /// Bytes in the hidden partial files; nothing while there is none.
    pub fn partial_bytes(&self) -> u64 {
        let part = |name: &String| name.starts_with('.') && name.ends_with("landfall-part");
        self.names().iter().filter(|name| part(name)).filter_map(|name| size_of(&self.folder.join(name))).sum()
    }

    /// Exactly so many jobs are there, here and on the server; each has landed once with the server's bytes, and
    /// nothing else is in the folder. Gives them as the program lists them.
    pub fn assert_landed(&self, case: &str, count: usize) -> Vec<Value> {
        let jobs = self.jobs();
        let server_jobs = self.server_jobs();
        assert_eq!(jobs.len(), count, "{case}: no job is lost or doubled here: {jobs:#?}");
        assert_eq!(server_jobs.len(), count, "{case}: none is lost or doubled on the server: {server_jobs:#?}");
        let mut landed = Vec::new();
        for job in &jobs {
            assert_eq!(job["phase"], "landed", "{case}: {job:#}");
            let files = job["files"].as_array().expect("a job has files");
            assert_eq!(files.len(), 1, "{case}: one file a job: {job:#}");
            let path = PathBuf::from(files[0]["path"].as_str().expect("a file has a path"));
            assert_eq!(path.parent(), Some(self.folder()), "{case}: the file is inside the folder: {}", path.display());
            let remote = job["remoteId"].as_str().expect("a landed job knows the server's");
            let of_server = server_jobs.iter().find(|one| one.id == remote || one.task_id == remote);
            let object = self.ledger.object(of_server.expect("the server knows the job"));
            assert_eq!(sha256_of(&path), sha256_of(&object), "{case}: the file's bytes are the server's");
            assert_eq!(files[0]["sha256"], sha256_of(&path), "{case}: the digest that is told is the file's");
            assert_eq!(files[0]["verified"], true, "{case}: the server's digest vouched for it");
            self.run(&["verify", id_of(job)]).ended(0, "the file verifies");
            landed.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        landed.sort();
        assert_eq!(self.names(), landed, "{case}: the folder holds each file once and nothing hidden");
        jobs
    }
}

/// The signal of a process that aborts itself.
const SIGABRT: i32 = 6;

/// The token by which the service knows a user of a bed.
pub fn token_of(user: &str) -> String {
    format!("{user}-token-7c1e")
}

/// The id of a job as the program lists it.
pub fn id_of(job: &Value) -> &str {
    job["id"].as_str().expect("a job has an id")
}

/// All names in a folder, sorted.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries.flatten().map(|one| one.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The SHA-256 of a file, in hex.
pub fn sha256_of(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{} can be read: {error}", path.display()));
    let mut hash = landfall_engine::digest::Sha256::default();
    hash.update(&bytes);
    hash.finish()
}

fn size_of(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|about| about.len())
}

/// Looks until there is something to see; fails when it takes too long.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let clock = SystemClock::new();
    let deadline = clock.monotonic() + LIMIT;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(clock.monotonic() < deadline, "{what}: not within {LIMIT:?}");
        std::thread::sleep(LOOK);
    }
}
