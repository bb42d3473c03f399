//! The log of a render, `Logs/ffmpeg/{jobId}.log`, in the layout of document 002. Rotated by size and age.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

/// A log that is as long as this goes on in a new file; the one before it is kept.
const LONGEST: u64 = 1024 * 1024;

/// Logs older than this are removed.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// All logs together; beyond this the oldest are removed.
const ALL: u64 = 64 * 1024 * 1024;

/// What a render is about.
#[derive(Debug)]
pub(super) struct Heading<'a> {
    pub(super) job: &'a str,
    pub(super) correlation_id: &'a str,
    pub(super) resolution: String,
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [String],
}

/// A log that is being written. That a line cannot be written is no reason to give up the render.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    length: u64,
    longest: u64,
}

impl Log {
    /// Clears old logs away, then opens the job's with the heading. A further attempt at the job writes on below.
    pub(super) fn open(folder: &Path, heading: &Heading<'_>, now: Timestamp) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        clear_away(folder, now, ALL)?;
        let mut log = Self::open_file(folder.join(format!("{}.log", heading.job)), LONGEST)?;
        for line in [
            format!("FFmpeg Render Log - Job ID: {}", heading.job),
            format!("Correlation ID: {}", heading.correlation_id),
            format!("Started: {}", date(now)),
            format!("Resolution: {}", heading.resolution),
            format!("FFmpeg Path: {}", heading.program.display()),
            format!("Command: {}", heading.arguments.join(" ")),
            "-".repeat(80),
        ] {
            log.line(&line);
        }
        Ok(log)
    }

    fn open_file(path: PathBuf, longest: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, file, length, longest })
    }

    pub(super) fn line(&mut self, line: &str) {
        if let Err(error) = self.try_line(line) {
            tracing::warn!(%error, "a line of FFmpeg's log could not be written");
        }
    }

    fn try_line(&mut self, line: &str) -> io::Result<()> {
        let size = line.len() as u64 + 1;
        if self.length > 0 && self.length + size > self.longest {
            self.turn_over()?;
        }
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.length += size;
        Ok(())
    }

    /// The full file becomes `{jobId}.1.log` in place of an earlier one.
    #[expect(clippy::disallowed_methods, reason = "a log is nobody's result")]
    fn turn_over(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("1.log"))?;
        *self = Self::open_file(self.path.clone(), self.longest)?;
        Ok(())
    }

    /// Writes how it ended.
    pub(super) fn close(&mut self, now: Timestamp, exit_code: &str) {
        self.line(&"-".repeat(80));
        self.line(&format!("Completed: {}", date(now)));
        self.line(&format!("Exit Code: {exit_code}"));
    }
}

fn date(time: Timestamp) -> String {
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Removes what is too old, and the oldest of what is too much.
fn clear_away(folder: &Path, now: Timestamp, most: u64) -> io::Result<()> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Another worker may have cleared it away in between.
        let Ok(metadata) = entry.metadata() else { continue };
        let written = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(now);
        logs.push((written, metadata.len(), entry.path()));
    }
    logs.sort_by_key(|(written, ..)| std::cmp::Reverse(*written));
    let mut kept = 0;
    for (written, size, path) in logs {
        if now.duration_since(written) > OLDEST || kept + size > most {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => continue,
            }
        }
        kept += size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn m_7_a_log_that_grows_too_long_turns_over_and_keeps_what_came_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.log");
        let mut log = Log::open_file(path.clone(), 100).unwrap();
        for number in 0..50 {
            log.line(&format!("line {number:02}"));
        }
        let (old, new) = (fs::read_to_string(folder.path().join("job.1.log")), fs::read_to_string(&path));
        let both = old.unwrap() + &new.unwrap();
        assert!(both.len() <= 200, "{} bytes are kept", both.len());
        assert!(both.ends_with("line 48\nline 49\n"), "{both}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let log = Log::open_file(path, 100).unwrap();
        assert!(log.length > 0, "a further attempt counts what is there");
    }

    #[test]
    fn m_7_old_logs_are_cleared_away_and_the_oldest_of_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::constant(1_748_764_800, 0);
        for (name, days) in [("new", 0), ("newer", 3), ("old", 6), ("too-old", 8)] {
            let path = folder.path().join(name);
            fs::write(&path, [b'x'; 10]).unwrap();
            let time = SystemTime::from(now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap());
            File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }
        let left = |most| {
            clear_away(folder.path(), now, most).unwrap();
            let mut names: Vec<_> =
                fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(left(1_000), ["new", "newer", "old"], "a week is the limit");
        assert_eq!(left(25), ["new", "newer"], "and room for two of them");
    }
}
