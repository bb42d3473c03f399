//! One job with all that its pane shows, and its files.

use std::path::PathBuf;

use landfall_engine::connector::{Connector, Params};
use landfall_engine::job::{Job, LandedFile, Live, snapshot};
use landfall_engine::proof;
use landfall_wire::{ErrorCode, Failure, JobDetail, JobId};

use crate::desk::{Desk, lock};
use crate::titles;

impl Desk {
    /// One job with its timeline and throughput.
    pub async fn detail(&self, id: JobId) -> Result<JobDetail, Failure> {
        let job = self.job(&id).await?;
        let mut timeline = self.engine.timeline(&id).await?;
        for entry in &mut timeline {
            entry.text = self.say(&entry.text);
        }
        let mut shot = self.engine.shot(&id).unwrap_or_else(|| snapshot(&job, &Live::default()));
        let connector = self.connector(&job.wish.connector).ok();
        let row = match lock(&self.labels).get_mut(&id) {
            Some(label) => label.row(&self.expecting(&shot), self.options.clock.now()),
            None => return Err(unknown(&id)),
        };
        shot.error = shot.error.map(|failure| self.tell(failure));
        shot.message = shot.message.map(|words| self.say(&words));
        let params = match &connector {
            Some(connector) => self.asked_for(connector, &job.wish.params),
            None => job.wish.params.iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect(),
        };
        Ok(JobDetail {
            row,
            at_server: shot.at_server,
            job: shot,
            connector_name: connector.map(|connector| connector.name().to_owned()),
            params,
            folder: job.wish.folder.display().to_string(),
            timeline,
            throughput: lock(&self.flow).of(&id),
        })
    }

    /// What is asked for, as a person reads it: label and value, in the connector's order.
    pub(crate) fn asked_for(&self, connector: &Connector, params: &Params) -> Vec<(String, String)> {
        let (tongue, zone) = (self.tongue(), &self.options.zone);
        let given = connector.params().iter().filter_map(|param| {
            let words = titles::value_words(param, params.get(&param.name)?, tongue, zone);
            Some((param.label.in_language(tongue.tag()).unwrap_or(&param.name).to_owned(), words))
        });
        given.collect()
    }

    /// Whether every file of a landed job is still what landed; reads them whole.
    pub async fn verify(&self, id: JobId) -> Result<bool, Failure> {
        let files = self.landed(&id).await?;
        self.blocking(move || {
            for file in &files {
                match proof::unchanged(file) {
                    Ok(()) => {}
                    Err(failure) if failure.code == ErrorCode::ValidationFailed => return Ok(false),
                    Err(failure) => return Err(failure),
                }
            }
            Ok(true)
        })
        .await?
    }

    /// Where a landed file is, for the app to open; the files are counted from 0.
    pub async fn path_of(&self, id: JobId, file: usize) -> Result<PathBuf, Failure> {
        let files = self.landed(&id).await?;
        let found = files.into_iter().nth(file).ok_or_else(|| {
            Failure::new(ErrorCode::JobCreationFailed, "The job has no such file")
                .with_remediation("Look at the job again")
        })?;
        if found.path.exists() {
            return Ok(found.path);
        }
        let name = found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Err(Failure::new(ErrorCode::DiskError, format!("{name} is no longer where it landed"))
            .with_remediation("If it was moved or deleted, export it again"))
    }

    /// What a job landed; a failure where it has not.
    pub(crate) async fn landed(&self, id: &JobId) -> Result<Vec<LandedFile>, Failure> {
        let job = self.job(id).await?;
        let files = job.state.files();
        if files.is_empty() {
            return Err(Failure::new(ErrorCode::JobCreationFailed, "It has not landed, so there is no file")
                .with_remediation("Wait until it has landed"));
        }
        Ok(files.to_vec())
    }

    /// A job as it is stored.
    pub(crate) async fn job(&self, id: &JobId) -> Result<Job, Failure> {
        self.engine.job(id).await?.ok_or_else(|| unknown(id))
    }
}

fn unknown(id: &JobId) -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, format!("There is no job {id}"))
        .with_remediation("It was taken off the list; ask for it again if it is still wanted")
}
