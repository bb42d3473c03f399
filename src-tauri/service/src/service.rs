//! Starting, looking into and stopping a service.

use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;

use crate::api::streams::Streams;
use crate::api::{self, Api};
use crate::auth::{Clients, Doorkeeper, User, Users};
use crate::clock::Clock;
use crate::connections::{Counted, CuttableListener};
use crate::database::{Database, DatabaseError};
use crate::faults::Faults;
use crate::ffmpeg::Ffmpeg;
use crate::ids;
use crate::objects::serve::{self, Storage};
use crate::objects::sign::Signer;
use crate::objects::{Delivery, ObjectStore};
use crate::options::{Options, StartError};
use crate::queue::workers::Worker;
use crate::queue::{DeadLetter, Job, Queue, QueueError};
use crate::seen::{Counters, Seen};
use crate::settings;
use crate::supervisor::Supervisor;

/// A running service. Dropping it ends it at once, as a kill would; [`Service::stop`] is the polite way.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    storage_address: SocketAddr,
    users: Vec<User>,
    queue: Queue,
    faults: Faults,
    clock: Clock,
    seen: Arc<Counters>,
    supervisor: Supervisor,
    /// Held as long as we work in the folder.
    _lock: File,
}

impl Service {
    /// Starts a service with the system's time.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        Self::start_at(options, Clock::system()).await
    }

    /// Starts a service with a clock that the caller can move.
    pub async fn start_at(options: Options, clock: Clock) -> Result<Self, StartError> {
        options.check()?;
        let supervisor = Supervisor::default();
        let lock = claim_folder(&options.data)?;
        let objects =
            ObjectStore::open(&options.data, options.faults.clone(), clock.clone()).map_err(StartError::Data)?;
        let database = Database::open(&options.data.join("service.sqlite3"), supervisor.clone())?;
        let (signing_key, last_port, users) = remembered(&database, options.users).await?;
        let queue = Queue::new(database.clone(), clock.clone(), options.backoff);
        queue.revive().await.map_err(StartError::Database)?;

        let listener = listen(options.port).await?;
        let storage_listener = match (options.storage_port, last_port) {
            (0, Some(last)) => match listen(last).await {
                Ok(listener) => listener,
                Err(_) => listen(0).await?,
            },
            (port, _) => listen(port).await?,
        };
        let address = local_address(&listener)?;
        let storage_address = local_address(&storage_listener)?;
        let port = storage_address.port().to_be_bytes();
        database.ask(move |connection| settings::set(connection, settings::STORAGE_PORT, &port)).await?;

        let signer = Arc::new(Signer::new(&signing_key, format!("http://{storage_address}"), options.link_ttl));
        let doorkeeper = Doorkeeper::new(
            Users::new(&users)?,
            Clients::new(&users, &options.clients)?,
            &signing_key,
            options.token_ttl,
        );
        let seen = Arc::new(Counters::default());
        let service = Self {
            address,
            storage_address,
            users,
            queue,
            faults: options.faults,
            clock,
            seen,
            supervisor,
            _lock: lock,
        };
        let streams = Streams::new(options.look, service.clock.clone(), service.supervisor.clone());
        let ffmpeg = Ffmpeg::new(options.ffmpeg, &options.data, service.clock.clone());
        service.serve(listener, storage_listener, &signer, &objects, doorkeeper, (database, streams));
        service.work(options.workers, options.pace, &objects, &ffmpeg);
        Ok(service)
    }

    fn serve(
        &self,
        listener: TcpListener,
        storage_listener: TcpListener,
        signer: &Arc<Signer>,
        objects: &ObjectStore,
        doorkeeper: Doorkeeper,
        (database, streams): (Database, Streams),
    ) {
        let delivery =
            Delivery { objects: objects.clone(), faults: self.faults.clone(), supervisor: self.supervisor.clone() };
        let api = api::router(Arc::new(Api {
            origin: self.url(),
            queue: self.queue.clone(),
            doorkeeper,
            delivery: delivery.clone(),
            signer: signer.clone(),
            clock: self.clock.clone(),
            faults: self.faults.clone(),
            seen: self.seen.clone(),
            supervisor: self.supervisor.clone(),
            database,
            streams,
        }));
        let storage = serve::router(Arc::new(Storage {
            queue: self.queue.clone(),
            delivery,
            signer: signer.clone(),
            clock: self.clock.clone(),
            seen: self.seen.clone(),
        }));
        let cut = self.supervisor.cutting();
        self.answer(
            CuttableListener {
                listener,
                cut: cut.clone(),
                by_age: None,
                count: Counted(self.seen.clone(), |seen| &seen.api_connections),
            },
            api,
        );
        self.answer(
            CuttableListener {
                listener: storage_listener,
                cut: cut.clone(),
                by_age: Some((self.clock.clone(), self.faults.clone())),
                count: Counted(self.seen.clone(), |seen| &seen.storage_connections),
            },
            storage,
        );
    }

    /// Answers until the service stops, and then until the open connections are done or cut.
    fn answer(&self, listener: CuttableListener, router: Router) {
        let stopping = self.supervisor.stopping().clone().cancelled_owned();
        self.supervisor.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopping).await {
                tracing::error!(%error, "a listener ended");
            }
        });
    }

    fn work(&self, workers: usize, pace: f64, objects: &ObjectStore, ffmpeg: &Ffmpeg) {
        for _ in 0..workers {
            let worker = Worker {
                queue: self.queue.clone(),
                objects: objects.clone(),
                clock: self.clock.clone(),
                faults: self.faults.clone(),
                supervisor: self.supervisor.clone(),
                pace,
                ffmpeg: ffmpeg.clone(),
            };
            self.supervisor.spawn(worker.run());
        }
    }

    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the storage listens: another origin than the API's.
    pub fn storage_address(&self) -> SocketAddr {
        self.storage_address
    }

    /// The base URL of the API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Who may ask.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// The faults, to be switched while it runs.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The time, to be moved while it runs.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What reached it so far.
    pub fn seen(&self) -> Seen {
        self.seen.read()
    }

    /// Every job of everybody, oldest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, QueueError> {
        self.queue.all().await
    }

    /// The jobs that failed for good, newest first.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, QueueError> {
        self.queue.dead_letters(None).await
    }

    /// Puts a dead job back, with all its attempts before it; whether there was such a one.
    pub async fn retry_dead_letter(&self, job_id: &str) -> Result<bool, QueueError> {
        Ok(self.queue.retry_dead(None, job_id).await?.is_some())
    }

    /// Stops: no new connections, running answers get a moment, attempts are given back. Jobs go on at the next start.
    pub async fn stop(self) {
        self.supervisor.stop().await;
    }

    /// Cuts every connection at once and then stops, as a crash looks to clients.
    pub async fn cut(self) {
        self.supervisor.abandon();
        self.supervisor.stop().await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.supervisor.abandon();
    }
}

