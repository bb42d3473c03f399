//! The windows, what the app asks, and the end.

use landfall_wire::Ask;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager as _, State, WebviewWindow};

use super::Told;
use crate::app::App;
use crate::windows;

/// Only the main page is asked; the compact one has no room for questions.
#[tauri::command]
pub(super) async fn asks(app: State<'_, App>, window: WebviewWindow, channel: Channel<Ask>) -> Told<()> {
    if window.label() == windows::MAIN {
        app.asks.attach(move |ask| channel.send(ask).is_ok());
    }
    Ok(())
}

#[tauri::command]
pub(super) async fn show_main(handle: AppHandle) -> Told<()> {
    windows::show_main(&handle);
    // Going back leaves the small window behind.
    let _ = handle.get_webview_window(windows::COMPACT).map(|window| window.close());
    Ok(())
}

#[tauri::command]
pub(super) async fn show_compact(handle: AppHandle) -> Told<()> {
    windows::show_compact(&handle);
    Ok(())
}

#[tauri::command]
pub(super) async fn answer_close(handle: AppHandle, to_tray: bool, remember: bool) -> Told<()> {
    let answered = windows::answer_close(&handle, to_tray, remember).await;
    handle.state::<App>().told(answered)
}

#[tauri::command]
pub(super) async fn stay(app: State<'_, App>) -> Told<()> {
    windows::stay(&app);
    Ok(())
}

#[tauri::command]
pub(super) async fn answer_link(app: State<'_, App>, number: u64, accepted: bool, always: bool) -> Told<()> {
    let asked_for = app.told(app.desk.answer_link(number, accepted, always).await)?;
    asked_for.into_iter().next().into_iter().for_each(|id| app.ask(Ask::ShowJob { id }));
    Ok(())
}

#[tauri::command]
pub(super) async fn quit(handle: AppHandle) -> Told<()> {
    windows::quit(&handle);
    Ok(())
}
