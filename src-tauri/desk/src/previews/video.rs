//! A moment of a film, drawn by FFmpeg where it is installed.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use landfall_engine::clock::Clock;
use landfall_wire::Preview;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::Why;
use super::image::{LARGEST, source};

/// A person waits no longer for a picture.
const PATIENCE: Duration = Duration::from_secs(8);

pub(super) async fn poster(path: &Path, clock: &dyn Clock) -> Result<Preview, Why> {
    // Into the film a little: many begin black. A shorter one has its picture at the beginning.
    for moment in ["1", "0"] {
        let picture = picture(path, moment, clock).await?;
        if !picture.is_empty() {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            return Ok(Preview::Picture { source: source("image/jpeg", &picture), alt: name, facts: Vec::new() });
        }
    }
    Err(Why::Unreadable)
}

async fn picture(path: &Path, moment: &str, clock: &dyn Clock) -> Result<Vec<u8>, Why> {
    let mut file = OsString::from("file:");
    file.push(path);
    let mut program = Command::new("ffmpeg");
    // The file alone: what a film refers to is not fetched.
    program.args(["-nostdin", "-v", "error", "-protocol_whitelist", "file", "-threads", "1", "-ss", moment, "-i"]);
    program.arg(file).args(["-frames:v", "1", "-vf", "scale='min(960,iw)':-2", "-f", "image2pipe"]);
    program.args(["-c:v", "mjpeg", "pipe:1"]);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut running = program.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Why::NoFilm,
        _ => Why::Unreadable,
    })?;
    let Some(out) = running.stdout.take() else { return Err(Why::Unreadable) };
    let mut bytes = Vec::new();
    let work = async {
        out.take(LARGEST + 1).read_to_end(&mut bytes).await.map_err(|_| Why::Unreadable)?;
        // One that says more than fits is not waited for.
        Ok::<_, Why>(())
    };
    tokio::select! {
        read = work => read?,
        () = clock.sleep(PATIENCE) => return Err(Why::TooLong),
    }
    if bytes.len() as u64 > LARGEST { Err(Why::TooLarge) } else { Ok(bytes) }
}
