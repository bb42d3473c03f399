//! The sample service, to try everything without a server: started in the app, with a connection for each of its systems.

use landfall_engine::connection::Connection;
use landfall_engine::secrets::{Credentials, Keeping, Secret};
use landfall_engine::words;
use landfall_service::{Options, Service, StartError};
use landfall_wire::{ConnectionState, ErrorCode, Failure, JobId, NewExport};
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, lock};
use crate::notices::AppNews;
use crate::shelf::Shelf;

/// The file of how the sample was left.
const FILE: &str = "sample";

/// A system of the service: the connection's name, its connector, and one export that a person would ask for.
type Example = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// One of each. Names of connections have no spaces.
const EXAMPLES: [Example; 5] = [
    (
        "Harbour-cameras",
        "exports-v2",
        &[("camera", "gate-north"), ("start", "2025-06-02T07:30:00Z"), ("end", "2025-06-02T07:30:05Z")],
    ),
    ("Take-off-reports", "report-exports", &[("project_id", "riverside-clinic"), ("format", "pdf")]),
    ("Matter-packages", "package-exports", &[("type", "worktype"), ("systemName", "matter"), ("environment", "uat")]),
    ("Render-farm", "media-jobs", &[("title", "Site tour"), ("durationSeconds", "3"), ("resolution", "640x360")]),
    ("Downloads", "download-jobs", &[("fileIds", "1,2,3")]),
];

/// What is done about a connection of the sample that is not there: nobody has asked for it yet, or it was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Add,
    Leave,
}

/// How the sample was left.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Left {
    /// It ran, and is to run again at the next start.
    runs: bool,
    /// On that port.
    port: u16,
    /// The connections that are its own, by connector.
    connections: std::collections::BTreeMap<String, String>,
    /// The connectors of which the one export of the first start was asked for.
    asked: std::collections::BTreeSet<String>,
}

/// The sample service, while it runs.
#[derive(Debug)]
pub(crate) struct Sample {
    service: Option<Service>,
    left: Left,
}

impl Sample {
    /// As it was left; it does not run yet.
    pub(crate) fn open(shelf: &Shelf) -> Self {
        Self { service: None, left: shelf.read_or_default(FILE) }
    }
}

impl Desk {
    /// Starts the sample service, adds the connections of its that are not there, and asks for one export of each of those, and
    /// of those that were added before when none could be asked for.
    pub async fn start_sample(&self) -> Result<Vec<JobId>, Failure> {
        let added = self.run_sample(Missing::Add).await?;
        let left = self.sample.lock().await.left.clone();
        let mut ids = Vec::new();
        for (_, connector, params) in EXAMPLES {
            if left.asked.contains(connector) && !added.contains(&connector) {
                continue;
            }
            let Some(name) = left.connections.get(connector) else { continue };
            let given = params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            ids.extend(self.request(NewExport::of(name, given)).await?);
            let left = {
                let mut sample = self.sample.lock().await;
                sample.left.asked.insert(connector.to_owned());
                sample.left.clone()
            };
            self.keep_sample(left).await?;
        }
        Ok(ids)
    }

    /// Stops the sample service; its connections and jobs stay.
    pub async fn stop_sample(&self) -> Result<(), Failure> {
        let (service, left) = {
            let mut sample = self.sample.lock().await;
            sample.left.runs = false;
            (sample.service.take(), sample.left.clone())
        };
        if let Some(service) = service {
            service.stop().await;
        }
        self.sample_runs(false, &left);
        self.keep_sample(left).await
    }

    /// Runs it again where it ran when the app last ended.
    pub(crate) async fn wake_sample(&self) {
        if !self.sample.lock().await.left.runs {
            return;
        }
        if let Err(failure) = self.run_sample(Missing::Leave).await {
            self.tell_app(AppNews::SampleStays(failure.message)).await;
        }
    }

    /// Puts it down for the end of the app; it runs again at the next start.
    pub(crate) async fn rest_sample(&self) {
        let service = self.sample.lock().await.service.take();
        if let Some(service) = service {
            // The whole app ends within two seconds: what it has not put down by then it finds again.
            tokio::select! {
                () = service.stop() => {}
                () = self.options.clock.sleep(std::time::Duration::from_millis(1_500)) => {}
            }
        }
    }

