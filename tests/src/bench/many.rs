//! S4 (a thousand small exports, whole life) and S10 (cost against number).
//!
//! The server is nginx with fixed answers, so that its share is small and the same for everybody: each export is ready at
//! once and brings a ZIP of 64 KiB.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use futures_util::{StreamExt as _, stream};
use landfall_engine::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::median;
use super::nginx::Nginx;
use super::process::{self, Cost, run};

/// Exports at once.
const AT_ONCE: usize = 16;

/// What the peer does for each export, as operators script it: submit, poll every 50 ms, fetch, hash.
const SCRIPT: &str = r#"
job=$(curl -sf -H "Authorization: Bearer t" -H 'Content-Type: application/json' -d '{"fileIds":[1]}' "$URL/v1/download/initiate" | jq -r .jobId)
while :; do
  answer=$(curl -sf -H "Authorization: Bearer t" "$URL/v1/download/status/$job") || exit 1
  [ "$(printf %s "$answer" | jq -r .status)" = completed ] && break
  sleep 0.05
done
curl -sf -o "$OUT/$job.zip" "$(printf %s "$answer" | jq -r .downloadUrl)" && sha256sum "$OUT/$job.zip"
"#;

/// Where and how often.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Runs of each, in turn.
    pub runs: usize,
    /// Where server, target and home lie.
    pub folder: PathBuf,
    /// Whether that is a disk.
    pub on_disk: bool,
}

/// S4: against a script of curl and jq, and against a bare loop of the same requests.
pub fn whole_lives(setting: &Setting, exports: usize) -> io::Result<Value> {
    let bench = Bench::new(setting)?;
    let (mut scripts, mut loops, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..setting.runs {
        scripts.push(bench.script(exports)?);
        loops.push(bench.bare_loop(exports)?);
        ours.push(bench.ours(exports)?);
    }
    let wall = median(ours.iter().map(|cost| cost.wall));
    let (script, bare) = (median(scripts.iter().map(|cost| cost.wall)), median(loops));
    Ok(json!({
        "measure": format!("S4 {exports} exports of 64 KiB"), "onDisk": setting.on_disk, "runs": setting.runs,
        "wallSeconds": wall, "cpuSeconds": median(ours.iter().map(|cost| cost.cpu)),
        "peerWallSeconds": script, "peerCpuSeconds": median(scripts.iter().map(|cost| cost.cpu)),
        "wallRatio": wall / script,
        "timesTheScript": script / wall, "timesTheScriptToReach": 10.0,
        "shareOfTheLimit": bare / wall, "shareOfTheLimitToReach": 0.5, "limitWallSeconds": bare,
        "memoryMebibytes": ours.iter().map(|cost| cost.memory).fold(0.0, f64::max),
    }))
}

/// S10: milliseconds an export at several sizes of the store, and how much more the last costs than the one before.
pub fn against_number(setting: &Setting, sizes: &[usize]) -> io::Result<Vec<Value>> {
    let bench = Bench::new(setting)?;
    let mut rows = Vec::new();
    let mut before: Option<f64> = None;
    for size in sizes {
        let costs = (0..setting.runs).map(|_| bench.ours(*size)).collect::<io::Result<Vec<Cost>>>()?;
        let wall = median(costs.iter().map(|cost| cost.wall));
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let each = wall / *size as f64;
        rows.push(json!({
            "measure": format!("S10 {size} jobs"), "onDisk": setting.on_disk, "runs": setting.runs,
            "wallSeconds": wall, "cpuSeconds": median(costs.iter().map(|cost| cost.cpu)),
            "millisecondsEach": each * 1000.0, "growth": before.map(|before| each / before), "growthToReach": 1.2,
            "memoryMebibytes": costs.iter().map(|cost| cost.memory).fold(0.0, f64::max),
        }));
        before = Some(each);
    }
    Ok(rows)
}

/// A server with fixed answers, and the binary.
#[derive(Debug)]
struct Bench {
    folder: tempfile::TempDir,
    binary: PathBuf,
    server: Nginx,
}

impl Bench {
    fn new(setting: &Setting) -> io::Result<Self> {
        let folder = tempfile::tempdir_in(&setting.folder)?;
        let source = folder.path().join("source");
        fs::create_dir_all(&source)?;
        small_zip(&source.join("export.zip"))?;
        let server = Nginx::with_answers(&source, |url| {
            format!(
                "location = /v1/download/initiate {{ default_type application/json; \
                 return 202 '{{\"jobId\":\"$request_id\"}}'; }}\n\
                 location ~ ^/v1/download/status/(.+)$ {{ default_type application/json; \
                 return 200 '{{\"jobId\":\"$1\",\"status\":\"completed\",\"progress\":100,\
                 \"downloadUrl\":\"{url}/export.zip\"}}'; }}\n"
            )
        })?;
        Ok(Self { folder, binary: process::landfall()?, server })
    }

    /// An empty folder to land in.
    fn target(&self) -> io::Result<PathBuf> {
        let target = self.folder.path().join("target");
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target)?;
        Ok(target)
    }

    fn script(&self, exports: usize) -> io::Result<Cost> {
        let target = self.target()?;
        let line = format!("seq {exports} | xargs -P{AT_ONCE} -I{{}} sh -c \"$SCRIPT\"");
        let cost = run(Command::new("sh")
            .args(["-c", &line])
            .env("SCRIPT", SCRIPT)
            .env("URL", self.server.url(false, ""))
            .env("OUT", &target))?;
        whole(&target, exports)?;
        Ok(cost)
    }

    /// The same requests with nothing around them; its wall time is the limit.
    fn bare_loop(&self, exports: usize) -> io::Result<f64> {
        let url = self.server.url(false, "");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let client = reqwest::Client::new();
            let clock = SystemClock::new();
            let results: Vec<reqwest::Result<usize>> =
                stream::iter(0..exports).map(|_| one(&client, &url)).buffer_unordered(AT_ONCE).collect().await;
            let wall = clock.monotonic().as_secs_f64();
            let got = results.into_iter().collect::<reqwest::Result<Vec<usize>>>().map_err(io::Error::other)?;
            if got.iter().all(|size| *size >= 64 * 1024) { Ok(wall) } else { Err(io::Error::other("short bodies")) }
        })
    }

    fn ours(&self, exports: usize) -> io::Result<Cost> {
        let target = self.target()?;
        let home = self.folder.path().join("home");
        let _ = fs::remove_dir_all(&home);
        let wishes = self.folder.path().join("wishes.jsonl");
        fs::write(&wishes, "{\"fileIds\":[1]}\n".repeat(exports))?;
        let landfall = || {
            let mut command = Command::new(&self.binary);
            command.arg("--home").arg(&home).arg("--quiet").env("TOKEN", "t");
            command
        };
        let url = self.server.url(false, "");
        run(landfall().args(["connect", "add", "bench", "--connector", "download-jobs", "--url", &url]).args([
            "--token-env",
            "TOKEN",
            "--secrets",
            "file",
        ]))?;
        let limit = AT_ONCE.to_string();
        let cost = run(landfall().args(["batch", "bench", "--limit", &limit]).arg(&wishes).arg("--to").arg(&target))?;
        whole(&target, exports)?;
        Ok(cost)
    }
}

