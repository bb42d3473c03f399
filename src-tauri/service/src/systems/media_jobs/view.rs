//! A job as this system's users see it: by polling, and in the events that are derived from it.

use serde_json::{Value, json};

use super::failures;
use super::stage::Stage;
use crate::problem::Problem;
use crate::queue::{Cause, Job, State, Status};

/// A job, and what else is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub(super) job: Job,
    /// Bytes of the finished video.
    size: Option<u64>,
    cause: Option<Cause>,
}

impl View {
    pub(super) async fn of(status: &dyn Status, job: Job) -> Result<Self, Problem> {
        let object = match &job.result_key {
            Some(key) => status.object(key).await?,
            None => None,
        };
        let cause = if job.state == State::Failed { Some(failures::cause(status, &job).await?) } else { None };
        Ok(Self { job, size: object.map(|object| object.size), cause })
    }

    /// A job of a list, of which no more is told than what it is by itself.
    pub(super) fn alone(job: Job) -> Self {
        Self { job, size: None, cause: None }
    }

    pub(super) fn status(&self) -> &'static str {
        match self.job.state {
            State::Pending => "Queued",
            State::Processing => "Running",
            State::Completed => "Done",
            State::Failed => "Failed",
        }
    }

    /// Whether nothing will change any more.
    pub(super) fn ended(&self) -> bool {
        matches!(self.job.state, State::Completed | State::Failed)
    }

    pub(super) fn stage(&self) -> Stage {
        Stage::at(self.job.progress)
    }

    /// The finished video. The path is the server's own business: it is within the data folder, and nobody can open it.
    pub(super) fn output(&self) -> Option<Value> {
        let (key, size) = (self.job.result_key.as_ref()?, self.size?);
        Some(json!({"videoPath": format!("objects/{key}"), "sizeBytes": size}))
    }

    /// Why it failed, in the document's shape; nothing for a job that did not.
    pub(super) fn errors(&self) -> Vec<Value> {
        let error =
            |cause: &Cause| json!({"code": cause.code, "message": self.job.error, "remediation": self.job.remediation});
        self.cause.iter().map(error).collect()
    }

    /// The items of a list have this.
    pub(super) fn brief(&self) -> Value {
        json!({
            "id": self.job.id,
            "status": self.status(),
            "stage": self.stage().as_str(),
            "percent": self.job.progress,
            "correlationId": self.job.correlation_id,
            "createdAt": self.job.created_at,
        })
    }

    /// The whole job.
    pub(super) fn whole(&self) -> Value {
        let mut answer = self.brief();
        if let Some(message) = self.stage().message() {
            answer["message"] = json!(message);
        }
        answer["output"] = json!(self.output());
        answer["errors"] = json!(self.errors());
        answer["failureDetails"] = json!(self.cause.as_ref().map(|cause| self.details(cause)));
        if let Some(error) = &self.job.error {
            answer["error"] = json!(error);
            answer["remediation"] = json!(self.job.remediation);
        }
        answer
    }

    fn details(&self, cause: &Cause) -> Value {
        let mut actions: Vec<_> = self.job.remediation.iter().map(String::as_str).collect();
        if cause.code == failures::RUNTIME {
            actions.push("Ask for a shorter video, or one of fewer pixels");
            actions.push("Have the service's operator look into the FFmpeg log of this job");
        }
        json!({"stderrSnippet": cause.stderr, "suggestedActions": actions})
    }
}
