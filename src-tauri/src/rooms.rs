//! What goes on around the windows as long as the app runs, a task each.

use std::sync::Arc;
use std::time::Duration;

use landfall_desk::Desk;
use landfall_engine::tasks::Task;
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::session::notify::{self, Letter};
use crate::session::tray::{self, Face, StatusItem};
use crate::session::{Call, call, launcher, network, power};
use crate::{calls, windows};

/// A tray that comes up together with the session is there by then.
const TRAY_COMES: Duration = Duration::from_secs(5);

/// The tasks around the windows; they end when this is dropped.
#[derive(Debug)]
pub(crate) struct Rooms {
    _tasks: Vec<Task<()>>,
}

/// Opens them all. Must be called within the runtime.
pub(crate) fn open(
    handle: &AppHandle,
    app: &App,
    called: mpsc::Receiver<Call>,
    written: mpsc::Receiver<Letter>,
) -> Rooms {
    let session = &app.session;
    // Sleep and network say the same: look again. One look that waits is enough for both.
    let (look, looks) = mpsc::channel(1);
    let (woken, clock) = (look.clone(), app.clock.clone());
    let tasks = vec![
        session.start(|stop| until(stop, calls::answer_all(handle.clone(), called))),
        session.start(|stop| until(stop, windows::look_after(handle.clone()))),
        session.start(|stop| keep_tray(handle.clone(), stop)),
        session.start(|stop| watch_tray(handle.clone(), stop)),
        session.start(|stop| until(stop, miss_tray(handle.clone()))),
        session.start(|stop| {
            let (notices, words, calls) = (app.desk.notices(), app.words.subscribe(), app.calls.clone());
            notify::tell(notices, written, words, calls, app.clock.clone(), stop)
        }),
        session.start(|stop| power::attend(app.desk.tray(), app.words.subscribe(), woken, stop)),
        session.start(|stop| async move { network::attend(clock.as_ref(), look, stop).await }),
        session.start(|stop| until(stop, look_again(app.desk.clone(), looks))),
        session.start(|stop| launcher::show(app.desk.tray(), stop)),
        session.start(|stop| until(stop, hear_signals(handle.clone()))),
    ];
    Rooms { _tasks: tasks }
}

/// Where there is no tray, what starts hidden is found in the task bar.
pub(crate) async fn start_hidden(handle: &AppHandle) {
    let app = handle.state::<App>();
    let mut has_tray = app.has_tray.subscribe();
    let there = tokio::select! {
        there = has_tray.wait_for(|there| *there == Some(true)) => there.is_ok(),
        () = app.clock.sleep(TRAY_COMES) => false,
    };
    if !there {
        windows::show_minimised(handle);
    }
}

async fn until(stop: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

async fn keep_tray(handle: AppHandle, stop: CancellationToken) {
    let app = handle.state::<App>();
    let views = app.desk.tray();
    let face = Face::of(&views.borrow(), *app.words.borrow());
    match StatusItem::offer(face, app.calls.clone()).await {
        Ok(item) => tray::keep(item, views, app.words.subscribe(), app.clock.as_ref(), stop).await,
        Err(error) => tracing::debug!("the icon cannot be offered to a tray: {error}"),
    }
}

async fn watch_tray(handle: AppHandle, stop: CancellationToken) {
    let app = handle.state::<App>();
    let tell = |there| {
        app.has_tray.send_replace(Some(there));
        app.desk.has_tray(there);
    };
    tray::watch_host(tell, stop).await;
}

/// What was closed to a tray that has gone is found in the task bar; a panel that only starts anew is back by then.
async fn miss_tray(handle: AppHandle) {
    let app = handle.state::<App>();
    let mut has_tray = app.has_tray.subscribe();
    while has_tray.wait_for(|there| *there == Some(true)).await.is_ok()
        && has_tray.wait_for(|there| *there == Some(false)).await.is_ok()
    {
        app.clock.sleep(TRAY_COMES).await;
        if *has_tray.borrow() == Some(false) && !windows::is_main_there(&handle) {
            windows::show_minimised(&handle);
        }
    }
}

async fn look_again(desk: Arc<Desk>, mut looks: mpsc::Receiver<()>) {
    while looks.recv().await.is_some() {
        if let Err(failure) = desk.look_again().await {
            tracing::info!("nothing was asked for after a wake or on another network: {}", failure.message);
        }
    }
}

/// The session's end and Ctrl-C are a person's wish to quit.
async fn hear_signals(handle: AppHandle) {
    let calls = &handle.state::<App>().calls;
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
    call(calls, Call::Quit);
}
