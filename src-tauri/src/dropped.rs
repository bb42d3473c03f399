//! Files that a person hands to the window: tables of exports and connector files, read here and never by the page.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use landfall_wire::{Ask, ErrorCode, Failure};

/// Larger than any table that somebody made by hand.
const LARGEST: u64 = 4 * 1024 * 1024;
/// A person means a file or two.
const MOST: usize = 8;

/// What the page is asked about files that were dropped.
pub(crate) fn asks(paths: &[PathBuf]) -> Vec<Ask> {
    let read = paths.iter().take(MOST).map(|path| match read(path) {
        Ok((name, text)) => Ask::Dropped { name, text },
        Err(failure) => Ask::Refused { failure },
    });
    read.collect()
}

/// The file's name and text; refused when it is large, or no text.
pub(crate) fn read(path: &Path) -> Result<(String, String), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let unusable = |why: &str| {
        Failure::new(ErrorCode::JobCreationFailed, format!("{name} cannot be used: {why}"))
            .with_remediation("Drop a table (CSV, TSV or JSON Lines) or a connector file (TOML), of at most 4 MB")
    };
    let facts = std::fs::metadata(path).map_err(|error| unusable(&landfall_engine::words::of_io(&error)))?;
    if !facts.is_file() {
        return Err(unusable("it is not a file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| unusable(&landfall_engine::words::of_io(&error)))?;
    // What was measured may grow meanwhile.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unusable(&landfall_engine::words::of_io(&error)))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unusable("it is too large"));
    }
    let text = String::from_utf8(bytes).map_err(|_| unusable("it is not a text in UTF-8"))?;
    Ok((name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_of_a_sane_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let table = file("monday.csv", "project,format\nnordkai-40,pdf\n".as_bytes());
        assert_eq!(read(&table).unwrap(), ("monday.csv".into(), "project,format\nnordkai-40,pdf\n".into()));
        let refusal = |path: &Path| read(path).unwrap_err().message;
        assert_eq!(refusal(&file("film.mp4", &[0xff, 0xfe, 0])), "film.mp4 cannot be used: it is not a text in UTF-8");
        let large = vec![b'a'; usize::try_from(LARGEST).unwrap() + 1];
        assert_eq!(refusal(&file("large.csv", &large)), "large.csv cannot be used: it is too large");
        assert!(refusal(folder.path()).ends_with("it is not a file"));
        assert!(read(&folder.path().join("gone.csv")).is_err());
        assert_eq!(asks(&vec![table; 100]).len(), MOST);
    }
}
