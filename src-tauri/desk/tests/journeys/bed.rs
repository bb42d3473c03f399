//! A home, a sample service and a desk over them.

#![expect(clippy::unwrap_used, reason = "a test ends where its bed cannot be made")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use landfall_desk::{Desk, DeskOptions, Watch};
use landfall_engine::home::Home;
use landfall_service::{Options, Service};
use landfall_wire::{
    Change, ConnectionSettings, ConnectionView, Failure, JobId, JobRow, NewConnection, NewExport, Phase, SecretKeeping,
};

/// What opens the sealed secrets of these tests.
pub(crate) const PHRASE: &str = "open sesame";

/// The token that the service takes.
pub(crate) const TOKEN: &str = "the-token-of-anna";

pub(crate) struct Bed {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) service: Service,
    pub(crate) desk: Arc<Desk>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a service that is changed so before it starts.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("service"));
        options.users = vec![landfall_service::User::new("anna", TOKEN)];
        options.pace = 0.0;
        change(&mut options);
        let service = Service::start(options).await.unwrap();
        let desk = start(folder.path()).await;
        Self { folder, service, desk }
    }

    /// Ends the desk and starts another on the same home, as after a restart.
    pub(crate) async fn restart(self) -> Self {
        let Self { folder, service, desk } = self;
        end(desk).await;
        let desk = start(folder.path()).await;
        Self { folder, service, desk }
    }

    pub(crate) fn wanted(&self, name: &str, connector: &str) -> NewConnection {
        NewConnection {
            name: name.into(),
            connector: connector.into(),
            settings: ConnectionSettings {
                url: self.service.url(),
                folder: None,
                limit: None,
                certificate_authority: None,
            },
            secrets: BTreeMap::from([("token".into(), TOKEN.into())]),
            keeping: SecretKeeping::File,
            hosts: Vec::new(),
            untested: false,
        }
    }

    /// Adds a connection with a sign-in that is right.
    pub(crate) async fn connect(&self, name: &str, connector: &str) -> ConnectionView {
        self.desk.unlock_secrets(PHRASE.into()).await.unwrap();
        self.desk.add_connection(self.wanted(name, connector)).await.unwrap()
    }

    /// Asks for one report, and gives its row once it has landed.
    pub(crate) async fn landed_report(&self, format: &str) -> JobRow {
        let ids = self.desk.request(report(format)).await.unwrap();
        Page::open(&self.desk).until(&ids[0], |row| row.phase == Phase::Landed).await
    }
}

/// Puts a desk down; nobody looks at it any more.
pub(crate) async fn end(desk: Arc<Desk>) {
    assert!(desk.stop().await, "everything was put down in time");
    drop(Arc::into_inner(desk).expect("nobody else holds the desk"));
}

pub(crate) async fn start(folder: &Path) -> Arc<Desk> {
    let home = Home::at(folder.join("home")).unwrap();
    let options = DeskOptions { sample_pace: 0.0, ..DeskOptions::new(home, "1.0.0", folder.join("out")) };
    Desk::start(options).await.unwrap()
}

/// A report of a project, from the connection `reports`.
pub(crate) fn report(format: &str) -> NewExport {
    export("reports", &[("project_id", "nordkai-40"), ("format", format)])
}

pub(crate) fn export(connection: &str, given: &[(&str, &str)]) -> NewExport {
    NewExport::of(connection, given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

/// A page that knows nothing but what it is told.
pub(crate) struct Page {
    watch: Watch,
    desk: Arc<Desk>,
    pub(crate) rows: BTreeMap<JobId, JobRow>,
    pub(crate) around: Option<landfall_wire::Desk>,
}

impl Page {
    pub(crate) fn open(desk: &Arc<Desk>) -> Self {
        Self { watch: desk.watch(), desk: desk.clone(), rows: BTreeMap::new(), around: None }
    }

    /// Takes the next change in and acknowledges it; whether it was everything.
    pub(crate) async fn draw(&mut self) -> bool {
        let change = self.watch.next().await.expect("the desk is there");
        let (revision, is_whole) = match change {
            Change::Whole { revision, rows, desk } => {
                self.rows = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
                self.around = Some(desk);
                (revision, true)
            }
            Change::Delta { revision, rows, gone, desk } => {
                for id in gone {
                    self.rows.remove(&id);
                }
                self.rows.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
                self.around = desk.or(self.around.take());
                (revision, false)
            }
        };
        self.desk.acknowledge(revision);
        is_whole
    }

    /// Draws until a row looks so.
    pub(crate) async fn until(&mut self, id: &JobId, looks: impl Fn(&JobRow) -> bool) -> JobRow {
        loop {
            if let Some(row) = self.rows.get(id) {
                if looks(row) {
                    return row.clone();
                }
                assert!(!matches!(row.phase, Phase::Failed | Phase::Expired), "it goes on: {row:?}");
            }
            self.draw().await;
        }
    }

    /// Draws until what stands around the list looks so.
    pub(crate) async fn until_around(&mut self, looks: impl Fn(&landfall_wire::Desk) -> bool) {
        while !self.around.as_ref().is_some_and(&looks) {
            self.draw().await;
        }
    }
}

/// The code of a failure.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> &'static str {
    result.expect_err("it is refused").code.name()
}
