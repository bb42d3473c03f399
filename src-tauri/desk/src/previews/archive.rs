//! What an archive holds: its directory alone is read, nothing is unpacked.

use std::fs::File;
use std::path::Path;

use landfall_wire::Preview;

use super::{Why, cut};

/// So many entries are listed.
const SHOWN: usize = 200;

/// An archive whose directory has more entries is not opened: each takes memory.
const MOST: usize = 200_000;

pub(super) fn draw(path: &Path) -> Result<Preview, Why> {
    let file = File::open(path).map_err(|_| Why::Gone)?;
    // A directory entry takes 46 bytes at least.
    let length = file.metadata().map_err(|_| Why::Gone)?.len();
    let mut archive = zip::ZipArchive::new(file).map_err(|_| Why::Unreadable)?;
    let total = archive.len();
    if total > MOST || total as u64 > length / 46 {
        return Err(Why::TooLarge);
    }
    let mut entries = Vec::with_capacity(total.min(SHOWN));
    for index in 0..total.min(SHOWN) {
        let entry = archive.by_index_raw(index).map_err(|_| Why::Unreadable)?;
        let name = entry.name().map_err(|_| Why::Unreadable)?;
        let name: String = name.chars().filter(|character| !character.is_control()).collect();
        entries.push((cut(&name, 300), entry.size()));
    }
    Ok(Preview::Listing { entries, total })
}
