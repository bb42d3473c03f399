//! `landfall serve`

mod dead;

use std::future::pending;
use std::path::{Path, PathBuf};

use landfall_service::{Client, Cluster, Faults, Options, Secrets, Service, StartError, User};
use landfall_wire::{ErrorCode, Failure};

use super::{Outcome, Signals, home};
use crate::args::{Global, Serve, ServeOrder};
use crate::console::Console;
use crate::exit::{self, Ending, sentence};

const MEND_CLIENTS: &str = "Mend the --client flags";

pub(super) async fn run(args: Serve, global: &Global, console: &Console) -> Outcome {
    if let Some(ServeOrder::Dead(order)) = &args.order {
        return dead::run(order, &args, global, console).await;
    }
    let cluster = cluster(&args)?;
    let data = folder(&args, global)?;
    let users = args.users.iter().map(|user| self::user(user)).collect::<Result<Vec<_>, _>>()?;
    let clients = args.clients.iter().map(|client| client.parse::<Client>()).collect::<Result<Vec<_>, _>>();
    let clients = clients.map_err(|error| Ending::usage(sentence(&error.to_string()), MEND_CLIENTS))?;
    let faults = args.faults.as_deref().map_or(Ok(Faults::none()), str::parse::<Faults>);
    let faults = faults
        .map_err(|error| Ending::usage(sentence(&error.to_string()), "`landfall serve --help` explains the faults"))?;
    let invented = users.is_empty();
    let options = Options {
        host: args.host,
        port: args.port,
        public_url: args.public_url.map(|url| url.trim_end_matches('/').to_owned()),
        users,
        clients,
        token_ttl: args.token_ttl,
        link_ttl: args.link_ttl,
        pace: args.pace,
        faults,
        workers: args.workers,
        most_open: args.user_limit,
        cluster,
        ..Options::new(data)
    };
    let folder = options.data.clone();
    let service = Service::start(options).await.map_err(|error| not_started(&error, &folder))?;
    // Whoever reads that it listens may stop it at once.
    let mut signals = Signals::listen();
    if invented {
        for user in service.users() {
            write(&format!("token {}", user.token()));
        }
    }
    write(&format!("listening on {}", service.url()));
    console.say("Stop it with Ctrl-C");
    // Nothing else ends a service than a signal.
    let ended = match &mut signals {
        Some(signals) => signals.next().await,
        None => pending().await,
    };
    service.stop().await;
    Ok(if ended == exit::INTERRUPTED { exit::OK } else { ended })
}

/// The folder of what goes with this process.
fn folder(args: &Serve, global: &Global) -> Result<PathBuf, Ending> {
    match &args.data {
        Some(folder) => Ok(folder.clone()),
        None => Ok(home(global)?.root().join("service")),
    }
}

/// Redis and a bucket, where the flags name them: both or neither.
fn cluster(args: &Serve) -> Result<Option<Cluster>, Ending> {
    let mend = |what: String| Ending::usage(what, "`landfall serve --help` shows how they are written");
    let store = args.store.as_deref().filter(|store| store.contains("://"));
    match (args.queue.as_str(), store) {
        ("sqlite", None) if args.role != "all" => {
            Err(mend("A part can run alone only with a queue on Redis and a store in S3".to_owned()))
        }
        ("sqlite", None) if args.store.is_some() => Err(mend("A folder for results is given with --data".to_owned())),
        ("sqlite", None) => Ok(None),
        ("sqlite", Some(_)) | (_, None) => {
            Err(mend("A queue on Redis and a store in S3 go together: give both --queue and --store".to_owned()))
        }
        (queue, Some(store)) => {
            let read = args.role.parse().and_then(|role| Cluster::new(role, queue, store, secrets()));
            let mut cluster = read.map_err(|error| mend(sentence(&error.to_string())))?;
            cluster.lease = args.lease;
            cluster.keep = args.keep;
            cluster.drain = args.drain;
            Ok(Some(cluster))
        }
    }
}

/// From the environment, which others on this machine cannot read.
fn secrets() -> Secrets {
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Secrets {
        redis_password: read("LANDFALL_REDIS_PASSWORD"),
        bucket_key: read("AWS_ACCESS_KEY_ID").zip(read("AWS_SECRET_ACCESS_KEY")),
    }
}

/// Why the service does not start, and which flag mends it.
pub(super) fn not_started(error: &StartError, data: &Path) -> Ending {
    let data = data.display();
    match error {
        StartError::Users(error) => Ending::usage(sentence(&error.to_string()), "Mend the --user flags"),
        StartError::Pace => Ending::usage("The pace is no number from 0 up", "Mend --pace"),
        StartError::LinkTtl => Ending::usage("Links must be good for a while", "Give --link-ttl a time such as 10min"),
        StartError::LinkTtlOfBucket => {
            Ending::usage("Links to a bucket can be good for a week at most", "Give --link-ttl a time up to 7d")
        }
        StartError::Lease => Ending::usage(
            "A worker's lease must last for a second at least",
            "Give --lease a time such as 30s, the same on each worker",
        ),
        StartError::Keep => {
            Ending::usage("Ended jobs must be kept for a minute at least", "Give --keep a time such as 7d")
        }
        StartError::TokenTtl => {
            Ending::usage("Access tokens must be good for a while", "Give --token-ttl a time such as 10min")
        }
        StartError::Clients(error) => Ending::usage(sentence(&error.to_string()), MEND_CLIENTS),
        // No flag sets it.
        StartError::Look => Ending::usage("Event streams must rest between two looks", "Start it with the default"),
        StartError::InUse => Ending::usage(
            format!("Another service works in the data folder {data}"),
            "Stop it, or choose another folder with --data",
        ),
        StartError::Data(error) => Failure::new(
            ErrorCode::DiskError,
            format!("The data folder {data} cannot be used: {}", landfall_engine::words::of_io(error)),
        )
        .with_remediation("Choose a folder that can be written with --data")
        .into(),
        StartError::Database(error) => {
            Failure::new(ErrorCode::DiskError, format!("The database in {data} cannot be used: {error}"))
                .with_remediation("Choose an empty folder with --data to start anew")
                .into()
        }
        StartError::Redis(error) => Failure::new(ErrorCode::NetworkError, sentence(&error.to_string()))
            .with_remediation("Start Redis, or mend its address in --queue and LANDFALL_REDIS_PASSWORD")
            .into(),
        StartError::Bucket(error) => {
            Failure::new(ErrorCode::NetworkError, format!("The bucket cannot be used: {error}"))
                .with_remediation("Start the object store, make the bucket, or mend --store and AWS_ACCESS_KEY_ID")
                .into()
        }
        StartError::Port { port, source } => Ending::usage(
            format!("Port {port} cannot be listened on: {}", landfall_engine::words::of_io(source)),
            "Choose another --port, or leave it out for any that is free",
        ),
    }
}

fn user(text: &str) -> Result<User, Ending> {
    match text.split_once('=') {
        Some((name, token)) if !name.is_empty() && !token.is_empty() => Ok(User::new(name, token)),
        _ => Err(Ending::usage("A --user is not of the form NAME=TOKEN", "Write it like --user anna=SECRET")),
    }
}

/// These two lines are the command's data, in JSON mode too: scripts wait for them.
fn write(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
