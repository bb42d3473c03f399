//! Connections, connectors, secrets and the sample service.

use std::collections::BTreeMap;

use landfall_wire::{
    ConnectionSettings, ConnectionView, ConnectorCheck, ConnectorView, JobId, NewConnection, SecretsView,
};
use tauri::State;

use super::Told;
use crate::app::App;

#[tauri::command]
pub(super) async fn connections(app: State<'_, App>) -> Told<Vec<ConnectionView>> {
    app.told(app.desk.connections().await).map(|connections| app.folders.given_connections(connections))
}

#[tauri::command]
pub(super) async fn connectors(app: State<'_, App>) -> Told<Vec<ConnectorView>> {
    app.told(app.desk.connectors().await)
}

#[tauri::command]
pub(super) async fn secrets(app: State<'_, App>) -> Told<SecretsView> {
    app.told(app.desk.secrets().await)
}

#[tauri::command]
pub(super) async fn unlock_secrets(app: State<'_, App>, pass_phrase: String) -> Told<()> {
    app.told(app.desk.unlock_secrets(pass_phrase).await)
}

#[tauri::command]
pub(super) async fn add_connection(app: State<'_, App>, wanted: NewConnection) -> Told<ConnectionView> {
    app.told(app.folders.check_connection(&wanted.settings))?;
    app.told(app.desk.add_connection(wanted).await)
}

#[tauri::command]
pub(super) async fn change_connection(
    app: State<'_, App>,
    connection: String,
    settings: ConnectionSettings,
    untested: bool,
) -> Told<ConnectionView> {
    app.told(app.folders.check_connection(&settings))?;
    app.told(app.desk.change_connection(connection, settings, untested).await)
}

#[tauri::command]
pub(super) async fn sign_in(app: State<'_, App>, connection: String, secrets: BTreeMap<String, String>) -> Told<()> {
    app.told(app.desk.sign_in(connection, secrets).await)
}

#[tauri::command]
pub(super) async fn test_connection(app: State<'_, App>, connection: String) -> Told<()> {
    app.told(app.desk.test_connection(connection).await)
}

#[tauri::command]
pub(super) async fn remove_connection(app: State<'_, App>, connection: String) -> Told<()> {
    app.told(app.desk.remove_connection(connection).await)
}

#[tauri::command]
pub(super) async fn allow_instant_links(app: State<'_, App>, connection: String, allowed: bool) -> Told<()> {
    app.told(app.desk.allow_instant_links(connection, allowed).await)
}

#[tauri::command]
pub(super) async fn check_connector(app: State<'_, App>, name: String, text: String) -> Told<ConnectorCheck> {
    app.told(app.desk.check_connector(name, text).await)
}

#[tauri::command]
pub(super) async fn add_connector(app: State<'_, App>, name: String, text: String) -> Told<ConnectorView> {
    app.told(app.desk.add_connector(name, text).await)
}

#[tauri::command]
pub(super) async fn start_sample(app: State<'_, App>) -> Told<Vec<JobId>> {
    app.told(app.desk.start_sample().await)
}

#[tauri::command]
pub(super) async fn stop_sample(app: State<'_, App>) -> Told<()> {
    app.told(app.desk.stop_sample().await)
}
