//! What a page can ask of the app; `ui/src/shared/host.ts` is the same list on the other side.
//!
//! A command takes its arguments, calls, and returns. Which window may call which is said in `capabilities/`; names and files
//! are checked against each other by a test.

mod connections;
mod exports;
mod jobs;
mod settings;
mod windows;

use landfall_wire::Failure;
use serde::Serialize;
use tauri::Wry;
use tauri::ipc::Invoke;

use crate::app::App;

/// What a page gets: what it asked for, or what went wrong and what to do.
type Told<T> = Result<T, InWords>;

/// A failure in the person's language. A command has no other way to fail, and [`App::told`] is the only way to one.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct InWords(Failure);

impl App {
    /// What a command comes to, for the page.
    fn told<T>(&self, outcome: Result<T, Failure>) -> Told<T> {
        outcome.map_err(|failure| InWords(self.desk.tell(failure)))
    }
}

/// All commands.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        jobs::watch,
        jobs::acknowledge,
        jobs::detail,
        jobs::find,
        jobs::order,
        jobs::pause_all,
        jobs::resume_all,
        jobs::set_priority,
        jobs::open_file,
        jobs::reveal_file,
        jobs::verify,
        jobs::preview,
        jobs::components,
        jobs::compare,
        jobs::adopt,
        jobs::notices_seen,
        exports::form,
        exports::choices,
        exports::check_form,
        exports::request,
        exports::again,
        exports::check_table,
        exports::request_table,
        exports::choose_folder,
        exports::choose_certificate,
        exports::choose_text,
        exports::save_template,
        exports::remove_template,
        connections::connections,
        connections::connectors,
        connections::secrets,
        connections::unlock_secrets,
        connections::add_connection,
        connections::change_connection,
        connections::sign_in,
        connections::test_connection,
        connections::remove_connection,
        connections::allow_instant_links,
        connections::check_connector,
        connections::add_connector,
        connections::start_sample,
        connections::stop_sample,
        settings::settings,
        settings::save_settings,
        settings::open_logs,
        settings::open_folder,
        windows::asks,
        windows::show_main,
        windows::show_compact,
        windows::answer_close,
        windows::stay,
        windows::answer_link,
        windows::quit,
    ]
}
