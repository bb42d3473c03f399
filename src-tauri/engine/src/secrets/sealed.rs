//! Secrets in files, for machines without a keychain: AES-256-GCM under a key from a pass phrase (PBKDF2) or a key file.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Secret;
use crate::durable;
use crate::words;

/// The environment variable with the pass phrase.
pub(super) const PASSPHRASE: &str = "LANDFALL_PASSPHRASE";

/// What OWASP's password storage cheat sheet asks for of PBKDF2 with HMAC-SHA-256.
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).expect("not zero");

const KEY_LENGTH: usize = 32;
const SALT_LENGTH: usize = 16;

#[derive(Serialize, Deserialize)]
struct Sealed {
    version: u32,
    key: KeySource,
    nonce: String,
    #[serde(rename = "sealed")]
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeySource {
    Passphrase { salt: String, rounds: NonZeroU32 },
    File,
}

type Key = Zeroizing<[u8; KEY_LENGTH]>;

/// What is sealed to tell the right pass phrase from another; no connection has such a name.
const PROOF: &str = ".phrase";

/// Whether the sealed files open with that pass phrase. Where none was sealed with one yet, it is theirs from now on.
pub(super) fn prove_phrase(folder: &Path, phrase: &Secret) -> Result<(), Failure> {
    if phrase.reveal().is_empty() {
        return Err(Failure::new(ErrorCode::AuthenticationError, "The pass phrase is empty")
            .with_remediation("Type a pass phrase that nobody guesses"));
    }
    if get(folder, Some(phrase), PROOF)?.is_some() {
        return Ok(());
    }
    // Files of before may have been sealed with one all the same.
    for name in sealed_by_phrase(folder) {
        get(folder, Some(phrase), &name)?;
    }
    put(folder, Some(phrase), PROOF, &Secret::new("right"))
}

/// Whether what is sealed under that name is sealed with a pass phrase.
pub(super) fn is_by_phrase(folder: &Path, name: &str) -> bool {
    is_phrase_file(&path(folder, name))
}

/// Whether anything is sealed with a pass phrase.
pub(super) fn has_phrase(folder: &Path) -> bool {
    !sealed_by_phrase(folder).is_empty()
}

fn is_phrase_file(path: &Path) -> bool {
    let file = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Sealed>(&bytes).ok());
    file.is_some_and(|file| matches!(file.key, KeySource::Passphrase { .. }))
}

fn sealed_by_phrase(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok().filter(|entry| is_phrase_file(&entry.path()))?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".sealed").map(str::to_owned))
        .collect()
}

/// Seals the text under the connection's name.
pub(super) fn put(folder: &Path, phrase: Option<&Secret>, name: &str, text: &Secret) -> Result<(), Failure> {
    durable::private_folder(folder).map_err(|error| unusable(folder, &error))?;
    let (source, key) = match phrase {
        Some(phrase) => {
            let mut salt = [0; SALT_LENGTH];
            aws_lc_rs::rand::fill(&mut salt).map_err(|_| sealing_failed())?;
            let source = KeySource::Passphrase { salt: STANDARD.encode(salt), rounds: ROUNDS };
            (source, stretched(phrase, &salt, ROUNDS))
        }
        None => (KeySource::File, key_file(folder, true)?),
    };
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| sealing_failed())?;
    let mut bytes = text.reveal().as_bytes().to_vec();
    let nonce =
        cipher.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut bytes).map_err(|_| sealing_failed())?;
    let file = Sealed { version: 1, key: source, nonce: STANDARD.encode(nonce.as_ref()), text: STANDARD.encode(bytes) };
    let json = serde_json::to_vec_pretty(&file).map_err(|_| sealing_failed())?;
    let path = path(folder, name);
    durable::replace(&path, &json).map_err(|error| unusable(&path, &error))
}

/// Opens what was sealed; `None` when nothing was.
pub(super) fn get(folder: &Path, phrase: Option<&Secret>, name: &str) -> Result<Option<Secret>, Failure> {
    let path = path(folder, name);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(&path, &error)),
    };
    let file: Sealed = serde_json::from_slice(&bytes).map_err(|_| broken(&path))?;
    let key = match &file.key {
        KeySource::Passphrase { salt, rounds } => {
            let phrase = phrase.ok_or_else(|| {
                Failure::new(ErrorCode::AuthenticationError, "The token is sealed with a pass phrase")
                    .with_remediation(format!("Set {PASSPHRASE} to the pass phrase and try again"))
            })?;
            let salt = STANDARD.decode(salt).map_err(|_| broken(&path))?;
            stretched(phrase, &salt, *rounds)
        }
        KeySource::File => key_file(folder, false)?,
    };
    let nonce: [u8; NONCE_LEN] =
        STANDARD.decode(&file.nonce).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| broken(&path))?;
    let mut sealed = STANDARD.decode(&file.text).map_err(|_| broken(&path))?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| sealing_failed())?;
    let opened = cipher
        .open_in_place(Nonce::from(&nonce), Aad::from(name.as_bytes()), &mut sealed)
        .map_err(|_| wrong_key(&file.key, &path))?;
    let text = std::str::from_utf8(opened).map_err(|_| broken(&path))?;
    Ok(Some(Secret::new(text)))
}

