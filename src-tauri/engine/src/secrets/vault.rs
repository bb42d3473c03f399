//! Where secrets are kept: the system's keychain, this session, or a sealed file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use keyring_core::api::CredentialStoreApi;
use landfall_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};

use super::{Secret, sealed};
use crate::home::Home;

/// The name under which our entries stand in a keychain.
const SERVICE: &str = "landfall";

/// Where the secrets of a connection are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keeping {
    /// In the system's keychain (Secret Service on Linux).
    Keychain,
    /// In a file that is sealed with a pass phrase, or with a key file that only the user can read.
    File,
    /// Nowhere on a disk: in this program's memory where it stays for long ([`Vault::keep_sessions_here`]), else in the
    /// kernel's, until the machine is started anew or three days after it was last used (keyrings(7), persistent-keyring(7)).
    Session,
}

/// What a connection signs in with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The token or password.
    pub token: Option<Secret>,
    /// Extra headers; they may hold keys, so they are kept like tokens.
    pub headers: Vec<(String, Secret)>,
    /// Further secrets by the names that the connector gives them, such as `client_id`.
    pub named: BTreeMap<String, Secret>,
}

impl Credentials {
    /// A token alone.
    pub fn token(token: Secret) -> Self {
        Self { token: Some(token), ..Self::default() }
    }

    /// The secret of that name; `token` is the token.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.named.get(name).or_else(|| self.token.as_ref().filter(|_| name == "token"))
    }

    /// All secrets, for whoever must keep them out of a text.
    pub fn all(&self) -> impl Iterator<Item = &Secret> {
        self.token.iter().chain(self.named.values()).chain(self.headers.iter().map(|(_, value)| value))
    }
}

/// Keeps the secrets of one home.
#[derive(Debug, Clone)]
pub struct Vault {
    home: Home,
    /// Opens and seals files; without it they are sealed with the pass phrase of the environment or a key file.
    phrase: Arc<RwLock<Option<Secret>>>,
    /// Secrets that end with this program, by connection; none where the kernel keeps them.
    sessions: Arc<RwLock<Option<BTreeMap<String, Secret>>>>,
    /// Given out whatever is kept: for secrets that are tried before they are.
    held: Option<Arc<Credentials>>,
}

impl Vault {
    /// The vault of that home.
    pub fn of(home: &Home) -> Self {
        Self { home: home.clone(), phrase: Arc::default(), sessions: Arc::default(), held: None }
    }

    /// A vault that gives these out whatever is kept, and keeps nothing.
    pub(crate) fn holding(&self, credentials: Credentials) -> Self {
        Self { held: Some(Arc::new(credentials)), ..self.clone() }
    }

    /// From now on what is kept for the session ends with this program. Holds for every clone of this vault.
    pub fn keep_sessions_here(&self) {
        self.sessions.write().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
    }

    /// Opens the sealed files with that pass phrase, or makes it theirs when there is none yet. Blocks: a key is stretched
    /// from it. Holds for every clone of this vault, until the program ends.
    pub fn unlock(&self, phrase: Secret) -> Result<(), Failure> {
        sealed::prove_phrase(&self.home.secrets(), &phrase)?;
        *self.phrase.write().unwrap_or_else(PoisonError::into_inner) = Some(phrase);
        Ok(())
    }

    /// Whether a pass phrase for sealed files is at hand.
    pub fn is_unlocked(&self) -> bool {
        self.phrase().is_some()
    }

    /// Whether the pass phrase must be typed before the secrets of that connection can be read. Blocks: a file is looked at.
    pub fn is_closed(&self, keeping: Keeping, connection: &str) -> bool {
        keeping == Keeping::File && !self.is_unlocked() && sealed::is_by_phrase(&self.home.secrets(), connection)
    }

    /// Whether nothing is sealed with a pass phrase yet. Blocks: files are looked at.
    pub fn is_new(&self) -> bool {
        !sealed::has_phrase(&self.home.secrets())
    }

