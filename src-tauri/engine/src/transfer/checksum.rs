//! Digests of whole files: as servers and connectors declare them, and as they are computed while bytes stream.

use std::fmt;

use aws_lc_rs::digest as lc;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::digest::{hex, unhex};

/// How a digest is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// SHA-256, computed for every landing.
    Sha256,
    /// SHA-512, computed when asked for.
    Sha512,
    /// SHA-1, only to compare with what old servers declare; proves nothing against intent.
    Sha1,
    /// MD5, only to compare with what old servers declare; proves nothing against intent.
    Md5,
}

impl Algorithm {
    /// Bytes of the digest.
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
            Self::Sha1 => 20,
            Self::Md5 => 16,
        }
    }

    /// The name as HTTP writes it (RFC 9530 section 7.2).
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha512 => "sha-512",
            Self::Sha1 => "sha-1",
            Self::Md5 => "md5",
        }
    }

    /// The algorithm of a word in the common spellings; `None` for those we do not compute.
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "sha-256" | "sha256" => Some(Self::Sha256),
            "sha-512" | "sha512" => Some(Self::Sha512),
            "sha-1" | "sha1" | "sha" => Some(Self::Sha1),
            "md5" => Some(Self::Md5),
            _ => None,
        }
    }
}

/// A digest that a whole file must have.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Digest {
    algorithm: Algorithm,
    value: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    algorithm: Algorithm,
    hex: String,
}

impl From<Digest> for Written {
    fn from(digest: Digest) -> Self {
        Self { algorithm: digest.algorithm, hex: hex(&digest.value) }
    }
}

impl TryFrom<Written> for Digest {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        unhex(&written.hex)
            .and_then(|value| Self::of(written.algorithm, value))
            .ok_or_else(|| "not a digest of that algorithm".to_owned())
    }
}

impl Digest {
    /// The digest of those bytes; `None` when their number does not fit the algorithm.
    pub fn of(algorithm: Algorithm, value: Vec<u8>) -> Option<Self> {
        (value.len() == algorithm.length()).then_some(Self { algorithm, value })
    }

    /// A digest in hex (either case) or in base64.
    pub fn parse(algorithm: Algorithm, text: &str) -> Option<Self> {
        let text = text.trim();
        unhex(text)
            .and_then(|value| Self::of(algorithm, value))
            .or_else(|| STANDARD.decode(text).ok().and_then(|value| Self::of(algorithm, value)))
    }

    /// The digests of a `Repr-Digest` or `Content-Digest` field (RFC 9530): a dictionary of byte sequences. What is not
    /// understood is passed over, as the RFC asks.
    pub fn of_field(field: &str) -> Vec<Self> {
        field
            .split(',')
            .filter_map(|member| {
                let (key, value) = member.trim().split_once('=')?;
                let inner = value.trim().strip_prefix(':')?;
                let (encoded, _parameters) = inner.split_once(':')?;
                Self::of(Algorithm::parse(key)?, STANDARD.decode(encoded).ok()?)
            })
            .collect()
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Lower-case hex.
    pub fn hex(&self) -> String {
        hex(&self.value)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.algorithm.word(), self.hex())
    }
}

/// Digests in the making, over bytes in order from the first.
pub(crate) struct Digester {
    sha256: lc::Context,
    sha512: Option<lc::Context>,
    sha1: Option<lc::Context>,
    md5: Option<md5::Context>,
}

impl Digester {
    /// Computes SHA-256 and whatever else is named.
    pub(crate) fn new(also: &[Algorithm]) -> Self {
        Self {
            sha256: lc::Context::new(&lc::SHA256),
            sha512: also.contains(&Algorithm::Sha512).then(|| lc::Context::new(&lc::SHA512)),
            sha1: also.contains(&Algorithm::Sha1).then(|| lc::Context::new(&lc::SHA1_FOR_LEGACY_USE_ONLY)),
            md5: also.contains(&Algorithm::Md5).then(md5::Context::new),
        }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        for context in [&mut self.sha512, &mut self.sha1].into_iter().flatten() {
            context.update(bytes);
        }
        if let Some(context) = &mut self.md5 {
            context.consume(bytes);
        }
    }

    /// The digests of all that was taken, SHA-256 first.
    pub(crate) fn finish(self) -> Vec<Digest> {
        let sha = |algorithm, context: lc::Context| Digest { algorithm, value: context.finish().as_ref().to_vec() };
        let mut all = vec![sha(Algorithm::Sha256, self.sha256)];
        all.extend(self.sha512.map(|context| sha(Algorithm::Sha512, context)));
        all.extend(self.sha1.map(|context| sha(Algorithm::Sha1, context)));
        all.extend(
            self.md5.map(|context| Digest { algorithm: Algorithm::Md5, value: context.finalize().as_slice().to_vec() }),
        );
        all
    }
}

impl fmt::Debug for Digester {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Digester")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_digest_field_is_read_and_rubbish_passed_over() {
        let field =
            "unixsum=:AAE=:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:;x=1, md5=:AA==:, sha-512=rubbish";
        let found = Digest::of_field(field);
        assert_eq!(found.len(), 1, "only the one that is whole: {found:?}");
        assert_eq!(found[0].hex(), "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38");
        assert!(Digest::of_field("").is_empty());
    }

    #[test]
    fn digest_reads_hex_and_base64() {
        let hex = "d41d8cd98f00b204e9800998ecf8427e";
        assert_eq!(Digest::parse(Algorithm::Md5, hex), Digest::parse(Algorithm::Md5, "1B2M2Y8AsgTpgAmY7PhCfg=="));
        assert_eq!(Digest::parse(Algorithm::Sha256, hex), None, "too short for SHA-256");
    }

    #[test]
    fn all_asked_for_are_computed() {
        let mut digester = Digester::new(&[Algorithm::Md5, Algorithm::Sha512, Algorithm::Sha1]);
        digester.update(b"ab");
        digester.update(b"c");
        let all = digester.finish();
        assert_eq!(all[0].hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(all[1].hex().starts_with("ddaf35a193617aba"));
        assert_eq!(all[2].hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(all[3].hex(), "900150983cd24fb0d6963f7d28e17f72");
    }
}