/// Forgets what was sealed.
pub(super) fn remove(folder: &Path, name: &str) -> Result<(), Failure> {
    let path = path(folder, name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unusable(&path, &error)),
        _ => Ok(()),
    }
}

/// Where the key comes from, in words for a person.
pub(super) fn key_words(folder: &Path) -> String {
    if passphrase().is_some() {
        format!("a file sealed with the pass phrase in {PASSPHRASE}")
    } else {
        format!("a file sealed with the key file {}, which only you can read", folder.join("key").display())
    }
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.sealed"))
}

/// The pass phrase of the environment.
pub(super) fn passphrase() -> Option<Secret> {
    std::env::var(PASSPHRASE).ok().filter(|phrase| !phrase.is_empty()).map(Secret::new)
}

fn stretched(phrase: &Secret, salt: &[u8], rounds: NonZeroU32) -> Key {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, phrase.reveal().as_bytes(), key.as_mut_slice());
    key
}

fn key_file(folder: &Path, create: bool) -> Result<Key, Failure> {
    let path = folder.join("key");
    match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map(Zeroizing::new).map_err(|_| broken(&path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && create => {
            let mut key = Zeroizing::new([0; KEY_LENGTH]);
            aws_lc_rs::rand::fill(key.as_mut_slice()).map_err(|_| sealing_failed())?;
            durable::replace(&path, key.as_slice()).map_err(|error| unusable(&path, &error))?;
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::new(
            ErrorCode::AuthenticationError,
            format!("The key file {} that opens the sealed token is gone", path.display()),
        )
        .with_remediation("Put it back, or sign in again with `landfall connect add`")),
        Err(error) => Err(unusable(&path, &error)),
    }
}

fn sealing_failed() -> Failure {
    Failure::new(ErrorCode::AuthenticationError, "The token could not be sealed on this machine")
        .with_remediation("Use --secrets keychain or --secrets session")
}

fn wrong_key(source: &KeySource, path: &Path) -> Failure {
    match source {
        KeySource::Passphrase { .. } => {
            Failure::new(ErrorCode::AuthenticationError, "The pass phrase does not open the sealed token")
                .with_remediation(format!("Set {PASSPHRASE} to the pass phrase it was sealed with"))
        }
        KeySource::File => broken(path),
    }
}

fn broken(path: &Path) -> Failure {
    Failure::new(ErrorCode::AuthenticationError, format!("The sealed token in {} cannot be opened", path.display()))
        .with_remediation("Sign in again with `landfall connect add`")
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(ErrorCode::DiskError, format!("{} cannot be used: {}", path.display(), words::of_io(error)))
        .with_remediation("Check room and permissions of the home folder, or name another with --home")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_with_its_key_and_no_other_and_is_not_on_disk_in_clear() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), None, "demo", &Secret::new("token hunter2")).unwrap();
        assert_eq!(get(folder.path(), None, "demo").unwrap(), Some(Secret::new("token hunter2")));
        let bytes = std::fs::read(path(folder.path(), "demo")).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "sealed");

        std::fs::copy(path(folder.path(), "demo"), path(folder.path(), "other")).unwrap();
        assert!(get(folder.path(), None, "other").is_err(), "a sealed token does not open under another name");
        std::fs::write(folder.path().join("key"), [7; KEY_LENGTH]).unwrap();
        assert!(get(folder.path(), None, "demo").is_err(), "another key");
        assert_eq!(get(folder.path(), None, "missing").unwrap(), None);
    }

    #[test]
    fn first_pass_phrase_is_the_only_one_that_opens() {
        let folder = tempfile::tempdir().unwrap();
        let (right, wrong) = (Secret::new("open sesame"), Secret::new("open barley"));
        put(folder.path(), Some(&right), "demo", &Secret::new("token hunter2")).unwrap();
        assert!(prove_phrase(folder.path(), &wrong).is_err(), "another one than what is there was sealed with");
        prove_phrase(folder.path(), &right).unwrap();
        assert!(prove_phrase(folder.path(), &wrong).is_err(), "now by the proof");
        assert!(prove_phrase(folder.path(), &Secret::new("")).is_err(), "an empty one is none");
        assert!(get(folder.path(), None, "demo").is_err(), "and without one nothing opens");
    }
}
