//! Jobs: the list and what can be wanted of one.

use landfall_wire::{Change, ComparisonView, JobDetail, JobId, JobOrder, OrderOutcome, PackageView, Preview};
use tauri::ipc::Channel;
use tauri::{State, WebviewWindow};

use super::Told;
use crate::app::App;
use crate::session::files;

#[tauri::command]
pub(super) async fn watch(app: State<'_, App>, window: WebviewWindow, channel: Channel<Change>) -> Told<()> {
    app.feeds.begin(window.label(), &app.desk, &app.session, move |change| channel.send(change).is_ok());
    Ok(())
}

#[tauri::command]
pub(super) async fn acknowledge(app: State<'_, App>, window: WebviewWindow, revision: u64) -> Told<()> {
    app.feeds.acknowledge(window.label(), revision);
    Ok(())
}

#[tauri::command]
pub(super) async fn detail(app: State<'_, App>, id: JobId) -> Told<JobDetail> {
    app.told(app.desk.detail(id).await)
}

#[tauri::command]
pub(super) async fn order(app: State<'_, App>, ids: Vec<JobId>, order: JobOrder) -> Told<Vec<OrderOutcome>> {
    match order {
        JobOrder::Open | JobOrder::Reveal => Ok(show(&app, ids, order).await),
        _ => app.told(app.desk.order(ids, order).await),
    }
}

#[tauri::command]
pub(super) async fn find(app: State<'_, App>, words: Vec<String>) -> Told<Vec<Vec<JobId>>> {
    app.told(app.desk.find(words).await)
}

#[tauri::command]
pub(super) async fn pause_all(app: State<'_, App>) -> Told<()> {
    app.told(app.desk.pause_all().await)
}

#[tauri::command]
pub(super) async fn resume_all(app: State<'_, App>) -> Told<()> {
    app.told(app.desk.resume_all().await)
}

#[tauri::command]
pub(super) async fn set_priority(app: State<'_, App>, id: JobId, priority: i16) -> Told<()> {
    app.told(app.desk.set_priority(id, priority).await)
}

#[tauri::command]
pub(super) async fn open_file(app: State<'_, App>, id: JobId, file: usize) -> Told<()> {
    let path = app.told(app.desk.path_of(id, file).await)?;
    app.told(files::open(path).await)
}

#[tauri::command]
pub(super) async fn reveal_file(app: State<'_, App>, id: JobId, file: usize) -> Told<()> {
    let path = app.told(app.desk.path_of(id, file).await)?;
    app.told(files::reveal(path).await)
}

#[tauri::command]
pub(super) async fn verify(app: State<'_, App>, id: JobId) -> Told<bool> {
    app.told(app.desk.verify(id).await)
}

#[tauri::command]
pub(super) async fn preview(app: State<'_, App>, id: JobId, file: usize) -> Told<Preview> {
    app.told(app.desk.preview(id, file).await)
}

#[tauri::command]
pub(super) async fn components(app: State<'_, App>, id: JobId) -> Told<PackageView> {
    app.told(app.desk.components(id).await)
}

#[tauri::command]
pub(super) async fn compare(app: State<'_, App>, left: JobId, right: JobId) -> Told<ComparisonView> {
    app.told(app.desk.compare(left, right).await)
}

#[tauri::command]
pub(super) async fn adopt(app: State<'_, App>, connection: String, remote_id: String) -> Told<JobId> {
    app.told(app.desk.adopt(connection, remote_id).await)
}

#[tauri::command]
pub(super) async fn notices_seen(app: State<'_, App>, numbers: Vec<u64>) -> Told<()> {
    app.told(app.desk.notices_seen(numbers).await)
}

/// The two orders that are the system's to carry out. A job's first file stands for it.
async fn show(app: &App, ids: Vec<JobId>, order: JobOrder) -> Vec<OrderOutcome> {
    let mut outcomes = Vec::with_capacity(ids.len());
    for id in ids {
        let shown = match app.desk.path_of(id.clone(), 0).await {
            Ok(path) if order == JobOrder::Open => files::open(path).await,
            Ok(path) => files::reveal(path).await,
            Err(failure) => Err(failure),
        };
        outcomes.push(OrderOutcome { id, failure: shown.err().map(|failure| app.desk.tell(failure)) });
    }
    outcomes
}
