//! The connectors that can be used by name: built in, a person's own, and the gallery's.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use landfall_wire::{ErrorCode, Failure};

use crate::connector::{BuiltIn, Connector};
use crate::home::Home;
use crate::package::ManifestSpec;
use crate::{durable, words};

/// No connector file is longer, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// Where a connector comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// With the program; its system is tried with every change of the program.
    BuiltIn,
    /// From a person, who added it to this home.
    Own,
    /// With the program, written from the vendor's documentation and not tried against the live service.
    Gallery,
}

impl Origin {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Own => "own",
            Self::Gallery => "gallery",
        }
    }
}

/// A connector file as it lies in the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The connector's id, which is the file's name without `.toml`.
    pub id: String,
    /// The file's name; for one of the home its whole path.
    pub file_name: String,
    /// The file's text.
    pub source: Cow<'static, str>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Entry {
    fn shipped(shipped: &BuiltIn, origin: Origin) -> Self {
        Self {
            id: shipped.id.to_owned(),
            file_name: shipped.file_name.to_owned(),
            source: Cow::Borrowed(shipped.source),
            origin,
        }
    }

    /// The connector, read.
    pub fn connector(&self) -> Result<Connector, Failure> {
        let unusable = |why: String| {
            Failure::new(ErrorCode::JobCreationFailed, format!("The connector {:?} cannot be used: {why}", self.id))
                .with_remediation("Mend it; `landfall connectors check` tells what is wrong")
        };
        let connector =
            Connector::parse(&self.file_name, &self.source).map_err(|problems| unusable(problems.to_string()))?;
        if connector.id() == self.id {
            return Ok(connector);
        }
        Err(unusable(format!("the file {} holds a connector called {}", self.file_name, connector.id())))
    }
}

/// What adding a connector changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Where the file lies now.
    pub path: PathBuf,
    /// Whose place it takes: an own one of before, or one of the gallery.
    pub replaced: Option<Origin>,
}

/// The connectors of one home.
#[derive(Debug, Clone)]
pub struct Library {
    folder: PathBuf,
}

impl Library {
    /// Of that home.
    pub fn of(home: &Home) -> Self {
        Self { folder: home.connectors() }
    }

    /// The connector of that id, ready for use.
    pub fn connector(&self, id: &str) -> Result<Arc<Connector>, Failure> {
        self.find(id)?.connector().map(Arc::new)
    }

    /// The file of the connector of that id. A person's own one hides one of the gallery, also while it is damaged.
    pub fn find(&self, id: &str) -> Result<Entry, Failure> {
        if let Some(built_in) = shipped(Connector::built_in(), id) {
            return Ok(Entry::shipped(built_in, Origin::BuiltIn));
        }
        if is_id(id) && self.path(id).exists() {
            return self.own(id);
        }
        let gallery = shipped(Connector::gallery(), id).map(|found| Entry::shipped(found, Origin::Gallery));
        gallery.ok_or_else(|| self.unknown(id))
    }

    /// Every connector that can be used, and what is wrong with each file that cannot: it hides no other one.
    pub fn all(&self) -> (Vec<(Entry, Connector)>, Vec<Failure>) {
        let (mut usable, mut damaged) = (Vec::new(), Vec::new());
        let built_in = Connector::built_in().iter().map(|shipped| Ok(Entry::shipped(shipped, Origin::BuiltIn)));
        let own_ids = self.own_ids().unwrap_or_else(|failure| {
            damaged.push(failure);
            Vec::new()
        });
        let gallery = Connector::gallery().iter().filter(|shipped| !own_ids.iter().any(|own| own == shipped.id));
        let gallery: Vec<_> = gallery.map(|shipped| Ok(Entry::shipped(shipped, Origin::Gallery))).collect();
        let own: Vec<_> = own_ids.iter().map(|id| self.own(id)).collect();
        for entry in built_in.chain(own).chain(gallery) {
            match entry.and_then(|entry| entry.connector().map(|connector| (entry, connector))) {
                Ok(found) => usable.push(found),
                Err(failure) => damaged.push(failure),
            }
        }
        (usable, damaged)
    }

