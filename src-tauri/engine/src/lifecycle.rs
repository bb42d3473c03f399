//! Starting and stopping: the home taken, the store opened or rebuilt, everything put down again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use landfall_wire::Failure;

use crate::changes::Pinboard;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::entropy::Entropy;
use crate::home::Home;
use crate::job::{Download, Job, Stage, State};
use crate::receipt::Receipt;
use crate::secrets::Vault;
use crate::store::{Finds, Reader, Rebuilt, Store};
use crate::tasks::Tasks;
use crate::transfer;

/// A stop waits that long for jobs to put down what they hold.
const STOP_LIMIT: Duration = Duration::from_secs(2);

impl Engine {
    /// Takes the home and opens its store. What was done about a damaged store is to be told to the person.
    pub fn start(
        home: Home,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, Option<Rebuilt>), Failure> {
        let lock = home.lock()?;
        let (store, rebuilt) =
            Store::open_or_rebuild(&home.store(), || Finds { jobs: finds(&home), now: clock.now() })?;
        tidy(&home);
        let engine = Self {
            vault: Vault::of(&home),
            commons: Arc::default(),
            board: Pinboard::default(),
            store: Arc::new(store),
            tasks: Tasks::new(),
            sites: Mutex::new(BTreeMap::new()),
            running: Mutex::new(BTreeMap::new()),
            clock,
            entropy,
            home,
            _lock: lock,
        };
        Ok((engine, rebuilt))
    }

    /// Stops all jobs where they are; nothing is lost. False when one did not put down its work in time.
    pub async fn stop(self) -> bool {
        self.put_down().await
    }

    /// The same for an engine that others look at still: nothing is carried any more. The home stays taken until it is
    /// dropped.
    pub async fn put_down(&self) -> bool {
        self.tasks.shut_down(self.clock.as_ref(), STOP_LIMIT).await
    }
}

/// Removes the journals of landings that are recorded: a crash right after the record leaves them behind.
fn tidy(home: &Home) {
    let left = home.known_folders().into_iter().flat_map(|folder| {
        let published = transfer::journals(&folder).into_iter().filter(|journal| journal.landing.is_some());
        published.map(move |journal| (folder.clone(), journal.ticket)).collect::<Vec<_>>()
    });
    let left: Vec<_> = left.collect();
    if left.is_empty() {
        return;
    }
    let Ok(jobs) = Reader::open(&home.store()).and_then(|reader| reader.jobs()) else { return };
    let landed =
        |ticket: &str| jobs.iter().any(|job| is_recorded(&job.state) && transfer::belongs(ticket, &job.ticket()));
    for (folder, ticket) in left.iter().filter(|(_, ticket)| landed(ticket)) {
        if let Err(error) = transfer::acknowledge(ticket, folder) {
            tracing::warn!(%error, ticket, "the journal of a landing stays");
        }
    }
}

fn is_recorded(state: &State) -> bool {
    matches!(state, State::Landed { .. }) || matches!(state.stage(), Some(Stage::Finish(_)))
}

/// Jobs that journals and receipts know.
fn finds(home: &Home) -> Vec<Job> {
    let journals = home.known_folders().into_iter().flat_map(|folder| transfer::journals(&folder));
    let on_the_way = journals.filter_map(|journal| {
        let mut job: Job = serde_json::from_value(journal.origin).ok()?;
        let remote = job.state.remote()?.clone();
        job.state = State::Active(Stage::Download(Download { remote }));
        Some(job)
    });
    let landed = Receipt::all(home).into_iter().map(Receipt::into_job);
    // A receipt is the last word: its job comes last and so wins.
    on_the_way.chain(landed).collect()
}
