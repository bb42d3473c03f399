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
    /// What it is about.
    pub(crate) subject: Subject,
}

/// What a failure is about, since what is safe and what to type next depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The command itself: no job was touched.
    Command,
    /// A job of the home.
    Job(JobId),
    /// A download without a job; the same command goes on with it.
    Fetch,
}

/// A failure before, or outside, any job: what would be "refused by the server" for a job is a slip of the caller here.
impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        let status = match failure.code {
            ErrorCode::JobCreationFailed => USAGE,
            code => code.exit_status(),
        };
        Self { failure, status, subject: Subject::Command }
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

    /// The same failure, told as a slip of the caller.
    pub(crate) fn slip(failure: Failure) -> Self {
        Self { status: USAGE, ..Self::from(failure) }
    }

    /// How a job, or a `fetch`, ended that did not land, or could not be unpacked; `None` when all went well.
    pub(crate) fn of_job(job: &JobSnapshot) -> Option<Self> {
        // A landed job may have an error of its own: what landed could not be unpacked.
        if job.phase == Phase::Landed && job.error.is_none() {
            return None;
        }
        let failure = match (&job.error, job.phase) {
            (_, Phase::Cancelled | Phase::Cancelling) => Failure::new(ErrorCode::Cancelled, "The job was cancelled"),
            (Some(failure), _) => failure.clone(),
            (None, Phase::Paused) => Failure::new(ErrorCode::Cancelled, "The job is paused")
                .with_remediation(format!("Go on with `landfall retry {}`", job.id)),
            (None, _) => Failure::new(ErrorCode::NetworkError, "The job has not landed yet"),
        };
        let subject = if job.connection.is_some() { Subject::Job(job.id.clone()) } else { Subject::Fetch };
        Some(Self { status: failure.code.exit_status(), failure, subject })
    }

    /// Whether nothing more than a slip of the caller happened.
    pub(crate) fn is_usage(&self) -> bool {
        self.status == USAGE
    }

    /// What is safe, in a sentence.
    pub(crate) fn safe(&self) -> Option<String> {
        let set_aside = || self.failure.details.as_ref()?.get("setAside")?.as_str().map(str::to_owned);
        let what = match (self.failure.code, &self.subject) {
            (ErrorCode::HomeInUse, _) => "Nothing was changed".to_owned(),
            (_, Subject::Command) => return None,
            (ErrorCode::JobCreationFailed | ErrorCode::JobFailed | ErrorCode::ResultExpired, Subject::Job(_)) => {
                "Nothing was put into the folder; the wish is kept".to_owned()
            }
            (ErrorCode::JobTimeout, Subject::Job(_)) => "The server's job goes on and is kept here".to_owned(),
            (ErrorCode::ExtractionFailed, _) => "The landed file is untouched".to_owned(),
            (ErrorCode::ValidationFailed, _) => match set_aside() {
                Some(path) => format!("Nothing was put under the final name; what arrived is set aside as {path}"),
                None => "Nothing was put under the final name; what arrived is set aside".to_owned(),
            },
            (ErrorCode::AuthenticationError, Subject::Job(_)) => "The job is kept and waits for the sign-in".to_owned(),
            (ErrorCode::DownloadFailed | ErrorCode::NetworkError | ErrorCode::DiskError, Subject::Job(_)) => {
                "The job is kept with all bytes that have arrived".to_owned()
            }
            (ErrorCode::Cancelled, Subject::Job(_)) => "Nothing was put into the folder by this job".to_owned(),
            (_, Subject::Fetch) => "Nothing was put under the final name; what has arrived is kept".to_owned(),
        };
        Some(match &self.subject {
            Subject::Job(job) => format!("{what} (job {job})"),
            Subject::Command | Subject::Fetch => what,
        })
    }

    /// The next command to type.
    pub(crate) fn next(&self) -> Option<String> {
        let job = match &self.subject {
            Subject::Command if self.failure.code == ErrorCode::HomeInUse => {
                return Some("landfall jobs, which looks without taking the home".to_owned());
            }
            Subject::Command => return None,
            Subject::Fetch if self.failure.recoverable => {
                return Some("the same command again; it goes on where it was".to_owned());
            }
            Subject::Fetch => return Some("landfall fetch URL, with a link that is good".to_owned()),
            Subject::Job(job) => job,
        };
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

/// Words of a library as a sentence of ours: with a capital letter, and no full stop.
pub(crate) fn sentence(words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A job that ended so, in the form that the JSON contract gives it.
    fn ended(phase: Phase, error: Option<&Failure>) -> JobSnapshot {
        serde_json::from_value(serde_json::json!({
            "id": "a1b2c3d4e5", "connection": "demo", "connector": "report-exports", "remoteId": null, "phase": phase,
            "stage": null, "serverPercent": null, "bytes": 0, "total": null, "rate": null, "etaSeconds": null,
            "stalled": false, "files": [], "method": "primary", "error": error, "correlationId": "c",
            "restingUntil": null, "troubledSince": null, "createdAt": "2026-01-31T08:00:00Z",
            "updatedAt": "2026-01-31T08:00:00Z",
        }))
        .expect("the shape of a job")
    }

    #[test]
    fn every_code_has_its_exit_code_and_says_what_is_safe_and_what_to_type() {
        for code in ErrorCode::ALL {
            let ending = Ending::of_job(&ended(Phase::Failed, Some(&Failure::new(code, "It went wrong"))))
                .expect("a failed job did not land");
            assert_eq!(ending.status, code.exit_status(), "{code}");
            assert!(ending.safe().is_some_and(|safe| safe.contains("(job a1b2c3d4e5)")), "{code}: {:?}", ending.safe());
            assert!(ending.next().is_some_and(|next| next.starts_with("landfall ")), "{code}: {:?}", ending.next());
        }
    }

    #[test]
    fn cancelled_job_ends_a_foreground_command_with_10() {
        for phase in [Phase::Cancelled, Phase::Cancelling, Phase::Paused] {
            let ending = Ending::of_job(&ended(phase, None)).expect("it did not land");
            assert_eq!((ending.status, ending.next().as_deref()), (10, Some("landfall show a1b2c3d4e5")), "{phase:?}");
        }
        assert!(Ending::of_job(&ended(Phase::Landed, None)).is_none(), "a landed job is no failure");
    }

    #[test]
    fn fetch_is_never_told_to_type_a_job_command() {
        for code in ErrorCode::ALL {
            let shot =
                JobSnapshot { connection: None, ..ended(Phase::Failed, Some(&Failure::new(code, "It went wrong"))) };
            let ending = Ending::of_job(&shot).expect("a failed fetch did not land");
            let next = ending.next().expect("something can be typed");
            assert!(next.starts_with("the same command") || next.contains("fetch"), "{code}: there is no job: {next}");
        }
    }

    #[test]
    fn words_of_others_become_sentences() {
        assert_eq!(sentence("the pace is odd."), "The pace is odd");
        assert_eq!(sentence("ärger"), "Ärger");
        assert_eq!(sentence(""), "");
    }
}
