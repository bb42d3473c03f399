//! report exports. What is in the reports is in `results`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use landfall_service::{Chance, Fault, State};

use super::bed::{Bed, text};

#[tokio::test]
async fn r_1_a_submission_is_answered_at_once_with_202_and_two_ids() {
    let bed = Bed::with(|options| options.workers = 0).await;
    for format in ["csv", "excel", "pdf", "ost"] {
        let (task, export) = bed.export("nordkai-40", format).await;
        assert_ne!(task, export);
        assert_eq!(bed.get(&format!("/tasks/{task}")).await.json()["status"], "pending");
    }
    assert_eq!(bed.get("/exports").await.json()["exports"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn r_1_an_unknown_project_is_404_and_an_unknown_format_422() {
    let bed = Bed::new().await;
    let reply = bed.post("/projects/nowhere/export", &[], "{\"format\":\"csv\"}").await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"]["code"].as_str()), (404, Some("not_found")));
    for format in ["\"xls\"", "\"CSV\"", "\"\"", "7", "null"] {
        let reply = bed.post("/projects/nordkai-40/export", &[], &format!("{{\"format\":{format}}}")).await;
        assert_eq!(reply.status, 422, "{format}");
    }
    let listed = bed.get("/projects").await.json();
    assert_eq!(listed["projects"].as_array().unwrap().len(), 3, "the remediation leads somewhere");
}

#[tokio::test]
async fn r_2_the_task_goes_from_pending_by_processing_to_completed() {
    let bed = Bed::with(|options| options.pace = 10.0).await;
    let (task, _) = bed.export("nordkai-40", "csv").await;
    bed.task(&task, "processing").await;
    let done = super::bed::eventually("completed", async || {
        bed.service.clock().advance(Duration::from_secs(5));
        Some(bed.get(&format!("/tasks/{task}")).await.json()).filter(|answer| answer["status"] == "completed")
    })
    .await;
    assert_eq!(done, serde_json::json!({"task_id": task, "status": "completed"}), "and says nothing else");
    assert_eq!(bed.get("/tasks/unknown").await.status, 404);
}

#[tokio::test]
async fn r_2_a_worker_that_dies_leaves_processing_for_ever() {
    let bed = Bed::with(|options| options.workers = 1).await;
    bed.service.faults().set(Fault::WorkerDies, Chance::Times(1));
    let (task, _) = bed.export("nordkai-40", "csv").await;
    // The one worker took the first job first, and has done another one after it.
    let (other, _) = bed.export("nordkai-40", "csv").await;
    bed.task(&other, "completed").await;
    bed.service.clock().advance(Duration::from_hours(10));
    assert_eq!(bed.get(&format!("/tasks/{task}")).await.json()["status"], "processing");
    let bed = bed.restart_with(|_| {}).await;
    bed.task(&task, "completed").await;
    assert_eq!(bed.service.jobs().await.unwrap()[0].attempts, 2, "a restart puts it back");
}

#[tokio::test]
async fn r_3_the_export_has_key_size_and_a_link_signed_anew_at_each_call() {
    let bed = Bed::new().await;
    for (format, extension, kind) in [
        ("csv", "csv", "text/csv; charset=utf-8"),
        ("excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("pdf", "pdf", "application/pdf"),
        ("ost", "xml", "application/xml"),
    ] {
        let answer = bed.exported("suzhou-lab", format).await;
        let export = text(&answer["export_id"]);
        assert_eq!(answer["status"], "completed");
        assert_eq!(answer["file_key"], format!("exports/suzhou-lab/{export}.{extension}"));
        let link = text(&answer["download_url"]);
        assert!(link.contains("X-Amz-Expires=3600"), "{link}");
        let reply = bed.fetch(&link, &[]).await.unwrap();
        assert_eq!(answer["file_size"], reply.body.len());
        assert_eq!(reply.header("content-type"), kind);
        bed.service.clock().advance(Duration::from_secs(2));
        let again = bed.get(&format!("/exports/{export}")).await.json();
        assert_ne!(again["download_url"], link.as_str(), "signed anew");
        assert_eq!(again["file_key"], answer["file_key"]);
    }
}

#[tokio::test]
async fn r_3_before_completion_there_is_no_key_and_no_link() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let (_, export) = bed.export("nordkai-40", "csv").await;
    let answer = bed.get(&format!("/exports/{export}")).await.json();
    let nothing = serde_json::Value::Null;
    assert_eq!(
        (&answer["status"], &answer["file_key"], &answer["file_size"], &answer["download_url"]),
        (&serde_json::json!("pending"), &nothing, &nothing, &nothing)
    );
    assert_eq!(bed.get("/exports/unknown").await.status, 404);
}

#[tokio::test]
async fn r_6_a_storage_error_fails_the_task_with_a_message_and_leaves_nothing_under_the_key() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::StorageFails, Chance::Share(1.0));
    let (task, export) = bed.export("nordkai-40", "csv").await;
    for attempt in 1..3 {
        bed.only_job(attempt, State::Pending).await;
        bed.service.clock().advance(Duration::from_mins(1));
    }
    let answer = bed.task(&task, "failed").await;
    for field in ["error_message", "remediation"] {
        assert!(!text(&answer[field]).is_empty(), "{answer}");
        assert!(!text(&answer[field]).contains('/'), "no path of the server: {answer}");
    }
    let answer = bed.get(&format!("/exports/{export}")).await.json();
    assert_eq!(answer["file_key"], serde_json::Value::Null);
    assert_eq!(files(bed.data()), Vec::<PathBuf>::new(), "neither under a key nor aside");
}

#[tokio::test]
async fn r_6_an_exporter_error_fails_the_task_with_a_message() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::JobFails, Chance::Times(1));
    let (task, _) = bed.export("nordkai-40", "pdf").await;
    let answer = bed.task(&task, "failed").await;
    assert!(!text(&answer["error_message"]).is_empty() && !text(&answer["remediation"]).is_empty(), "{answer}");
    assert_eq!(files(bed.data()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn r_6_what_a_crash_left_half_written_is_cleared_at_the_next_start() {
    let bed = Bed::new().await;
    fs::write(bed.data().join("incoming/half"), "half").unwrap();
    let bed = bed.restart_with(|_| {}).await;
    assert_eq!(files(bed.data()), Vec::<PathBuf>::new());
    bed.report("nordkai-40", "csv").await;
    assert_eq!(files(bed.data()).len(), 1, "a result is one file, and nothing is left aside");
}

/// All files under the folders of the object store.
fn files(data: &Path) -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    for folder in ["objects", "incoming"] {
        collect(&data.join(folder), &mut found);
    }
    found
}
