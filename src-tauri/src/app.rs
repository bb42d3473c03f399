//! What all rooms of the shell share.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use landfall_desk::Desk;
use landfall_engine::clock::Clock;
use landfall_engine::home::Home;
use landfall_engine::tasks::{Task, Tasks};
use landfall_wire::{Ask, ErrorCode, Failure, Language, Settings};
use tokio::sync::{mpsc, watch};

use crate::asks::Asks;
use crate::feeds::Feeds;
use crate::folders::Folders;
use crate::log::Loudness;
use crate::session::notify::Letter;
use crate::session::words::Words;
use crate::session::{Calls, autostart, language};

/// The desk puts its work down in less; what takes longer is found again by its journal.
const LAST_WORD: Duration = Duration::from_secs(2);

/// The running app.
#[derive(Debug)]
pub struct App {
    /// Everything that is not a window.
    pub desk: Arc<Desk>,
    /// The list on its way to the pages.
    pub feeds: Feeds,
    /// What the main page is asked.
    pub asks: Asks,
    /// The folders and files that the page may name.
    pub folders: Folders,
    /// Where everything lies.
    pub home: Home,
    /// The home that was named at the start, if one was.
    pub named_home: Option<PathBuf>,
    /// This program as it was started: where it lies now is not told any more once another version has taken its place.
    pub program: Option<PathBuf>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What a person wants from outside of the windows.
    pub calls: Calls,
    /// What the app itself tells by notification.
    pub letters: mpsc::Sender<Letter>,
    /// The words of the language that is set.
    pub words: watch::Sender<&'static Words>,
    /// Whether there is a tray; none = not known yet.
    pub has_tray: watch::Sender<Option<bool>>,
    /// When the person was last asked where closing leads, by the monotonic clock, until there is an answer.
    pub asked_about_closing: Mutex<Option<Duration>>,
    /// Whether the main window was minimised when it was last looked at, or made.
    pub main_was_minimised: AtomicBool,
    /// Why the window was minimised instead of closed is said once.
    pub told_of_minimising: Once,
    /// More or less in the log.
    pub loudness: Loudness,
    /// The rooms of the session; they end with the app.
    pub session: Tasks,
    /// Short works that nobody waits for.
    pub errands: Errands,
}

/// Short works that nobody waits for, started from anywhere, ended with the app.
#[derive(Debug)]
pub struct Errands {
    runtime: tokio::runtime::Handle,
    tasks: Tasks,
    running: Mutex<Vec<Task<()>>>,
}

impl Errands {
    /// None yet.
    pub fn new(runtime: tokio::runtime::Handle) -> Self {
        Self { runtime, tasks: Tasks::new(), running: Mutex::new(Vec::new()) }
    }

    /// Starts one.
    pub fn send(&self, work: impl Future<Output = ()> + Send + 'static) {
        let _inside = self.runtime.enter();
        let task = self.tasks.start(|_| work);
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|task| !task.is_finished());
        running.push(task);
    }
}

impl App {
    /// Makes true outside of the desk what is set: language, log, start with the session.
    pub fn apply(&self, settings: &Settings) {
        let tag = match settings.language {
            Language::System => language::of_the_system(),
            Language::En => "en".to_owned(),
            Language::De => "de".to_owned(),
            Language::Zh => "zh".to_owned(),
        };
        self.words.send_replace(Words::of(&tag));
        self.loudness.set(settings.verbose_log);
        // Refused where it is set; here it may only follow a program or a home that has moved.
        if let Err(failure) = self.set_autostart(settings.autostart) {
            tracing::warn!("{}", failure.message);
        }
    }

    fn set_autostart(&self, wanted: bool) -> Result<(), Failure> {
        let Some((folder, program)) = autostart::folder().zip(self.program.as_ref()) else { return Ok(()) };
        autostart::set(&folder, wanted, program, self.named_home.as_deref()).map(drop).map_err(|error| {
            let why = landfall_engine::words::of_io(&error);
            Failure::new(ErrorCode::DiskError, format!("The start with the session could not be set: {why}"))
                .with_remediation(format!("Make the folder {} one that you can write to", folder.display()))
        })
    }

    /// Saves settings and makes them true.
    pub async fn save_settings(&self, settings: Settings) -> Result<Settings, Failure> {
        self.folders.check_settings(&settings)?;
        if settings.autostart != self.desk.settings().await?.autostart {
            self.set_autostart(settings.autostart)?;
        }
        let settings = self.desk.save_settings(settings).await?;
        self.apply(&settings);
        Ok(settings)
    }

    /// Asks the main page. What went wrong is told in the person's language.
    pub fn ask(&self, ask: Ask) {
        self.asks.ask(match ask {
            Ask::BadLink { failure } => Ask::BadLink { failure: self.desk.tell(failure) },
            Ask::Refused { failure } => Ask::Refused { failure: self.desk.tell(failure) },
            ask => ask,
        });
    }

    /// Puts everything down. Takes two seconds at most.
    pub async fn put_down(&self) {
        let all = async {
            tokio::join!(self.desk.stop(), self.session.shut_down(self.clock.as_ref(), LAST_WORD));
        };
        tokio::select! {
            () = all => {}
            () = self.clock.sleep(LAST_WORD) => tracing::warn!("not everything was put down in time"),
        }
    }
}
