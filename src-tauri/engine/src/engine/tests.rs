//! The engine in process, against a server whose every answer the test writes.

mod clashes;
mod desk;
mod following_streams;
mod landings;
mod pages;
mod parts;
mod requests;
mod sharing;
mod single;
mod stage;
mod taking_over;
mod together;

use std::sync::Arc;

use jiff::Timestamp;
use landfall_wire::{JobId, JobSnapshot, Phase};
use tokio::sync::watch;
use url::Url;

use super::{Engine, Request};
use crate::clock::{Clock, ManualClock};
use crate::connection::Connection;
use crate::connector::{Connector, Params};
use crate::entropy::SeededEntropy;
use crate::home::Home;
use crate::secrets::{Credentials, Keeping, Secret, Vault};
use crate::site::Site;
use desk::{Call, Desk, Reply};

/// What every connector of these tests has in common.
const HEAD: &str = r#"
format = 1
id = "trial"
name = "Trial"
kind = "package"

[connection]
auth = ["bearer"]

[states]
waiting = ["pending"]
preparing = ["running"]
ready = ["completed"]
failed = ["failed"]
cancelled = ["cancelled"]

[resolve]
get = "/results/{{ job.id }}"
url = "body.url"
size = "body.size"

[download]
name = "export_{{ job.id }}.zip"

[follow.poll]
get = "/jobs/{{ job.id }}"
every = "1s"
state = "body.state"
reason = "body.error"
"#;

/// Submits without an idempotency key.
const PLAIN_SUBMIT: &str = r#"
[submit]
post = "/jobs"
id = "body.id"
"#;

/// A home with an engine whose clock stands still, and its server.
struct Bed {
    folder: tempfile::TempDir,
    desk: Desk,
    clock: ManualClock,
    connector: Arc<Connector>,
}

impl Bed {
    /// A server that answers so, driven by a connector with these tables.
    fn new(tables: &[&str], answer: impl FnMut(&Call) -> Reply + Send + 'static) -> Self {
        Self::of(&[&[HEAD], tables].concat().join("\n"), answer)
    }

    /// The same with a connector that has nothing in common with others.
    fn of(source: &str, answer: impl FnMut(&Call) -> Reply + Send + 'static) -> Self {
        let connector = Connector::parse("trial.toml", source).unwrap_or_else(|problems| panic!("{problems}"));
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("out")).unwrap();
        let bed = Self {
            desk: Desk::open(answer),
            clock: ManualClock::at(Timestamp::from_second(1_800_000_000).unwrap()),
            connector: Arc::new(connector),
            folder,
        };
        bed.sign_in("good");
        bed
    }

    fn home(&self) -> Home {
        Home::at(self.folder.path().join("home")).unwrap()
    }

    fn sign_in(&self, token: &str) {
        let credentials = Credentials::token(Secret::new(token));
        Vault::of(&self.home()).put(Keeping::File, "demo", &credentials).unwrap();
    }

    /// Starts an engine on the home, as after a restart.
    fn engine(&self) -> Engine {
        self.engine_by(Arc::new(self.clock.clone()))
    }

    /// The same by another clock: the machine's, where short waits are made for cuts.
    fn engine_by(&self, clock: Arc<dyn Clock>) -> Engine {
        // Another seed for each start would be another machine's: ids must not repeat within a home.
        let entropy = Arc::new(SeededEntropy::new(self.desk.calls().len() as u64));
        engine_at(self.home(), &self.desk.url("/"), self.connector.clone(), clock, entropy)
    }

    /// The names of all files in the folder, the hidden ones too, sorted.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join("out")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join("out").join(name)).unwrap()
    }

    fn request(&self) -> Request {
        Request::new("demo", vec![Params::default()], self.folder.path().join("out"))
    }

    /// Asks for one export and carries it.
    async fn asked(&self, engine: &Engine, request: Request) -> (JobId, Face) {
        let id = engine.request(request).await.unwrap().remove(0);
        let face = Face(engine.carry(&id).await.unwrap());
        (id, face)
    }

    fn timeline(&self, id: &JobId) -> String {
        let reader = crate::store::Reader::open(&self.home().store()).unwrap();
        let lines: Vec<String> = reader.timeline(id).unwrap().into_iter().map(|entry| entry.text).collect();
        lines.join("\n")
    }
}

/// An engine on that home whose only connection is driven by that connector.
fn engine_at(
    home: Home,
    url: &str,
    connector: Arc<Connector>,
    clock: Arc<dyn Clock>,
    entropy: Arc<SeededEntropy>,
) -> Engine {
    let (engine, _) = Engine::start(home, clock.clone(), entropy).unwrap();
    let connection = Connection {
        name: "demo".into(),
        connector: "trial".into(),
        url: Url::parse(url).unwrap(),
        folder: None,
        limit: None,
        hosts: Vec::new(),
        certificate_authority: None,
        secrets: Keeping::File,
    };
    let site = Site::open(connection, connector, engine.vault.clone(), clock, &engine.commons).unwrap();
    engine.sites.lock().unwrap().insert("demo".into(), Arc::new(site));
    engine
}

/// What is seen of one job.
struct Face(watch::Receiver<JobSnapshot>);

impl Face {
    async fn until(&mut self, holds: impl FnMut(&JobSnapshot) -> bool) -> JobSnapshot {
        self.0.wait_for(holds).await.expect("the engine runs").clone()
    }

    async fn in_phase(&mut self, phase: Phase) -> JobSnapshot {
        self.until(|shot| {
            assert!(!shot.phase.is_end() || shot.phase == phase, "{phase:?} is awaited: {shot:?}");
            shot.phase == phase
        })
        .await
    }
}
