//! Whether what is on disk is what was promised.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use super::checksum::{Algorithm, Digest, Digester};
use super::plan::Object;
use super::{Expectation, PackageExpectation, Vouched};
use crate::package::{self, Bounds, Form, Listing, Refused};
use crate::verify::{self, Counts, Defect, FileKind};

/// The promise, from both sides.
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    /// What the caller expects.
    pub(crate) expect: Expectation,
    /// What the server declared.
    pub(crate) object: Object,
}

/// Why a file is refused.
#[derive(Debug)]
pub(crate) enum Objection {
    /// It is not what was promised, in words.
    Mismatch(String),
    /// It is byte for byte what the server promised to send, and still not what it should be: sent again it is the same.
    SentSo(String),
    /// It cannot be read.
    Disk(io::Error),
}

impl From<Defect> for Objection {
    fn from(defect: Defect) -> Self {
        match defect {
            Defect::Content(reason) => Self::Mismatch(reason),
            Defect::Disk(error) => Self::Disk(error),
        }
    }
}

impl Promise {
    /// All digests that the file must have.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.expect.digests.iter().chain(&self.object.digests)
    }

    /// The algorithms to compute beside SHA-256.
    pub(crate) fn algorithms(&self) -> Vec<Algorithm> {
        self.digests().map(Digest::algorithm).filter(|algorithm| *algorithm != Algorithm::Sha256).collect()
    }

    /// Compares a whole file with the promise; `computed` are its digests as far as they are known.
    pub(crate) fn check(&self, file: &mut File, size: u64, computed: &[Digest]) -> Result<Vouched, Objection> {
        let mut vouched = Vouched { size: self.check_size(size)?, ..Vouched::default() };
        for wanted in self.digests() {
            let known = computed.iter().find(|digest| digest.algorithm() == wanted.algorithm()).cloned();
            let actual = match known {
                Some(digest) => digest,
                None => compute(file, wanted.algorithm()).map_err(Objection::Disk)?,
            };
            if actual != *wanted {
                return Err(Objection::Mismatch(format!(
                    "its {} is {} and should be {}",
                    wanted.algorithm().word().to_uppercase(),
                    actual.hex(),
                    wanted.hex()
                )));
            }
            if !vouched.digests.contains(wanted) {
                vouched.digests.push(wanted.clone());
            }
        }
        match self.look_inside(file) {
            Ok(structure) => Ok(Vouched { structure, ..vouched }),
            Err(Objection::Mismatch(reason)) if !vouched.digests.is_empty() => Err(Objection::SentSo(reason)),
            Err(objection) => Err(objection),
        }
    }

    /// Whether the content is what it should be; gives the kind of file that it was found to be.
    fn look_inside(&self, file: &mut File) -> Result<Option<FileKind>, Objection> {
        if let Some(refusal) = &self.expect.refuse {
            refusal.examine(file)?;
        }
        if let Some(kind) = self.expect.kind {
            file.seek(SeekFrom::Start(0)).map_err(Objection::Disk)?;
            let counts = Counts { columns: self.expect.columns, records: self.expect.records };
            verify::examine(kind, file, counts)?;
        }
        match &self.expect.package {
            Some(package) => package.examine(file).map(Some),
            None => Ok(self.expect.kind),
        }
    }

    fn check_size(&self, size: u64) -> Result<bool, Objection> {
        let mismatch = |reason| Err(Objection::Mismatch(reason));
        match (self.expect.size, self.object.total, self.expect.min_size) {
            (Some(wanted), _, _) if wanted != size => mismatch(format!("it has {size} bytes and should have {wanted}")),
            (_, Some(total), _) if total != size => {
                mismatch(format!("it has {size} bytes and the server announced {total}"))
            }
            (_, _, Some(least)) if size < least => {
                mismatch(format!("it has {size} bytes and should have at least {least}"))
            }
            (wanted, total, _) => Ok(wanted.is_some() || total.is_some()),
        }
    }
}

impl PackageExpectation {
    /// Reads the whole package; gives the kind of file that it is.
    fn examine(&self, file: &File) -> Result<FileKind, Objection> {
        let name = self.name.as_deref().unwrap_or_default();
        match package::validate_file(file, name, &self.manifest, &Bounds::default()) {
            Ok(Listing { form: Form::Zip, .. }) => Ok(FileKind::Zip),
            Ok(Listing { form: Form::Json, .. }) => Ok(FileKind::Json),
            Err(Refused::Unreadable(error)) => Err(Objection::Disk(error)),
            Err(refused) => Err(Objection::Mismatch(refused.to_string())),
        }
    }
}

/// Reads the file for a digest that was asked for too late to be computed on the way.
fn compute(file: &mut File, algorithm: Algorithm) -> io::Result<Digest> {
    let mut digester = Digester::new(&[algorithm]);
    let mut buffer = vec![0; 1024 * 1024];
    file.seek(SeekFrom::Start(0))?;
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => digester.update(&buffer[..count]),
        }
    }
    let all = digester.finish();
    all.into_iter()
        .find(|digest| digest.algorithm() == algorithm)
        .ok_or_else(|| io::Error::other("the digest was not computed"))
}

/// The size of a file and its SHA-256.
pub(crate) fn measure(file: &mut File) -> io::Result<(u64, String)> {
    let digest = compute(file, Algorithm::Sha256)?;
    Ok((file.stream_position()?, digest.hex()))
}
