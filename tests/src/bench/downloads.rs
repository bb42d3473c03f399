//! S1 and S2 (one big file against curl), S7 (killed in the middle), and the memory of a fetch.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::median;
use super::nginx::{Nginx, make_file};
use super::process::{self, Cost, run};

/// What is measured and how often.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Size of the file.
    pub mebibytes: u64,
    /// Runs of each, in turn.
    pub runs: usize,
    /// Where source and target lie: a tmpfs for the network path, a disk for the whole.
    pub folder: PathBuf,
    /// The target is on a disk: the peer syncs, since ours is durable when it says landed.
    pub synced: bool,
}

/// A peer's script and ours, alternating.
#[derive(Debug)]
struct Pair {
    name: &'static str,
    secure: bool,
    /// What the peer does, as a shell line over `$URL`, `$CA` and `$OUT`.
    peer: &'static str,
    /// Ratios to reach: wall, CPU.
    reach: (f64, f64),
}

const PAIRS: [Pair; 3] = [
    Pair { name: "S1 plain, against curl", secure: false, peer: "curl -s -o \"$OUT\" \"$URL\"", reach: (0.8, 1.0) },
    Pair {
        name: "S1 TLS, against curl",
        secure: true,
        peer: "curl -s --http1.1 --cacert \"$CA\" -o \"$OUT\" \"$URL\"",
        reach: (0.9, 1.0),
    },
    Pair {
        name: "S2 TLS, against curl and sha256sum",
        secure: true,
        peer: "curl -s --http1.1 --cacert \"$CA\" -o \"$OUT\" \"$URL\" && sha256sum \"$OUT\"",
        reach: (0.35, 0.4),
    },
];

/// S1 and S2, and the memory seen meanwhile.
pub fn against_curl(setting: &Setting) -> io::Result<Vec<Value>> {
    let bench = Bench::new(setting)?;
    let server = Nginx::start(bench.source(), 0)?;
    let mut rows = Vec::new();
    for pair in &PAIRS {
        let (mut peers, mut ours): (Vec<Cost>, Vec<Cost>) = (Vec::new(), Vec::new());
        for _ in 0..setting.runs {
            peers.push(bench.peer(&server, pair)?);
            ours.push(bench.ours(&server, pair.secure)?);
        }
        let of = |costs: &[Cost], field: fn(&Cost) -> f64| median(costs.iter().map(field));
        let (peer_wall, peer_cpu) = (of(&peers, |cost| cost.wall), of(&peers, |cost| cost.cpu));
        let (wall, cpu) = (of(&ours, |cost| cost.wall), of(&ours, |cost| cost.cpu));
        rows.push(json!({
            "measure": pair.name, "onDisk": setting.synced, "runs": setting.runs, "mebibytes": setting.mebibytes,
            "wallSeconds": wall, "cpuSeconds": cpu, "peerWallSeconds": peer_wall, "peerCpuSeconds": peer_cpu,
            "wallRatio": wall / peer_wall, "cpuRatio": cpu / peer_cpu,
            "wallRatioToReach": pair.reach.0, "cpuRatioToReach": pair.reach.1,
            "memoryMebibytes": ours.iter().map(|cost| cost.memory).fold(0.0, f64::max),
        }));
    }
    Ok(rows)
}

/// S7: killed in the middle of a stream of 300 MB/s, and started again.
pub fn killed(setting: &Setting) -> io::Result<Value> {
    let bench = Bench::new(setting)?;
    let server = Nginx::start(bench.source(), 300)?;
    let url = server.url(false, "file");
    let mut command = process::fetch(&bench.binary, &bench.home(), &url, &bench.target(), None);
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    while bench.held() < setting.mebibytes * 1024 * 1024 / 2 {
        if let Some(status) = first.try_wait()? {
            return Err(io::Error::other(format!("the first run ended with {status}")));
        }
        thread::sleep(Duration::from_millis(5));
    }
    first.kill()?;
    first.wait()?;
    let held = bench.held();
    let clock = SystemClock::new();
    let mut second = command.spawn()?;
    let mut flowing = None;
    let status = loop {
        if flowing.is_none() && bench.held() > held {
            flowing = Some(clock.monotonic().as_secs_f64());
        }
        match second.try_wait()? {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    let same = Command::new("cmp").arg(bench.source().join("file")).arg(bench.target().join("ours")).status()?;
    if !status.success() || !same.success() {
        return Err(io::Error::other(format!("the second run ended with {status}, compared: {same}")));
    }
    // The log is written when nginx notices the cut.
    thread::sleep(Duration::from_millis(500));
    let twice = server.sent().saturating_sub(setting.mebibytes * 1024 * 1024);
    Ok(json!({
        "measure": "S7 killed in the middle", "onDisk": setting.synced, "mebibytes": setting.mebibytes,
        "heldBytes": held, "sentTwiceBytes": twice, "sentTwiceToReach": 4 * 1024 * 1024,
        "secondsUntilBytesFlow": flowing, "secondsToReach": 1.0,
    }))
}

/// Folders and the binary of one bench.
#[derive(Debug)]
struct Bench {
    folder: tempfile::TempDir,
    binary: PathBuf,
    synced: bool,
}

impl Bench {
    fn new(setting: &Setting) -> io::Result<Self> {
        let folder = tempfile::tempdir_in(&setting.folder)?;
        let bench = Self { folder, binary: process::landfall()?, synced: setting.synced };
        for made in [bench.source(), &bench.target(), &bench.home()] {
            fs::create_dir_all(made)?;
        }
        make_file(&bench.source().join("file"), setting.mebibytes)?;
        Ok(bench)
    }

    fn source(&self) -> &Path {
        self.folder.path()
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn peer(&self, server: &Nginx, pair: &Pair) -> io::Result<Cost> {
        let out = self.target().join("peer");
        let sync = if self.synced { " && sync \"$OUT\"" } else { "" };
        let cost = run(Command::new("sh")
            .args(["-c", &format!("{}{sync}", pair.peer)])
            .env("OUT", &out)
            .env("CA", server.authority())
            .env("URL", server.url(pair.secure, "file")))?;
        fs::remove_file(out)?;
        Ok(cost)
    }

    fn ours(&self, server: &Nginx, secure: bool) -> io::Result<Cost> {
        let authority = server.authority();
        let url = server.url(secure, "file");
        let authority = secure.then_some(authority.as_path());
        let cost = run(&mut process::fetch(&self.binary, &self.home(), &url, &self.target(), authority))?;
        fs::remove_file(self.target().join("ours"))?;
        Ok(cost)
    }

    /// Bytes in the hidden partial file.
    fn held(&self) -> u64 {
        let Ok(entries) = fs::read_dir(self.target()) else { return 0 };
        entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().ends_with(".landfall-part"))
            .filter_map(|entry| Some(entry.metadata().ok()?.len()))
            .sum()
    }
}
