//! M-7: FFmpeg as a program that works, fails, is missing or is not wanted any more; and who may open streams.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use landfall_service::Options;
use serde_json::json;

use super::bed::{ANNA, Bed, eventually, text};
use super::media_jobs::{job, reached, submit};
use super::stream::{Heard, Stream};

/// A program in place of FFmpeg.
fn script(folder: &Path, lines: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("ffmpeg.sh");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn log(bed: &Bed, id: &str) -> String {
    fs::read_to_string(bed.data().join("Logs/ffmpeg").join(format!("{id}.log"))).unwrap()
}

#[tokio::test]
async fn m_7_a_render_leaves_a_log_in_the_documents_layout() {
    let bed = Bed::new().await;
    let brief = "{\"brief\":{\"title\":\"%{pts} 'a':b,c;[d]\\\\\",\"durationSeconds\":1,\"resolution\":\"320x180\"}}";
    let reply = bed.post("/api/jobs", &[("X-Correlation-ID", "corr")], brief).await;
    let id = text(&reply.json()["id"]);
    let done = reached(&bed, &id, "Done").await;
    assert_eq!(done["errors"], json!([]), "a title is text, whatever stands in it");
    let log = log(&bed, &id);
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines[0], format!("FFmpeg Render Log - Job ID: {id}"));
    assert_eq!(lines[1], "Correlation ID: corr");
    assert!(lines[2].starts_with("Started: 20") && lines[2].ends_with(" UTC"), "{}", lines[2]);
    assert_eq!(lines[3..5], ["Resolution: 320x180", "FFmpeg Path: ffmpeg"]);
    assert!(lines[5].starts_with("Command: -"), "{}", lines[5]);
    assert_eq!(lines[6], "-".repeat(80));
    let (said, end) = lines[7..].split_at(lines.len() - 10);
    assert!(said[0].starts_with("[stderr] ffmpeg version"), "{}", said[0]);
    assert!(said.iter().all(|line| line.starts_with("[stderr]")), "{log}");
    assert_eq!(end[0], "-".repeat(80));
    assert!(end[1].starts_with("Completed: 20"), "{}", end[1]);
    assert_eq!(end[2], "Exit Code: 0");
    assert_eq!(fs::read_dir(bed.data().join("incoming")).unwrap().count(), 0, "nothing is left on the way");
}

#[tokio::test]
async fn m_7_a_failing_ffmpeg_is_e304_with_the_last_lines_of_stderr_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let lines =
        "for n in $(seq 1 40); do echo \"line $n\" >&2; done\necho \"/srv/secret/clip.mp4: broken\" >&2\nexit 3";
    let program = script(folder.path(), lines);
    let bed = Bed::with(|options| options.ffmpeg.clone_from(&program)).await;
    let id = submit(&bed).await;
    let failed = reached(&bed, &id, "Failed").await;
    assert_eq!(failed["errors"][0]["code"], "E304-FFMPEG_RUNTIME");
    for field in ["message", "remediation"] {
        assert!(!text(&failed["errors"][0][field]).is_empty(), "{failed}");
    }
    let details = &failed["failureDetails"];
    let snippet = text(&details["stderrSnippet"]);
    assert!(snippet.ends_with("line 40\nclip.mp4: broken"), "the last lines, without a path: {snippet}");
    assert!(!snippet.contains("line 20\n"), "the last lines only: {snippet}");
    assert!(details["suggestedActions"].as_array().unwrap().len() >= 2, "{details}");
    let (told, _) = Stream::open(&bed, &format!("/api/jobs/{id}/events")).await.rest().await;
    let last = told.last().unwrap();
    assert_eq!((last.name.as_deref(), &last.data["status"]), (Some("job-failed"), &json!("Failed")));
    assert_eq!(last.data["errors"], failed["errors"]);
    let log = log(&bed, &id);
    assert!(log.contains("[stderr] line 1\n") && log.ends_with("Exit Code: 3\n"), "the log has all: {log}");
    assert_eq!(bed.get(&format!("/api/jobs/{id}/output")).await.json()["error"]["code"], "job_failed");
    assert_eq!(bed.service.jobs().await.unwrap()[0].attempts, 1, "it would fail again");
}

