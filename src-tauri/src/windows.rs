//! The two windows: made on demand, and told apart from the app, which goes on without them.

mod closing;
mod making;

use std::sync::atomic::Ordering;
use std::time::Duration;

use tauri::{AppHandle, DragDropEvent, Manager as _, WebviewWindow, Window, WindowEvent};

pub(crate) use closing::{answer_close, quit, stay};
use making::{compact, main};

use crate::app::App;
use crate::dropped;

/// The main window's label.
pub(crate) const MAIN: &str = "main";
/// The compact window's.
pub(crate) const COMPACT: &str = "compact";

/// GTK tells nothing when a window is minimised, so it is looked at so often while there is one.
const GLANCE: Duration = Duration::from_secs(1);

/// Brings the main window up, and makes it where there is none.
pub(crate) fn show_main(handle: &AppHandle) {
    if handle.get_webview_window(MAIN).is_none() {
        handle.state::<App>().main_was_minimised.store(false, Ordering::Relaxed);
    }
    bring_up(handle, MAIN, main);
}

/// Brings the compact window up, and makes it where there is none.
pub(crate) fn show_compact(handle: &AppHandle) {
    bring_up(handle, COMPACT, compact);
}

/// Puts the main window into the task bar: where the app starts hidden, or was closed to a tray, and there is none.
pub(crate) fn show_minimised(handle: &AppHandle) {
    handle.state::<App>().main_was_minimised.store(true, Ordering::Relaxed);
    let shown = match handle.get_webview_window(MAIN) {
        Some(window) => window.show().and_then(|()| window.minimize()),
        None => main(handle).and_then(|window| window.minimize()),
    };
    if let Err(error) = shown {
        tracing::error!("the window could not be put into the task bar: {error}");
    }
}

/// Whether a person sees the main window, or finds it in the task bar.
pub(crate) fn is_main_there(handle: &AppHandle) -> bool {
    handle.get_webview_window(MAIN).is_some_and(|window| window.is_visible().unwrap_or(true))
}

fn bring_up(handle: &AppHandle, label: &str, make: fn(&AppHandle) -> tauri::Result<WebviewWindow>) {
    let up = match handle.get_webview_window(label) {
        Some(window) => window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus()),
        None => make(handle).map(drop),
    };
    match up {
        Ok(()) => handle.state::<App>().feeds.set_seen(label, true),
        Err(error) => tracing::error!("the window `{label}` could not be shown: {error}"),
    }
}

/// Hears what happens to a window. Runs on the main thread and waits for nothing.
pub(crate) fn hear(window: &Window, event: &WindowEvent) {
    let handle = window.app_handle();
    let Some(app) = handle.try_state::<App>() else { return };
    match event {
        WindowEvent::CloseRequested { api, .. } if window.label() == MAIN => {
            api.prevent_close();
            app.errands.send(closing::close(handle.clone()));
        }
        WindowEvent::Destroyed => {
            app.feeds.end(window.label());
            if window.label() == MAIN {
                app.asks.detach();
            }
        }
        WindowEvent::Focused(true) => app.feeds.set_seen(window.label(), true),
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) if window.label() == MAIN => {
            let (handle, paths) = (handle.clone(), paths.clone());
            app.errands.send(async move {
                let asks = tokio::task::spawn_blocking(move || dropped::asks(&paths)).await;
                asks.unwrap_or_default().into_iter().for_each(|ask| handle.state::<App>().ask(ask));
            });
        }
        _ => {}
    }
}

/// Looks after whether somebody sees the windows, as long as the app runs.
pub(crate) async fn look_after(handle: AppHandle) {
    let app = handle.state::<App>();
    loop {
        app.clock.sleep(GLANCE).await;
        for label in [MAIN, COMPACT] {
            let Some(window) = handle.get_webview_window(label) else { continue };
            let minimised = window.is_minimized().unwrap_or(false);
            app.feeds.set_seen(label, !minimised && window.is_visible().unwrap_or(true));
            if label != MAIN {
                continue;
            }
            let was_minimised = app.main_was_minimised.swap(minimised, Ordering::Relaxed);
            if minimised && !was_minimised && minimising_opens_compact(&app).await {
                show_compact(&handle);
            }
        }
    }
}

async fn minimising_opens_compact(app: &App) -> bool {
    app.desk.settings().await.is_ok_and(|settings| settings.minimise_to_compact)
}
