//! `landfall try`: the sample service and the engine in one process, and one export of every kind in front of the user.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use landfall_engine::clock::SystemClock;
use landfall_engine::connection::{Connection, Connections};
use landfall_engine::engine::{Engine, Request};
use landfall_engine::entropy::SystemEntropy;
use landfall_engine::home::Home;
use landfall_engine::secrets::{Credentials, Keeping, Secret, Vault};
use landfall_service::{Options, Service};
use landfall_wire::{ErrorCode, Failure, JobId, JobSnapshot};

use super::{Outcome, export, folder, present_folder, until_signal};
use crate::args::Try;
use crate::console::{Console, size};
use crate::exit::{self, Ending};
use crate::foreground;

/// What is asked, by which connector, with which parameters.
type Example = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// One export of every kind that the service offers.
const WISHES: &[Example] = &[
    ("a table, CSV", "report-exports", &[("project_id", "nordkai-40"), ("format", "csv")]),
    ("a workbook, XLSX", "report-exports", &[("project_id", "riverside-clinic"), ("format", "excel")]),
    ("a report, PDF", "report-exports", &[("project_id", "riverside-clinic"), ("format", "pdf")]),
    ("a take-off, XML", "report-exports", &[("project_id", "suzhou-lab"), ("format", "ost")]),
    ("a few files, ZIP", "download-jobs", &[("fileIds", "1,2,3")]),
    ("larger files, ZIP", "download-jobs", &[("fileIds", "16,17")]),
    (
        "a camera's clip, MP4",
        "exports-v2",
        &[("camera", "gate-north"), ("start", "2025-06-02T07:30:00Z"), ("end", "2025-06-02T07:30:05Z")],
    ),
    (
        "a rendered video, MP4",
        "media-jobs",
        &[("title", "Site tour"), ("durationSeconds", "3"), ("resolution", "640x360")],
    ),
    ("a package, ZIP", "package-exports", &[("type", "worktype"), ("systemName", "matter"), ("environment", "uat")]),
    (
        "the same as JSON",
        "package-exports",
        &[
            ("type", "worktype"),
            ("systemName", "matter"),
            ("environment", "uat"),
            ("format", "json"),
            ("compression", "none"),
        ],
    ),
];

/// Nothing here is far away: what takes longer is broken.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(args: Try, console: &Console) -> Outcome {
    let to = folder(&args.to.map_or_else(|| present_folder().map(|present| present.join("landfall-try")), Ok)?)?;
    // A home of its own: the trial leaves files in the folder and nothing anywhere else.
    let scratch = Scratch::new()?;
    let service = Service::start(Options { pace: args.pace, ..Options::new(scratch.0.join("service")) })
        .await
        .map_err(|error| {
            Ending::from(Failure::new(ErrorCode::DiskError, format!("The sample service does not start: {error}")))
        })?;
    console.say(&format!("The sample service runs at {}; one export of every kind it offers:", service.url()));
    let landed = until_signal(land_all(&service, &scratch.0, &to, console)).await;
    service.stop().await;
    let shots = match landed {
        Ok(shots) => shots?,
        Err(status) => {
            console.note("Stopped; what has landed is kept");
            return Ok(status);
        }
    };
    for ((what, ..), shot) in WISHES.iter().zip(&shots) {
        console.document(shot);
        match Ending::of_job(shot) {
            None => tell(console, what, shot),
            Some(ending) => console.tell(&ending),
        }
    }
    let landed = shots.iter().filter(|shot| Ending::of_job(shot).is_none()).count();
    console.line(&format!("{landed} of {} landed in {}", shots.len(), to.display()));
    console.say("The sample service is stopped. With a server of your own: landfall connect add --help");
    Ok(exit::of_jobs(&shots))
}

async fn land_all(service: &Service, scratch: &Path, to: &Path, console: &Console) -> Result<Vec<JobSnapshot>, Ending> {
    let home = Home::at(scratch.join("home"))?;
    let connections = Connections::in_folder(home.connections());
    let token = service.users().first().map(|user| Secret::new(user.token()));
    let mut known: Vec<&str> = WISHES.iter().map(|(_, connector, _)| *connector).collect();
    known.dedup();
    for connector in known {
        let credentials = Credentials { token: token.clone(), ..Credentials::default() };
        Vault::of(&home).put(Keeping::File, connector, &credentials)?;
        connections.put(&Connection {
            name: connector.to_owned(),
            connector: connector.to_owned(),
            url: url::Url::parse(&service.url()).map_err(|error| Ending::usage(error.to_string(), ""))?,
            folder: None,
            limit: None,
            certificate_authority: None,
            hosts: Vec::new(),
            secrets: Keeping::File,
        })?;
    }
    let (engine, _) = Engine::start(home, Arc::new(SystemClock::new()), Arc::new(SystemEntropy))?;
    let mut ids: Vec<JobId> = Vec::new();
    for (_, connector, params) in WISHES {
        let given: Vec<(String, String)> =
            params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let params = engine.library().connector(connector)?.wishes(&given).map_err(export::slip)?;
        let request = Request::new(*connector, params, to);
        ids.extend(engine.request(request).await?);
    }
    let names: Vec<&str> = WISHES.iter().map(|(what, ..)| *what).collect();
    let shots = foreground::carry(&engine, &ids, Some(&names), PATIENCE, console).await;
    engine.stop().await;
    shots
}

fn tell(console: &Console, what: &str, shot: &JobSnapshot) {
    for file in &shot.files {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let word = if file.verified { "verified" } else { "nothing to verify against" };
        console.line(&format!("{what:<22} {name}  {}  sha256 {}  {word}", size(file.size), file.sha256));
    }
}

/// A folder that goes away with the trial.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        use landfall_engine::entropy::Entropy as _;
        let folder = std::env::temp_dir().join(format!("landfall-try-{}", SystemEntropy.job_id()));
        std::fs::create_dir_all(&folder).map_err(|error| {
            Failure::new(
                ErrorCode::DiskError,
                format!("{} cannot be made: {}", folder.display(), landfall_engine::words::of_io(&error)),
            )
            .with_remediation("Make room, or name another folder in TMPDIR")
        })?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind in the temporary folder does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
