//! The one engine behind every face.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use landfall_wire::{ErrorCode, Failure, JobId, JobSnapshot, TimelineEntry};
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::connection::{Connection, Connections};
use crate::connector::{Connector, Params};
use crate::entropy::Entropy;
use crate::home::{Home, HomeLock};
use crate::job::runner::{Letter, Runner};
use crate::job::work::{Errand, FreshLinks};
use crate::job::{Input, Job, Live, Order, Rules, Wish, snapshot, step};
use crate::secrets::Vault;
use crate::site::Site;
use crate::store::Store;
use crate::tasks::{Task, Tasks};
use crate::{crash, library, words};

/// Orders that may wait for one job.
const LETTERS: usize = 8;

/// The engine of one home.
#[derive(Debug)]
pub struct Engine {
    pub(crate) home: Home,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) vault: Vault,
    pub(crate) store: Arc<Store>,
    pub(crate) tasks: Tasks,
    pub(crate) sites: Mutex<BTreeMap<String, Arc<Site>>>,
    pub(crate) running: Mutex<BTreeMap<JobId, Carried>>,
    pub(crate) _lock: HomeLock,
}

/// A job that is being carried.
#[derive(Debug)]
pub(crate) struct Carried {
    letters: mpsc::Sender<Letter>,
    face: watch::Receiver<JobSnapshot>,
    _task: Task<()>,
}

/// What is asked for: one export for each of the parameters.
#[derive(Debug, Clone)]
pub struct Request {
    /// By which connection.
    pub connection: String,
    /// The parameters of each, checked by the connector.
    pub params: Vec<Params>,
    /// Where the files go; must exist.
    pub folder: PathBuf,
    /// The name of the file, instead of the connector's or the server's.
    pub name: Option<String>,
    /// The SHA-256 that is expected, in lower-case hex.
    pub sha256: Option<String>,
    /// Bytes per second at most, each.
    pub rate: Option<u64>,
}

impl Engine {
    /// The connections of this home.
    pub fn connections(&self) -> Connections {
        Connections::in_folder(self.home.connections())
    }

    /// Writes the wishes; from here on they are not lost. Nothing is sent before they are carried.
    pub async fn request(&self, request: Request) -> Result<Vec<JobId>, Failure> {
        let site = self.site(&request.connection)?;
        self.home.remember_folder(&request.folder).map_err(|error| {
            Failure::new(ErrorCode::DiskError, format!("The home folder cannot be written: {}", words::of_io(&error)))
        })?;
        let mut ids = Vec::with_capacity(request.params.len());
        for params in request.params {
            let wish = Wish {
                id: self.entropy.job_id(),
                connection: request.connection.clone(),
                connector: site.connector.id().to_owned(),
                params,
                folder: request.folder.clone(),
                name: request.name.clone(),
                sha256: request.sha256.clone(),
                rate: request.rate,
                correlation: self.entropy.correlation_id(),
                created_at: self.clock.now(),
            };
            let job = Job::new(wish);
            let note = TimelineEntry { at: self.clock.now(), text: "Asked for".into() };
            self.store.insert(&job, vec![note]).await?;
            crash::reach("job.wished");
            ids.push(job.wish.id);
        }
        Ok(ids)
    }

    /// All jobs, newest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, Failure> {
        Ok(self.store.jobs().await?)
    }

    /// Carries a job on from where it is, and shows it from now on.
    pub async fn carry(&self, id: &JobId) -> Result<watch::Receiver<JobSnapshot>, Failure> {
        if let Some(carried) = self.running().get(id) {
            return Ok(carried.face.clone());
        }
        let job = self.store.job(id).await?.ok_or_else(|| unknown(id))?;
        let site = self.site(&job.wish.connection)?;
        let rules = rules(&site.connector);
        let (letters, inbox) = mpsc::channel(LETTERS);
        // What stopped it before is over until it happens again: whoever looks first sees it under way.
        let mut revived = job.clone();
        let _ = step(&mut revived, Input::Revived, &rules, self.clock.now());
        let (face, shown) = watch::channel(snapshot(&revived, &Live::default()));
        let errand = Errand {
            site,
            home: self.home.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            job,
            links: FreshLinks::default(),
        };
        let runner = Runner::new(errand, self.store.clone(), rules, inbox, face);
        let task = self.tasks.start(|stop| runner.run(stop));
        self.running().insert(id.clone(), Carried { letters, face: shown.clone(), _task: task });
        Ok(shown)
    }

    /// Gives a person's order to a job; a job that is not carried yet is from now on.
    pub async fn order(&self, id: &JobId, order: Order) -> Result<(), Failure> {
        self.carry(id).await?;
        let letters = self.running().get(id).map(|carried| carried.letters.clone()).ok_or_else(|| unknown(id))?;
        let (answer, answered) = oneshot::channel();
        let gone = || Failure::new(ErrorCode::HomeInUse, "The engine is stopping").with_remediation("Start it again");
        letters.send((order, answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?.map_err(|refusal| {
            Failure::new(ErrorCode::JobCreationFailed, format!("Job {id} stays as it is: {}", refusal.why))
                .with_remediation(format!("See where it stands: landfall show {id}"))
        })
    }

    /// Asks a connection whether it works, as its connector says; `None` when the connector has no such question.
    pub async fn test(&self, connection: &str) -> Result<Option<()>, Failure> {
        let site = self.site(connection)?;
        let Some(request) = site.connector.test_request(connection, &site.connection.url) else {
            return Ok(None);
        };
        let answer = site.ask(request?).await.map_err(|setback| setback.failure)?;
        site.connector.read_test(&answer).map(Some)
    }

    /// Opens a connection for that many submissions and downloads at once, whatever its file says. For a connection that
    /// carries jobs already it comes too late.
    pub fn open(&self, connection: &str, at_once: u32) -> Result<(), Failure> {
        self.site_of(connection, Some(at_once)).map(drop)
    }

    /// One open connection for all its jobs.
    fn site(&self, name: &str) -> Result<Arc<Site>, Failure> {
        self.site_of(name, None)
    }

    fn site_of(&self, name: &str, at_once: Option<u32>) -> Result<Arc<Site>, Failure> {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(site) = sites.get(name) {
            return Ok(site.clone());
        }
        let mut connection: Connection = self.connections().get(name)?;
        connection.limit = at_once.or(connection.limit);
        let connector = library::connector(&connection.connector)?;
        let site = Arc::new(Site::open(connection, connector, self.vault.clone(), self.clock.clone())?);
        sites.insert(name.to_owned(), site.clone());
        Ok(site)
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<JobId, Carried>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the machine needs to know of a connector.
fn rules(connector: &Connector) -> Rules {
    Rules {
        deadline: connector.deadline(),
        stall_after: connector.stall_after(),
        resolve_tries: connector.resolve_pace().1,
        cancels: connector.cancel_supported(),
        idempotent: connector.is_idempotent(),
    }
}

fn unknown(id: &JobId) -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, format!("There is no job {id}"))
        .with_remediation("`landfall jobs` lists them")
}
