//! The work: a ZIP of the chosen files, written straight to the object store.

use std::io::{self, BufWriter, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Wanted, catalogue};
use crate::objects::{NewObject, ObjectStore, StoredObject, Writer};
use crate::queue::Failure;
use crate::queue::workers::{Attempt, Ended};

/// At pace 1 a job takes about so many seconds.
const SECONDS: f64 = 3.0;

pub(in crate::systems) fn perform(attempt: &Attempt, objects: &ObjectStore) -> Result<StoredObject, Ended> {
    let job = attempt.job();
    let wanted: Wanted = serde_json::from_str(&job.request).map_err(|_| lasting())?;
    let mut files = Vec::new();
    for id in wanted.file_ids {
        let file = catalogue::file(id).ok_or_else(lasting)?;
        // A file that was asked for twice is packed once: a ZIP has each name once.
        if !files.iter().any(|known: &&catalogue::File| known.id == file.id) {
            files.push(file);
        }
    }
    let object = NewObject {
        key: format!("downloads/{}.zip", job.id),
        content_type: "application/zip",
        name: format!("download-{}.zip", job.id.get(..8).unwrap_or(&job.id)),
    };
    // The first and the last step show that it began and that it is being stored.
    let pause = SECONDS / f64::from(u32::try_from(files.len()).unwrap_or(u32::MAX).saturating_add(2));
    attempt.step(1, pause)?;
    objects.put(attempt.bounds(), object, |file| {
        pack(attempt, &files, file, pause)?;
        attempt.step(95, pause)
    })
}

fn pack(attempt: &Attempt, files: &[&catalogue::File], out: &mut Writer, pause: f64) -> Result<(), Ended> {
    let mut zip = ZipWriter::new_stream(BufWriter::with_capacity(256 * 1024, out));
    for (index, file) in files.iter().enumerate() {
        let method = if file.is_log() { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        // A fixed date: the same files make the same ZIP.
        let options = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
        zip.start_file(file.name.as_str(), options).map_err(failed)?;
        let mut watched = Watched { zip: &mut zip, attempt, ended: None };
        let written = file.write(&mut watched);
        if let Some(ended) = watched.ended {
            return Err(ended);
        }
        written.map_err(|error| Ended::from(io::Error::other(error)))?;
        let percent = 5 + 90 * (index + 1) / (files.len() + 1);
        attempt.step(u8::try_from(percent).unwrap_or(95), pause)?;
    }
    zip.finish().map_err(failed)?.into_inner().flush()?;
    Ok(())
}

/// Looks at each write whether the attempt may go on: a long file is one step only.
struct Watched<'a, W: Write> {
    zip: &'a mut W,
    attempt: &'a Attempt,
    ended: Option<Ended>,
}

impl<W: Write> Write for Watched<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(ended) = self.attempt.check() {
            self.ended = Some(ended);
            return Err(io::Error::other("the attempt has ended"));
        }
        self.zip.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}

fn failed(error: ZipError) -> Ended {
    Ended::from(io::Error::other(error))
}

/// What was asked for was checked then; only a catalogue that has changed since can lead here.
fn lasting() -> Ended {
    Ended::Lasting(Failure {
        error: "A file that was asked for is not in the catalogue any more".to_owned(),
        remediation: "Look at the catalogue and ask for the files anew".to_owned(),
    })
}
