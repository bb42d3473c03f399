//! What went wrong, as the operator and every interface see it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::CorrelationId;

/// The closed list of error codes; the numbers are a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// EXPORT_001: the server refused the request, or its answer holds no job.
    JobCreationFailed,
    /// EXPORT_002: the server did not finish within the connector's deadline.
    JobTimeout,
    /// EXPORT_003: the server says that the job failed.
    JobFailed,
    /// EXPORT_004: the result is ready but its bytes cannot be had.
    DownloadFailed,
    /// EXPORT_005: the landed package could not be extracted.
    ExtractionFailed,
    /// EXPORT_006: what arrived is not what was promised.
    ValidationFailed,
    /// EXPORT_007: the server cannot be reached.
    NetworkError,
    /// EXPORT_008: the server wants another, or any, sign-in.
    AuthenticationError,
    /// EXPORT_009: no room, no permission, no folder.
    DiskError,
    /// EXPORT_010: the server no longer has the result.
    ResultExpired,
    /// EXPORT_011: a person cancelled it.
    Cancelled,
    /// EXPORT_012: another engine owns the home folder.
    HomeInUse,
}

impl ErrorCode {
    /// Every code, in the order of the numbers.
    pub const ALL: [Self; 12] = [
        Self::JobCreationFailed,
        Self::JobTimeout,
        Self::JobFailed,
        Self::DownloadFailed,
        Self::ExtractionFailed,
        Self::ValidationFailed,
        Self::NetworkError,
        Self::AuthenticationError,
        Self::DiskError,
        Self::ResultExpired,
        Self::Cancelled,
        Self::HomeInUse,
    ];

    /// The number as it crosses the wire, `EXPORT_001` to `EXPORT_012`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::JobCreationFailed => "EXPORT_001",
            Self::JobTimeout => "EXPORT_002",
            Self::JobFailed => "EXPORT_003",
            Self::DownloadFailed => "EXPORT_004",
            Self::ExtractionFailed => "EXPORT_005",
            Self::ValidationFailed => "EXPORT_006",
            Self::NetworkError => "EXPORT_007",
            Self::AuthenticationError => "EXPORT_008",
            Self::DiskError => "EXPORT_009",
            Self::ResultExpired => "EXPORT_010",
            Self::Cancelled => "EXPORT_011",
            Self::HomeInUse => "EXPORT_012",
        }
    }

    /// The name as it crosses the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JobCreationFailed => "JOB_CREATION_FAILED",
            Self::JobTimeout => "JOB_TIMEOUT",
            Self::JobFailed => "JOB_FAILED",
            Self::DownloadFailed => "DOWNLOAD_FAILED",
            Self::ExtractionFailed => "EXTRACTION_FAILED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::NetworkError => "NETWORK_ERROR",
            Self::AuthenticationError => "AUTHENTICATION_ERROR",
            Self::DiskError => "DISK_ERROR",
            Self::ResultExpired => "RESULT_EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::HomeInUse => "HOME_IN_USE",
        }
    }

    /// What a person can do, when the failure itself knows nothing better.
    pub const fn remediation(self) -> &'static str {
        match self {
            Self::JobCreationFailed => {
                "Check the parameters, then try again; the request is sent with the same key, so it is never doubled"
            }
            Self::JobTimeout => "Go on waiting for the same job on the server with a longer limit",
            Self::JobFailed => "Try again as a new job on the server",
            Self::DownloadFailed => "Resume the download; what has arrived is kept",
            Self::ExtractionFailed => "Extract again from the landed file, which is untouched",
            Self::ValidationFailed => "Look at the file that was set aside, then download again",
            Self::NetworkError => {
                "Check the network and the server's address; the job is kept and goes on from where it was"
            }
            Self::AuthenticationError => {
                "Sign in again with a valid token; the job is kept and goes on from where it was"
            }
            Self::DiskError => "Make room or choose another folder; what has arrived is kept",
            Self::ResultExpired => "Request it again as a new job; the server keeps results only for a time",
            Self::Cancelled => "Request it again if it is still wanted",
            Self::HomeInUse => "Close the other Landfall, or name another home folder",
        }
    }

    /// Whether the same job can still land.
    pub const fn recoverable(self) -> bool {
        match self {
            Self::JobCreationFailed
            | Self::JobTimeout
            | Self::JobFailed
            | Self::DownloadFailed
            | Self::ExtractionFailed
            | Self::ValidationFailed
            | Self::NetworkError
            | Self::AuthenticationError
            | Self::DiskError
            | Self::ResultExpired
            | Self::HomeInUse => true,
            Self::Cancelled => false,
        }
    }

    /// The exit status of a foreground command that ends with this failure.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::JobCreationFailed | Self::JobFailed | Self::ResultExpired => 3,
            Self::DownloadFailed => 4,
            Self::ExtractionFailed => 5,
            Self::ValidationFailed => 6,
            Self::NetworkError => 7,
            Self::AuthenticationError => 8,
            Self::JobTimeout => 9,
            Self::Cancelled => 10,
            Self::HomeInUse => 11,
            Self::DiskError => 12,
        }
    }

    /// The code of a number or name, as read from the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.code() == text || code.name() == text)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