    fn phrase(&self) -> Option<Secret> {
        let given = self.phrase.read().unwrap_or_else(PoisonError::into_inner).clone();
        given.or_else(sealed::passphrase)
    }

    /// Whether this machine has a keychain that answers.
    pub fn keychain_answers() -> bool {
        apart(|| keychain().is_ok())
    }

    /// Why the keychain cannot be used, if it cannot. Blocks: it is asked.
    pub fn keychain_refusal() -> Option<Failure> {
        apart(|| keychain().err().map(|error| refused(Keeping::Keychain, &error)))
    }

    /// Keeps the credentials of a connection. Blocks: a keychain may ask the person.
    pub fn put(&self, keeping: Keeping, connection: &str, credentials: &Credentials) -> Result<(), Failure> {
        let text = Secret::new(written(credentials));
        match keeping {
            _ if self.held.is_some() => Ok(()),
            Keeping::File => sealed::put(&self.home.secrets(), self.phrase().as_ref(), connection, &text),
            Keeping::Session if self.keeps_here(connection, &text) => Ok(()),
            Keeping::Keychain | Keeping::Session => apart(|| {
                self.entry(keeping, connection)?.set_password(text.reveal()).map_err(|error| refused(keeping, &error))
            }),
        }
    }

    /// The credentials of a connection; none were kept for one that needs none. Blocks like [`Self::put`].
    pub fn get(&self, keeping: Keeping, connection: &str) -> Result<Credentials, Failure> {
        if let Some(held) = &self.held {
            return Ok(held.as_ref().clone());
        }
        let text = match keeping {
            Keeping::Session if let Some(text) = self.kept_here(connection) => Some(text),
            Keeping::File => sealed::get(&self.home.secrets(), self.phrase().as_ref(), connection)?,
            Keeping::Keychain | Keeping::Session => apart(|| match self.entry(keeping, connection)?.get_password() {
                Ok(text) => Ok(Some(Secret::new(text))),
                Err(keyring_core::Error::NoEntry) => Ok(None),
                // Where this program keeps them, the kernel was only asked in case another had kept one there.
                Err(_) if self.keeps_sessions_here() && keeping == Keeping::Session => Ok(None),
                Err(error) => Err(refused(keeping, &error)),
            })?,
        };
        match text {
            Some(text) => read(&text),
            None if keeping == Keeping::Session => Err(Failure::new(
                ErrorCode::AuthenticationError,
                format!("The token of {connection:?} is gone with the session it was kept for"),
            )
            .with_remediation(format!(
                "Sign in again: landfall connect add {connection} … --secrets session --token-stdin"
            ))),
            None => Ok(Credentials::default()),
        }
    }

    fn keeps_sessions_here(&self) -> bool {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Keeps it in this program's memory, where sessions are kept there.
    fn keeps_here(&self, connection: &str, text: &Secret) -> bool {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        sessions.as_mut().map(|kept| kept.insert(connection.to_owned(), text.clone())).is_some()
    }

    fn kept_here(&self, connection: &str) -> Option<Secret> {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(connection).cloned()
    }

    /// Forgets the credentials of a connection.
    pub fn remove(&self, keeping: Keeping, connection: &str) -> Result<(), Failure> {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        let was_here = sessions.as_mut().and_then(|kept| kept.remove(connection)).is_some();
        drop(sessions);
        if was_here && keeping == Keeping::Session {
            return Ok(());
        }
        match keeping {
            Keeping::File => sealed::remove(&self.home.secrets(), connection),
            Keeping::Keychain | Keeping::Session => {
                apart(|| match self.entry(keeping, connection)?.delete_credential() {
                    Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
                    Err(error) => Err(refused(keeping, &error)),
                })
            }
        }
    }

    /// Where a sealed file's key comes from, in words.
    pub fn file_key_words(&self) -> String {
        sealed::key_words(&self.home.secrets())
    }

    /// Two homes of one user never share an entry.
    fn entry(&self, keeping: Keeping, connection: &str) -> Result<keyring_core::Entry, Failure> {
        let store = match keeping {
            Keeping::Session => session(),
            Keeping::Keychain | Keeping::File => keychain(),
        };
        let user = format!("{connection} in {}", self.home.root().display());
        store.and_then(|store| store.build(SERVICE, &user, None)).map_err(|error| refused(keeping, &error))
    }
}

/// Runs what may ask the session bus on a thread of its own, and waits for it. The bus's client brings a runtime along where
/// another crate of the program wants that, and refuses to start it within ours.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn keychain() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    #[cfg(target_os = "linux")]
    return Ok(zbus_secret_service_keyring_store::Store::new()?);
    #[cfg(not(target_os = "linux"))]
    return Err(keyring_core::Error::NoDefaultStore);
}

