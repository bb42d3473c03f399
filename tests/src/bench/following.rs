//! S5: many jobs followed on one stream of events, with so many updates a second.
//!
//! The server is a few threads over plain sockets in this process; what is measured is the program's own process, and
//! for a sample of the events the time until the store has them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use super::process;

/// Events are written in bursts, so often.
const BURST: Duration = Duration::from_millis(10);

/// One of so many bursts is watched until the store has it.
const SAMPLE: usize = 20;

/// What is followed, and for how long.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Jobs on the one stream.
    pub jobs: usize,
    /// Updates a second.
    pub updates: usize,
    /// How long.
    pub seconds: u64,
    /// Where the home lies.
    pub folder: PathBuf,
}

/// S5.
pub fn on_one_stream(setting: &Setting) -> io::Result<Value> {
    let folder = tempfile::tempdir_in(&setting.folder)?;
    let server = Server::start()?;
    let mut program = start(folder.path(), &server.url(), setting.jobs)?;
    let clock = SystemClock::new();
    let patience = Duration::from_mins(5);
    // A job is followed once its first state is in the store.
    let store = loop {
        let store = Store::open(&folder.path().join("home/landfall.db"));
        match store {
            Ok(store) if store.rows.len() == setting.jobs => break store,
            _ if clock.monotonic() > patience => return Err(io::Error::other("the jobs are not followed in time")),
            _ => thread::sleep(Duration::from_millis(500)),
        }
    };
    let mut stream = server.stream(&clock, patience)?;
    let (cpu, started) = (process::cpu_of([program.id()])?, clock.monotonic());
    let mut delays = Vec::new();
    let each = (setting.updates / 100).max(1);
    let mut next = 0;
    for burst in 0..usize::try_from(setting.seconds * 100).unwrap_or(usize::MAX) {
        let mut text = String::new();
        let mut last = 0;
        for _ in 0..each {
            // Every job in turn is waiting, then running, then waiting again: each is a change that is saved.
            let status = if (next / setting.jobs).is_multiple_of(2) { "RUNNING" } else { "QUEUED" };
            last = next % setting.jobs;
            let _ = write!(text, "data: {{\"jobs\":[{{\"jobId\":\"e{last}\",\"status\":\"{status}\"}}]}}\n\n");
            next += 1;
        }
        stream.write_all(text.as_bytes())?;
        if burst % SAMPLE == 0 {
            let running = ((next - 1) / setting.jobs).is_multiple_of(2);
            delays.push(store.wait_for(last, running, &clock)?);
        }
        let due = started + BURST * u32::try_from(burst + 1).unwrap_or(u32::MAX);
        thread::sleep(due.saturating_sub(clock.monotonic()));
    }
    let took = clock.monotonic().saturating_sub(started).as_secs_f64();
    let share = (process::cpu_of([program.id()])? - cpu) / took;
    let memory = process::peak(&program).unwrap_or(f64::NAN);
    thread::sleep(Duration::from_millis(500));
    let lost = store.behind(next, setting.jobs)?;
    program.kill()?;
    program.wait()?;
    delays.sort_by(f64::total_cmp);
    let p99 = delays.get(delays.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    Ok(json!({
        "measure": format!("S5 {} jobs, {} updates/s", setting.jobs, setting.updates), "onDisk": false,
        "seconds": took, "updates": next, "shareOfACore": share, "shareToReach": 0.1,
        "memoryMebibytes": memory, "memoryToReach": 120.0,
        "lost": lost, "p99Milliseconds": p99 * 1000.0, "p99ToReach": 50.0,
    }))
}

fn start(folder: &Path, url: &str, jobs: usize) -> io::Result<Child> {
    let binary = process::landfall()?;
    let home = folder.join("home");
    let landfall = || {
        let mut command = Command::new(&binary);
        command.arg("--home").arg(&home).arg("--quiet").env("TOKEN", "t").stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let add = ["connect", "add", "bench", "--connector", "exports-v2", "--url", url];
    if !landfall().args(add).args(["--token-env", "TOKEN", "--secrets", "file"]).status()?.success() {
        return Err(io::Error::other("the connection cannot be added"));
    }
    let wishes = folder.join("wishes.jsonl");
    let wish = "{\"camera\":\"a\",\"start\":\"2025-06-02T07:30:00Z\",\"end\":\"2025-06-02T07:30:05Z\"}\n";
    fs::write(&wishes, wish.repeat(jobs))?;
    let target = folder.join("target");
    fs::create_dir_all(&target)?;
    landfall().args(["batch", "bench", "--limit", "16"]).arg(&wishes).arg("--to").arg(&target).spawn()
}

/// The program's store, looked at from outside.
struct Store {
    connection: Connection,
    /// Rows by the number in the server's id.
    rows: HashMap<usize, i64>,
}

impl Store {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sql = "SELECT rowid, json_extract(job, '$.state.active.follow.remote.id') FROM jobs";
        let rows = connection
            .prepare(sql)?
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)))?
            .filter_map(|row| {
                let (row, id) = row.ok()?;
                Some((id?.strip_prefix('e')?.parse().ok()?, row))
            })
            .collect();
        Ok(Self { connection, rows })
    }

    fn is_running(&self, job: usize) -> io::Result<bool> {
        let sql = "SELECT json_extract(job, '$.state.active.follow.preparing') FROM jobs WHERE rowid = ?1";
        let mut statement = self.connection.prepare_cached(sql).map_err(io::Error::other)?;
        let row = self.rows.get(&job).ok_or_else(|| io::Error::other("a job is missing"))?;
        statement.query_row([row], |row| row.get(0)).map_err(io::Error::other)
    }

    /// Seconds until the store says so.
    fn wait_for(&self, job: usize, running: bool, clock: &SystemClock) -> io::Result<f64> {
        let sent = clock.monotonic();
        while self.is_running(job)? != running {
            if clock.monotonic().saturating_sub(sent) > Duration::from_secs(10) {
                return Ok(10.0);
            }
            thread::sleep(Duration::from_micros(500));
        }
        Ok(clock.monotonic().saturating_sub(sent).as_secs_f64())
    }

    /// Jobs of which the store does not say what was sent last.
    fn behind(&self, sent: usize, jobs: usize) -> io::Result<usize> {
        let mut behind = 0;
        for job in 0..jobs.min(sent) {
            let last = (sent - 1 - job) / jobs;
            behind += usize::from(self.is_running(job)? != last.is_multiple_of(2));
        }
        Ok(behind)
    }
}

