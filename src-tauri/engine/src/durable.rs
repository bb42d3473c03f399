//! Small files of our own, replaced whole or not at all; results have their own place (`transfer::staging`).

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::transfer::name::SafeName;

/// Numbers tried for a name before giving up, as for files.
const NUMBERS: u32 = 100_000;

/// Writes a file that only the user may read (mode 0600 where there are modes), so that after a crash it is either the
/// old one or the new one, whole and on disk.
#[expect(clippy::disallowed_methods, reason = "replaces a small file of our own; no result gets its name here")]
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let unfinished = with_suffix(path, ".new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&unfinished, path)?;
    sync_folder(folder)
}

/// Gives a damaged file another name, so that nothing of it is lost; a missing one is no error.
#[expect(clippy::disallowed_methods, reason = "sets a file of our own aside; no result gets its name here")]
pub fn set_aside(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Gives a finished folder its name by one rename, so that it is there with everything in it or not at all. A name that is
/// taken, also where only case or composition differ, is numbered as files are: `export (2)`. Says which name it got.
pub(crate) fn publish_folder(unfinished: &Path, wanted: &Path) -> io::Result<PathBuf> {
    let folder = wanted.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let name = wanted.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let safe = SafeName::of(&name.to_string_lossy());
    sync_tree(unfinished)?;
    for number in 1..NUMBERS {
        let numbered = if number == 1 { safe.clone() } else { safe.numbered(number) };
        let target = if number == 1 { wanted.to_owned() } else { folder.join(numbered.as_str()) };
        if is_taken(folder, &numbered)? {
            continue;
        }
        match rename_new(unfinished, &target) {
            Ok(()) => return sync_folder(folder).map(|()| target),
            Err(error) if is_clash(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn is_clash(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory)
}

fn is_taken(folder: &Path, name: &SafeName) -> io::Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        if entry?.file_name().to_str().is_some_and(|other| name.clashes_with(other)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Renames without replacing. A file system that knows no such rename is asked first whether the name is there.
#[expect(clippy::disallowed_methods, reason = "the one home of naming an extracted folder")]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS) => {}
            done => return Ok(done?),
        }
    }
    if std::fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

/// Makes everything in a folder survive a power cut. Linux syncs the whole file system at once, which for many small files
/// is far cheaper than one by one.
fn sync_tree(folder: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::fs::syncfs(File::open(folder)?)?);
    #[cfg(not(target_os = "linux"))]
    {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                sync_tree(&entry.path())?;
            } else {
                OpenOptions::new().write(true).open(entry.path())?.sync_all()?;
            }
        }
        sync_folder(folder)
    }
}

/// Makes a folder that only the user may enter.
pub fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// The path with more text at its end.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(suffix);
    text.into()
}

/// Makes the names in a folder survive a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_file_is_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no leftover");
    }
}