fn session() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    #[cfg(target_os = "linux")]
    return Ok(linux_keyutils_keyring_store::Store::new()?);
    #[cfg(not(target_os = "linux"))]
    return Err(keyring_core::Error::NoDefaultStore);
}

fn refused(keeping: Keeping, error: &keyring_core::Error) -> Failure {
    let (what, remediation) = match keeping {
        Keeping::Session => ("The kernel's session keyring", "Use --secrets file instead"),
        Keeping::Keychain | Keeping::File => (
            "The system's keychain",
            "Unlock it, or keep the token in a sealed file with --secrets file, or for this session with --secrets session",
        ),
    };
    let why = match error {
        keyring_core::Error::NoStorageAccess(cause) => format!("is locked or refuses access: {cause}"),
        keyring_core::Error::PlatformFailure(cause) => format!("does not answer: {cause}"),
        keyring_core::Error::NoDefaultStore => "is not supported on this system yet".into(),
        _ => "refuses".into(),
    };
    Failure::new(ErrorCode::AuthenticationError, format!("{what} {why}")).with_remediation(remediation)
}

/// One secret a line: a header's value holds no line break, and what does is written as JSON text.
fn written(credentials: &Credentials) -> String {
    let mut text = String::new();
    if let Some(token) = &credentials.token {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "token {}", token.reveal());
    }
    for (name, value) in &credentials.headers {
        let _ = writeln!(text, "header {name} {}", value.reveal());
    }
    for (name, value) in &credentials.named {
        let _ = writeln!(text, "secret {name} {}", serde_json::Value::from(value.reveal()));
    }
    text
}

fn read(text: &Secret) -> Result<Credentials, Failure> {
    let mut credentials = Credentials::default();
    for line in text.reveal().lines() {
        match line.split_once(' ') {
            Some(("token", token)) => credentials.token = Some(Secret::new(token)),
            Some(("header", header)) => match header.split_once(' ') {
                Some((name, value)) => credentials.headers.push((name.to_owned(), Secret::new(value))),
                None => return Err(unreadable()),
            },
            Some(("secret", secret)) => {
                let (name, value) = secret.split_once(' ').ok_or_else(unreadable)?;
                let value: String = serde_json::from_str(value).map_err(|_| unreadable())?;
                credentials.named.insert(name.to_owned(), Secret::new(value));
            }
            _ => return Err(unreadable()),
        }
    }
    Ok(credentials)
}

fn unreadable() -> Failure {
    Failure::new(ErrorCode::AuthenticationError, "The token that was kept for the connection cannot be read")
        .with_remediation("Sign in again with `landfall connect add`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_back_as_written() {
        let credentials = Credentials {
            token: Some(Secret::new("one two")),
            headers: vec![("X-Api-Key".into(), Secret::new("a b c")), ("X-Empty".into(), Secret::new(""))],
            named: BTreeMap::from([
                ("client_id".into(), Secret::new("me")),
                ("password".into(), Secret::new(" \"two\nlines\" ")),
            ]),
        };
        assert_eq!(credentials.secret("token"), credentials.token.as_ref());
        assert_eq!(credentials.secret("client_id"), Some(&Secret::new("me")));
        assert_eq!(read(&Secret::new(written(&credentials))).unwrap(), credentials);
        assert!(read(&Secret::new("rubbish")).is_err());
    }
}
