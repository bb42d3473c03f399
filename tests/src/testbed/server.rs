//! The service, in the test's own process or as a process of its own that can be killed and started again.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use landfall_service::{Clock, Faults, Options, Seen, Service, User};
use tokio::runtime::Runtime;

use super::{Ledger, Running, binary, eventually, token_of};

/// How often an event stream of a fast service looks for news.
const LOOK: Duration = Duration::from_millis(50);

/// A service in the test's own process: its faults can be switched while it runs.
#[derive(Debug)]
pub struct Server {
    service: Option<Service>,
    runtime: Runtime,
    ledger: Ledger,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts one for these users that works as fast as it goes; `change` what the test is about.
    pub fn start(users: &[&str], change: impl FnOnce(&mut Options)) -> Arc<Self> {
        let data = tempfile::tempdir().expect("a temporary folder");
        let users = users.iter().map(|user| User::new(*user, token_of(user))).collect();
        let mut options = Options { pace: 0.0, look: LOOK, users, ..Options::new(data.path()) };
        change(&mut options);
        let runtime = Runtime::new().expect("a runtime");
        let service = runtime.block_on(Service::start(options)).expect("the service starts");
        Arc::new(Self { service: Some(service), runtime, ledger: Ledger::of(data.path()), _data: data })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.service().url()
    }

    /// Its faults, to be switched.
    pub fn faults(&self) -> &Faults {
        self.service().faults()
    }

    /// Its time, to be moved.
    pub fn clock(&self) -> &Clock {
        self.service().clock()
    }

    /// What reached it so far.
    pub fn seen(&self) -> Seen {
        self.service().seen()
    }

    /// What its table says.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn service(&self) -> &Service {
        self.service.as_ref().expect("it runs until it is dropped")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(service) = self.service.take() else { return };
        let authorizations = service.seen().storage_authorizations;
        self.runtime.block_on(service.stop());
        if !std::thread::panicking() {
            assert_eq!(authorizations, 0, "the API's token never goes to the storage host");
        }
    }
}

/// A service in a process of its own, on a port and a data folder that outlive it.
#[derive(Debug)]
pub struct ServeProcess {
    data: tempfile::TempDir,
    port: u16,
    arguments: Vec<String>,
    running: Option<Running>,
    starts: u32,
}

impl ServeProcess {
    /// One for the user `anna` with these flags besides; not started yet.
    pub fn new(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let data = tempfile::tempdir().expect("a temporary folder");
        Self { data, port: free_port(), arguments, running: None, starts: 0 }
    }

    /// Starts it and waits until it listens.
    pub fn start(&mut self) {
        let mut command = Command::new(binary());
        let user = format!("anna={}", token_of("anna"));
        command.args(["serve", "--user", &user, "--port", &self.port.to_string(), "--data"]);
        command.arg(self.data.path()).args(&self.arguments).stdin(Stdio::null());
        self.starts += 1;
        let mut running = Running::start(command, &self.data.path().join(format!("serve-{}", self.starts)));
        eventually("the service listens", || {
            assert!(running.is_running(), "the service goes on: {}", running.stdout());
            running.stdout().contains("listening on").then_some(())
        });
        self.running = Some(running);
    }

    /// Kills it, as by `kill -9`.
    pub fn kill(&mut self) {
        self.running.take().expect("it runs").kill();
    }

    /// Where it listens while it runs.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What its table says.
    pub fn ledger(&self) -> Ledger {
        Ledger::of(self.data.path())
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}
