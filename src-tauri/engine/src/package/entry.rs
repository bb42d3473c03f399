//! The content of one entry, counted as it comes out.

use std::fs::File;
use std::io::{self, Read};

use zip::read::ZipFile;

use super::archive::reading;
use super::refused::named;
use super::{Bounds, Refused};

/// What has come out of an archive so far.
#[derive(Debug)]
pub(super) struct Meter {
    /// Why reading was stopped: readers in between keep only that it was.
    pub(super) refusal: Option<Refused>,
    bytes: u64,
    archive: u64,
    bounds: Bounds,
}

impl Meter {
    pub(super) fn new(archive: u64, bounds: Bounds) -> Self {
        Self { refusal: None, bytes: 0, archive, bounds }
    }

    /// Counts real bytes; what the archive declares about itself plays no part.
    fn count(&mut self, bytes: usize) -> Result<(), Refused> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > self.bounds.bytes {
            return Err(Refused::TooLarge { bytes: self.bounds.bytes, why: "the bound for a package" });
        }
        let most = self.archive.saturating_mul(self.bounds.ratio).max(self.bounds.unsuspicious);
        if self.bytes > most {
            return Err(Refused::TooLarge { bytes: most, why: "far more than a package of its size holds" });
        }
        Ok(())
    }
}

/// The content of one entry.
pub(super) struct Body<'a> {
    reader: ZipFile<'a, File>,
    name: &'a str,
    meter: &'a mut Meter,
}

impl<'a> Body<'a> {
    pub(super) fn new(reader: ZipFile<'a, File>, name: &'a str, meter: &'a mut Meter) -> Self {
        Self { reader, name, meter }
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let counted = match self.reader.read(buffer) {
            Ok(count) => self.meter.count(count).map(|()| count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => Err(reading(error, &format!("its entry {}", named(self.name)))),
        };
        counted.map_err(|refusal| {
            self.meter.refusal = Some(refusal);
            io::Error::other("the package is refused")
        })
    }
}
