//! Whether what landed is still that.

use std::io::Read as _;
use std::path::Path;

use landfall_wire::{ErrorCode, Failure};

use crate::digest::Sha256;
use crate::job::LandedFile;
use crate::words;

/// Bytes hashed at once.
const PIECE: usize = 1 << 20;

/// Reads a landed file whole and compares it with what landed. Blocks.
pub fn unchanged(file: &LandedFile) -> Result<(), Failure> {
    let (found, size) = hashed(&file.path)?;
    if found == file.sha256 && size == file.size {
        return Ok(());
    }
    let message = format!("{} is not what landed: it has {size} bytes, sha256 {found}", file.path.display());
    let landed = format!(
        "It landed with {} bytes, sha256 {}; somebody changed it since. Export it again",
        file.size, file.sha256
    );
    Err(Failure::new(ErrorCode::ValidationFailed, message).with_remediation(landed))
}

fn hashed(path: &Path) -> Result<(String, u64), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(ErrorCode::DiskError, format!("{} cannot be read: {}", path.display(), words::of_io(&error)))
            .with_remediation("If it was moved or deleted, export it again")
    };
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let (mut hash, mut size, mut piece) = (Sha256::default(), 0, vec![0; PIECE]);
    loop {
        let length = file.read(&mut piece).map_err(unreadable)?;
        if length == 0 {
            return Ok((hash.finish(), size));
        }
        hash.update(&piece[..length]);
        size += length as u64;
    }
}
