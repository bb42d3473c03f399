//! Packages made by hand: by name and text, and byte by byte where no library would write such a thing.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::package::ManifestSpec;

/// A manifest as one system writes it; the words are that system's.
pub(super) fn spec() -> ManifestSpec {
    let kinds = [("sharedo-type", "workTypes"), ("sharedo-form", "forms"), ("sharedo-workflow", "workflows")];
    ManifestSpec {
        path: "manifest.json".into(),
        each: "ExportedSteps".into(),
        file: "StorageFilename".into(),
        name: "SystemName".into(),
        kind: "ExportProviderSystemName".into(),
        kinds: kinds.into_iter().map(|(word, heading)| (word.to_owned(), heading.to_owned())).collect(),
    }
}

/// One entry as it is written, in what it declares and in what it is.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) local_name: Option<Vec<u8>>,
    pub(super) packed: Vec<u8>,
    pub(super) declared: u32,
    pub(super) crc: u32,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) mode: u32,
}

impl Entry {
    /// A stored file.
    pub(super) fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref().to_vec();
        let mut crc = flate2::Crc::new();
        crc.update(&content);
        Self {
            name: name.as_ref().to_vec(),
            local_name: None,
            declared: u32::try_from(content.len()).unwrap(),
            crc: crc.sum(),
            packed: content,
            method: 0,
            // UTF-8 names.
            flags: 1 << 11,
            mode: 0o100_644,
        }
    }

    /// A deflated file.
    pub(super) fn packed(name: &str, content: &[u8]) -> Self {
        use std::io::Write as _;
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(content).unwrap();
        Self { packed: packer.finish().unwrap(), method: 8, ..Self::file(name, content) }
    }

    pub(super) fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }
}

/// The archive of these entries (APPNOTE 4.3), whatever they are.
pub(super) fn zip(entries: &[Entry]) -> Vec<u8> {
    fn short(out: &mut Vec<u8>, number: usize) {
        out.extend(u16::try_from(number).unwrap().to_le_bytes());
    }
    fn long(out: &mut Vec<u8>, number: usize) {
        out.extend(u32::try_from(number).unwrap().to_le_bytes());
    }
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let start = out.len();
        let name = entry.local_name.as_ref().unwrap_or(&entry.name);
        let common = |out: &mut Vec<u8>| {
            out.extend(entry.flags.to_le_bytes());
            out.extend(entry.method.to_le_bytes());
            // The first of January 1980, midnight.
            out.extend([0, 0, 0x21, 0]);
            out.extend(entry.crc.to_le_bytes());
            long(out, entry.packed.len());
            out.extend(entry.declared.to_le_bytes());
        };
        out.extend(b"PK\x03\x04\x14\0");
        common(&mut out);
        short(&mut out, name.len());
        short(&mut out, 0);
        out.extend(name);
        out.extend(&entry.packed);

        // Made by Unix, so that the mode counts.
        directory.extend(b"PK\x01\x02\x14\x03\x14\0");
        common(&mut directory);
        short(&mut directory, entry.name.len());
        directory.extend([0; 8]);
        directory.extend((entry.mode << 16).to_le_bytes());
        long(&mut directory, start);
        directory.extend(&entry.name);
    }
    let start = out.len();
    out.extend(&directory);
    if entries.len() > usize::from(u16::MAX) {
        big_end(&mut out, entries.len(), directory.len(), start);
    }
    let count = entries.len().min(usize::from(u16::MAX));
    out.extend(b"PK\x05\x06\0\0\0\0");
    short(&mut out, count);
    short(&mut out, count);
    long(&mut out, directory.len());
    long(&mut out, start);
    short(&mut out, 0);
    out
}

/// The end of a directory with more entries than sixteen bits count (APPNOTE 4.3.14 and 4.3.15).
fn big_end(out: &mut Vec<u8>, entries: usize, size: usize, start: usize) {
    let at = out.len() as u64;
    out.extend(b"PK\x06\x06");
    out.extend(44_u64.to_le_bytes());
    out.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [entries, entries, size, start] {
        out.extend((number as u64).to_le_bytes());
    }
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend(at.to_le_bytes());
    out.extend(1_u32.to_le_bytes());
}

/// Components as lines of `PROVIDER NAME FILE CONTENT`, and the archive of them with its manifest.
pub(super) fn package(lines: &str) -> Vec<u8> {
    let mut entries = vec![Entry::file("manifest.json", manifest(lines).to_string())];
    entries.extend(parts(lines).map(|[_, _, file, content]| Entry::packed(file, content.as_bytes())));
    zip(&entries)
}

pub(super) fn manifest(lines: &str) -> Value {
    let step = |[provider, name, file, _]: [&str; 4]| json!({ "ExportProviderSystemName": provider, "SystemName": name, "StorageFilename": file });
    json!({ "ExportedSteps": parts(lines).map(step).collect::<Vec<_>>() })
}

pub(super) fn parts(lines: &str) -> impl Iterator<Item = [&str; 4]> {
    lines.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let mut parts = line.trim().splitn(4, ' ');
        std::array::from_fn(|_| parts.next().expect("PROVIDER NAME FILE CONTENT"))
    })
}

/// A folder of its own with one package in it.
pub(super) struct Landed {
    pub(super) folder: TempDir,
    pub(super) path: PathBuf,
}

pub(super) fn landed(name: &str, bytes: &[u8]) -> Landed {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Landed { folder, path }
}
