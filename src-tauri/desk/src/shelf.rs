//! Small files of the desk in the home: JSON, written whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use landfall_engine::home::Home;
use landfall_engine::{durable, words};
use landfall_wire::{ErrorCode, Failure};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No file of ours is longer, in bytes.
const LONGEST: u64 = 16 << 20;

/// The desk's folder in a home.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    folder: PathBuf,
}

/// What was found in a file.
#[derive(Debug)]
pub(crate) enum Found<T> {
    /// There is none.
    Nothing,
    /// This.
    Read(T),
    /// It could not be read, and lies now beside its place.
    SetAside,
}

impl Shelf {
    /// Of that home.
    pub(crate) fn of(home: &Home) -> Self {
        Self { folder: home.root().join("desk") }
    }

    /// Reads a file; one that is damaged is set aside, so that nothing of it is lost and what is written next is whole.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Found<T> {
        read(&self.path(name))
    }

    /// The same, where a damaged file is as good as none.
    pub(crate) fn read_or_default<T: DeserializeOwned + Default>(&self, name: &str) -> T {
        match self.read(name) {
            Found::Read(value) => value,
            Found::Nothing | Found::SetAside => T::default(),
        }
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, value: &impl Serialize) -> Result<(), Failure> {
        write(&self.path(name), value)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }
}

/// Reads a JSON file of ours.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Found<T> {
    let read = || -> io::Result<Vec<u8>> {
        if std::fs::metadata(path)?.len() > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        std::fs::read(path)
    };
    let why = match read() {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(value) => return Found::Read(value),
            Err(error) => error.to_string(),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
        Err(error) => words::of_io(&error),
    };
    let aside = path.with_extension("json.damaged");
    tracing::warn!(path = %path.display(), why, "a file of the app cannot be read and is set aside");
    if let Err(error) = durable::set_aside(path, &aside) {
        tracing::warn!(%error, "it stays where it is");
    }
    Found::SetAside
}

/// Writes a JSON file of ours.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let unwritable = |why: String| {
        Failure::new(ErrorCode::DiskError, format!("The home folder cannot be written: {why}"))
            .with_remediation("Make room in the home folder, and check that you may write to it")
    };
    let text = serde_json::to_vec_pretty(value).map_err(|error| unwritable(error.to_string()))?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    durable::private_folder(folder)
        .and_then(|()| durable::replace(path, &text))
        .map_err(|error| unwritable(words::of_io(&error)))
}
