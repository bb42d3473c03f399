//! Packages that have landed, and how they are opened.

use std::path::PathBuf;

use landfall_engine::job::State;
use landfall_engine::library::Library;
use landfall_engine::package::{Bounds, ManifestSpec, Package, open_as_any};

use crate::args::Global;
use crate::commands::{find, home, reader};
use crate::exit::Ending;

/// A package that was named on the command line.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) path: PathBuf,
    /// What its manifest looks like, where the job that landed it says so.
    pub(super) spec: Option<ManifestSpec>,
}

impl Landed {
    /// A file that is there, or else what a job landed.
    pub(super) fn named(text: &str, global: &Global) -> Result<Self, Ending> {
        let path = PathBuf::from(text);
        if path.exists() {
            return Ok(Self { path, spec: None });
        }
        if text.contains(std::path::is_separator) {
            return Err(Ending::usage(format!("There is no file {text}"), "Name a file, or the id of a job"));
        }
        let jobs = reader(global)?.jobs()?;
        let job = find(&jobs, text)?;
        let id = &job.wish.id;
        let State::Landed { files, .. } = &job.state else {
            return Err(Ending::usage(
                format!("Job {id} has not landed, so there is nothing to compare"),
                format!("See where it stands: landfall show {id}"),
            ));
        };
        let spec = Library::of(&home(global)?).connector(&job.wish.connector)?.manifest().cloned();
        match (files.as_slice(), spec) {
            ([file], Some(spec)) => Ok(Self { path: file.path.clone(), spec: Some(spec) }),
            _ => Err(Ending::usage(
                format!("Job {id} is an export of {}, which brings no packages", job.wish.connector),
                "Name jobs that landed packages, or the files themselves",
            )),
        }
    }

    /// Opens it as the first manifest that is in it says; any other fault than a missing manifest ends the search.
    pub(super) fn open(&self, known: &[ManifestSpec]) -> Result<Package, Ending> {
        let specs = self.spec.as_ref().map_or(known, std::slice::from_ref);
        if specs.is_empty() {
            return Err(Ending::usage(
                "No connector here says what is in a package",
                "See which there are: landfall connectors list",
            ));
        }
        Ok(open_as_any(&self.path, specs, &Bounds::default())?)
    }
}

/// What the manifest of a file may look like: as that of the job beside it, else as any connector says.
pub(super) fn known(first: &Landed, second: &Landed, global: &Global) -> Result<Vec<ManifestSpec>, Ending> {
    match first.spec.as_ref().or(second.spec.as_ref()) {
        Some(spec) => Ok(vec![spec.clone()]),
        None => Ok(Library::of(&home(global)?).manifests()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(path: &str) -> ManifestSpec {
        let [each, file, name, kind] = ["parts", "file", "name", "kind"].map(str::to_owned);
        ManifestSpec { path: path.to_owned(), each, file, name, kind, kinds: std::collections::BTreeMap::new() }
    }

    fn status(bytes: &[u8], known: &[ManifestSpec]) -> Result<usize, u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("package");
        std::fs::write(&path, bytes).unwrap();
        let opened = Landed { path, spec: None }.open(known);
        opened.map(|package| package.listing().components.len()).map_err(|ending| ending.status)
    }

    #[test]
    fn package_is_opened_by_the_manifest_that_is_in_it() {
        let document = br#"{"two":{"parts":[{"kind":"k","name":"n","file":"f","content":{}}]}}"#;
        assert_eq!(status(document, &[spec("one"), spec("two")]), Ok(1));
        assert_eq!(status(document, &[spec("one")]), Err(6), "a package of no kind that is known is refused");
        assert_eq!(status(b"", &[spec("one")]), Err(6), "an empty package is refused");
        assert_eq!(status(document, &[]), Err(2), "without any manifest to look for there is nothing to try");
    }
}