    /// What manifests look like, of every connector whose packages have one: for a package of which nothing else is known.
    pub fn manifests(&self) -> Vec<ManifestSpec> {
        let mut found: Vec<ManifestSpec> = Vec::new();
        for (_, connector) in self.all().0 {
            // Two connectors of one system bring the same packages.
            found.extend(connector.manifest().filter(|spec| !found.contains(spec)).cloned());
        }
        found
    }

    /// Puts a connector, checked by the caller, into the home; whole or not at all, also when power goes. Recorded answers
    /// of one that stood there before go away where it brings none.
    pub fn add(&self, connector: &Connector, source: &str, recording: Option<&str>) -> Result<Added, Failure> {
        let id = connector.id();
        if shipped(Connector::built_in(), id).is_some() {
            return Err(Failure::new(ErrorCode::JobCreationFailed, format!("The connector {id} is built in"))
                .with_remediation("Give yours another id: a built-in one is never replaced"));
        }
        let (path, recorded) = (self.path(id), self.folder.join(format!("{id}.recorded.toml")));
        let own = path.exists().then_some(Origin::Own);
        let replaced = own.or_else(|| shipped(Connector::gallery(), id).map(|_| Origin::Gallery));
        let write = || {
            durable::private_folder(&self.folder)?;
            durable::replace(&path, source.as_bytes())?;
            match recording {
                Some(recording) => durable::replace(&recorded, recording.as_bytes()),
                None => std::fs::remove_file(&recorded).or_else(|error| match error.kind() {
                    io::ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                }),
            }
        };
        write().map_err(|error| {
            Failure::new(
                ErrorCode::DiskError,
                format!("The connector cannot be kept as {}: {}", path.display(), words::of_io(&error)),
            )
            .with_remediation("Make room, or name another home with --home")
        })?;
        Ok(Added { path, replaced })
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.toml"))
    }

    fn own(&self, id: &str) -> Result<Entry, Failure> {
        let path = self.path(id);
        let unusable = |why: &str| {
            Failure::new(
                ErrorCode::JobCreationFailed,
                format!("The connector file {} cannot be used: {why}", path.display()),
            )
            .with_remediation("Mend it or take it away; `landfall connectors check` tells what is wrong")
        };
        if shipped(Connector::built_in(), id).is_some() {
            return Err(unusable("a connector of that name is built in, and is never replaced"));
        }
        let source = read(&path).map_err(|error| unusable(&words::of_io(&error)))?;
        let file_name = path.display().to_string();
        Ok(Entry { id: id.to_owned(), file_name, source: Cow::Owned(source), origin: Origin::Own })
    }

    /// The names of the files in the home, sorted; whether they can be read shows when they are.
    fn own_ids(&self) -> Result<Vec<String>, Failure> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                let message = format!("The folder {} cannot be read", self.folder.display());
                return Err(Failure::new(ErrorCode::DiskError, format!("{message}: {}", words::of_io(&error))));
            }
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().to_str().map(str::to_owned));
        let connectors = names.filter(|name| !name.ends_with(".recorded.toml"));
        let mut ids: Vec<String> =
            connectors.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
        ids.sort();
        Ok(ids)
    }

    fn unknown(&self, id: &str) -> Failure {
        let built_in = Connector::built_in().iter().map(|shipped| shipped.id.to_owned());
        let mut ids: Vec<String> = built_in.chain(self.own_ids().unwrap_or_default()).collect();
        ids.extend(Connector::gallery().iter().map(|shipped| shipped.id.to_owned()));
        ids.dedup();
        Failure::new(ErrorCode::JobCreationFailed, format!("There is no connector {id:?}"))
            .with_remediation(format!("The connectors are: {}", ids.join(", ")))
    }
}

fn shipped(shelf: &'static [BuiltIn], id: &str) -> Option<&'static BuiltIn> {
    shelf.iter().find(|shipped| shipped.id == id)
}

/// Whether it can be an id, which is looked for as a file: it cannot lead out of the folder.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A file's text; one that is much too long for a connector is not taken in.
fn read(path: &Path) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > LONGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    std::fs::read_to_string(path)
}
