//! What the engine says, read by somebody who reads no English.

use landfall_desk::{Desk, DeskOptions, refusal};
use landfall_engine::home::Home;
use landfall_wire::{Failure, JobDetail, JobId, JobOrder, JobRow, Language, Phase, Settings};

use crate::bed::{Bed, Page, export, report};

async fn speak(bed: &Bed, language: Language) {
    let settings = Settings { language, ..bed.desk.settings().await.expect("there are settings") };
    bed.desk.save_settings(settings).await.expect("a language can be set");
}

/// A word that only English has, if the text has one outside of quotes.
fn english_word(text: &str) -> Option<String> {
    const ENGLISH: [&str; 12] =
        ["the", "is", "are", "and", "of", "for", "it", "to", "by", "cannot", "with", "server's"];
    let outside: String = text.split(['"', '`']).step_by(2).collect();
    let mut words = outside.split(|c: char| !c.is_alphabetic() && c != '\'').map(str::to_lowercase);
    words.find(|word| ENGLISH.contains(&word.as_str()))
}

fn of_failure(failure: &Failure) -> [String; 2] {
    [failure.message.clone(), failure.remediation.clone()]
}

/// All that a job's pane says in sentences.
fn sentences(detail: &JobDetail) -> Vec<String> {
    let lines = detail.timeline.iter().map(|entry| entry.text.clone());
    let failed = detail.job.error.iter().flat_map(of_failure);
    let row = [&detail.row.trouble, &detail.row.remedy].into_iter().flatten().cloned();
    lines.chain(failed).chain(row).collect()
}

async fn must_be_told(bed: &Bed, id: &JobId) {
    for language in [Language::De, Language::Zh] {
        speak(bed, language).await;
        let detail = bed.desk.detail(id.clone()).await.expect("the job is there");
        for sentence in sentences(&detail) {
            assert_eq!(english_word(&sentence), None, "in {language:?}: {sentence:?}");
        }
    }
    speak(bed, Language::En).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lives_are_told_in_the_language_that_is_set() {
    for (faults, phase) in [
        ("cut=2x", Phase::Landed),
        ("401=9x", Phase::NeedsSignIn),
        ("garbage=100%", Phase::Failed),
        ("wrong-digest=100%", Phase::Failed),
    ] {
        let bed = Bed::new().await;
        bed.connect("reports", "report-exports").await;
        bed.service.faults().apply(faults).unwrap();
        let ids = bed.desk.request(report("csv")).await.unwrap();
        let row = Page::open(&bed.desk).until(&ids[0], |row: &JobRow| row.phase == phase).await;
        must_be_told(&bed, &row.id).await;
        speak(&bed, Language::De).await;
        let original = bed.desk.detail(row.id).await.unwrap().job.error.map(|failure| failure.details.unwrap());
        let english = original.map(|details| details["original"]["message"].as_str().unwrap().to_owned());
        assert_eq!(
            english.as_ref().and_then(|text| english_word(text)).is_some(),
            phase != Phase::Landed,
            "{english:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flaws_and_refused_orders_are_told_in_the_language_that_is_set() {
    let bed = Bed::with(|options| options.workers = 0).await;
    bed.connect("reports", "report-exports").await;
    speak(&bed, Language::De).await;
    let check = bed.desk.check_form(export("reports", &[("format", "word")])).await.unwrap();
    let table = bed.desk.check_table("reports".into(), "project_id,format\nnordkai-40,word\n".into()).await.unwrap();
    let strange = bed.desk.check_table("reports".into(), "colour\nred\n".into()).await.unwrap();
    let flaws = check.flaws.into_iter().chain(strange.flaw).chain(table.rows.into_iter().filter_map(|row| row.flaw));
    let file = bed.desk.check_connector("mine.toml".into(), "format = 1\nid = \"mine\"\n".into()).await.unwrap();
    let file = file.problems.into_iter().map(|problem| problem.message);
    let told: Vec<String> = flaws.map(|flaw| flaw.message).chain(file).collect();
    assert!(told.len() > 4 && told.iter().any(|flaw| flaw.starts_with("Fehlt; ergänzen Sie ")), "{told:?}");
    let ids = bed.desk.request(report("csv")).await.unwrap();
    Page::open(&bed.desk).until(&ids[0], |row| row.phase == Phase::Waiting).await;
    let refused = bed.desk.order(ids, JobOrder::RetryAsNew).await.unwrap().remove(0).failure.expect("it goes on");
    let failure = bed.desk.tell(bed.desk.request(export("reports", &[])).await.unwrap_err());
    for sentence in told.iter().chain(&of_failure(&refused)).chain(&of_failure(&failure)) {
        assert_eq!(english_word(sentence), None, "{sentence:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn second_app_on_a_home_says_so_in_the_language_of_that_home() {
    let bed = Bed::new().await;
    let home = Home::at(bed.folder.path().join("home")).unwrap();
    let options = DeskOptions::new(home.clone(), "1.0.0", bed.folder.path().join("out"));
    let failure = Desk::start(options).await.unwrap_err();
    let told = |failure: &Failure| refusal(failure.clone(), &home, "de-DE").message;
    assert!(told(&failure).starts_with("Ein anderes Landfall arbeitet in diesem Ordner"), "{}", told(&failure));
    speak(&bed, Language::Zh).await;
    assert!(told(&failure).starts_with("另一个 Landfall"), "{}", told(&failure));
}
