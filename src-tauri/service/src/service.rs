//! Starting, looking into and stopping a service.

mod parts;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::api::streams::Streams;
use crate::api::{self, Api};
use crate::auth::{Clients, Doorkeeper, User, Users};
use crate::clock::Clock;
use crate::cluster::Role;
use crate::connections::{Counted, CuttableListener};
use crate::faults::Faults;
use crate::ffmpeg::Ffmpeg;
use crate::objects::serve::{self, Storage};
use crate::objects::sign::Signer;
use crate::objects::{Delivery, ObjectStore};
use crate::options::{Options, StartError};
use crate::queue::workers::Worker;
use crate::queue::{DeadLetter, Job, Line, QueueError, Status};
use crate::seen::{Counters, Seen};
use crate::supervisor::Supervisor;
use crate::tally::Tally;
use crate::watch::{self, Watch};
pub(crate) use parts::embedded_queue;

/// A running service. Dropping it ends it at once, as a kill would; [`Service::stop`] is the polite way.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    storage_address: Option<SocketAddr>,
    users: Vec<User>,
    status: Arc<dyn Status>,
    faults: Faults,
    clock: Clock,
    seen: Arc<Counters>,
    tally: Arc<Tally>,
    supervisor: Supervisor,
    /// So long it still answers when it is told to stop.
    drain: Duration,
    /// So long an ended job is remembered, where that has an end.
    keep: Option<Duration>,
    /// Held as long as we work in the folder.
    _lock: Option<File>,
}

impl Service {
    /// Starts a service with the system's time.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        Self::start_at(options, Clock::system()).await
    }

    /// Starts a service with a clock that the caller can move.
    pub async fn start_at(options: Options, clock: Clock) -> Result<Self, StartError> {
        options.check()?;
        let (supervisor, tally) = (Supervisor::default(), Arc::default());
        let role = options.cluster.as_ref().map_or(Role::All, |cluster| cluster.role);
        let parts = match &options.cluster {
            None => parts::embedded(&options, &clock, &supervisor).await?,
            Some(cluster) => parts::shared(&options, cluster, &clock, &supervisor, &tally).await?,
        };
        let listener = parts::listen(options.host, options.port).await?;
        let address = parts::local_address(&listener)?;
        let storage_address = match &parts.storage {
            Some((storage, _)) => Some(parts::local_address(storage)?),
            None => None,
        };
        let doorkeeper = Doorkeeper::new(
            Users::new(&parts.users)?,
            Clients::new(&parts.users, &options.clients)?,
            &parts.signing_key,
            options.token_ttl,
        );
        let service = Self {
            address,
            storage_address,
            users: parts.users,
            status: parts.status,
            faults: options.faults,
            clock,
            seen: Arc::new(Counters::default()),
            tally,
            supervisor,
            drain: options.cluster.as_ref().filter(|_| role.answers()).map_or(Duration::ZERO, |cluster| cluster.drain),
            keep: options.cluster.as_ref().map(|cluster| cluster.keep),
            _lock: parts.lock,
        };
        let delivery = Delivery {
            objects: parts.objects.clone(),
            faults: service.faults.clone(),
            supervisor: service.supervisor.clone(),
        };
        let streams = Streams::new(options.look, service.clock.clone(), service.supervisor.clone());
        let origin = options.public_url.unwrap_or_else(|| service.url());
        service.serve_api(listener, role.answers().then_some((doorkeeper, origin, streams)), &delivery);
        if let Some((listener, signer)) = parts.storage {
            service.serve_storage(listener, signer, delivery);
        }
        if let Some(line) = parts.line {
            let ffmpeg = Ffmpeg::new(options.ffmpeg, &options.data, service.clock.clone());
            service.work(&line, (options.workers, options.pace), &parts.objects, &ffmpeg);
        }
        Ok(service)
    }

    /// The API, where this process answers, and what those ask who watch it.
    fn serve_api(&self, listener: TcpListener, api: Option<(Doorkeeper, String, Streams)>, delivery: &Delivery) {
        let mut router = watch::router(Arc::new(Watch {
            status: self.status.clone(),
            objects: delivery.objects.clone(),
            tally: self.tally.clone(),
            supervisor: self.supervisor.clone(),
        }));
        if let Some((doorkeeper, origin, streams)) = api {
            router = router.merge(api::router(Arc::new(Api {
                origin,
                status: self.status.clone(),
                doorkeeper,
                delivery: delivery.clone(),
                clock: self.clock.clone(),
                faults: self.faults.clone(),
                seen: self.seen.clone(),
                supervisor: self.supervisor.clone(),
                streams,
                tally: self.tally.clone(),
                keep: self.keep,
            })));
        }
        let listener = CuttableListener {
            listener,
            cut: self.supervisor.cutting().clone(),
            by_age: None,
            count: Counted(self.seen.clone(), |seen| &seen.api_connections),
        };
        self.answer(listener, router);
    }

    fn serve_storage(&self, listener: TcpListener, signer: Arc<Signer>, delivery: Delivery) {
        let router = serve::router(Arc::new(Storage {
            status: self.status.clone(),
            delivery,
            signer,
            clock: self.clock.clone(),
            seen: self.seen.clone(),
        }));
        let listener = CuttableListener {
            listener,
            cut: self.supervisor.cutting().clone(),
            by_age: Some((self.clock.clone(), self.faults.clone())),
            count: Counted(self.seen.clone(), |seen| &seen.storage_connections),
        };
        self.answer(listener, router);
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

    fn work(&self, line: &Arc<dyn Line>, (workers, pace): (usize, f64), objects: &ObjectStore, ffmpeg: &Ffmpeg) {
        for _ in 0..workers {
            let worker = Worker {
                line: line.clone(),
                objects: objects.clone(),
                clock: self.clock.clone(),
                faults: self.faults.clone(),
                supervisor: self.supervisor.clone(),
                pace,
                ffmpeg: ffmpeg.clone(),
                tally: self.tally.clone(),
            };
            self.supervisor.spawn(worker.run());
        }
    }

    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the storage listens: another origin than the API's. On several machines that is the bucket's, and no port of this
    /// process: then it is the unspecified address.
    pub fn storage_address(&self) -> SocketAddr {
        self.storage_address.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into())
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
        self.status.all().await
    }

    /// The jobs that failed for good, newest first.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, QueueError> {
        self.status.dead_letters(None).await
    }

    /// Puts a dead job back, with all its attempts before it; whether there was such a one.
    pub async fn retry_dead_letter(&self, job_id: &str) -> Result<bool, QueueError> {
        Ok(self.status.retry_dead(None, job_id).await?.is_some())
    }

    /// Stops: attempts are given back, then there are no new connections, and running answers get a moment. Jobs go on at the next
    /// start. On several machines it answers for a while before, and says that it stops.
    pub async fn stop(self) {
        self.supervisor.leave();
        self.clock.sleep(self.drain).await;
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
