//! Starting and stopping, and what all rooms share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::tz::TimeZone;
use landfall_engine::clock::{Clock, SystemClock};
use landfall_engine::connector::Connector;
use landfall_engine::engine::Engine;
use landfall_engine::entropy::{Entropy, SystemEntropy};
use landfall_engine::home::Home;
use landfall_engine::tasks::{Task, Tasks};
use landfall_wire::{ConnectionState, Desk as Around, ErrorCode, Failure, JobId, Language, Notice, Settings, Theme};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::delta::UnderWay;
use crate::flow::Flow;
use crate::history::History;
use crate::language::Tongue;
use crate::links::{LastLink, Links};
use crate::notices::{AppNews, Book};
use crate::rows::Label;
use crate::sample::Sample;
use crate::shelf::Shelf;
use crate::tray::TrayView;

/// Notices that may wait for who shows them.
const NOTICES: usize = 64;

/// The desk's own tasks get that long to put down what they hold; jobs have a limit of their own.
const OURS: Duration = Duration::from_millis(1_500);

/// How the desk is to be.
#[derive(Debug, Clone)]
pub struct DeskOptions {
    /// Where everything lies.
    pub home: Home,
    /// The program's version, as it is shown.
    pub version: String,
    /// Where exports land unless settings or the connection say otherwise: the person's folder for downloads.
    pub downloads: PathBuf,
    /// The system's language as a tag such as `de-DE`.
    pub language: String,
    /// Where the clock on the wall is.
    pub zone: TimeZone,
    /// How long the sample service's work takes: 1 is about three seconds a job.
    pub sample_pace: f64,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl DeskOptions {
    /// With the machine's own time, zone and randomness, in English.
    pub fn new(home: Home, version: impl Into<String>, downloads: impl Into<PathBuf>) -> Self {
        Self {
            home,
            version: version.into(),
            downloads: downloads.into(),
            language: "en".into(),
            zone: TimeZone::system(),
            sample_pace: 1.0,
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy),
        }
    }
}

/// The app over one engine.
#[derive(Debug)]
pub struct Desk {
    pub(crate) options: DeskOptions,
    pub(crate) shelf: Shelf,
    pub(crate) board: Mutex<Board>,
    pub(crate) labels: Mutex<BTreeMap<JobId, Label>>,
    pub(crate) flow: Mutex<Flow>,
    pub(crate) book: Mutex<Book>,
    pub(crate) history: Mutex<History>,
    pub(crate) links: Mutex<Links>,
    pub(crate) last_link: tokio::sync::Mutex<LastLink>,
    pub(crate) watching: Mutex<Vec<Weak<UnderWay>>>,
    pub(crate) settings: Mutex<Settings>,
    /// Connectors that were read, by id.
    pub(crate) connectors: Mutex<BTreeMap<String, Arc<Connector>>>,
    /// The names of the connections.
    pub(crate) names: Mutex<Vec<String>>,
    /// What was last heard of each connection.
    pub(crate) heard: Mutex<BTreeMap<String, ConnectionState>>,
    /// What `pause_all` has paused.
    pub(crate) paused: Mutex<BTreeSet<JobId>>,
    /// Whoever pauses or resumes all of them: one at a time, or some would stay as the other left them.
    pub(crate) pausing: tokio::sync::Mutex<()>,
    /// Whoever reads, changes and writes a file of the shelf.
    pub(crate) writing: tokio::sync::Mutex<()>,
    /// One file is drawn at a time.
    pub(crate) drawing: Arc<tokio::sync::Mutex<()>>,
    /// The number of the preview that was wanted last; those before it are wanted no more.
    pub(crate) wanted_preview: watch::Sender<u64>,
    pub(crate) sample: tokio::sync::Mutex<Sample>,
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) settings_changed: watch::Sender<()>,
    pub(crate) tray: watch::Sender<TrayView>,
    pub(crate) told: broadcast::Sender<Notice>,
    pub(crate) tasks: Tasks,
    /// Tasks that end by the stop that all hear, or with the desk.
    held: Mutex<Vec<Task<()>>>,
    // Last: it is dropped after everything that looks at it, and gives the home back.
    pub(crate) engine: Engine,
}

impl Desk {
    /// Takes the home, starts the engine and goes on with what was interrupted.
    pub async fn start(options: DeskOptions) -> Result<Arc<Self>, Failure> {
        let (home, clock, entropy) = (options.home.clone(), options.clock.clone(), options.entropy.clone());
        let started = tokio::task::spawn_blocking(move || Engine::start(home, clock, entropy)).await;
        let (engine, rebuilt) = started.map_err(|_| interrupted())??;
        // What a person is told of a sign-in for this session: it is gone when the app ends.
        engine.vault().keep_sessions_here();
        let shelf = Shelf::of(&options.home);
        let (settings, settings_set_aside) = crate::settings::read(&options.home);
        let desk = Arc::new(Self {
            board: Mutex::new(Board::new(around(&options))),
            labels: Mutex::default(),
            flow: Mutex::default(),
            book: Mutex::new(Self::open_book(&shelf)),
            history: Mutex::new(History::open(&shelf)),
            links: Mutex::new(Links::open(&shelf)),
            last_link: tokio::sync::Mutex::default(),
            watching: Mutex::default(),
            settings: Mutex::new(settings),
            connectors: Mutex::default(),
            names: Mutex::default(),
            heard: Mutex::default(),
            writing: tokio::sync::Mutex::new(()),
            drawing: Arc::default(),
            wanted_preview: watch::channel(0).0,
            pausing: tokio::sync::Mutex::new(()),
            paused: Mutex::new(shelf.read_or_default(crate::orders::PAUSED)),
            sample: tokio::sync::Mutex::new(Sample::open(&shelf)),
            changed: watch::channel(0).0,
            settings_changed: watch::channel(()).0,
            tray: watch::channel(TrayView::default()).0,
            told: broadcast::channel(NOTICES).0,
            tasks: Tasks::new(),
            held: Mutex::default(),
            shelf,
            options,
            engine,
        });
        desk.set_out().await?;
        if rebuilt.is_some() {
            desk.tell_app(AppNews::Rebuilt).await;
        }
        if settings_set_aside {
            desk.tell_app(AppNews::SettingsSetAside).await;
        }
        Ok(desk)
    }

