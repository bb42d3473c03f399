//! Where each system takes jobs and tells of them: for the rows that all of them share.

use serde_json::Value;

use super::bed::{Bed, Reply, text};

/// One way into the service. The fallback of package exports is one of its own.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) system: &'static str,
    /// Where something is submitted, a good body, and another one.
    pub(crate) submit: &'static str,
    pub(crate) body: &'static str,
    pub(crate) other: &'static str,
    /// What a good submission is answered with, and the field of its id.
    pub(crate) taken: u16,
    pub(crate) id: &'static str,
    /// Where the jobs are listed, and the field they stand in.
    pub(crate) list: &'static str,
    pub(crate) listed: &'static str,
    /// The fields of a listed job, and the word for one that waits.
    pub(crate) state: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) correlation_id: &'static str,
    pub(crate) created_at: &'static str,
    /// What is told of one job; `ID` stands for its id.
    pub(crate) about: &'static [&'static str],
}

/// All of them.
pub(crate) const DOORS: [Door; 6] = [
    Door {
        system: "exports-v2",
        submit: "/v1/cameras/gate-north/exportsV2",
        body: "{\"type\":\"Batch\",\"start\":\"2025-06-01T12:00:00Z\",\"end\":\"2025-06-01T12:00:01Z\",\"storage\":\"Cloud\"}",
        other: "{\"type\":\"Batch\",\"start\":\"2025-06-01T12:00:00Z\",\"end\":\"2025-06-01T12:00:02Z\",\"storage\":\"Cloud\"}",
        taken: 201,
        id: "exportId",
        list: "/v1/exportsV2",
        listed: "exports",
        state: "status",
        waiting: "queued",
        about: &["/v1/exportsV2/ID/downloads"],
        ..IN_CAMEL_CASE
    },
    Door {
        system: "download-jobs",
        submit: "/v1/download/initiate",
        body: "{\"fileIds\":[5]}",
        other: "{\"fileIds\":[5,10]}",
        id: "jobId",
        list: "/v1/download/jobs",
        listed: "jobs",
        state: "status",
        about: &["/v1/download/status/ID"],
        ..IN_CAMEL_CASE
    },
    Door {
        system: "media-jobs",
        submit: "/api/jobs",
        body: "{\"brief\":{\"title\":\"Site tour\",\"durationSeconds\":1,\"resolution\":\"320x180\"}}",
        other: "{\"brief\":{\"title\":\"Site tour\",\"durationSeconds\":2,\"resolution\":\"320x180\"}}",
        list: "/api/jobs",
        listed: "jobs",
        state: "status",
        waiting: "queued",
        about: &["/api/jobs/ID", "/api/jobs/ID/output"],
        ..IN_CAMEL_CASE
    },
    Door { system: "package-exports", about: &["/api/exports/ID", "/api/exports/ID/package"], ..PACKAGES },
    Door {
        system: "configuration-exports",
        submit: "/api/configuration-exports",
        list: "/api/configuration-exports",
        about: &["/api/configuration-exports/ID", "/api/configuration-exports/ID/package"],
        ..PACKAGES
    },
    Door {
        system: "report-exports",
        submit: "/projects/nordkai-40/export",
        body: "{\"format\":\"csv\"}",
        other: "{\"format\":\"pdf\"}",
        id: "export_id",
        list: "/exports",
        listed: "exports",
        state: "status",
        correlation_id: "correlation_id",
        created_at: "created_at",
        about: &["/exports/ID"],
        ..IN_CAMEL_CASE
    },
];

const PACKAGES: Door = Door {
    submit: "/api/exports",
    body: "{\"type\":\"worktype\",\"systemName\":\"matter\",\"environment\":\"uat\"}",
    other: "{\"type\":\"worktype\",\"systemName\":\"matter\",\"environment\":\"prod\"}",
    list: "/api/exports",
    listed: "exports",
    state: "state",
    ..IN_CAMEL_CASE
};

/// What most of them have in common.
const IN_CAMEL_CASE: Door = Door {
    system: "",
    submit: "",
    body: "",
    other: "",
    taken: 202,
    id: "id",
    list: "",
    listed: "",
    state: "",
    waiting: "pending",
    correlation_id: "correlationId",
    created_at: "createdAt",
    about: &[],
};

impl Door {
    /// Asks for a job with these headers.
    pub(crate) async fn ask(&self, bed: &Bed, headers: &[(&str, &str)]) -> Reply {
        bed.post(self.submit, headers, self.body).await
    }

    /// A new job; its id.
    pub(crate) async fn job(&self, bed: &Bed) -> String {
        let reply = self.ask(bed, &[]).await;
        assert_eq!(reply.status, self.taken, "{}: a good submission is taken: {}", self.system, reply.text());
        text(&reply.json()[self.id])
    }

    /// The caller's jobs.
    pub(crate) async fn jobs(&self, bed: &Bed) -> Vec<Value> {
        bed.get(self.list).await.json()[self.listed].as_array().unwrap().clone()
    }

    /// The paths that tell of this job.
    pub(crate) fn paths(&self, id: &str) -> impl Iterator<Item = String> + use<> {
        let id = id.to_owned();
        self.about.iter().map(move |path| path.replace("ID", &id))
    }
}
