//! A package that is one JSON document: the manifest's list and the contents of its files, in one of three shapes.
//!
//! The contents stand in the list's own items (`Content`, `content`), which then need no file's name, or in an object of
//! files beside the manifest (`components`, `files`, or the document itself):
//! `{"manifest": {…}, "components": {"types/a.json": {…}}}`. The document is held in memory, so it is bounded; an archive
//! is not.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};

use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use super::document::{self, Flaw};
use super::listing::Proof;
use super::manifest::{self, Item};
use super::refused::named;
use super::{Bounds, Component, Form, Listing, ManifestSpec, Refused, open};
use crate::digest::Sha256;
use crate::units::size_text;

/// Where an item's own content may stand.
const INLINE: [&str; 2] = ["Content", "content"];

/// Where the manifest may stand, beside the document itself and the name of its file.
const MANIFEST: [&str; 2] = ["manifest", "Manifest"];

/// Where the files may stand, beside the document itself.
const FILES: [&str; 4] = ["components", "Components", "files", "Files"];

/// What brotli needs for its own input.
const BROTLI_BUFFER: usize = 16 << 10;

/// How the document is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Brotli,
}

/// The document, taken apart.
#[derive(Debug)]
pub(super) struct Single {
    contents: HashMap<String, Value>,
}

impl Single {
    /// The content of a component.
    pub(super) fn content(&self, component: &Component) -> Option<&Value> {
        self.contents.get(&component.file)
    }
}

/// Reads the whole document.
pub(super) fn open(
    file: File,
    packing: Packing,
    spec: &ManifestSpec,
    bounds: &Bounds,
) -> Result<(Single, Listing), Refused> {
    let bytes = unpack(file, packing, bounds)?;
    let mut document = document::parse(&bytes, bounds.values).map_err(|flaw| match flaw {
        Flaw::TooManyValues => too_large(bounds),
        Flaw::Syntax(why) => Refused::NoPackage(why),
    })?;
    drop(bytes);
    let list = take_list(&mut document, spec)?;
    let items = manifest::items(&list, spec, |item| INLINE.iter().any(|key| item.get(key).is_some()))?;
    let mut files = take_files(document, spec);
    let (mut contents, mut proofs) = (HashMap::new(), HashMap::new());
    for (item, value) in items.iter().zip(list) {
        let Some(content) = take_content(value, item, &mut files) else { continue };
        let (content, proof) = prove(content, item, bounds)?;
        proofs.insert(item.file.clone(), proof);
        if contents.insert(item.file.clone(), content).is_some() {
            return Err(Refused::Manifest(format!("names {} twice, each time with a content", named(&item.file))));
        }
    }
    let components = open::components(&items, &proofs)?;
    let listing = Listing { form: Form::Json, components, others: files.len() as u64 };
    Ok((Single { contents }, listing))
}

fn unpack(file: File, packing: Packing, bounds: &Bounds) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let most = bounds.document + 1;
    let file = BufReader::new(file);
    let read = match packing {
        Packing::Plain => file.take(most).read_to_end(&mut bytes),
        Packing::Gzip => MultiGzDecoder::new(file).take(most).read_to_end(&mut bytes),
        Packing::Brotli => {
            brotli_decompressor::Decompressor::new(file, BROTLI_BUFFER).take(most).read_to_end(&mut bytes)
        }
    };
    read.map_err(|error| super::archive::reading(error, "its packed content"))?;
    if bytes.len() as u64 > bounds.document { Err(too_large(bounds)) } else { Ok(bytes) }
}

fn too_large(bounds: &Bounds) -> Refused {
    let most = size_text(bounds.document);
    Refused::NoPackage(format!("one JSON document of more than {most} or {} values; export it as ZIP", bounds.values))
}

/// Takes the manifest's list out of wherever the manifest stands.
fn take_list(document: &mut Value, spec: &ManifestSpec) -> Result<Vec<Value>, Refused> {
    let places = std::iter::once(None).chain(MANIFEST.into_iter().chain([spec.path.as_str()]).map(Some));
    for place in places {
        let manifest = match place {
            None => Some(&mut *document),
            Some(key) => document.get_mut(key),
        };
        let list =
            manifest.and_then(|manifest| spec.each.split('.').try_fold(manifest, |value, key| value.get_mut(key)));
        if let Some(Value::Array(list)) = list {
            return Ok(std::mem::take(list));
        }
    }
    Err(Refused::NoManifest(format!("list {}", spec.each)))
}

/// The object of files: one of its usual places, else the document itself without what belongs to the manifest.
fn take_files(mut document: Value, spec: &ManifestSpec) -> Map<String, Value> {
    for key in FILES {
        if let Some(Value::Object(files)) = document.get_mut(key) {
            return std::mem::take(files);
        }
    }
    let Value::Object(mut files) = document else { return Map::new() };
    let list = spec.each.split('.').next().unwrap_or_default();
    files.retain(|key, value| {
        let is_manifest = key == list || *key == spec.path || MANIFEST.contains(&key.as_str());
        (value.is_object() || value.is_array()) && !is_manifest
    });
    files
}

fn take_content(mut item: Value, about: &Item, files: &mut Map<String, Value>) -> Option<Value> {
    let inline = INLINE.into_iter().find_map(|key| item.get_mut(key).map(Value::take));
    inline.or_else(|| files.remove(&about.file))
}

/// Text in a file of JSON is JSON once more, as a server writes that only passes its files on.
fn prove(content: Value, item: &Item, bounds: &Bounds) -> Result<(Value, Proof), Refused> {
    let refused = |why: String| Refused::Component { file: item.file.clone(), why };
    let is_json = crate::verify::FileKind::of_name(&item.file) == Some(crate::verify::FileKind::Json);
    let content = match content {
        Value::String(text) if is_json => {
            document::parse(text.as_bytes(), bounds.values).map_err(|flaw| match flaw {
                Flaw::TooManyValues => too_large(bounds),
                Flaw::Syntax(why) => refused(why),
            })?
        }
        content => content,
    };
    if let Value::String(text) = &content {
        let mut hash = Sha256::default();
        hash.update(text.as_bytes());
        let proof = Proof { size: text.len() as u64, sha256: hash.finish(), canonical: false };
        return Ok((content, proof));
    }
    let (sha256, size) = document::digest(&content);
    Ok((content, Proof { size, sha256, canonical: true }))
}
