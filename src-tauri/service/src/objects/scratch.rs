//! Folders for what a program makes on the way to an object.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::ids;

/// Where scratch folders are made.
#[derive(Debug, Clone)]
pub(crate) struct Scratches {
    folder: Arc<Path>,
    /// Tells other processes that this one lives.
    _lock: Option<Arc<File>>,
}

const LOCK: &str = "lock";

impl Scratches {
    /// In this folder, which is there.
    pub(crate) fn within(folder: impl Into<Arc<Path>>) -> Self {
        Self { folder: folder.into(), _lock: None }
    }

    /// In a folder of this process beside those of others, whose remains are cleared away when their process is gone.
    pub(crate) fn of_process(data: &Path) -> io::Result<Self> {
        let all = data.join("scratch");
        fs::create_dir_all(&all)?;
        // Held until our own lock is: nobody takes a folder for left that has only just been made.
        let house = File::create(all.join(LOCK))?;
        house.lock()?;
        for entry in fs::read_dir(&all)? {
            let folder = entry?.path();
            // A lock goes with its process, however that ended.
            let free = File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
            if free && let Err(error) = fs::remove_dir_all(&folder) {
                tracing::warn!(%error, "what another process has left could not be removed");
            }
        }
        let own = all.join(ids::fresh());
        fs::create_dir(&own)?;
        let lock = File::create(own.join(LOCK))?;
        lock.lock()?;
        Ok(Self { folder: own.into(), _lock: Some(Arc::new(lock)) })
    }

    /// A fresh one.
    pub(super) fn make(&self) -> io::Result<Scratch> {
        let folder = self.folder.join(ids::fresh());
        fs::create_dir_all(&folder)?;
        Ok(Scratch(folder.into()))
    }
}

/// A folder that is gone when this is; after a crash it goes at the next start.
#[derive(Debug)]
pub(crate) struct Scratch(Box<Path>);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a scratch folder could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scratches;

    #[test]
    fn processes_that_start_together_leave_each_other_their_folders() {
        let data = tempfile::tempdir().unwrap();
        for _ in 0..100 {
            let made: Vec<Scratches> = std::thread::scope(|scope| {
                let starts: Vec<_> =
                    (0..32).map(|_| scope.spawn(|| Scratches::of_process(data.path()).unwrap())).collect();
                starts.into_iter().map(|start| start.join().unwrap()).collect()
            });
            for scratches in &made {
                assert!(scratches.folder.is_dir(), "the folder of a process that lives is there");
            }
        }
        let last = Scratches::of_process(data.path()).unwrap();
        let folders = std::fs::read_dir(data.path().join("scratch")).unwrap();
        let folders = folders.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
        assert_eq!(folders, 1, "those of processes that are gone are cleared away");
        drop(last);
    }
}
