//! Which names of a folder are in use: remembered for a moment, since reading a folder of ten thousand files for each
//! file that lands would cost more than the landing.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::name::{SafeName, folded};

/// A folder is read again after that long. What somebody else puts there meanwhile is not overwritten: the file system
/// itself refuses to give a name twice. Only a name that differs from theirs in case alone can slip through.
const GOOD_FOR: Duration = Duration::from_secs(2);

/// The names in use, shared by all transfers of a connection.
#[derive(Debug, Clone, Default)]
pub struct TakenNames(Arc<Mutex<HashMap<PathBuf, Folder>>>);

#[derive(Debug)]
struct Folder {
    /// As a system sees them where case and composition do not count.
    names: HashSet<String>,
    read_at: Duration,
}

impl TakenNames {
    /// Whether a name is in use, or would be on a system where case does not count.
    pub(crate) fn has(&self, folder: &Path, name: &SafeName, now: Duration) -> io::Result<bool> {
        let key = folded(name.as_str());
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = folders.get(folder).filter(|known| now.saturating_sub(known.read_at) < GOOD_FOR);
        match known.map(|known| known.names.contains(&key)) {
            Some(false) => return Ok(false),
            // It may have been removed since.
            Some(true) if folder.join(name.as_str()).symlink_metadata().is_ok() => return Ok(true),
            Some(true) | None => {}
        }
        let names: HashSet<String> = std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_str().map(folded)))
            .filter_map(io::Result::transpose)
            .collect::<io::Result<_>>()?;
        let taken = names.contains(&key);
        folders.insert(folder.to_owned(), Folder { names, read_at: now });
        Ok(taken)
    }

    /// A name was just given.
    pub(crate) fn add(&self, folder: &Path, name: &str) {
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.get_mut(folder) {
            known.names.insert(folded(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_remembered_and_what_was_removed_is_free_again() {
        let folder = tempfile::tempdir().unwrap();
        let (taken, name) = (TakenNames::default(), SafeName::of("Report.csv"));
        let has = |at: u64| taken.has(folder.path(), &name, Duration::from_millis(at)).unwrap();
        assert!(!has(0), "the folder is empty");
        std::fs::write(folder.path().join("REPORT.csv"), "").unwrap();
        assert!(!has(1), "nobody looks twice within a moment");
        assert!(has(2_500), "where case does not count it is the same name");
        std::fs::remove_file(folder.path().join("REPORT.csv")).unwrap();
        assert!(!has(2_600), "what was removed is free");
        taken.add(folder.path(), "report.CSV");
        std::fs::write(folder.path().join("Report.csv"), "").unwrap();
        assert!(has(2_700), "what was just given is taken at once");
    }

    #[test]
    fn folder_that_cannot_be_read_is_an_error() {
        let name = SafeName::of("a");
        assert!(TakenNames::default().has(Path::new("/nowhere"), &name, Duration::ZERO).is_err());
    }
}
