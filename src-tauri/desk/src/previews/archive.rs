//! What an archive holds: its directory alone is read, nothing is unpacked.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use landfall_wire::Preview;
use zip::read::Config;
use zip::unstable::read::ZipIterable;

use super::{Why, cut};

/// So many entries are listed.
const SHOWN: usize = 200;

pub(super) fn draw(path: &Path) -> Result<Preview, Why> {
    let file = BufReader::new(File::open(path).map_err(|_| Why::Gone)?);
    // Entry by entry: a directory that claims, or has, a great many takes no memory.
    let mut directory = ZipIterable::try_new(file, Config::default()).map_err(|_| Why::Unreadable)?;
    let total = directory.len();
    let mut entries = Vec::with_capacity(total.min(SHOWN));
    for entry in directory.files().map_err(|_| Why::Unreadable)?.take(SHOWN) {
        let entry = entry.map_err(|_| Why::Unreadable)?;
        let name = entry.name().map_err(|_| Why::Unreadable)?;
        let name: String = name.chars().filter(|character| !character.is_control()).collect();
        entries.push((cut(&name, 300), entry.size()));
    }
    Ok(Preview::Listing { entries, total })
}
