//! Closing the main window, and the end of the program.

use std::sync::PoisonError;
use std::time::Duration;

use landfall_wire::{Ask, Failure};
use tauri::{AppHandle, Manager as _};

use super::{COMPACT, MAIN, show_main};
use crate::app::App;
use crate::session::notify::Letter;

/// Who comes back within this finds the window as it was; afterwards its webview is given up, which frees most of the memory.
const LINGERING: Duration = Duration::from_secs(10);

/// Who closes again so soon after the question has no page that asks it, or no patience for it.
const INSISTING: Duration = Duration::from_secs(5);

/// What closing the main window comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// Nobody said yet: the person is asked.
    Ask,
    /// The window goes, the app stays.
    ToTray,
    /// There is no tray to come back from.
    Minimise,
    /// The end, after a word about what still goes on.
    End,
}

impl Closing {
    /// By what was set, by whether there is a tray, and by whether the question stands already: a page that does not ask must
    /// not keep the window open.
    fn of(to_tray: Option<bool>, has_tray: bool, asked: bool) -> Self {
        match (to_tray, has_tray) {
            (Some(false), _) => Self::End,
            (_, false) => Self::Minimise,
            (None, true) if !asked => Self::Ask,
            (_, true) => Self::ToTray,
        }
    }
}

/// Somebody closes the main window.
pub(super) async fn close(handle: AppHandle) {
    let app = handle.state::<App>();
    let set = app.desk.settings().await.ok().and_then(|settings| settings.close_to_tray);
    let asked = was_asked(&app);
    let closing = Closing::of(set, app.has_tray.borrow().unwrap_or(false), asked);
    match closing {
        Closing::Ask => ask(&app, Ask::CloseOrTray),
        Closing::ToTray => to_tray(&handle).await,
        Closing::Minimise => minimise(&handle, &app),
        Closing::End => end(&handle, &app, asked),
    }
}

/// The person stays: who closes again is asked again.
pub(crate) fn stay(app: &App) {
    *app.asked_about_closing.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// The person has answered where closing leads.
pub(crate) async fn answer_close(handle: &AppHandle, to_the_tray: bool, remember: bool) -> Result<(), Failure> {
    let app = handle.state::<App>();
    stay(&app);
    if remember {
        let settings = app.desk.settings().await?;
        app.desk.save_settings(landfall_wire::Settings { close_to_tray: Some(to_the_tray), ..settings }).await?;
    }
    if to_the_tray {
        let handle = handle.clone();
        app.errands.send(async move { to_tray(&handle).await });
    } else {
        end(handle, &app, false);
    }
    Ok(())
}

async fn to_tray(handle: &AppHandle) {
    let Some(window) = handle.get_webview_window(MAIN) else { return };
    let app = handle.state::<App>();
    if let Err(error) = window.hide() {
        return tracing::warn!("the window could not be hidden: {error}");
    }
    app.feeds.set_seen(MAIN, false);
    app.clock.sleep(LINGERING).await;
    // It may be back, or gone and made anew and hidden again: then this one's handle is of a window that is no more.
    if !window.is_visible().unwrap_or(true)
        && let Err(error) = window.destroy()
    {
        tracing::warn!("the hidden window could not be given up: {error}");
    }
}

/// Says once a session why the window did not close.
fn minimise(handle: &AppHandle, app: &App) {
    if let Some(window) = handle.get_webview_window(MAIN)
        && let Err(error) = window.minimize()
    {
        tracing::warn!("the window could not be minimised: {error}");
    }
    app.told_of_minimising.call_once(|| {
        let [title, text] = app.words.borrow().minimised;
        // Full: then there is more to read than this.
        let _ = app.letters.try_send(Letter::of_app(title, text));
    });
}

/// The end, unless jobs go on: then the person is asked first, once.
fn end(handle: &AppHandle, app: &App, asked: bool) {
    let active = app.desk.tray().borrow().active;
    if active == 0 || asked {
        return quit(handle);
    }
    ask(app, Ask::ConfirmQuit { active });
    show_main(handle);
}

fn ask(app: &App, question: Ask) {
    *app.asked_about_closing.lock().unwrap_or_else(PoisonError::into_inner) = Some(app.clock.monotonic());
    app.ask(question);
}

/// Whether the question was put just now. Forgets it: who closes once more is asked once more.
fn was_asked(app: &App) -> bool {
    let asked = app.asked_about_closing.lock().unwrap_or_else(PoisonError::into_inner).take();
    asked.is_some_and(|asked| app.clock.monotonic().saturating_sub(asked) < INSISTING)
}

/// The end, within two seconds.
pub(crate) fn quit(handle: &AppHandle) {
    let leaving = handle.clone();
    handle.state::<App>().errands.send(async move {
        for label in [MAIN, COMPACT] {
            // A window that stays a moment longer holds nothing up.
            let _ = leaving.get_webview_window(label).map(|window| window.hide());
        }
        leaving.state::<App>().put_down().await;
        leaving.exit(0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_is_asked_about_once_and_never_leads_where_nobody_comes_back_from() {
        for (set, has_tray, asked, expected) in [
            (None, true, false, Closing::Ask),
            (None, true, true, Closing::ToTray),
            (Some(true), true, false, Closing::ToTray),
            (Some(false), true, false, Closing::End),
            (None, false, false, Closing::Minimise),
            (Some(true), false, false, Closing::Minimise),
            (Some(false), false, true, Closing::End),
        ] {
            assert_eq!(Closing::of(set, has_tray, asked), expected, "set to {set:?}, tray {has_tray}, asked {asked}");
        }
    }
}
