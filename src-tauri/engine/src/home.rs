//! The home folder: all state, owned by one engine at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use landfall_wire::{ErrorCode, Failure};

use crate::durable;
use crate::words;

/// Where everything of one user lies; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: Arc<Path>,
}

impl Home {
    /// The folder a person named, made if it is missing.
    pub fn at(root: impl Into<PathBuf>) -> Result<Self, Failure> {
        let root = root.into();
        if root.exists() && !root.is_dir() {
            return Err(Failure::new(
                ErrorCode::DiskError,
                format!("The home folder {} cannot be used: it is a file, not a folder", root.display()),
            )
            .with_remediation("Name a folder that you may write to with --home or LANDFALL_HOME"));
        }
        durable::private_folder(&root)
            .and_then(|()| std::path::absolute(&root))
            .map(|root| Self { root: root.into() })
            .map_err(|error| {
                Failure::new(
                    ErrorCode::DiskError,
                    format!("The home folder {} cannot be used: {}", root.display(), words::of_io(&error)),
                )
                .with_remediation("Name a folder that you may write to with --home or LANDFALL_HOME")
            })
    }

    /// The platform's data folder for this program.
    pub fn of_this_user() -> Result<Self, Failure> {
        let dirs = directories::ProjectDirs::from("org", "Landfall", "landfall").ok_or_else(|| {
            Failure::new(ErrorCode::DiskError, "This user has no home directory")
                .with_remediation("Name a folder with --home or LANDFALL_HOME")
        })?;
        Self::at(dirs.data_dir())
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The job list.
    pub fn store(&self) -> PathBuf {
        self.root.join("landfall.db")
    }

    /// The connections, a file each.
    pub fn connections(&self) -> PathBuf {
        self.root.join("connections")
    }

    /// A person's own connectors, a file each, with their recorded answers beside them.
    pub fn connectors(&self) -> PathBuf {
        self.root.join("connectors")
    }

    /// Secrets that are kept in files, a file each, and their key.
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }

    /// What landed, a file per job.
    pub fn receipts(&self) -> PathBuf {
        self.root.join("receipts")
    }

    /// The folders that files were ever asked to land in, a line each: where staging journals are looked for.
    pub fn folders(&self) -> PathBuf {
        self.root.join("folders")
    }

    /// Takes the home for this engine, until the lock is dropped.
    pub fn lock(&self) -> Result<HomeLock, Failure> {
        let path = self.root.join("lock");
        let unusable = |error: std::io::Error| {
            Failure::new(ErrorCode::DiskError, format!("The home folder cannot be locked: {}", words::of_io(&error)))
                .with_remediation("Name a folder that you may write to with --home or LANDFALL_HOME")
        };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // Who it is only helps the person; without it the sentence is shorter.
                let _ = file.read_to_string(&mut owner);
                return Err(in_use(owner.trim()));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(unusable(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(HomeLock { _file: file })
    }

    /// Remembers a folder that files land in.
    pub fn remember_folder(&self, folder: &Path) -> std::io::Result<()> {
        if self.known_folders().iter().any(|known| known == folder) {
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).append(true).open(self.folders())?;
        writeln!(file, "{}", folder.display())?;
        file.sync_data()
    }

    /// The folders that files were asked to land in.
    pub fn known_folders(&self) -> Vec<PathBuf> {
        let text = std::fs::read_to_string(self.folders()).unwrap_or_default();
        text.lines().filter(|line| !line.is_empty()).map(PathBuf::from).collect()
    }
}

fn in_use(owner: &str) -> Failure {
    let who = if owner.is_empty() { String::new() } else { format!(" (process {owner})") };
    Failure::new(ErrorCode::HomeInUse, format!("Another Landfall is at work in this home folder{who}"))
        .with_remediation("Wait until it has ended or close it, or name another folder with --home")
}

/// Held by the engine that owns the home; the operating system lets go of it however the process ends.
#[derive(Debug)]
pub struct HomeLock {
    _file: File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_has_one_owner_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path()).unwrap();
        let lock = home.lock().unwrap();
        let failure = home.lock().unwrap_err();
        assert_eq!(failure.code, ErrorCode::HomeInUse);
        assert!(failure.message.contains(&std::process::id().to_string()), "names the owner: {}", failure.message);
        drop(lock);
        home.lock().unwrap();
    }

    #[test]
    fn folder_is_remembered_once() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path()).unwrap();
        home.remember_folder(Path::new("/tmp/a b")).unwrap();
        home.remember_folder(Path::new("/tmp/a b")).unwrap();
        assert_eq!(home.known_folders(), [PathBuf::from("/tmp/a b")]);
    }
}
