//! A connection: which server, by which connector. Holds no secret; those are in the vault under its name.

use std::path::{Path, PathBuf};

use landfall_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::durable;
use crate::secrets::Keeping;
use crate::words;

/// Jobs at once, unless the connection says otherwise.
pub const JOBS_AT_ONCE: u32 = 5;

/// One connection, as its file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// What a person calls it; the file's name.
    #[serde(skip)]
    pub name: String,
    /// The connector's id.
    pub connector: String,
    /// The server's base URL.
    pub url: Url,
    /// Where files go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Submits in flight and downloads at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Certificates (PEM) trusted besides the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_authority: Option<PathBuf>,
    /// Further hosts that may get its sign-in, of those the connector lists: what a person confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Where its secrets are kept.
    pub secrets: Keeping,
}

impl Connection {
    /// Submits in flight and downloads at once.
    pub fn jobs_at_once(&self) -> u32 {
        self.limit.unwrap_or(JOBS_AT_ONCE)
    }
}

/// The folder of connections.
#[derive(Debug, Clone)]
pub struct Connections {
    folder: PathBuf,
}

impl Connections {
    /// In that folder, which need not exist.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// One by its name.
    pub fn get(&self, name: &str) -> Result<Connection, Failure> {
        let path = self.path(name)?;
        match std::fs::read_to_string(&path) {
            Ok(text) => read(name, &path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.unknown(name)),
            Err(error) => Err(unusable(&path, &words::of_io(&error))),
        }
    }

    /// Whether there is one of that name; an error when it is no name for one.
    pub fn has(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.path(name)?.exists())
    }

    /// All that can be read, by name.
    pub fn all(&self) -> Result<Vec<Connection>, Failure> {
        Ok(self.read_all()?.0)
    }

    /// All, by name; and why others cannot be read.
    pub fn read_all(&self) -> Result<(Vec<Connection>, Vec<Failure>), Failure> {
        let (mut read, mut unreadable) = (Vec::new(), Vec::new());
        for name in self.names()? {
            match self.get(&name) {
                Ok(connection) => read.push(connection),
                Err(failure) => unreadable.push(failure),
            }
        }
        Ok((read, unreadable))
    }

    /// Writes one, new or changed.
    pub fn put(&self, connection: &Connection) -> Result<(), Failure> {
        let path = self.path(&connection.name)?;
        let text = toml::to_string_pretty(connection).map_err(|error| unusable(&path, &error.to_string()))?;
        durable::private_folder(&self.folder)
            .and_then(|()| durable::replace(&path, text.as_bytes()))
            .map_err(|error| unusable(&path, &words::of_io(&error)))
    }

    /// Takes one away.
    pub fn remove(&self, name: &str) -> Result<(), Failure> {
        let path = self.path(name)?;
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.unknown(name)),
            Err(error) => Err(unusable(&path, &words::of_io(&error))),
        }
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable(&self.folder, &words::of_io(&error))),
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    fn path(&self, name: &str) -> Result<PathBuf, Failure> {
        let fits = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | ' ');
        let is_bare = name.trim() == name && !name.is_empty();
        if !is_bare || name.chars().count() > 64 || name.starts_with('.') || !name.chars().all(fits) {
            return Err(Failure::new(ErrorCode::JobCreationFailed, format!("{name:?} is no name for a connection"))
                .with_remediation("Use letters, digits, spaces, - _ and ., 64 at most"));
        }
        Ok(self.folder.join(format!("{name}.toml")))
    }

    fn unknown(&self, name: &str) -> Failure {
        let names = self.names().unwrap_or_default();
        let remediation = if names.is_empty() {
            "Add one: landfall connect add NAME --connector ID --url URL".to_owned()
        } else {
            format!("The connections are: {}", names.join(", "))
        };
        Failure::new(ErrorCode::JobCreationFailed, format!("There is no connection {name:?}"))
            .with_remediation(remediation)
    }
}

/// The base address of a server, as a person typed it: http or https, and nothing in it that is secret or no address. What
/// is refused is not shown: a link may carry a key to its result.
pub fn base_url(text: &str) -> Result<Url, Failure> {
    let refuse = |why: String| {
        Err(Failure::new(ErrorCode::JobCreationFailed, why)
            .with_remediation("Give the server's address like https://exports.example.com"))
    };
    let url = match Url::parse(text.trim()) {
        Ok(url) => url,
        Err(error) => return refuse(format!("The URL cannot be read: {error}")),
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return refuse(format!("The URL begins with {}, which is neither http nor https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return refuse("The URL holds a user, password, query or fragment".to_owned());
    }
    Ok(url)
}

fn read(name: &str, path: &Path, text: &str) -> Result<Connection, Failure> {
    let connection: Connection =
        toml::from_str(text).map_err(|error| unusable(path, error.to_string().trim().lines().next().unwrap_or("")))?;
    Ok(Connection { name: name.to_owned(), ..connection })
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::new(ErrorCode::DiskError, format!("The connection file {} cannot be used: {why}", path.display()))
        .with_remediation("Mend the file, or add the connection again with `landfall connect add`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Connection {
        Connection {
            name: "demo".into(),
            connector: "download-jobs".into(),
            url: Url::parse("http://127.0.0.1:8080").unwrap(),
            folder: Some("/tmp/exports".into()),
            limit: None,
            certificate_authority: None,
            hosts: vec!["files.example".into()],
            secrets: Keeping::File,
        }
    }

    #[test]
    fn connection_is_read_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let connections = Connections::in_folder(folder.path().join("connections"));
        assert_eq!(connections.all().unwrap(), [], "none yet, and no folder");
        connections.put(&sample()).unwrap();
        assert_eq!(connections.get("demo").unwrap(), sample());
        connections.remove("demo").unwrap();
        assert!(connections.get("demo").unwrap_err().message.contains("no connection \"demo\""));
    }

    #[test]
    fn file_that_cannot_be_read_takes_no_other_connection_away() {
        let folder = tempfile::tempdir().unwrap();
        let connections = Connections::in_folder(folder.path());
        connections.put(&sample()).unwrap();
        std::fs::write(folder.path().join("bad.toml"), "connector = 7").unwrap();
        std::fs::write(folder.path().join("newer.toml"), "secrets = \"file\"\nfrom_the_future = true").unwrap();
        let (read, unreadable) = connections.read_all().unwrap();
        assert_eq!(read, [sample()]);
        let messages: Vec<bool> = unreadable.iter().map(|failure| failure.message.contains(".toml")).collect();
        assert_eq!(messages, [true, true], "each is told by its file");
    }

    #[test]
    fn name_cannot_leave_the_folder() {
        let connections = Connections::in_folder("/nowhere");
        for name in ["../x", "", " ", " x", "x ", ".hidden", "a/b", "a\0b", "a\tb"] {
            assert!(connections.get(name).unwrap_err().message.contains("no name for a connection"), "{name:?}");
            assert!(connections.has(name).is_err(), "{name:?}");
        }
    }
}