/// One failure, with everything a face needs to show it; holds no secret and no signed URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(into = "FailureOnTheWire", try_from = "FailureOnTheWire")]
#[ts(as = "FailureOnTheWire")]
pub struct Failure {
    /// Which of the twelve.
    pub code: ErrorCode,
    /// One sentence for a person, sentence case, no full stop.
    pub message: String,
    /// What to do about it.
    pub remediation: String,
    /// Whether the same job can still land.
    pub recoverable: bool,
    /// The job's correlation id, where there is a job.
    pub correlation_id: Option<CorrelationId>,
    /// More for those who look: the server's own words, both reasons of a fallback.
    pub details: Option<serde_json::Value>,
}

impl Failure {
    /// A failure with the table's remediation for its code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            remediation: code.remediation().to_owned(),
            recoverable: code.recoverable(),
            correlation_id: None,
            details: None,
        }
    }

    /// The same with a better remediation.
    #[must_use]
    pub fn with_remediation(mut self, remediation: impl Into<String>) -> Self {
        self.remediation = remediation.into();
        self
    }

    /// The same with the job's correlation id.
    #[must_use]
    pub fn with_correlation(mut self, correlation: &CorrelationId) -> Self {
        self.correlation_id = Some(correlation.clone());
        self
    }

    /// The same with details.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same, told as the end of the road: trying again on this job cannot help.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.recoverable = false;
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({} {})", self.message, self.code.code(), self.code.name())
    }
}

impl std::error::Error for Failure {}

#[derive(Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "Failure")]
struct FailureOnTheWire {
    code: String,
    name: String,
    message: String,
    remediation: String,
    recoverable: bool,
    correlation_id: Option<CorrelationId>,
    #[ts(type = "unknown")]
    details: Option<serde_json::Value>,
}

impl From<Failure> for FailureOnTheWire {
    fn from(failure: Failure) -> Self {
        Self {
            code: failure.code.code().to_owned(),
            name: failure.code.name().to_owned(),
            message: failure.message,
            remediation: failure.remediation,
            recoverable: failure.recoverable,
            correlation_id: failure.correlation_id,
            details: failure.details,
        }
    }
}

impl TryFrom<FailureOnTheWire> for Failure {
    type Error = String;

    fn try_from(wire: FailureOnTheWire) -> Result<Self, String> {
        let code = ErrorCode::parse(&wire.code).ok_or_else(|| format!("unknown error code {}", wire.code))?;
        Ok(Self {
            code,
            message: wire.message,
            remediation: wire.remediation,
            recoverable: wire.recoverable,
            correlation_id: wire.correlation_id,
            details: wire.details,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_again_by_number_and_by_name() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.code()), Some(code), "by number");
            assert_eq!(ErrorCode::parse(code.name()), Some(code), "by name");
        }
    }

    #[test]
    fn failure_survives_the_wire() {
        let failure = Failure::new(ErrorCode::DiskError, "No room left in the folder").permanent();
        let text = serde_json::to_string(&failure).unwrap();
        assert!(text.contains(r#""code":"EXPORT_009","name":"DISK_ERROR""#), "{text}");
        assert_eq!(serde_json::from_str::<Failure>(&text).unwrap(), failure);
    }
}
