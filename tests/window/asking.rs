//! Many exports from a table, and a sign-in that is lost and given again.

use landfall_tests::testbed::token_of;

use crate::orders::{ask_for, ask_for_a_table, only_title};
use crate::stage::Desk;

/// A table as it comes out of a spreadsheet.
const TABLE: &str = "project_id,format\\nriverside-clinic,csv\\nnordkai-40,pdf\\nsuzhou-lab,excel";

#[tokio::test]
async fn pasted_table_shows_what_it_becomes_and_makes_a_job_of_each_row() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.press("New export").await;
    // What comes in while the form is made moves what is pressed.
    window.reads("What comes of it").await;
    window.press("From a table").await;
    window.reads("The first line names the columns").await;
    window
        .script(&format!(
            "const field = document.querySelector('textarea');
             field.focus();
             document.execCommand('insertText', false, '{TABLE}');
             field.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        ))
        .await;
    window.reads("3 rows").await;
    window.reads("every row can be asked for").await;
    window.picture("table").await;
    window.press("Export 3 times").await;
    desk.jobs_are("landed", 3).await;
    assert_eq!(desk.landed().len(), 3, "a file of each row: {:?}", desk.landed());
    window.press("Landed").await;
    window.lines_are(3).await;
    window.close().await;
}

#[tokio::test]
async fn dropped_table_names_the_row_that_cannot_be_asked_for() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect("report-exports", &service);
    let window = desk.open(&[]).await;
    window.press("New export").await;
    // What comes in while the form is made moves what is pressed.
    window.reads("What comes of it").await;
    window.press("From a table").await;
    window.reads("The first line names the columns").await;
    window
        .script(&format!(
            "const files = new DataTransfer();
             files.items.add(new File(['{TABLE}\\nnordkai-40,docx'], 'month.csv', {{ type: 'text/csv' }}));
             document.querySelector('[role=region]').dispatchEvent(
                new DragEvent('drop', {{ bubbles: true, cancelable: true, dataTransfer: files }}));"
        ))
        .await;
    window.reads("From month.csv").await;
    window.reads("one row cannot be asked for").await;
    window.picture("table-flawed").await;
    assert_eq!(desk.jobs().len(), 0, "nothing is asked for by a look");
    window.close().await;
}

#[tokio::test]
async fn lost_sign_in_waits_for_the_person_and_the_job_goes_on_when_it_is_given_again() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect_by("report-exports", &service, "a-token-that-was-withdrawn");
    let window = desk.open(&[]).await;
    ask_for_a_table(&window).await;
    // The page leaves the form when the request is taken.
    window.no_longer_reads("What comes of it").await;
    window.press("Waiting for me").await;
    let title = only_title(&window).await;
    window.line_reads(&title, "Sign in again").await;
    window.picture("sign-in-lost").await;
    window.press_in(&title, "Sign in").await;
    window.reads("Sign in to report-exports").await;
    window.fill("Token", &token_of("anna")).await;
    window.picture("sign-in").await;
    window.answer("Sign in again").await;
    desk.jobs_are("landed", 1).await;
    window.close().await;
}

#[tokio::test]
async fn sealed_sign_in_is_opened_by_its_pass_phrase_alone_and_what_waited_lands() {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.connect_sealed("download-jobs", &service, "nobody guesses this");
    let window = desk.open(&[]).await;
    window.press("Manage connections").await;
    window.reads("Closed: needs its pass phrase").await;
    ask_for(&window, "1").await;
    window.no_longer_reads("What comes of it").await;
    window.press("Waiting for me").await;
    let title = only_title(&window).await;
    window.press_in(&title, "Sign in").await;
    window.reads("Open download-jobs").await;
    window.answer("Open").await;
    window.reads("Fill this in").await;
    window.fill("Pass phrase", "somebody guesses that").await;
    window.answer("Open").await;
    window.reads("The pass phrase does not open the sealed token").await;
    window.fill("Pass phrase", "nobody guesses this").await;
    window.picture("pass-phrase").await;
    window.answer("Open").await;
    desk.jobs_are("landed", 1).await;
    window.close().await;
}
