//! D-4, "a durable queue": jobs survive a stop and a kill of the service, and another process can read its table.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use landfall_service::{Options, Service, State, User};

use super::bed::{ANNA, Bed, eventually};

/// Set for the process that is a service and nothing else.
const DATA: &str = "LANDFALL_SERVICE_TEST_DATA";

#[tokio::test]
async fn d_4_jobs_survive_a_stop_and_go_on_without_losing_an_attempt() {
    let bed = Bed::with(|options| options.pace = 1_000.0).await;
    let first = bed.initiate("[5]").await;
    bed.only_job(1, State::Processing).await;
    let bed = bed.restart_with(|_| {}).await;
    let second = bed.initiate("[10]").await;
    for job in [&first, &second] {
        bed.status(job, "completed").await;
    }
    let rows = bed.service.jobs().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.attempts).collect::<Vec<_>>(), [1, 1], "a stop is nobody's failure");
}

/// Not a test by itself: under the variable this process is the service that the next test kills.
#[tokio::test]
async fn the_process_to_be_killed() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let mut options = Options::new(data);
    options.pace = 1_000.0;
    options.users = vec![User::new("anna", ANNA)];
    let service = Service::start(options).await.unwrap();
    let file = Path::new(&std::env::var_os(DATA).unwrap()).join("url");
    std::fs::write(file.with_extension("new"), service.url()).unwrap();
    // The other process reads it once it is there, and it is whole then.
    std::fs::hard_link(file.with_extension("new"), file).unwrap();
    std::future::pending::<()>().await;
}

/// Kills the process at the end of the test, however that comes.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn d_4_jobs_survive_a_kill_and_the_attempt_that_was_cut_off_counts() {
    let data = tempfile::tempdir().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "rows::durability::the_process_to_be_killed", "--nocapture"])
        .env(DATA, data.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    let url = eventually("service", async || std::fs::read_to_string(data.path().join("url")).ok()).await;
    let client = reqwest::Client::new();
    let submit = async |url: &str| {
        let request = client.post(format!("{url}/v1/download/initiate")).bearer_auth(ANNA);
        let request = request.header("idempotency-key", "k").body("{\"fileIds\":[5]}");
        let answer: serde_json::Value =
            serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap();
        answer["jobId"].as_str().unwrap().to_owned()
    };
    let job = submit(&url).await;
    eventually("attempt", async || (row(data.path(), &job) == ("processing".to_owned(), 1)).then_some(())).await;
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert_eq!(row(data.path(), &job), ("processing".to_owned(), 1), "as the kill left it");

    let mut options = Options::new(data.path());
    options.pace = 0.0;
    options.users = vec![User::new("anna", ANNA)];
    let service = Service::start(options).await.unwrap();
    eventually("result", async || (service.jobs().await.unwrap()[0].state == State::Completed).then_some(())).await;
    assert_eq!(row(data.path(), &job), ("completed".to_owned(), 2), "read from another connection");
    assert_eq!(submit(&service.url()).await, job, "and the key still stands for it");
    assert_eq!(service.jobs().await.unwrap().len(), 1);
    service.stop().await;
}

#[tokio::test]
async fn d_4_a_job_that_was_cut_off_three_times_is_dead() {
    let bed = Bed::with(|options| options.pace = 1_000.0).await;
    let job = bed.initiate("[5]").await;
    bed.only_job(1, State::Processing).await;
    // As three kills leave the row.
    let restarted = bed.restart_with(|options| options.workers = 0).await;
    let sql = "UPDATE jobs SET state = 'processing', attempts = 3 WHERE id = ?1";
    database(restarted.data()).execute(sql, [&job]).unwrap();
    let bed = restarted.restart_with(|_| {}).await;
    bed.status(&job, "failed").await;
    assert_eq!(bed.service.dead_letters().await.unwrap().len(), 1);
}

#[tokio::test]
async fn d_4_a_stop_with_an_open_download_ends_soon_and_cuts_it() {
    let bed = Bed::new().await;
    let link = bed.zip_link("[17]").await;
    let mut response = bed.client().get(&link).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some(), "the download has begun, and nobody reads on");
    let stopped = tokio::time::timeout(Duration::from_secs(30), bed.service.cut()).await;
    assert!(stopped.is_ok(), "it does not wait for the client");
    let end = async {
        while response.chunk().await?.is_some() {}
        Ok::<_, reqwest::Error>(())
    }
    .await;
    assert!(end.is_err(), "the client learns that it has not all");
}

fn row(data: &Path, job: &str) -> (String, u32) {
    let sql = "SELECT state, attempts FROM jobs WHERE id = ?1";
    database(data).query_row(sql, [job], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

fn database(data: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(data.join("service.sqlite3")).unwrap()
}