    /// Fills the list, then lets everything go on.
    async fn set_out(self: &Arc<Self>) -> Result<(), Failure> {
        let changes = self.engine.changes();
        if let Err(failure) = self.use_settings(&self.settings_now()) {
            self.tell_app(AppNews::NetworkUnusable(failure.message)).await;
        }
        self.names_changed()?;
        self.tell_of_unreadable().await?;
        self.fill_board().await?;
        let hearing = Arc::downgrade(self);
        let clock = self.options.clock.clone();
        let hearer = self.tasks.start(|stop| crate::hearing::hear(hearing, changes, clock.clone(), stop));
        let keeping = Arc::downgrade(self);
        let keeper = self.tasks.start(|stop| crate::settings::keep(keeping, clock, stop));
        let waking = Arc::downgrade(self);
        let waker = self.tasks.start(|stop| wake(waking, stop));
        lock(&self.held).extend([hearer, keeper, waker]);
        Ok(())
    }

    /// Goes on with what was interrupted, and says so once.
    async fn go_on(&self) -> Result<(), Failure> {
        let (able, stranded) = self.engine.interrupted().await?;
        for job in &able {
            // One that cannot go on must not keep the others; its row says why.
            if let Err(failure) = self.engine.go_on(job).await {
                tracing::warn!(job = %job.wish.id, %failure, "does not go on");
            }
        }
        if !able.is_empty() {
            self.tell_app(AppNews::WentOn(able.len())).await;
        }
        if !stranded.is_empty() {
            self.tell_app(AppNews::Stranded(stranded.len())).await;
        }
        Ok(())
    }

    /// Puts everything down within two seconds; nothing is lost. False when a job did not put down its work in time.
    pub async fn stop(&self) -> bool {
        let clock = self.options.clock.as_ref();
        let ours = self.tasks.shut_down(clock, OURS);
        let (stopped, (), _) = tokio::join!(self.engine.put_down(), self.rest_sample(), ours);
        // What happened within the last seconds is told by the window at the next start.
        self.put_notices_away().await;
        stopped
    }

    /// The machine woke up, or is on another network: everything that is followed is asked for at once.
    pub async fn look_again(&self) -> Result<(), Failure> {
        self.settings_changed.send_replace(());
        self.doubt_what_was_out_of_reach();
        self.engine.look_again().await
    }

    /// Where exports land unless the connection says otherwise.
    pub fn folder(&self) -> PathBuf {
        self.settings_now().folder.map_or_else(|| self.options.downloads.clone(), PathBuf::from)
    }

    /// Whether there is a tray to close to, once that is known.
    pub fn has_tray(&self, there: bool) {
        lock(&self.board).change_around(|around| around.has_tray = there);
        self.board_changed();
    }

    /// What the tray shows; changes at most once a second unless the state changes.
    pub fn tray(&self) -> watch::Receiver<TrayView> {
        self.tray.subscribe()
    }

    /// What is to be told by the system's notifications, as far as settings allow; already digested.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.told.subscribe()
    }

    /// The language of texts.
    pub(crate) fn tongue(&self) -> Tongue {
        Tongue::of(&lock(&self.settings), &self.options.language)
    }

    /// The connector of that id, read once.
    pub(crate) fn connector(&self, id: &str) -> Result<Arc<Connector>, Failure> {
        if let Some(connector) = lock(&self.connectors).get(id) {
            return Ok(connector.clone());
        }
        let connector = self.engine.library().connector(id)?;
        lock(&self.connectors).insert(id.to_owned(), connector.clone());
        Ok(connector)
    }

    /// Does what blocks (disks, keychains, packages) where nothing else waits for it.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        tokio::task::spawn_blocking(work).await.map_err(|_| interrupted())
    }
}

/// Brings the sample back and lets everything go on, beside whoever looks at the list already.
async fn wake(desk: Weak<Desk>, stop: CancellationToken) {
    let Some(desk) = desk.upgrade() else { return };
    let woken = async {
        desk.wake_sample().await;
        if let Err(failure) = desk.go_on().await {
            tracing::warn!(%failure, "what was interrupted does not go on");
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = woken => {}
    }
}

/// What stands around an empty list.
fn around(options: &DeskOptions) -> Around {
    Around {
        version: options.version.clone(),
        first_start: true,
        lost: false,
        theme: Theme::default(),
        language: Language::default(),
        all_paused: false,
        offline: false,
        sample_runs: false,
        has_tray: false,
        rate: 0,
        free_bytes: None,
        folder: String::new(),
        connections: BTreeMap::new(),
        notices: Vec::new(),
    }
}

fn interrupted() -> Failure {
    Failure::new(ErrorCode::HomeInUse, "Landfall is stopping").with_remediation("Start it again")
}

/// A lock that a panic elsewhere does not close.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
