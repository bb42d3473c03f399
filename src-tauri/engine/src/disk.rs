//! The disk below a folder.

use std::path::Path;

/// Bytes that may still be written below a folder, which need not be there yet; `None` where that cannot be told.
pub fn room(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|ancestor| ancestor.is_dir())?;
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(there).ok()?;
        disk.f_bavail.checked_mul(disk.f_frsize)
    }
    #[cfg(not(unix))]
    {
        let _ = there;
        None
    }
}
