//! The one engine behind every face.

mod adopting;
mod looks;
mod openings;
mod orders;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::mpsc;
use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure, JobId, JobSnapshot, TimelineEntry};
use tokio::sync::watch;

use crate::changes::{Face, Pinboard};
use crate::clock::Clock;
use crate::commons::Commons;
use crate::connection::Connections;
use crate::connector::{Connector, Kept, Params};
use crate::entropy::Entropy;
use crate::home::{Home, HomeLock};
use crate::job::download::FreshLinks;
use crate::job::runner::{Letter, Runner};
use crate::job::work::Errand;
use crate::job::{Input, Job, Live, Priority, Rules, Wish, snapshot, step};
use crate::library::Library;
use crate::secrets::Vault;
use crate::site::Site;
use crate::store::Store;
use crate::tasks::{Task, Tasks};
use crate::transfer::Clash;
use crate::turns::Urgency;
use crate::{crash, words};

/// The engine of one home.
#[derive(Debug)]
pub struct Engine {
    pub(crate) home: Home,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) vault: Vault,
    pub(crate) commons: Arc<Commons>,
    pub(crate) board: Pinboard,
    pub(crate) store: Arc<Store>,
    pub(crate) tasks: Tasks,
    pub(crate) sites: Mutex<BTreeMap<String, Arc<Site>>>,
    pub(crate) running: Mutex<BTreeMap<JobId, Carried>>,
    pub(crate) _lock: HomeLock,
}

/// A job that is being carried.
#[derive(Debug)]
pub(crate) struct Carried {
    letters: mpsc::UnboundedSender<Letter>,
    face: watch::Receiver<JobSnapshot>,
    task: Task<()>,
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
    /// The name of the file, instead of the connector's or the server's; one that ends with `.*` gets their ending.
    pub name: Option<String>,
    /// The SHA-256 that is expected, in lower-case hex.
    pub sha256: Option<String>,
    /// Bytes per second at most, each.
    pub rate: Option<u64>,
    /// Whether what lands is unpacked.
    pub extract: bool,
    /// Whose turn comes first.
    pub priority: Priority,
    /// What is done when a name is in use that a file is to get; `None` = the file waits, whole, for a person's word.
    pub clash: Option<Clash>,
    /// They are not asked for before then; a time that has passed is now.
    pub not_before: Option<Timestamp>,
}

impl Request {
    /// A plain request: named by the server or the connector, as fast as it goes, in the order of asking.
    pub fn new(connection: impl Into<String>, params: Vec<Params>, folder: impl Into<PathBuf>) -> Self {
        Self {
            connection: connection.into(),
            params,
            folder: folder.into(),
            name: None,
            sha256: None,
            rate: None,
            extract: false,
            priority: Priority::NORMAL,
            clash: Some(Clash::Number),
            not_before: None,
        }
    }

    fn wish(&self, params: Params, connector: &Connector, entropy: &dyn Entropy, clock: &dyn Clock) -> Wish {
        Wish {
            id: entropy.job_id(),
            connection: self.connection.clone(),
            connector: connector.id().to_owned(),
            params,
            folder: self.folder.clone(),
            name: self.name.clone(),
            sha256: self.sha256.clone(),
            rate: self.rate,
            extract: self.extract,
            priority: self.priority,
            clash: self.clash,
            not_before: self.not_before.filter(|time| *time > clock.now()),
            correlation: entropy.correlation_id(),
            created_at: clock.now(),
        }
    }
}

impl Engine {
    /// The connections of this home.
    pub fn connections(&self) -> Connections {
        Connections::in_folder(self.home.connections())
    }

    /// The connectors that this home can use.
    pub fn library(&self) -> Library {
        Library::of(&self.home)
    }

    /// Writes the wishes; from here on they are not lost. Nothing is sent before they are carried.
    pub async fn request(&self, request: Request) -> Result<Vec<JobId>, Failure> {
        self.request_all(vec![request]).await
    }

