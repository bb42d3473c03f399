//! What a service stands on, whichever backend makes it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::auth::User;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::database::{Database, DatabaseError};
use crate::ids;
use crate::objects::disk::Disk;
use crate::objects::s3::S3;
use crate::objects::sign::Signer;
use crate::objects::{ObjectStore, Scratches, Store as _};
use crate::options::{Options, StartError};
use crate::queue::local::Queue;
use crate::queue::redis::{Redis, RedisLine, RedisOptions};
use crate::queue::{Line, Status};
use crate::settings;
use crate::supervisor::Supervisor;
use crate::tally::Tally;

/// The backend of a service, and what it remembers.
pub(super) struct Parts {
    pub(super) status: Arc<dyn Status>,
    /// For a process that works.
    pub(super) line: Option<Arc<dyn Line>>,
    pub(super) objects: ObjectStore,
    pub(super) signing_key: Vec<u8>,
    pub(super) users: Vec<User>,
    /// The storage's own origin, where the service has one.
    pub(super) storage: Option<(TcpListener, Arc<Signer>)>,
    /// Held as long as the service works in its folder.
    pub(super) lock: Option<File>,
}

/// SQLite and the disk, in a folder of its own.
pub(super) async fn embedded(options: &Options, clock: &Clock, supervisor: &Supervisor) -> Result<Parts, StartError> {
    let lock = claim_folder(&options.data)?;
    let database = Database::open(&options.data.join("service.sqlite3"), supervisor.clone())?;
    let (signing_key, last_port, users) = remembered(&database, options.users.clone()).await?;
    let queue = Arc::new(Queue::new(database.clone(), clock.clone(), options.backoff, options.most_open));
    queue.revive().await.map_err(StartError::Database)?;
    let listener = match (options.storage_port, last_port) {
        (0, Some(last)) => match listen(Ipv4Addr::LOCALHOST.into(), last).await {
            Ok(listener) => listener,
            Err(_) => listen(Ipv4Addr::LOCALHOST.into(), 0).await?,
        },
        (port, _) => listen(Ipv4Addr::LOCALHOST.into(), port).await?,
    };
    let address = local_address(&listener)?;
    let port = address.port().to_be_bytes();
    database.ask(move |connection| settings::set(connection, settings::STORAGE_PORT, &port)).await?;
    let signer = Arc::new(Signer::new(&signing_key, format!("http://{address}"), options.link_ttl));
    let disk = Disk::open(&options.data, signer.clone()).map_err(StartError::Data)?;
    let scratches = Scratches::within(disk.incoming());
    Ok(Parts {
        status: queue.clone(),
        line: Some(queue),
        objects: ObjectStore::new(Arc::new(disk), scratches, options.faults.clone(), clock.clone()),
        signing_key,
        users,
        storage: Some((listener, signer)),
        lock: Some(lock),
    })
}

/// Redis and a bucket, which any number of processes share. Both must be there.
pub(super) async fn shared(
    options: &Options,
    cluster: &Cluster,
    clock: &Clock,
    supervisor: &Supervisor,
    tally: &Arc<Tally>,
) -> Result<Parts, StartError> {
    let redis_options = RedisOptions {
        address: cluster.redis.clone(),
        backoff: options.backoff,
        most_open: options.most_open,
        keep: cluster.keep,
    };
    let redis = Redis::connect(redis_options, clock.clone()).await.map_err(StartError::Redis)?;
    redis.tell_keep().await.map_err(StartError::Redis)?;
    let store = S3::new(&cluster.bucket, options.link_ttl, redis.clone()).map_err(StartError::Bucket)?;
    let store = Arc::new(store);
    store.ready().await.map_err(|error| StartError::Bucket(io::Error::other(at_bottom(&error))))?;
    let signing_key = redis.setting(settings::SIGNING_KEY, &ids::secret::<32>()).await.map_err(StartError::Redis)?;
    let mut users = options.users.clone();
    if users.is_empty() {
        let fresh = ids::hex(&ids::secret::<24>());
        let token = redis.setting(settings::OWN_TOKEN, fresh.as_bytes()).await.map_err(StartError::Redis)?;
        users.push(User::new("operator", String::from_utf8_lossy(&token)));
    }
    supervisor.spawn(redis.clone().tidy(supervisor.stopping().clone()));
    let line: Option<Arc<dyn Line>> = if cluster.role.works() {
        let line = RedisLine::open(redis.clone(), supervisor.clone(), cluster.lease, tally.clone());
        let line = line.await.map_err(StartError::Redis)?;
        supervisor.spawn(line.clone().look_after(supervisor.stopping().clone()));
        supervisor.spawn(store.clone().throw_away_abandoned(clock.clone(), supervisor.stopping().clone()));
        Some(line)
    } else {
        None
    };
    let scratches = Scratches::of_process(&options.data).map_err(StartError::Data)?;
    Ok(Parts {
        status: redis,
        line,
        objects: ObjectStore::new(store, scratches, options.faults.clone(), clock.clone()),
        signing_key,
        users,
        storage: None,
        lock: None,
    })
}

/// What lies at the bottom of an error: the layers above it repeat the request.
fn at_bottom(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// The queue of a folder, for whoever only asks it; with the lock of the folder.
pub(crate) fn embedded_queue(data: &Path, backoff: Duration) -> Result<(Arc<Queue>, File), StartError> {
    let lock = claim_folder(data)?;
    let database = Database::open(&data.join("service.sqlite3"), Supervisor::default())?;
    Ok((Arc::new(Queue::new(database, Clock::system(), backoff, 0)), lock))
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

pub(super) async fn listen(host: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((host, port)).await.map_err(|source| StartError::Port { port, source })
}

pub(super) fn local_address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Port { port: 0, source })
}