/// Takes exports and has one stream; nothing is ever done.
struct Server {
    port: u16,
    streams: Arc<std::sync::Mutex<Option<TcpStream>>>,
    over: Arc<AtomicBool>,
}

impl Server {
    fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (streams, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let server = Self { port, streams: Arc::clone(&streams), over: Arc::clone(&over) };
        let made = Arc::new(AtomicUsize::new(0));
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (streams, made) = (Arc::clone(&streams), Arc::clone(&made));
                // A client that goes away ends its thread.
                thread::spawn(move || drop(answer(socket, &streams, &made)));
            }
        });
        Ok(server)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The stream, once the program has opened it.
    fn stream(&self, clock: &SystemClock, patience: Duration) -> io::Result<TcpStream> {
        loop {
            if let Some(stream) = self.streams.lock().ok().and_then(|mut stream| stream.take()) {
                return Ok(stream);
            }
            if clock.monotonic() > patience {
                return Err(io::Error::other("no stream was opened"));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn answer(socket: TcpStream, streams: &std::sync::Mutex<Option<TcpStream>>, made: &AtomicUsize) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut reader = BufReader::new(socket.try_clone()?);
    let mut writer = socket;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
        }
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        if first.starts_with("GET /settings") {
            writer.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: hello\n\n",
            )?;
            if let Ok(mut stream) = streams.lock() {
                *stream = Some(writer);
            }
            return Ok(());
        }
        let (status, body) = if first.starts_with("POST") {
            let id = made.fetch_add(1, Ordering::Relaxed);
            ("201 Created", json!({ "exportId": format!("e{id}"), "status": "Queued", "expiresOn": null }))
        } else {
            ("200 OK", json!({ "presignedURL": null }))
        };
        let body = body.to_string();
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        writer.write_all((head + &body).as_bytes())?;
    }
}