async fn one(client: &reqwest::Client, url: &str) -> reqwest::Result<usize> {
    let header = |request: reqwest::RequestBuilder| request.header("Authorization", "Bearer t");
    let body = json!({ "fileIds": [1] }).to_string();
    let submit = header(client.post(format!("{url}/v1/download/initiate"))).body(body);
    let submitted = submit.send().await?.bytes().await?;
    let job: Value = serde_json::from_slice(&submitted).unwrap_or_default();
    let status = format!("{url}/v1/download/status/{}", job["jobId"].as_str().unwrap_or_default());
    let polled = header(client.get(status)).send().await?.bytes().await?;
    let answer: Value = serde_json::from_slice(&polled).unwrap_or_default();
    let link = answer["downloadUrl"].as_str().unwrap_or_default();
    Ok(client.get(link).send().await?.bytes().await?.len())
}

/// Every export is there.
fn whole(target: &Path, exports: usize) -> io::Result<()> {
    let there = fs::read_dir(target)?.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let there = there.count();
    if there == exports { Ok(()) } else { Err(io::Error::other(format!("{there} of {exports} are there"))) }
}

/// A ZIP of 64 KiB.
fn small_zip(path: &Path) -> io::Result<()> {
    let mut zip = zip::ZipWriter::new(fs::File::create(path)?);
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("data.bin", stored).map_err(io::Error::other)?;
    let bytes: Vec<u8> = (0..64 * 1024_u32).map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    zip.write_all(&bytes)?;
    zip.finish().map_err(io::Error::other)?;
    Ok(())
}
