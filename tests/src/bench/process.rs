//! One run of a program: wall time, CPU seconds, greatest memory.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};

/// Ticks of `/proc/self/stat` a second: fixed in the kernel's interface to user space.
const TICKS: f64 = 100.0;

/// What a run cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds of user and system time, with those of its children.
    pub cpu: f64,
    /// The greatest resident memory, in MiB.
    pub memory: f64,
}

/// Runs a command to its end; an error when it fails.
pub fn run(command: &mut Command) -> io::Result<Cost> {
    let clock = SystemClock::new();
    let cpu = cpu_of_children()?;
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut memory = 0.0;
    let status = loop {
        memory = peak(&child).unwrap_or(memory);
        match child.try_wait()? {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let wall = clock.monotonic().as_secs_f64();
    if !status.success() {
        return Err(io::Error::other(format!("{command:?} ended with {status}")));
    }
    Ok(Cost { wall, cpu: cpu_of_children()? - cpu, memory })
}

/// CPU seconds of all children that were waited for.
fn cpu_of_children() -> io::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // Fields are counted after the name in parentheses, which may hold spaces: cutime and cstime are the 16th and 17th.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = rest.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}

/// CPU seconds so far of these processes, which run.
pub(super) fn cpu_of(processes: impl IntoIterator<Item = u32>) -> io::Result<f64> {
    let mut ticks = 0.0;
    for id in processes {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        ticks += rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>();
    }
    Ok(ticks / TICKS)
}

pub(super) fn peak(child: &Child) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// The binary to measure: `LANDFALL_BIN`, else the one beside this program.
pub fn landfall() -> io::Result<std::path::PathBuf> {
    if let Some(named) = std::env::var_os("LANDFALL_BIN") {
        return Ok(named.into());
    }
    let beside = std::env::current_exe()?.with_file_name("landfall");
    if beside.exists() {
        return Ok(beside);
    }
    Err(io::Error::other("build it first: cargo build --release -p landfall-cli, or name it in LANDFALL_BIN"))
}

/// A home of its own, so that a bench meets nothing of the person who runs it.
pub fn fetch(binary: &Path, home: &Path, url: &str, to: &Path, authority: Option<&Path>) -> Command {
    let mut command = Command::new(binary);
    command.arg("--home").arg(home).args(["--json", "fetch", url, "--name", "ours", "--to"]).arg(to);
    if let Some(authority) = authority {
        command.arg("--ca").arg(authority);
    }
    command
}
