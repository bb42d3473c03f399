//! How a command ends: its exit code, and what it says when it did not go well.

use landfall_engine::store::StoreError;
use landfall_wire::{ErrorCode, Failure, JobId, JobSnapshot, Phase};

/// All went well.
pub(crate) const OK: u8 = 0;
/// Something in the program itself.
pub(crate) const INTERNAL: u8 = 1;
/// A command, connector or parameter that makes no sense.
pub(crate) const USAGE: u8 = 2;
/// Stopped by SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;
/// Stopped by SIGTERM.
pub(crate) const TERMINATED: u8 = 143;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) struct Ending {
    /// What happened and what to do.
    pub(crate) failure: Failure,
    /// The exit code.
    pub(crate) status: u8,
    /// The job it is about, if there is one.
    pub(crate) job: Option<JobId>,
}

/// A failure before, or outside, any job: what would be "refused by the server" for a job is a slip of the caller here.
impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        let status = match failure.code {
            ErrorCode::JobCreationFailed => USAGE,
            code => code.exit_status(),
        };
        Self { failure, status, job: None }
    }
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}

impl Ending {
    /// A slip of the caller.
    pub(crate) fn usage(message: impl Into<String>, remediation: impl Into<String>) -> Self {
        Self::from(Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(remediation))
    }

    /// How a job ended that did not land; `None` for one that did.
    pub(crate) fn of_job(job: &JobSnapshot) -> Option<Self> {
        if job.phase == Phase::Landed {
            return None;
        }
        let failure = match (&job.error, job.phase) {
            (_, Phase::Cancelled | Phase::Cancelling) => Failure::new(ErrorCode::Cancelled, "The job was cancelled"),
            (Some(failure), _) => failure.clone(),
            (None, Phase::Paused) => Failure::new(ErrorCode::Cancelled, "The job is paused")
                .with_remediation(format!("Go on with `landfall retry {}`", job.id)),
            (None, _) => Failure::new(ErrorCode::NetworkError, "The job has not landed yet"),
        };
        Some(Self { status: failure.code.exit_status(), failure, job: Some(job.id.clone()) })
    }

    /// Whether nothing more than a slip of the caller happened.
    pub(crate) fn is_usage(&self) -> bool {
        self.status == USAGE
    }

    /// What is safe, in a sentence.
    pub(crate) fn safe(&self) -> Option<String> {
        let job = self.job.as_ref()?;
        let what = match self.failure.code {
            ErrorCode::JobCreationFailed => "nothing was put into the folder; the wish is kept",
            ErrorCode::JobTimeout => "the server's job goes on and is kept here",
            ErrorCode::JobFailed | ErrorCode::ResultExpired => "nothing was put into the folder; the wish is kept",
            ErrorCode::DownloadFailed | ErrorCode::NetworkError => "the job is kept with all bytes that have arrived",
            ErrorCode::ExtractionFailed => "the landed file is untouched",
            ErrorCode::ValidationFailed => "nothing was put under the final name; what arrived is set aside",
            ErrorCode::AuthenticationError => "the job is kept and waits for the sign-in",
            ErrorCode::DiskError => "the job is kept with all bytes that have arrived",
            ErrorCode::Cancelled => "nothing was put into the folder by this job",
            ErrorCode::HomeInUse => "nothing was changed",
        };
        Some(format!("{what} (job {job})"))
    }

    /// The next command to type, for a job.
    pub(crate) fn next(&self) -> Option<String> {
        let job = self.job.as_ref()?;
        Some(match self.failure.code {
            ErrorCode::JobCreationFailed
            | ErrorCode::JobFailed
            | ErrorCode::DownloadFailed
            | ErrorCode::ExtractionFailed
            | ErrorCode::ValidationFailed
            | ErrorCode::ResultExpired => format!("landfall retry {job}"),
            ErrorCode::JobTimeout => format!("landfall extend {job}"),
            ErrorCode::NetworkError | ErrorCode::AuthenticationError | ErrorCode::DiskError | ErrorCode::HomeInUse => {
                "landfall recover".to_owned()
            }
            ErrorCode::Cancelled => format!("landfall show {job}"),
        })
    }
}

/// The exit code of several jobs together: 0 when all landed, else that of the first that did not.
pub(crate) fn of_jobs(jobs: &[JobSnapshot]) -> u8 {
    jobs.iter().find_map(Ending::of_job).map_or(OK, |ending| ending.status)
}
