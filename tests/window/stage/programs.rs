//! Programs that end with the test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// A program that ends with the test, and all that it has started.
#[derive(Debug)]
pub(crate) struct Ended(Child);

impl Ended {
    /// Starts it in a group of processes of its own.
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().display().to_string();
        Self(command.process_group(0).spawn().unwrap_or_else(|error| panic!("{name} is installed: {error}")))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.0.try_wait().expect("it can be asked after")
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        signal("KILL", &format!("-{}", self.id()));
        let _ = self.0.wait();
    }
}

/// Sends a signal to a process, or to a group of them by its number with a minus.
pub(super) fn signal(name: &str, process: &str) {
    // What has ended meanwhile needs none.
    let _ = Command::new("kill").args(["-s", name, "--", process]).stderr(Stdio::null()).status();
}

/// Starts a program and gives the first line that it says.
pub(super) fn said(mut command: Command) -> (Ended, String) {
    let name = format!("{command:?}");
    let mut program = Ended::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let mut line = String::new();
    let read = BufReader::new(program.0.stdout.take().expect("it is piped")).read_line(&mut line);
    if read.is_err() || line.trim().is_empty() {
        let mut why = String::new();
        let _ = program.0.stderr.take().map(|mut stderr| stderr.read_to_string(&mut why));
        panic!("{name} says nothing: {why}");
    }
    (program, line.trim().to_owned())
}

/// A port that nobody listens on.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}
