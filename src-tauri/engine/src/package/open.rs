//! A package that passed: open, with its components where they can be read.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use landfall_wire::Failure;
use serde_json::Value;
use zip::read::OwnedZipFileEntry;

use super::archive::Archive;
use super::listing::{self, Proof};
use super::manifest::{self, Item};
use super::single::{self, Packing, Single};
use super::{Bounds, Component, Form, Listing, ManifestSpec, Refused, document};

/// A package that is open and was found whole. Its file stays open, so that what is read later is what was checked.
#[derive(Debug)]
pub struct Package {
    path: PathBuf,
    source: Source,
    listing: Listing,
    bounds: Bounds,
}

#[derive(Debug)]
enum Source {
    Zip { archive: Archive, located: HashMap<String, OwnedZipFileEntry> },
    Single(Single),
}

/// A component's content, as far as it is compared.
#[derive(Debug)]
pub(super) enum Content {
    /// JSON, its numbers by value and its names in order.
    Document(Value),
    /// Anything else, or JSON that is too large to be held.
    Bytes,
}

impl Package {
    /// Opens a landed package and reads all of it once. In one of JSON the packing is told by its first bytes, but for
    /// brotli, which has none of its own: by the end of its name, `.br`.
    pub fn open(path: &Path, spec: &ManifestSpec, bounds: &Bounds) -> Result<Self, Refused> {
        Self::of(plain_file(path)?, path, spec, bounds)
    }

    /// The same of a file that is open, and called like that path.
    pub(super) fn of(mut file: File, path: &Path, spec: &ManifestSpec, bounds: &Bounds) -> Result<Self, Refused> {
        let (source, listing) = match packing(&mut file, path)? {
            None => {
                let mut archive = Archive::open(&file, bounds)?;
                let listing = list(&mut archive, spec, bounds)?;
                (Source::Zip { archive, located: HashMap::new() }, listing)
            }
            Some(packing) => {
                let (single, listing) = single::open(file, packing, spec, bounds)?;
                (Source::Single(single), listing)
            }
        };
        Ok(Self { path: path.to_owned(), source, listing, bounds: *bounds })
    }

    /// What is in it.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What is in it, when nothing more is wanted.
    pub fn into_listing(self) -> Listing {
        self.listing
    }

    /// The archive, where it is one.
    pub(super) fn into_archive(self) -> Option<Archive> {
        match self.source {
            Source::Zip { archive, .. } => Some(archive),
            Source::Single(_) => None,
        }
    }

    /// Its components, in the order of kind, name and file.
    pub(super) fn components(&self) -> &[Component] {
        &self.listing.components
    }

    /// How many differences are kept for one component.
    pub(super) fn most_changes(&self) -> usize {
        self.bounds.changes
    }

    /// Prepares some components for reading, in one pass.
    pub(super) fn locate<'a>(&mut self, components: impl Iterator<Item = &'a Component>) -> Result<(), Failure> {
        if let Source::Zip { archive, located } = &mut self.source {
            let files: HashSet<&str> = components.map(|component| component.file.as_str()).collect();
            *located = archive.locate(&files).map_err(|refusal| refusal.failure(&self.path))?;
        }
        Ok(())
    }

    /// The content of a component that was prepared.
    pub(super) fn read(&mut self, component: &Component) -> Result<Content, Failure> {
        self.content(component).map_err(|refusal| refusal.failure(&self.path))
    }

    fn content(&mut self, component: &Component) -> Result<Content, Refused> {
        if !component.canonical {
            return Ok(Content::Bytes);
        }
        let gone = || Refused::Missing { file: component.file.clone(), others: 0 };
        match &mut self.source {
            Source::Single(single) => single.content(component).cloned().map(Content::Document).ok_or_else(gone),
            Source::Zip { archive, located } => {
                let entry = located.get(&component.file).ok_or_else(gone)?;
                let bytes = archive.read(&component.file, entry, self.bounds.component)?;
                Ok(document::parse(&bytes, self.bounds.values).map_or(Content::Bytes, Content::Document))
            }
        }
    }
}

/// Opens what must be a plain file: opening a pipe would wait for ever.
pub(super) fn plain_file(path: &Path) -> Result<File, Refused> {
    let about = std::fs::metadata(path).map_err(Refused::Unreadable)?;
    if !about.is_file() {
        return Err(Refused::NoPackage("it is no file".to_owned()));
    }
    if about.len() == 0 {
        return Err(Refused::Empty);
    }
    File::open(path).map_err(Refused::Unreadable)
}

/// How a package of one JSON document is packed; `None` for a ZIP, and for what can only be a broken one.
fn packing(file: &mut File, path: &Path) -> Result<Option<Packing>, Refused> {
    let mut start = Vec::new();
    file.take(64).read_to_end(&mut start).map_err(Refused::Unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(Refused::Unreadable)?;
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    Ok(match text {
        [b'{' | b'[', ..] => Some(Packing::Plain),
        [0x1f, 0x8b, ..] => Some(Packing::Gzip),
        _ if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("br")) => Some(Packing::Brotli),
        _ => None,
    })
}

fn list(archive: &mut Archive, spec: &ManifestSpec, bounds: &Bounds) -> Result<Listing, Refused> {
    let mut text = None;
    archive.walk(|name, _, body| {
        if name == spec.path {
            let mut bytes = Vec::new();
            body.take(bounds.manifest + 1).read_to_end(&mut bytes).map_err(Refused::Unreadable)?;
            text = Some(bytes);
        }
        Ok(())
    })?;
    let text = text.ok_or_else(|| Refused::NoManifest(spec.path.clone()))?;
    if text.len() as u64 > bounds.manifest {
        return Err(manifest::too_large(bounds));
    }
    let items = manifest::parse(&text, spec, bounds)?;
    let named: HashSet<&str> = items.iter().map(|item| item.file.as_str()).collect();
    let (mut proofs, mut others) = (HashMap::new(), 0);
    archive.walk(|name, is_folder, body| {
        if is_folder {
            return Ok(());
        }
        if named.contains(name) {
            proofs.insert(name.to_owned(), listing::prove(name, body, bounds)?);
        } else {
            others += u64::from(name != spec.path);
            // To its end, where its checksum is compared.
            std::io::copy(body, &mut std::io::sink()).map_err(Refused::Unreadable)?;
        }
        Ok(())
    })?;
    let components = components(&items, &proofs)?;
    Ok(Listing { form: Form::Zip, components, others })
}

/// The manifest's items with their content's proofs, in order.
pub(super) fn components(items: &[Item], proofs: &HashMap<String, Proof>) -> Result<Vec<Component>, Refused> {
    let mut missing = items.iter().filter(|item| !proofs.contains_key(&item.file));
    if let Some(first) = missing.next() {
        return Err(Refused::Missing { file: first.file.clone(), others: missing.count() });
    }
    let mut components: Vec<Component> = items
        .iter()
        .filter_map(|item| {
            let Proof { size, sha256, canonical } = proofs.get(&item.file)?.clone();
            let Item { kind, provider, name, file } = item.clone();
            Some(Component { kind, name, file, provider, size, sha256, canonical })
        })
        .collect();
    components.sort();
    Ok(components)
}