/// Makes the folder and locks it against a second service.
fn claim_folder(data: &Path) -> Result<File, StartError> {
    fs::create_dir_all(data).map_err(StartError::Data)?;
    keep_private(data).map_err(StartError::Data)?;
    let lock = File::options().create(true).truncate(false).write(true).open(data.join("lock"));
    let lock = lock.map_err(StartError::Data)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse),
        Err(TryLockError::Error(error)) => Err(StartError::Data(error)),
    }
}

/// The folder holds a token and a key: it is for its owner only.
#[cfg(unix)]
fn keep_private(data: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(data, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn keep_private(_data: &Path) -> io::Result<()> {
    Ok(())
}

/// What the data folder knows from earlier starts: the signing key, the storage's port, and the service's own user.
async fn remembered(database: &Database, users: Vec<User>) -> Result<(Vec<u8>, Option<u16>, Vec<User>), DatabaseError> {
    database
        .ask(|connection| {
            let key = settings::get_or_set(connection, settings::SIGNING_KEY, &ids::secret::<32>())?;
            let port = settings::get(connection, settings::STORAGE_PORT)?;
            let port = port.and_then(|bytes| bytes.try_into().ok()).map(u16::from_be_bytes);
            if !users.is_empty() {
                return Ok((key, port, users));
            }
            let fresh = ids::hex(&ids::secret::<24>());
            let token = settings::get_or_set(connection, settings::OWN_TOKEN, fresh.as_bytes())?;
            Ok((key, port, vec![User::new("operator", String::from_utf8_lossy(&token))]))
        })
        .await
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.map_err(|source| StartError::Port { port, source })
}

fn local_address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Port { port: 0, source })
}
