//! The export systems, a folder each: its routes (`api`) and its work (`work`). Later ones go beside them.

mod cameras;
mod download_jobs;
mod media_jobs;
mod package_exports;
mod report_exports;

use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use http::Method;

use crate::api::Api;
use crate::faults::Step;
use crate::objects::{ObjectStore, StoredObject};
use crate::queue::workers::{Attempt, Ended};

/// A kind of export server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum System {
    /// Design document 000: what a camera saw.
    CameraExports,
    /// Design document 001: a ZIP of chosen files.
    DownloadJobs,
    /// Design document 002: a rendered video.
    MediaJobs,
    /// Design document 003: a package of what an environment is configured with.
    PackageExports,
    /// The fallback of package exports: the same through another door, with jobs of its own (P-8).
    ConfigurationExports,
    /// Design document 004: reports on a building project.
    ReportExports,
}

impl System {
    pub(crate) const ALL: [Self; 6] = [
        Self::CameraExports,
        Self::DownloadJobs,
        Self::MediaJobs,
        Self::PackageExports,
        Self::ConfigurationExports,
        Self::ReportExports,
    ];

    /// Its id, which is also the connector's where it has one of its own.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CameraExports => "exports-v2",
            Self::DownloadJobs => "download-jobs",
            Self::MediaJobs => "media-jobs",
            Self::PackageExports => "package-exports",
            Self::ConfigurationExports => "configuration-exports",
            Self::ReportExports => "report-exports",
        }
    }

    /// Its queue, where several machines share the work: the name in document 001, and its like.
    pub fn queue(self) -> &'static str {
        match self {
            Self::CameraExports => "camera-queue",
            Self::DownloadJobs => "download-queue",
            Self::MediaJobs => "media-queue",
            Self::PackageExports => "package-queue",
            Self::ConfigurationExports => "configuration-queue",
            Self::ReportExports => "report-queue",
        }
    }

    /// Whether a worker that died without a word is noticed where there is one machine. Documents 003 and 004 say that nobody
    /// does: their jobs then stay `processing` until the next start.
    pub(crate) fn misses_its_worker(self) -> bool {
        matches!(self, Self::CameraExports | Self::DownloadJobs | Self::MediaJobs)
    }
}

impl FromStr for System {
    type Err = UnknownSystem;

    fn from_str(text: &str) -> Result<Self, UnknownSystem> {
        Self::ALL.into_iter().find(|system| system.as_str() == text).ok_or(UnknownSystem)
    }
}

/// A word that names no system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no such system: known are exports-v2, download-jobs, media-jobs, package-exports, configuration-exports and \
     report-exports"
)]
pub struct UnknownSystem;

/// All systems' routes.
pub(crate) fn router() -> Router<Arc<Api>> {
    Router::new()
        .merge(cameras::api::router())
        .merge(download_jobs::api::router())
        .merge(media_jobs::api::router())
        .merge(package_exports::api::router())
        .merge(report_exports::api::router())
}

/// The step that a route is in, for faults that are meant for one step only.
pub(crate) fn step(method: &Method, path: &str) -> Option<Step> {
    cameras::api::step(method, path)
        .or_else(|| download_jobs::api::step(method, path))
        .or_else(|| media_jobs::api::step(method, path))
        .or_else(|| package_exports::api::step(method, path))
        .or_else(|| report_exports::api::step(method, path))
}

/// Does the work of a job, on a thread that may block.
pub(crate) fn perform(attempt: &Attempt, objects: &ObjectStore) -> Result<StoredObject, Ended> {
    match attempt.job().system {
        System::CameraExports => cameras::work::perform(attempt, objects),
        System::DownloadJobs => download_jobs::work::perform(attempt, objects),
        System::MediaJobs => media_jobs::work::perform(attempt, objects),
        System::PackageExports | System::ConfigurationExports => package_exports::work::perform(attempt, objects),
        System::ReportExports => report_exports::work::perform(attempt, objects),
    }
}
