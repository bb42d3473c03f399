//! Answers what a person wants from outside of the windows.

use landfall_wire::{Ask, Failure, JobId, JobOrder};
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc;

use crate::app::App;
use crate::session::{Call, files};
use crate::windows;

/// Answers calls as long as the app runs, each by itself: a file manager that hangs must not keep a person from quitting.
pub(crate) async fn answer_all(handle: AppHandle, mut calls: mpsc::Receiver<Call>) {
    while let Some(call) = calls.recv().await {
        let answering = handle.clone();
        handle.state::<App>().errands.send(async move {
            if let Err(failure) = answer(&answering, call).await {
                tracing::info!("a call from outside of the windows came to nothing: {}", failure.message);
                answering.state::<App>().ask(Ask::Refused { failure });
                windows::show_main(&answering);
            }
        });
    }
}

async fn answer(handle: &AppHandle, call: Call) -> Result<(), Failure> {
    let app = handle.state::<App>();
    match call {
        Call::Show => windows::show_main(handle),
        Call::ShowJob(id) => ask(handle, &app, Ask::ShowJob { id }),
        Call::ShowSection(section) => ask(handle, &app, Ask::ShowSection { section }),
        Call::SignIn(id) => {
            let connection = app.desk.detail(id.clone()).await?.job.connection;
            let wanted = connection.map_or(Ask::ShowJob { id }, |connection| Ask::SignIn { connection });
            ask(handle, &app, wanted);
        }
        Call::NewExport => ask(handle, &app, Ask::NewExport),
        Call::Compact => windows::show_compact(handle),
        Call::PauseAll => app.desk.pause_all().await?,
        Call::ResumeAll => app.desk.resume_all().await?,
        Call::OpenFolder => files::open(app.desk.made_folder().await?).await?,
        Call::OpenFile(id) => files::open(app.desk.path_of(id, 0).await?).await?,
        Call::RevealFile(id) => files::reveal(app.desk.path_of(id, 0).await?).await?,
        Call::Retry(id) => retry(&app, id).await?,
        Call::Link(link) => {
            let wanted = app.desk.take_link(&link).await.unwrap_or_else(|failure| Ask::BadLink { failure });
            ask(handle, &app, wanted);
        }
        Call::Quit => windows::quit(handle),
    }
    Ok(())
}

fn ask(handle: &AppHandle, app: &App, wanted: Ask) {
    app.ask(wanted);
    windows::show_main(handle);
}

async fn retry(app: &App, id: JobId) -> Result<(), Failure> {
    let outcomes = app.desk.order(vec![id], JobOrder::Retry).await?;
    outcomes.into_iter().find_map(|outcome| outcome.failure).map_or(Ok(()), Err)
}