    /// Writes the wishes of several requests: all of them or, with a failure, none.
    pub async fn request_all(&self, requests: Vec<Request>) -> Result<Vec<JobId>, Failure> {
        let mut jobs = Vec::new();
        for mut request in requests {
            let site = self.site(&request.connection)?;
            self.remember(&request.folder)?;
            for params in std::mem::take(&mut request.params) {
                let wish = request.wish(params, &site.connector, self.entropy.as_ref(), self.clock.as_ref());
                jobs.push(Job::new(wish));
            }
        }
        let ids = jobs.iter().map(|job| job.wish.id.clone()).collect();
        self.store.insert_all(jobs, TimelineEntry { at: self.clock.now(), text: "Asked for".into() }).await?;
        crash::reach("job.wished");
        Ok(ids)
    }

    /// Where files were asked to land is known before anything does, so that a lost store can be rebuilt from there.
    fn remember(&self, folder: &Path) -> Result<(), Failure> {
        self.home.remember_folder(folder).map_err(|error| {
            Failure::new(ErrorCode::DiskError, format!("The home folder cannot be written: {}", words::of_io(&error)))
        })
    }

    /// Carries a job on from where it is, and shows it from now on.
    pub async fn carry(&self, id: &JobId) -> Result<watch::Receiver<JobSnapshot>, Failure> {
        match self.carried(id) {
            Some(face) => Ok(face),
            None => self.set_going(self.store.job(id).await?.ok_or_else(|| unknown(id))?),
        }
    }

    /// The same for many, which are looked up together.
    pub async fn carry_all(&self, ids: &[JobId]) -> Result<Vec<watch::Receiver<JobSnapshot>>, Failure> {
        let jobs = self.store.jobs_of(ids.to_vec()).await?;
        let with_jobs = ids.iter().zip(jobs);
        with_jobs
            .map(|(id, job)| match self.carried(id) {
                Some(face) => Ok(face),
                None => self.set_going(job.ok_or_else(|| unknown(id))?),
            })
            .collect()
    }

    /// The face of a job that is being carried already.
    fn carried(&self, id: &JobId) -> Option<watch::Receiver<JobSnapshot>> {
        self.running().get(id).map(|carried| carried.face.clone())
    }

    fn set_going(&self, job: Job) -> Result<watch::Receiver<JobSnapshot>, Failure> {
        let id = job.wish.id.clone();
        let site = self.site(&job.wish.connection)?;
        let rules = rules(&site, &job.wish);
        let (letters, inbox) = mpsc::unbounded();
        // What stopped it before is over until it happens again: whoever looks first sees it under way.
        let mut revived = job.clone();
        let _ = step(&mut revived, Input::Revived, &rules, self.clock.now());
        let (face, shown) = Face::new(snapshot(&revived, &Live::default()), self.board.clone());
        let urgency = Urgency::from(job.wish.priority);
        let errand = Errand {
            site,
            commons: self.commons.clone(),
            urgency,
            home: self.home.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            job: Arc::new(job),
            links: FreshLinks::default(),
        };
        let runner = Box::new(Runner::new(errand, rules, inbox, face));
        let task = self.tasks.start(|stop| runner.run(stop));
        self.running().insert(id, Carried { letters, face: shown.clone(), task });
        Ok(shown)
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<JobId, Carried>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the machine needs to know of a connector.
fn rules(site: &Site, wish: &Wish) -> Rules {
    let connector = &site.connector;
    Rules {
        deadline: connector.deadline(),
        poll_limit: connector.poll_limit(),
        stall_after: connector.stall_after(),
        estimate: connector.estimate(),
        resolve_tries: connector.resolve_pace().1,
        cancels: connector.cancel_supported(),
        idempotent: connector.is_idempotent(),
        lists: connector.list_supported(),
        falls_back: connector.has_fallback(),
        deletes: connector.delete_supported(),
        acknowledges: adopting::in_scope(site, wish, &Kept::new(), |scope| {
            connector.acknowledge_request(scope).is_some()
        }),
    }
}

fn unknown(id: &JobId) -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, format!("There is no job {id}"))
        .with_remediation("`landfall jobs` lists them")
}
