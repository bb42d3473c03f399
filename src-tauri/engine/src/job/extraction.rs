//! What else is wanted of a file once it is under its final name.

use std::path::{Path, PathBuf};

use landfall_wire::{ErrorCode, Failure};

use super::work::{Errand, Teller};
use super::{Extracted, Extraction, Finish, LandedFile, News};
use crate::package::{self, Bounds, ManifestSpec};

impl Errand {
    /// Tells the server, and unpacks; neither takes back that the file has landed.
    pub(super) async fn finish(&self, finish: &Finish, teller: &Teller) {
        let notes: Vec<String> = self.acknowledge(&finish.remote, &finish.files).await.into_iter().collect();
        let extraction = match &finish.files[..] {
            [file] if self.job.wish.extract => self.unpack(file).await,
            [_, _, ..] if self.job.wish.extract => Extraction::Failed(too_many(finish.files.len())),
            _ => Extraction::NotWanted,
        };
        teller.tell(News::Finished { extraction, notes }).await;
    }

    async fn unpack(&self, file: &LandedFile) -> Extraction {
        let (path, spec) = (file.path.clone(), self.site.connector.manifest().cloned());
        // It reads and writes for as long as the package is large: never on a thread that moves bytes.
        let unpacked = tokio::task::spawn_blocking(move || extract(&path, spec.as_ref())).await;
        let unpacked = unpacked.unwrap_or_else(|_| {
            Err(Failure::new(ErrorCode::ExtractionFailed, "The package could not be unpacked: the work ended early"))
        });
        unpacked.map_or_else(Extraction::Failed, Extraction::Done)
    }
}

/// One package is unpacked, and nobody said which of them it should be.
fn too_many(files: usize) -> Failure {
    let message = format!("The result is {files} files, and only a single package is unpacked");
    Failure::new(ErrorCode::ExtractionFailed, message).with_remediation("Unpack the files that are packages one by one")
}

/// Into a folder beside the file, called like it.
fn extract(path: &Path, spec: Option<&ManifestSpec>) -> Result<Extracted, Failure> {
    let done = package::extract(path, spec, &folder_for(path), &Bounds::default())?;
    Ok(Extracted { folder: done.folder, files: usize::try_from(done.files).unwrap_or(usize::MAX) })
}

/// The file's name without its ending; one without an ending gets a word more, since the name is taken.
fn folder_for(path: &Path) -> PathBuf {
    match (path.extension(), path.file_name()) {
        (Some(_), _) | (None, None) => path.with_extension(""),
        (None, Some(name)) => {
            let mut name = name.to_owned();
            name.push(" extracted");
            path.with_file_name(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_is_called_like_the_file_without_its_ending() {
        assert_eq!(folder_for(Path::new("/out/export_7.zip")), Path::new("/out/export_7"));
        assert_eq!(folder_for(Path::new("/out/export_7")), Path::new("/out/export_7 extracted"));
        assert_eq!(folder_for(Path::new("/out/export 1.2.zip")), Path::new("/out/export 1.2"));
    }
}
