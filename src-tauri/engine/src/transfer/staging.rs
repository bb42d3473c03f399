//! The disk side of a transfer: the hidden partial file, its journal's file, files set aside, and the one function that
//! gives a file its final name.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use super::journal::{Journal, Landed, Stage};
use super::name::SafeName;
use super::taken::TakenNames;
use super::{Clash, Error};
use crate::crash;

const PART: &str = ".landfall-part";
const JOURNAL: &str = ".landfall-journal";

/// Numbers tried for a name before giving up: a folder with more of the same name is not one a person keeps.
const NUMBERS: u32 = 100_000;

/// Where one transfer keeps its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Staging {
    folder: PathBuf,
    ticket: String,
}

/// How a file gets its final name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Publishing<'a> {
    /// The name, if it is free.
    pub(crate) wanted: &'a SafeName,
    /// What to do if it is not.
    pub(crate) clash: Clash,
    /// Names in use.
    pub(crate) taken: &'a TakenNames,
    /// By the monotonic clock.
    pub(crate) now: Duration,
}

impl Staging {
    /// The staging of a ticket in a folder; `None` for a ticket that is no file name.
    pub(crate) fn new(folder: &Path, ticket: &str) -> Option<Self> {
        let fits = (1..=128).contains(&ticket.len())
            && ticket.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        fits.then(|| Self { folder: folder.to_owned(), ticket: ticket.to_owned() })
    }

    /// The staging of a ticket in a folder that must be there.
    pub(crate) fn of(folder: &Path, ticket: &str) -> Result<Self, Error> {
        let staging =
            Self::new(folder, ticket).ok_or_else(|| Error::Answer(format!("The ticket {ticket:?} is no file name")))?;
        match std::fs::metadata(folder) {
            Ok(about) if about.is_dir() => Ok(staging),
            Ok(_) => Err(Error::disk("The folder is no folder")(io::ErrorKind::NotADirectory.into())),
            Err(error) => Err(Error::disk("The folder cannot be used")(error)),
        }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The ticket.
    pub(crate) fn ticket(&self) -> &str {
        &self.ticket
    }

    /// The partial file.
    pub(crate) fn part(&self) -> PathBuf {
        self.folder.join(format!(".{}{PART}", self.ticket))
    }

    /// The journal's file.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join(format!(".{}{JOURNAL}", self.ticket))
    }

