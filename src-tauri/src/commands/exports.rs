//! Asking for exports: forms, tables, templates.

use landfall_wire::{ChoiceView, ExportForm, FormCheck, JobId, NewExport, TableCheck, Template};
use tauri::{State, WebviewWindow};
use tauri_plugin_dialog::{DialogExt as _, FilePath};
use tokio::sync::oneshot;

use super::Told;
use crate::app::App;
use crate::dropped;

#[tauri::command]
pub(super) async fn form(app: State<'_, App>, connection: String) -> Told<ExportForm> {
    app.told(app.desk.form(connection).await).map(|form| app.folders.given_form(form))
}

#[tauri::command]
pub(super) async fn choices(
    app: State<'_, App>,
    connection: String,
    param: String,
    given: Vec<(String, String)>,
) -> Told<Vec<ChoiceView>> {
    app.told(app.desk.choices(connection, param, given).await)
}

#[tauri::command]
pub(super) async fn check_form(app: State<'_, App>, wanted: NewExport) -> Told<FormCheck> {
    app.told(app.desk.check_form(wanted).await)
}

#[tauri::command]
pub(super) async fn request(app: State<'_, App>, wanted: NewExport) -> Told<Vec<JobId>> {
    app.told(app.folders.check(wanted.folder.as_deref()))?;
    app.told(app.desk.request(wanted).await)
}

#[tauri::command]
pub(super) async fn again(app: State<'_, App>, id: JobId, days: i32) -> Told<NewExport> {
    app.told(app.desk.again(id, days).await).map(|draft| app.folders.given_draft(draft))
}

#[tauri::command]
pub(super) async fn check_table(app: State<'_, App>, connection: String, text: String) -> Told<TableCheck> {
    app.told(app.desk.check_table(connection, text).await)
}

#[tauri::command]
pub(super) async fn request_table(app: State<'_, App>, wanted: NewExport, text: String) -> Told<Vec<JobId>> {
    app.told(app.folders.check(wanted.folder.as_deref()))?;
    app.told(app.desk.request_table(wanted, text).await)
}

#[tauri::command]
pub(super) async fn choose_folder(app: State<'_, App>, window: WebviewWindow) -> Told<Option<String>> {
    let (tell, told) = oneshot::channel();
    let dialog = window.dialog().file().set_title(app.words.borrow().choose_folder).set_parent(&window);
    dialog.pick_folder(|folder| drop(tell.send(folder)));
    let folder = chosen(told).await.map(|path| path.to_string_lossy().into_owned());
    app.folders.give(folder.as_deref());
    Ok(folder)
}

#[tauri::command]
pub(super) async fn choose_certificate(app: State<'_, App>, window: WebviewWindow) -> Told<Option<String>> {
    let (tell, told) = oneshot::channel();
    let dialog = window.dialog().file().set_title(app.words.borrow().choose_certificate).set_parent(&window);
    let dialog = dialog.add_filter("PEM", &["pem", "crt", "cer"]);
    dialog.pick_file(|file| drop(tell.send(file)));
    let file = chosen(told).await.map(|path| path.to_string_lossy().into_owned());
    app.folders.give(file.as_deref());
    Ok(file)
}

#[tauri::command]
pub(super) async fn choose_text(app: State<'_, App>, window: WebviewWindow) -> Told<Option<(String, String)>> {
    let (tell, told) = oneshot::channel();
    let dialog = window.dialog().file().set_title(app.words.borrow().choose_text).set_parent(&window);
    let dialog = dialog.add_filter("CSV, TSV, JSON Lines, TOML", &["csv", "tsv", "txt", "jsonl", "ndjson", "toml"]);
    dialog.pick_file(|file| drop(tell.send(file)));
    app.told(chosen(told).await.map(|path| dropped::read(&path)).transpose())
}

#[tauri::command]
pub(super) async fn save_template(app: State<'_, App>, template: Template) -> Told<()> {
    app.told(app.folders.check(template.export.folder.as_deref()))?;
    app.told(app.desk.save_template(template).await)
}

#[tauri::command]
pub(super) async fn remove_template(app: State<'_, App>, connection: String, name: String) -> Told<()> {
    app.told(app.desk.remove_template(connection, name).await)
}

/// What a person chose; none when the dialog was left, or gave what is no path of this machine.
async fn chosen(told: oneshot::Receiver<Option<FilePath>>) -> Option<std::path::PathBuf> {
    told.await.ok()??.into_path().ok()
}
