//! The real binary: started, watched, killed and waited for.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use serde_json::Value;

use super::eventually;

/// A run of the program that is going on. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    peak: u64,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// What it gave as data.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// The most memory it held at once, in bytes, as far as was seen.
    pub peak: u64,
}

impl Running {
    /// Starts the command; its words go to files that begin with `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let (stdout, stderr) = (log.with_extension("out"), log.with_extension("err"));
        let file = |path: &Path| File::create(path).expect("a file for the words of the program");
        let child = command.stdout(file(&stdout)).stderr(file(&stderr)).spawn();
        let child = child.unwrap_or_else(|error| panic!("the program starts: {error}"));
        Self { child, stdout, stderr, peak: 0 }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the program can be waited for").is_none()
    }

    /// What it has given as data so far.
    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    /// Kills it, as by `kill -9`, and waits until it is gone.
    pub fn kill(mut self) -> Outcome {
        // It may have ended by itself just now.
        let _ = self.child.kill();
        self.wait()
    }

    /// Asks it to stop: `INT` or `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.id())).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal {name} can be sent");
    }

    /// Waits until it ends.
    pub fn wait(mut self) -> Outcome {
        let status = eventually("the program ends", || {
            self.peak = self.peak.max(memory_peak(self.child.id()).unwrap_or(0));
            self.child.try_wait().expect("the program can be waited for")
        });
        let outcome = Outcome {
            code: status.code(),
            signal: status.signal(),
            stdout: read(&self.stdout),
            stderr: read(&self.stderr),
            peak: self.peak,
        };
        assert!(!outcome.stderr.contains("panicked"), "nothing makes it panic: {}", outcome.stderr);
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, in most cases.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Outcome {
    /// It ended by itself with that exit code.
    pub fn ended(&self, code: i32, why: &str) -> &Self {
        assert_eq!(self.code, Some(code), "{why}: {self:#?}");
        self
    }

    /// What it said holds all of these.
    pub fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "it says {word:?}: {}", self.stderr);
        }
        self
    }

    /// Its data, a document a line.
    pub fn documents(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// Its first document.
    pub fn document(&self) -> Value {
        self.documents().into_iter().next().unwrap_or_else(|| panic!("it gave a document: {self:#?}"))
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// The most memory a process has held so far, in bytes (`VmHWM` of proc(5)).
fn memory_peak(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