    /// Opens or makes the partial file and locks it: two transfers never write one file.
    pub(crate) fn open_part(&self) -> io::Result<File> {
        let file = open_plain(&self.part(), true)?;
        match file.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => Err(io::ErrorKind::ResourceBusy.into()),
            // A file system without locks has one protection less.
            Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(file),
        }
    }

    /// Replaces the journal as a whole.
    pub(crate) fn write_journal(&self, text: &[u8], durable: bool) -> io::Result<()> {
        let fresh = self.folder.join(format!(".{}{JOURNAL}-new", self.ticket));
        let open = || OpenOptions::new().write(true).create_new(true).open(&fresh);
        // Only after a kill in the middle of this is one there; a symlink in its place is removed and never followed.
        let mut file = match open() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                remove(&fresh)?;
                open()?
            }
            opened => opened?,
        };
        file.write_all(text)?;
        if durable {
            file.sync_data()?;
        }
        drop(file);
        replace(&fresh, &self.journal())
    }

    /// Renames the partial file to a visible name that says why, `NAME.changed-1.part`, and never over another file.
    pub(crate) fn set_aside(&self, name: &SafeName, reason: &str) -> io::Result<PathBuf> {
        for number in 1..NUMBERS {
            let path = self.folder.join(name.beside(&format!("{reason}-{number}.part")).as_str());
            match claim(&self.part(), &path) {
                Ok(()) => {
                    remove(&self.part())?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives the whole and checked file its final name: sync, record the intention, link without clobbering, sync the
    /// folder, record it done. The only way to a final name.
    pub(crate) fn publish(
        &self,
        file: &File,
        naming: Publishing<'_>,
        landed: Landed,
        journal: &Journal,
    ) -> io::Result<Landed> {
        let Publishing { wanted, clash, taken, now } = naming;
        file.sync_all()?;
        let mut landed = landed;
        for number in 1..NUMBERS {
            let name = if number == 1 { wanted.clone() } else { wanted.numbered(number) };
            let replacing = clash == Clash::Replace && !self.folder.join(name.as_str()).is_dir();
            if !replacing && taken.has(&self.folder, &name, now)? {
                continue;
            }
            name.as_str().clone_into(&mut landed.name);
            let intention = Stage::Publishing(landed.clone());
            journal.commit(|record| record.stage = intention)?;
            crash::reach("transfer.publishing");
            let target = self.folder.join(name.as_str());
            let done = if replacing { replace(&self.part(), &target) } else { claim(&self.part(), &target) };
            match done {
                Ok(()) => {
                    taken.add(&self.folder, name.as_str());
                    return self.settle(landed, journal);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// What is left to do once the final name exists.
    pub(crate) fn settle(&self, landed: Landed, journal: &Journal) -> io::Result<Landed> {
        crash::reach("transfer.linked");
        sync_folder(&self.folder)?;
        let done = Stage::Published(landed.clone());
        journal.note(|record| record.stage = done)?;
        crash::reach("transfer.published");
        remove(&self.part())?;
        crash::reach("transfer.unlinked");
        Ok(landed)
    }

    /// Whether a file whose publishing was intended has its name: it is the partial file itself, or the partial file is
    /// gone and a file of that size stands there.
    pub(crate) fn was_published(&self, landed: &Landed) -> bool {
        let Ok(target) = std::fs::symlink_metadata(self.folder.join(&landed.name)) else { return false };
        target.is_file()
            && target.len() == landed.size
            && match std::fs::symlink_metadata(self.part()) {
                Ok(part) => same_file(&part, &target),
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            }
    }

    /// Whether a file that was checked is still here as it was, as far as its size tells.
    pub(crate) fn holds(&self, landed: &Landed) -> bool {
        std::fs::symlink_metadata(self.part()).is_ok_and(|part| part.is_file() && part.len() == landed.size)
    }

    /// Removes a partial file that is left over.
    pub(crate) fn clear_part(&self) -> io::Result<()> {
        remove(&self.part())
    }

    /// Removes the journal, and a partial file that is left.
    pub(crate) fn clear(&self) -> io::Result<()> {
        remove(&self.part())?;
        remove(&self.folder.join(format!(".{}{JOURNAL}-new", self.ticket)))?;
        remove(&self.journal())
    }

    /// Free bytes for us; `None` where the system does not say.
    pub(crate) fn room(&self) -> Option<u64> {
        super::room(&self.folder)
    }
}

/// Whether a file name is a journal's.
pub(crate) fn is_journal(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(JOURNAL))
}

/// The tickets of all transfers that have files in a folder.
pub(crate) fn tickets(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_str().and_then(|name| name.strip_prefix('.'));
        found.extend(name.and_then(|name| name.strip_suffix(PART).or(name.strip_suffix(JOURNAL))).map(str::to_owned));
    }
    Ok(found)
}

/// Opens a file that must be a plain one: a symlink or a device put in the way is refused.
pub(crate) fn open_plain(path: &Path, write: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    if write {
        options.write(true).create(true).truncate(false);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "something that is no file is in the way"))
    }
}

/// Keeps room on the disk for the bytes from there to there, without changing the file's length, so that the length
/// stays what was written. Not in memory (tmpfs), where keeping room means writing zeroes all over it.
pub(crate) fn reserve(file: &File, from: u64, to: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if to > from && !is_in_memory(file) {
        use rustix::io::Errno;
        let reserved = rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, from, to - from);
        // Not every file system can; then writing finds out.
        if let Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) = reserved {
            return Err(error.into());
        }
    }
    let _ = (file, from, to);
    Ok(())
}

#[cfg(target_os = "linux")]
fn is_in_memory(file: &File) -> bool {
    /// What statfs(2) calls a tmpfs.
    const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;
    rustix::fs::fstatfs(file).is_ok_and(|about| about.f_type == TMPFS_MAGIC)
}

/// The running boot; empty where the system does not say, and then nothing unsynced is trusted.
pub(crate) fn boot() -> String {
    /// No process outlives its boot.
    static BOOT: OnceLock<String> = OnceLock::new();
    let read = || std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    BOOT.get_or_init(|| read().map(|id| id.trim().to_owned()).unwrap_or_default()).clone()
}

/// Gives the file a second name that must not exist yet. Where links are unknown (FAT), renames without replacing.
fn claim(part: &Path, target: &Path) -> io::Result<()> {
    match std::fs::hard_link(part, target) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => rename_new(part, target).map_err(|_| error),
        done => done,
    }
}

#[cfg(target_os = "linux")]
fn rename_new(part: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, part, CWD, target, RenameFlags::NOREPLACE)?)
}

#[cfg(not(target_os = "linux"))]
fn rename_new(part: &Path, target: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(target).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    replace(part, target)
}

#[expect(clippy::disallowed_methods, reason = "the one home of renaming")]
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn same_file(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn same_file(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    false
}
