//! While everything is paused nothing goes on by itself, and nothing is forgotten to be paused.

use landfall_wire::{JobOrder, NewConnection, Phase, SecretKeeping};

use crate::bed::{Bed, PHRASE, Page, export, report};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_while_everything_is_paused_waits_with_the_rest() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let first = bed.desk.request(report("csv")).await.unwrap().remove(0);
    page.until(&first, |row| row.phase == Phase::Waiting).await;
    bed.desk.pause_all().await.unwrap();
    let second = bed.desk.request(report("pdf")).await.unwrap().remove(0);
    page.until(&second, |row| row.phase == Phase::Paused).await;
    assert_eq!(bed.service.jobs().await.unwrap().len(), 1, "nothing of the second was sent");
    bed.desk.order(vec![second.clone()], JobOrder::Resume).await.unwrap();
    page.until(&second, |row| row.phase == Phase::Waiting).await;
    page.until_around(|around| around.all_paused).await;
    bed.desk.resume_all().await.unwrap();
    page.until(&first, |row| row.phase == Phase::Waiting).await;
    page.until_around(|around| !around.all_paused).await;
    let third = bed.desk.request(report("excel")).await.unwrap().remove(0);
    page.until(&third, |row| row.phase == Phase::Waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_a_sign_in_stays_paused_with_the_rest() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let ids = bed.desk.request(report("csv")).await.unwrap();
    Page::open(&bed.desk).until(&ids[0], |row| row.phase == Phase::Waiting).await;
    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    page.until(&ids[0], |row| row.phase == Phase::NeedsSignIn).await;
    // Something goes on while the first waits for its sign-in, and all of it is paused.
    let more = NewConnection { keeping: SecretKeeping::Session, ..bed.wanted("more", "report-exports") };
    bed.desk.add_connection(more).await.unwrap();
    let goes_on = bed.desk.request(export("more", &[("project_id", "nordkai-40"), ("format", "csv")])).await.unwrap();
    page.until(&goes_on[0], |row| row.phase == Phase::Waiting).await;
    bed.desk.pause_all().await.unwrap();
    bed.desk.unlock_secrets(PHRASE.into()).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Paused).await;
    bed.desk.resume_all().await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    assert_eq!(bed.service.jobs().await.unwrap().len(), 2, "the same jobs on the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_after_pause_all_does_not_pause_the_next_start() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let ids = bed.desk.request(report("csv")).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Waiting).await;
    bed.desk.pause_all().await.unwrap();
    bed.desk.order(ids.clone(), JobOrder::Cancel).await.unwrap();
    page.until(&ids[0], |row| row.phase == Phase::Cancelled).await;
    drop(page);
    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    page.draw().await;
    assert!(!page.around.unwrap().all_paused, "there is nothing to resume");
}

#[tokio::test(flavor = "multi_thread")]
async fn job_that_was_resumed_a_moment_ago_is_paused_again() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let id = bed.desk.request(report("csv")).await.unwrap().remove(0);
    page.until(&id, |row| row.phase == Phase::Waiting).await;
    for _ in 0..10 {
        bed.desk.pause_all().await.unwrap();
        page.until(&id, |row| row.phase == Phase::Paused).await;
        // The list has not heard of this when the next order comes.
        bed.desk.resume_all().await.unwrap();
        bed.desk.pause_all().await.unwrap();
        let phase = bed.desk.detail(id.clone()).await.unwrap().job.phase;
        assert_eq!(phase, Phase::Paused, "all that goes on is paused");
        bed.desk.resume_all().await.unwrap();
        page.until(&id, |row| row.phase == Phase::Waiting).await;
    }
}
