//! One file per command.

mod adopt;
mod batch;
mod compare;
mod completions;
mod connect;
mod connectors;
mod doctor;
mod export;
mod fetch;
mod jobs;
mod orders;
mod proof;
mod serve;
mod trial;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use landfall_engine::clock::SystemClock;
use landfall_engine::engine::Engine;
use landfall_engine::entropy::SystemEntropy;
use landfall_engine::home::Home;
use landfall_engine::job::Job;
use landfall_engine::store::Reader;
use landfall_wire::{ErrorCode, Failure};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use url::Url;

use crate::args::{Args, Command, Global};
use crate::console::Console;
use crate::exit::{self, Ending};

/// What a command gives back: its exit code, or why it did not do what was asked.
pub(crate) type Outcome = Result<u8, Ending>;

/// Runs the command until it ends or a signal stops it.
pub(crate) async fn run(args: Args, console: &Console) -> u8 {
    let outcome = dispatch(args.command, &args.global, console).await;
    match outcome {
        Ok(status) => status,
        Err(ending) => {
            console.document(&json!({ "error": ending.failure }));
            console.tell(&ending);
            ending.status
        }
    }
}

async fn dispatch(command: Command, global: &Global, console: &Console) -> Outcome {
    match command {
        Command::Serve(args) => serve::run(args, global, console).await,
        Command::Try(args) => trial::run(args, console).await,
        Command::Connect(command) => connect::run(command, global, console).await,
        Command::Connectors(command) => connectors::run(command, global, console).await,
        Command::Export(args) => export::run(args, global, console).await,
        Command::Batch(args) => batch::run(args, global, console).await,
        Command::Fetch(args) => fetch::run(args, console).await,
        Command::Jobs(args) => jobs::list(&args, global, console),
        Command::Show(args) => jobs::show(&args, global, console),
        Command::Recover(args) => orders::recover(args, global, console).await,
        Command::Pause(args) => orders::pause(args, global, console).await,
        Command::Resume(args) => orders::resume(args, global, console).await,
        Command::Cancel(args) => orders::cancel(args, global, console).await,
        Command::Retry(args) => orders::retry(args, global, console).await,
        Command::Extend(args) => orders::extend(args, global, console).await,
        Command::Adopt(args) => adopt::run(args, global, console).await,
        Command::Forget(args) => orders::forget(args, global, console).await,
        Command::Delete(args) => orders::delete(args, global, console).await,
        Command::Verify(args) => proof::verify(&args, global, console),
        Command::Receipt(args) => proof::receipt(&args, global, console),
        Command::Compare(args) => compare::run(args, global, console).await,
        Command::Doctor => doctor::run(global, console).await,
        Command::Completions { shell } => Ok(completions::run(shell)),
    }
}

/// The home that the flags name.
fn home(global: &Global) -> Result<Home, Failure> {
    match &global.home {
        Some(folder) => Home::at(folder),
        None => Home::of_this_user(),
    }
}

/// The engine of that home; a store that had to be rebuilt is told.
fn engine(global: &Global, console: &Console) -> Result<Engine, Failure> {
    let (engine, rebuilt) = Engine::start(home(global)?, Arc::new(SystemClock::new()), Arc::new(SystemEntropy))?;
    if let Some(rebuilt) = rebuilt {
        console.note(&format!(
            "The job list was damaged. It is set aside as {}; {} jobs were read from it, {} more were found \
in journals and receipts. `landfall jobs` shows them, `landfall recover` goes on with them",
            rebuilt.set_aside.display(),
            rebuilt.salvaged,
            rebuilt.found
        ));
    }
    Ok(engine)
}

/// A look at the jobs without owning the home.
fn reader(global: &Global) -> Result<Reader, Failure> {
    Ok(Reader::open(&home(global)?.store())?)
}

/// The one job whose id begins like that.
fn find<'a>(jobs: &'a [Job], beginning: &str) -> Result<&'a Job, Ending> {
    if beginning.is_empty() {
        return Err(Ending::usage("The job's id is empty", "`landfall jobs` lists them"));
    }
    let mut found = jobs.iter().filter(|job| job.wish.id.as_str().starts_with(beginning));
    match (found.next(), found.next()) {
        (Some(job), None) => Ok(job),
        (None, _) => Err(Ending::usage(format!("There is no job {beginning:?}"), "`landfall jobs` lists them")),
        (Some(one), Some(other)) => Err(Ending::usage(
            format!("More than one job begins with {beginning:?}"),
            format!("Type more of the id, such as {} or {}", one.wish.id, other.wish.id),
        )),
    }
}

/// A folder to land in: made if it is missing, and whole as a path.
fn folder(path: &Path) -> Result<PathBuf, Failure> {
    let unusable = |why: &str| {
        Failure::new(ErrorCode::DiskError, format!("The folder {} cannot be used: {why}", path.display()))
            .with_remediation("Name another folder with --to")
    };
    if path.exists() && !path.is_dir() {
        return Err(unusable("it is a file, not a folder"));
    }
    std::fs::create_dir_all(path)
        .and_then(|()| std::path::absolute(path))
        .map_err(|error| unusable(&landfall_engine::words::of_io(&error)))
}

/// The folder the command was typed in.
fn present_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| {
        Failure::new(
            ErrorCode::DiskError,
            format!("The present folder cannot be used: {}", landfall_engine::words::of_io(&error)),
        )
        .with_remediation("Name a folder with --to")
    })
}

/// `K=V` of a header flag, as HTTP allows it; a refusal never shows the value, which may be a key.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), Ending> {
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.trim().is_empty()).ok_or_else(|| {
        Ending::usage("A --header is not of the form NAME=VALUE", "Write it like --header X-Api-Key=…")
    })?;
    let name = HeaderName::try_from(name.trim()).map_err(|_| {
        Ending::usage(format!("{:?} is no name for a header", name.trim()), "Use letters, digits and -")
    })?;
    let mut value =
        HeaderValue::from_str(value.trim()).ok().filter(|value| value.to_str().is_ok()).ok_or_else(|| {
            Ending::usage(
                format!("The value of the header {name} holds characters that cannot be sent"),
                "Give it as one line of printable ASCII",
            )
        })?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// An address that a person typed. What is refused is not shown: a link may carry a key to its result.
fn address(text: &str, advice: &str) -> Result<Url, Ending> {
    let url =
        Url::parse(text.trim()).map_err(|error| Ending::usage(format!("The URL cannot be read: {error}"), advice))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(Ending::usage(
            format!("The URL begins with {}, which is neither http nor https", url.scheme()),
            advice,
        ));
    }
    Ok(url)
}

/// SIGINT and SIGTERM, heard from the moment this is made.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on; `None` where the system lets nobody listen.
    fn listen() -> Option<Self> {
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }

    /// The exit code of the next one.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => exit::INTERRUPTED,
            _ = self.terminate.recv() => exit::TERMINATED,
        }
    }
}

/// Runs the work until it ends, or until SIGINT or SIGTERM asks to stop; then its exit code says which.
async fn until_signal<T>(work: impl Future<Output = T>) -> Result<T, u8> {
    let Some(mut signals) = Signals::listen() else { return Ok(work.await) };
    tokio::select! {
        done = work => Ok(done),
        status = signals.next() => Err(status),
    }
}
