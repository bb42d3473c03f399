//! Settings, and the folders of the app itself.

use landfall_wire::Settings;
use tauri::State;

use super::Told;
use crate::app::App;
use crate::session::files;

#[tauri::command]
pub(super) async fn settings(app: State<'_, App>) -> Told<Settings> {
    app.told(app.desk.settings().await).map(|settings| app.folders.given_settings(settings))
}

#[tauri::command]
pub(super) async fn save_settings(app: State<'_, App>, settings: Settings) -> Told<Settings> {
    app.told(app.save_settings(settings).await)
}

#[tauri::command]
pub(super) async fn open_logs(app: State<'_, App>) -> Told<()> {
    app.told(files::open(app.home.root().join("logs")).await)
}

#[tauri::command]
pub(super) async fn open_folder(app: State<'_, App>) -> Told<()> {
    app.told(match app.desk.made_folder().await {
        Ok(folder) => files::open(folder).await,
        Err(failure) => Err(failure),
    })
}
