//! Starts the app: one instance, its desk, the session's rooms, and then the window.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Once};

use landfall_desk::{Desk, DeskOptions};
use landfall_engine::clock::{Clock, SystemClock};
use landfall_engine::home::Home;
use landfall_engine::tasks::Tasks;
use landfall_wire::{Ask, Failure};
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, RunEvent, Wry};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogKind};
use tauri_plugin_window_state::StateFlags;
use tokio::sync::{mpsc, watch};

use crate::app::{App, Errands};
use crate::args::{Args, Arrival};
use crate::asks::Asks;
use crate::feeds::Feeds;
use crate::folders::Folders;
use crate::session::words::Words;
use crate::session::{Call, Calls, autostart, call, language};
use crate::{commands, log, rooms, windows};

/// Runs the app to its end; returns what the process ends with.
pub fn run(args: Args) -> ExitCode {
    if !has_display() {
        tell("There is no display to show a window on", "Start it from a desktop, or use the command line: landfall");
        return ExitCode::FAILURE;
    }
    // The session starts it elsewhere than a terminal did.
    let args = Args { home: args.home.map(|home| std::path::absolute(&home).unwrap_or(home)), ..args };
    let home = match args.home.clone().map_or_else(Home::of_this_user, Home::at) {
        Ok(home) => home,
        Err(failure) => {
            tell(&failure.message, &failure.remediation);
            return ExitCode::from(failure.code.exit_status());
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tell(
                &format!("The program cannot start: {}", landfall_engine::words::of_io(&error)),
                "Close other programs",
            );
            return ExitCode::FAILURE;
        }
    };
    tauri::async_runtime::set(runtime.handle().clone());
    let (calls, called) = mpsc::channel(64);
    let place = home.root().join("windows.json");
    let built = tauri::Builder::default()
        .plugin(one_instance(&args, &home, calls.clone()))
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_filename(place.to_string_lossy())
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(commands::handler())
        .on_window_event(windows::hear)
        .setup(move |app| {
            let handle = app.handle().clone();
            tauri::async_runtime::block_on(set_up(&handle, args, home, calls, called));
            Ok(())
        })
        .build(tauri::generate_context!());
    let status = match built {
        // The app goes on without a window; only a person, or a failure at the start, ends it, and they give a code.
        Ok(app) => app.run_return(|_, event| {
            if let RunEvent::ExitRequested { code: None, api, .. } = event {
                api.prevent_exit();
            }
        }),
        Err(error) => {
            tell(&format!("The window cannot be made: {error}"), "Use the command line: landfall");
            1
        }
    };
    // Whatever still blocks (a name look-up, a keychain) does not hold up the end.
    runtime.shutdown_background();
    u8::try_from(status).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Before there is a window, and where there will be none.
fn tell(message: &str, remediation: &str) {
    // Without a terminal there is nobody to read it.
    let _ = writeln!(std::io::stderr(), "landfall-desktop: {message}\n{remediation}");
}

/// Whoever starts the app again sees the one that runs; another home is another app.
fn one_instance(args: &Args, home: &Home, calls: Calls) -> TauriPlugin<Wry> {
    let mut name = "org.landfall.Landfall".to_owned();
    if args.home.is_some() {
        name.push_str(".Home");
        name.push_str(&autostart::short_name(home.root()));
    }
    tauri_plugin_single_instance::Builder::new()
        .callback(move |_, arguments, _| {
            let arrival = Arrival::of(&arguments);
            if arrival.show {
                call(&calls, Call::Show);
            }
            arrival.links.into_iter().for_each(|link| call(&calls, Call::Link(link)));
        })
        .dbus_id(name)
        .build()
}

async fn set_up(handle: &AppHandle, args: Args, home: Home, calls: Calls, called: mpsc::Receiver<Call>) {
    let tag = language::of_the_system();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut options = DeskOptions::new(home.clone(), env!("CARGO_PKG_VERSION"), downloads(&home));
    options.language.clone_from(&tag);
    options.clock = clock.clone();
    let desk = match Desk::start(options).await {
        Ok(desk) => desk,
        Err(failure) => {
            let told = landfall_desk::refusal(failure.clone(), &home, &tag);
            return refuse(handle, &failure, &told, args.hidden);
        }
    };
    // Only the owner of the home writes its log.
    let loudness = log::start(&home.root().join("logs"));
    let (letters, written) = mpsc::channel(8);
    let (words, _) = watch::channel(Words::of(&tag));
    let (has_tray, _) = watch::channel(None);
    let links = args.links();
    let app = App {
        desk,
        feeds: Feeds::default(),
        asks: Asks::default(),
        folders: Folders::default(),
        home,
        named_home: args.home.clone(),
        program: std::env::current_exe().ok(),
        clock,
        calls,
        letters,
        words,
        has_tray,
        asked_about_closing: Mutex::new(None),
        main_was_minimised: AtomicBool::new(false),
        told_of_minimising: Once::new(),
        loudness,
        session: Tasks::new(),
        errands: Errands::new(tokio::runtime::Handle::current()),
    };
    handle.manage(app);
    let app = handle.state::<App>();
    match app.desk.settings().await {
        Ok(settings) => app.apply(&settings),
        Err(failure) => tracing::warn!("the settings cannot be read: {}", failure.message),
    }
    handle.manage(rooms::open(handle, &app, called, written));
    if args.hidden {
        let handle = handle.clone();
        app.errands.send(async move { rooms::start_hidden(&handle).await });
    } else {
        windows::show_main(handle);
    }
    if args.sample {
        let handle = handle.clone();
        app.errands.send(async move {
            let app = handle.state::<App>();
            if let Err(failure) = app.desk.start_sample().await {
                app.ask(Ask::Refused { failure });
            }
        });
    }
    for link in links {
        call(&app.calls, Call::Link(link));
    }
}

/// The person's folder for downloads; where the session names none, the one of that name, which a download makes.
fn downloads(home: &Home) -> PathBuf {
    let folder = directories::UserDirs::new()
        .map(|dirs| dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_path_buf));
    folder.unwrap_or_else(|| home.root().to_path_buf())
}

/// Says why there is no app, and ends it: in a terminal as it is, and as the person reads it in a dialog. Nobody is there to
/// click where the session started it.
fn refuse(handle: &AppHandle, failure: &Failure, told: &Failure, hidden: bool) {
    tell(&failure.message, &failure.remediation);
    let status = i32::from(failure.code.exit_status());
    if hidden {
        return handle.exit(status);
    }
    let leaving = handle.clone();
    handle
        .dialog()
        .message(format!("{}\n\n{}", told.message, told.remediation))
        .title("Landfall")
        .kind(MessageDialogKind::Error)
        .show(move |_| leaving.exit(status));
}
