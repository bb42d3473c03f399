//! FFmpeg, a program beside us: it renders the clips of two systems, is watched while it does, and killed when nobody wants
//! the clip any more.

pub(crate) mod clip;
mod log;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;

use crate::clock::Clock;
use crate::queue::workers::{Attempt, Ended};
use clip::Clip;
use log::{Heading, Log};

/// So many last lines of its stderr are told to whoever asked for the clip.
const TAIL: usize = 12;

/// The name of the finished clip in its folder.
pub(crate) const CLIP: &str = "clip.mp4";

/// The program, and where its logs go.
#[derive(Debug, Clone)]
pub(crate) struct Ffmpeg {
    program: Arc<Path>,
    logs: Arc<Path>,
    clock: Clock,
}

/// Why there is no clip.
#[derive(Debug)]
pub(crate) enum RenderError {
    /// The attempt is over, whatever FFmpeg would have made of it.
    Ended(Ended),
    /// There is no such program.
    Missing,
    /// It ended with an error, or by a signal; the last lines of its stderr, without paths of this machine.
    Failed(String),
}

impl From<io::Error> for RenderError {
    fn from(error: io::Error) -> Self {
        Self::Ended(error.into())
    }
}

impl From<Ended> for RenderError {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

impl Ffmpeg {
    /// The program by this path, or by this name in `PATH`; logs go to `Logs/ffmpeg` in the data folder.
    pub(crate) fn new(program: PathBuf, data: &Path, clock: Clock) -> Self {
        Self { program: program.into(), logs: data.join("Logs").join("ffmpeg").into(), clock }
    }

    /// Renders the clip to [`CLIP`] in the folder, and says now and then which share of it is done. To be called from a thread
    /// that may block.
    ///
    /// FFmpeg works in the folder and is given relative names only: no path needs escaping in a filter graph, and none gets
    /// into what it says.
    pub(crate) fn render(
        &self,
        attempt: &Attempt,
        clip: &Clip,
        folder: &Path,
        progress: impl FnMut(f64) -> Result<(), Ended>,
    ) -> Result<(), RenderError> {
        clip.prepare(folder)?;
        let arguments = clip.arguments(CLIP);
        let job = attempt.job();
        let mut log = Log::open(
            &self.logs,
            &Heading {
                job: &job.id,
                correlation_id: &job.correlation_id,
                resolution: clip.resolution(),
                program: &self.program,
                arguments: &arguments,
            },
            self.clock.now(),
        )?;
        let mut command = Command::new(&*self.program);
        command.args(&arguments).current_dir(folder).env("AV_LOG_FORCE_NOCOLOR", "1").kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            tracing::error!(%error, correlation_id = job.correlation_id, "FFmpeg could not be started");
            log.line(&format!("[service] it could not be started: {error}"));
            log.close(self.clock.now(), "none");
            match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => RenderError::Missing,
                _ => error.into(),
            }
        })?;
        let watched = Handle::current().block_on(watch(attempt, &mut child, &mut log, clip.seconds(), progress));
        match watched {
            Ok((status, tail)) => {
                let code = status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
                log.close(self.clock.now(), &code);
                if status.success() { Ok(()) } else { Err(RenderError::Failed(tail)) }
            }
            Err(error) => {
                log.close(self.clock.now(), "killed");
                Err(error)
            }
        }
    }
}

/// Until it has ended, or the attempt is over and it is killed.
async fn watch(
    attempt: &Attempt,
    child: &mut Child,
    log: &mut Log,
    seconds: f64,
    progress: impl FnMut(f64) -> Result<(), Ended>,
) -> Result<(ExitStatus, String), RenderError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ran = async {
        let said = async { Ok::<_, RenderError>(follow_stderr(stderr, log).await?) };
        let (tail, ()) = futures_util::try_join!(said, follow_progress(stdout, seconds, progress))?;
        Ok::<_, RenderError>((child.wait().await?, tail))
    };
    let result = tokio::select! {
        biased;
        ended = attempt.interrupted() => Err(ended.into()),
        result = ran => result,
    };
    if result.is_err() {
        // Waited for too: neither an orphan nor a zombie is left.
        child.kill().await?;
    }
    result
}

/// Every line to the log, and the last ones for a person.
async fn follow_stderr(stderr: Option<impl AsyncRead + Unpin>, log: &mut Log) -> io::Result<String> {
    let mut tail = VecDeque::with_capacity(TAIL);
    let Some(stderr) = stderr else { return Ok(String::new()) };
    let (mut reader, mut bytes) = (BufReader::new(stderr), Vec::new());
    while reader.read_until(b'\n', &mut bytes).await? > 0 {
        let text = String::from_utf8_lossy(&bytes);
        let line = text.trim_end();
        log.line(&format!("[stderr] {line}"));
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(without_paths(line));
        bytes.clear();
    }
    Ok(Vec::from(tail).join("\n"))
}

/// `-progress` writes lines such as `out_time_us=4000000`.
async fn follow_progress(
    stdout: Option<impl AsyncRead + Unpin>,
    seconds: f64,
    mut progress: impl FnMut(f64) -> Result<(), Ended>,
) -> Result<(), RenderError> {
    let Some(stdout) = stdout else { return Ok(()) };
    let (mut reader, mut bytes) = (BufReader::new(stdout), Vec::new());
    while reader.read_until(b'\n', &mut bytes).await? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        let microseconds = line.trim().strip_prefix("out_time_us=").and_then(|value| value.parse::<f64>().ok());
        if let Some(microseconds) = microseconds {
            progress((microseconds / 1e6 / seconds).clamp(0.0, 1.0))?;
        }
        bytes.clear();
    }
    Ok(())
}

/// What FFmpeg says leaves the house: of an absolute path only the file's name does (document 002, "sanitize error messages").
fn without_paths(line: &str) -> String {
    let cleaned = line.split(' ').map(|word| {
        let Some(start) =
            word.find('/').filter(|start| !word[..*start].ends_with(|letter: char| letter.is_alphanumeric()))
        else {
            return word;
        };
        match word.rfind('/') {
            Some(last) if !word[start..].starts_with("//") => &word[last + 1..],
            _ => word,
        }
    });
    cleaned.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn of_an_absolute_path_only_the_name_is_told() {
        for (line, told) in [
            ("/srv/data/incoming/ab/clip.mp4: No space left on device", "clip.mp4: No space left on device"),
            ("Error opening '/srv/fonts/x.ttf'", "Error opening x.ttf'"),
            ("in /srv/data/ there", "in  there"),
            ("fps 24/1, and/or nothing", "fps 24/1, and/or nothing"),
            ("see https://ffmpeg.org/x", "see https://ffmpeg.org/x"),
        ] {
            assert_eq!(without_paths(line), told);
        }
    }
}
