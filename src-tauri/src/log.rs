//! The log: two files in the home's `logs/` that take turns, so that it never grows.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt as _;

/// A file is full at so many bytes; then the other is begun anew.
const FULL: u64 = 4 * 1024 * 1024;

/// Tells more or less, while the program runs.
#[derive(Debug, Clone)]
pub struct Loudness(Option<reload::Handle<EnvFilter, tracing_subscriber::Registry>>);

impl Loudness {
    /// More of everything of ours.
    pub fn set(&self, verbose: bool) {
        if let Some(handle) = &self.0
            && let Err(error) = handle.reload(filter(verbose))
        {
            tracing::debug!("the log stays as it is: {error}");
        }
    }
}

/// Starts the log in that folder. A disk that takes no log is no reason not to start.
pub fn start(folder: &Path) -> Loudness {
    let Ok(pair) = Pair::open(folder, FULL) else { return Loudness(None) };
    let (filter, handle) = reload::Layer::new(filter(false));
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Writer(Arc::new(Mutex::new(pair))));
    match tracing_subscriber::registry().with(filter).with(layer).try_init() {
        Ok(()) => Loudness(Some(handle)),
        Err(_) => Loudness(None),
    }
}

fn filter(verbose: bool) -> EnvFilter {
    EnvFilter::new(if verbose {
        "warn,landfall_desktop=debug,landfall_desk=debug,landfall_engine=debug,landfall_service=info"
    } else {
        "warn,landfall_desktop=info,landfall_desk=info,landfall_engine=info"
    })
}

/// The two files.
#[derive(Debug)]
struct Pair {
    paths: [PathBuf; 2],
    current: usize,
    file: File,
    length: u64,
    full: u64,
}

impl Pair {
    fn open(folder: &Path, full: u64) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let paths = [folder.join("landfall-1.log"), folder.join("landfall-2.log")];
        let changed = |path: &PathBuf| std::fs::metadata(path).and_then(|facts| facts.modified()).ok();
        let current = usize::from(changed(&paths[1]) > changed(&paths[0]));
        let file = OpenOptions::new().create(true).append(true).open(&paths[current])?;
        let length = file.metadata()?.len();
        Ok(Self { paths, current, file, length, full })
    }
}

impl Write for Pair {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.length >= self.full {
            self.current = 1 - self.current;
            self.file = OpenOptions::new().create(true).write(true).truncate(true).open(&self.paths[self.current])?;
            self.length = 0;
        }
        let written = self.file.write(line)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[derive(Debug, Clone)]
struct Writer(Arc<Mutex<Pair>>);

impl Write for Writer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl MakeWriter<'_> for Writer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_never_grows_over_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let size =
            |pair: &Pair| pair.paths.iter().map(|path| std::fs::metadata(path).map_or(0, |f| f.len())).sum::<u64>();
        let mut pair = Pair::open(folder.path(), 100).unwrap();
        for number in 0..1000 {
            writeln!(pair, "line {number:03}").unwrap();
            assert!(size(&pair) <= 220, "bounded after {number} lines");
        }
        let current = std::fs::read_to_string(&pair.paths[pair.current]).unwrap();
        assert!(current.ends_with("line 999\n"), "the newest line is there: {current}");
        let current = pair.current;
        drop(pair);
        let mut again = Pair::open(folder.path(), 100).unwrap();
        writeln!(again, "after a restart").unwrap();
        assert_eq!(again.current, current, "goes on where it was");
    }
}