#[tokio::test]
async fn m_7_a_missing_ffmpeg_is_e302_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for program in [PathBuf::from("no-such-program-anywhere"), folder.path().join("nothing")] {
        let bed = Bed::with(|options| options.ffmpeg.clone_from(&program)).await;
        let id = submit(&bed).await;
        let failed = reached(&bed, &id, "Failed").await;
        assert_eq!(failed["errors"][0]["code"], "E302-FFMPEG_NOT_FOUND", "{program:?}");
        assert!(text(&failed["errors"][0]["remediation"]).contains("FFmpeg installed"), "{failed}");
        assert_eq!(failed["failureDetails"]["stderrSnippet"], "");
        assert!(log(&bed, &id).contains("could not be started"));
    }
}

/// A service whose FFmpeg hangs, with the process that hangs.
async fn hanging(folder: &Path) -> (Bed, String, String) {
    let pid = folder.join("pid");
    let lines = format!("echo $$ > {0}.new\nmv {0}.new {0}\nexec sleep 600", pid.display());
    let program = script(folder, &lines);
    let bed = Bed::with(|options: &mut Options| options.ffmpeg = program).await;
    let id = submit(&bed).await;
    let process = eventually("process", async || fs::read_to_string(&pid).ok()).await.trim().to_owned();
    assert!(lives(&process));
    (bed, id, process)
}

fn lives(process: &str) -> bool {
    Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status().unwrap().success()
}

#[tokio::test]
async fn m_7_a_cancel_kills_the_ffmpeg_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (bed, id, process) = hanging(folder.path()).await;
    assert_eq!(job(&bed, &id).await["stage"], "Rendering");
    assert_eq!(bed.post(&format!("/api/jobs/{id}/cancel"), &[], "").await.status, 202);
    eventually("end of the process", async || (!lives(&process)).then_some(())).await;
    assert_eq!(job(&bed, &id).await["errors"][0]["message"], "Job was cancelled");
    eventually("log", async || log(&bed, &id).ends_with("Exit Code: killed\n").then_some(())).await;
}

#[tokio::test]
async fn m_7_a_stop_kills_the_ffmpeg_that_runs_and_the_job_goes_on_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (bed, id, process) = hanging(folder.path()).await;
    let bed = bed.restart_with(|_| {}).await;
    assert!(!lives(&process), "the stop has waited for its end");
    reached(&bed, &id, "Done").await;
    assert_eq!(bed.service.jobs().await.unwrap()[0].attempts, 1, "a stop is nobody's failure");
}

#[tokio::test]
async fn m_7_a_render_without_end_is_given_up_after_five_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let (bed, id, process) = hanging(folder.path()).await;
    bed.service.clock().advance(Duration::from_mins(5));
    let failed = reached(&bed, &id, "Failed").await;
    assert!(text(&failed["errors"][0]["message"]).contains("5 minutes"), "{failed}");
    assert!(!lives(&process));
}

#[tokio::test]
async fn m_7_streams_need_a_token_and_there_are_ten_for_each_user() {
    let mut bed = Bed::with(|options| options.workers = 0).await;
    let id = submit(&bed).await;
    let path = format!("/api/jobs/{id}/events");
    let without = bed.client().get(bed.service.url() + &path).send().await.unwrap();
    assert_eq!(without.status(), 401);
    let mut open = Vec::new();
    for _ in 0..10 {
        let mut stream = Stream::open(&bed, &path).await;
        stream.event().await;
        open.push(stream);
    }
    let refused = bed.get(&path).await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"]["code"].as_str()), (429, Some("too_many_streams")));
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(job(&bed, &id).await["status"], "Queued", "asking is not limited");
    bed.set_token(super::bed::BERT);
    let his = submit(&bed).await;
    Stream::open(&bed, &format!("/api/jobs/{his}/events")).await.event().await;
    bed.set_token(ANNA);
    open.pop();
    let again = async || Some(bed.open(&path, None).await).filter(|response| response.status() == 200);
    eventually("place for another one", again).await;
    let mut last = open.pop().unwrap();
    bed.service.stop().await;
    let (_, end) = last.rest().await;
    assert_eq!(end, Heard::Closed(String::new()), "streams end when the service stops");
}
