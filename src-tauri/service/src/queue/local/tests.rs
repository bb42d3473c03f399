//! What becomes of a result that comes when its job has ended by other means.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::supervisor::Supervisor;

/// A queue with one job, and its running attempt.
async fn running(folder: &tempfile::TempDir) -> (Queue, Job) {
    let database = Database::open(&folder.path().join("service.sqlite3"), Supervisor::default()).unwrap();
    let queue = Queue::new(database, Clock::system(), Duration::ZERO, 0);
    let submission = Submission {
        system: System::MediaJobs,
        user: "anna".to_owned(),
        correlation_id: "c".to_owned(),
        idempotency: None,
        request: "{}".to_owned(),
    };
    queue.submit(submission).await.unwrap();
    let job = queue.claim().await.unwrap().unwrap();
    (queue, job)
}

fn object(clock: &Clock) -> StoredObject {
    StoredObject {
        key: "media/job.mp4".to_owned(),
        size: 1,
        sha256: vec![0; 32],
        content_type: "video/mp4".to_owned(),
        name: "job.mp4".to_owned(),
        stored_at: clock.now(),
    }
}

fn failure() -> Failure {
    Failure { error: "It was not to be".to_owned(), remediation: "Ask anew".to_owned() }
}

#[tokio::test]
async fn m_5_the_late_result_of_a_cancelled_job_is_unwanted_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, job) = running(&folder).await;
    let (ended, by_this) = queue.cancel("anna", System::MediaJobs, &job.id, failure()).await.unwrap().unwrap();
    assert_eq!((ended.state, by_this), (State::Failed, true));
    let landing = queue.complete(&job, object(&queue.clock)).await.unwrap();
    assert_eq!(landing, Landing::Useless(Some(Outcome::Unwanted)), "nobody will ask for it");
    assert_eq!(queue.let_go(&job).await.unwrap(), Outcome::Unwanted);
    assert_eq!(queue.all().await.unwrap(), [ended], "the job stays as it ended");
    assert_eq!(queue.object("media/job.mp4").await.unwrap(), None);
}

#[tokio::test]
async fn p_3_the_late_result_of_a_deleted_job_is_unwanted() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, job) = running(&folder).await;
    assert!(queue.delete("anna", System::MediaJobs, &job.id).await.unwrap().is_some());
    let again = queue.cancel("anna", System::MediaJobs, &job.id, failure()).await.unwrap();
    assert!(again.is_none(), "what is deleted cannot be cancelled");
    let landing = queue.complete(&job, object(&queue.clock)).await.unwrap();
    assert_eq!(landing, Landing::Useless(Some(Outcome::Unwanted)), "nobody will ask for it");
    assert_eq!(queue.let_go(&job).await.unwrap(), Outcome::Unwanted);
}

#[tokio::test]
async fn d_4_the_late_result_of_a_dead_job_is_left_for_it_may_live_again() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, job) = running(&folder).await;
    queue.fail(&job, failure()).await.unwrap();
    let landing = queue.complete(&job, object(&queue.clock)).await.unwrap();
    assert_eq!(landing, Landing::Late, "another attempt may make this very object");
    assert_eq!(queue.let_go(&job).await.unwrap(), Outcome::Lost);
    assert_eq!(queue.all().await.unwrap()[0].state, State::Failed);
}

#[test]
fn a_stop_reaches_every_attempt_at_its_job_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let (_, job) = runtime.block_on(running(&folder));
    let later = Job { attempts: 2, ..job.clone() };
    let other = Job { id: "other".to_owned(), ..job.clone() };
    let attempts = Running::default();
    let tokens = [&job, &later, &other].map(|job| attempts.begin(job));
    attempts.stop(&job);
    assert_eq!(tokens.each_ref().map(CancellationToken::is_cancelled), [true, true, false]);
    attempts.end(&job);
    let again = attempts.begin(&job);
    assert!(!again.is_cancelled(), "a stop is for the attempts that run");
}
