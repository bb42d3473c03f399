//! The work, in the steps of document 004: fetch the project, assemble, export, upload.

use std::io::{BufWriter, Write as _};
use std::str::FromStr;

use super::Wanted;
use crate::dataset;
use crate::exporters::{self, ExportError, Format};
use crate::objects::{NewObject, ObjectStore, StoredObject};
use crate::queue::Failure;
use crate::queue::workers::{Attempt, Ended};

pub(in crate::systems) fn perform(attempt: &Attempt, objects: &ObjectStore) -> Result<StoredObject, Ended> {
    let job = attempt.job();
    let (project, format) = read(&job.request).ok_or_else(|| {
        Ended::Lasting(Failure {
            error: "The project of this export is not there any more".to_owned(),
            remediation: "Look at the projects and ask for the export anew".to_owned(),
        })
    })?;
    // The seconds add up to three, most of them for the export itself.
    attempt.step(10, 0.5)?;
    attempt.step(30, 0.5)?;
    let object = NewObject {
        key: format!("exports/{}/{}.{}", project.id, job.id, format.extension()),
        content_type: format.content_type(),
        name: format!("{}.{}", project.name, format.extension()),
    };
    objects.put(attempt.bounds(), object, |file| {
        let mut out = BufWriter::with_capacity(256 * 1024, file);
        exporters::write(format, project, job.created_at, &mut out).map_err(ended)?;
        out.flush()?;
        attempt.step(60, 1.5)?;
        attempt.step(90, 0.5)
    })
}

fn read(request: &str) -> Option<(&'static dataset::Project, Format)> {
    let wanted: Wanted = serde_json::from_str(request).ok()?;
    Some((dataset::project(&wanted.project_id)?, Format::from_str(&wanted.format).ok()?))
}

fn ended(error: ExportError) -> Ended {
    match error {
        ExportError::Io(error) => error.into(),
        other => {
            tracing::error!(error = %other, "an exporter failed");
            Ended::Lasting(Failure {
                error: "The report could not be made in this format".to_owned(),
                remediation: "Ask for another format and tell the service's operator".to_owned(),
            })
        }
    }
}
