//! Names of entries: only those that are the same file inside the folder on every system.
//!
//! Unlike names of downloads, names of entries are not mended but refused: a manifest and other components refer to them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use unicode_normalization::UnicodeNormalization as _;

use super::{Bounds, Refused};
use crate::transfer::name::{SafeName, folded};

/// No path is longer, in bytes: with the folder before it, it stays below Linux' 4096 and fits Windows' long paths.
const LONGEST: usize = 1_000;

/// Folders in folders.
const DEEPEST: usize = 32;

/// Bytes of names held; the directory of a package with a manifest takes some ten megabytes at most.
const HELD: usize = 64 << 20;

/// Why a name cannot be a file inside a folder; `Ok` says whether it is a folder's.
pub(super) fn examine(name: &str) -> Result<bool, &'static str> {
    if name.contains('\0') {
        return Err("has a NUL in its name");
    }
    if name.contains('\\') {
        return Err("has a backslash in its name, which is a folder's border on some systems");
    }
    if name.starts_with('/') || name.as_bytes().get(1) == Some(&b':') {
        return Err("has an absolute path");
    }
    if name.len() > LONGEST {
        return Err("has too long a path");
    }
    let (path, is_folder) = name.strip_suffix('/').map_or((name, false), |path| (path, true));
    if path.split('/').any(|part| part == "..") {
        return Err("would leave the folder");
    }
    if path.split('/').count() > DEEPEST {
        return Err("lies too deep in folders");
    }
    if !path.split('/').all(is_usable) {
        return Err("has a name that not every system can keep");
    }
    Ok(is_folder)
}

/// Whether one part of a path is a visible or hidden name on every system, in whatever composition it came.
fn is_usable(part: &str) -> bool {
    let visible = part.trim_start_matches('.');
    !visible.is_empty() && visible.nfc().eq(SafeName::of(visible).as_str().chars())
}

/// The names admitted so far, with the folders they need.
#[derive(Debug)]
pub(super) struct Names {
    /// By their folded form.
    seen: HashMap<String, Seen>,
    held: usize,
    folders: usize,
    most: usize,
}

#[derive(Debug)]
struct Seen {
    path: String,
    is_folder: bool,
}

impl Names {
    pub(super) fn new(bounds: &Bounds) -> Self {
        Self { seen: HashMap::new(), held: 0, folders: 0, most: bounds.entries }
    }

    /// Admits an entry that is examined: no other may be the same file or folder where case and composition do not count.
    pub(super) fn admit(&mut self, name: &str, is_folder: bool) -> Result<(), Refused> {
        let path = name.strip_suffix('/').unwrap_or(name);
        let folded = folded(path);
        let borders = path.match_indices('/').zip(folded.match_indices('/'));
        for ((at, _), (folded_at, _)) in borders {
            self.enter(&path[..at], &folded[..folded_at], true, false)?;
        }
        self.enter(path, &folded, is_folder, !is_folder)
    }

    fn enter(&mut self, path: &str, folded: &str, is_folder: bool, alone: bool) -> Result<(), Refused> {
        if let Some(seen) = self.seen.get(folded) {
            let same = seen.is_folder && is_folder && seen.path == path && !alone;
            return if same { Ok(()) } else { Err(Refused::Clash { one: seen.path.clone(), other: path.to_owned() }) };
        }
        if let Entry::Vacant(vacant) = self.seen.entry(folded.to_owned()) {
            vacant.insert(Seen { path: path.to_owned(), is_folder });
        }
        self.held += path.len() + folded.len();
        self.folders += usize::from(is_folder);
        if self.folders > self.most {
            return Err(Refused::TooMany { found: self.folders, most: self.most });
        }
        if self.held > HELD {
            return Err(Refused::TooLarge { bytes: HELD as u64, why: "as names alone" });
        }
        Ok(())
    }
}