    /// Gives the connectors whose connections were added.
    async fn run_sample(&self, missing: Missing) -> Result<Vec<&'static str>, Failure> {
        let mut sample = self.sample.lock().await;
        if sample.service.is_none() {
            let service = self.open_service(sample.left.port).await?;
            sample.left.port = service.address().port();
            sample.service = Some(service);
        }
        let Some(service) = &sample.service else { return Ok(Vec::new()) };
        let (url, token) = (service.url(), service.users().first().map(|user| Secret::new(user.token())));
        let mut left = sample.left.clone();
        left.runs = true;
        let mut added = Vec::new();
        for (wanted, connector, _) in EXAMPLES {
            let known = self.sample_connection_of(&left, connector);
            if known.is_none() && missing == Missing::Leave {
                left.connections.remove(connector);
                continue;
            }
            if known.is_none() {
                added.push(connector);
            }
            let name = self.lead_to_sample(known, wanted, connector, &url, token.clone()).await?;
            left.connections.insert(connector.to_owned(), name);
        }
        sample.left = left.clone();
        drop(sample);
        self.names_changed()?;
        self.sample_runs(true, &left);
        self.keep_sample(left).await?;
        Ok(added)
    }

    /// The connection of that system, if nobody took it away.
    fn sample_connection_of(&self, left: &Left, connector: &str) -> Option<Connection> {
        let known = self.engine.connections().get(left.connections.get(connector)?).ok()?;
        (known.connector == connector).then_some(known)
    }

    /// On the port of the last time if it can be had, else on any.
    async fn open_service(&self, port: u16) -> Result<Service, Failure> {
        let data = self.options.home.root().join("sample");
        let pace = self.options.sample_pace;
        let options = |port| Options { port, pace, ..Options::new(data.clone()) };
        match Service::start(options(port)).await {
            Err(StartError::Port { .. }) if port != 0 => Service::start(options(0)).await,
            started => started,
        }
        .map_err(|error| not_started(&error))
    }

    /// Lets the connection of a system lead to the service: the one of before, else a new one under a free name.
    async fn lead_to_sample(
        &self,
        before: Option<Connection>,
        wanted: &str,
        connector: &str,
        url: &str,
        token: Option<Secret>,
    ) -> Result<String, Failure> {
        let connections = self.engine.connections();
        let url = url::Url::parse(url).map_err(|_| {
            Failure::new(ErrorCode::NetworkError, "The sample service gave no address that can be used")
        })?;
        let credentials = Credentials { token, ..Credentials::default() };
        if let Some(before) = before {
            let name = before.name.clone();
            let changed = Connection { url, ..before.clone() };
            // The token is the service's own and opens nothing but the sample: it is sealed anew at each start.
            self.keep(changed, credentials, Some(before)).await?;
            return Ok(name);
        }
        let mut name = wanted.to_owned();
        let mut number = 2;
        while connections.has(&name)? {
            name = format!("{wanted}-{number}");
            number += 1;
        }
        let connection = Connection {
            name: name.clone(),
            connector: connector.to_owned(),
            url,
            folder: None,
            limit: None,
            certificate_authority: None,
            hosts: Vec::new(),
            secrets: Keeping::File,
        };
        self.keep(connection, credentials, None).await?;
        Ok(name)
    }

    fn sample_runs(&self, runs: bool, left: &Left) {
        // Out of reach because a person wants it so is nothing that is wrong.
        let state = if runs { ConnectionState::Ready } else { ConnectionState::Unknown };
        for name in left.connections.values() {
            self.set_heard(name, state);
        }
        lock(&self.board).change_around(|around| around.sample_runs = runs);
        self.refresh_around();
        self.board_changed();
    }

    async fn keep_sample(&self, left: Left) -> Result<(), Failure> {
        let shelf = self.shelf.clone();
        self.blocking(move || shelf.write(FILE, &left)).await?
    }
}

fn not_started(error: &StartError) -> Failure {
    let (why, remedy) = match error {
        StartError::InUse => ("another Landfall runs it".to_owned(), "Close the other Landfall"),
        StartError::Data(error) => (words::of_io(error), "Check room and permissions of the home folder"),
        StartError::Port { source, .. } => (words::of_io(source), "Close other programs, then start Landfall again"),
        StartError::Database(_) => ("its data cannot be read".to_owned(), "Start Landfall again"),
        // Of options that the app does not set.
        other => (other.to_string(), "Start Landfall again"),
    };
    Failure::new(ErrorCode::DiskError, format!("The sample service does not start: {why}")).with_remediation(remedy)
}
