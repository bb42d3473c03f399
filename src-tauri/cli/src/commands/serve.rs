//! `landfall serve`

use std::future::pending;
use std::path::Path;

use landfall_service::{Client, Faults, Options, Service, StartError, User};
use landfall_wire::{ErrorCode, Failure};

use super::{Outcome, Signals, home};
use crate::args::{Global, Serve};
use crate::console::Console;
use crate::exit::{self, Ending, sentence};

const MEND_CLIENTS: &str = "Mend the --client flags";

pub(super) async fn run(args: Serve, global: &Global, console: &Console) -> Outcome {
    if args.queue != "sqlite" || args.role != "all" || args.store.as_deref().is_some_and(|store| store.contains("://"))
    {
        return Err(Ending::usage(
            "The service runs on one machine so far: --queue sqlite, --role all and a folder as --store",
            "Leave these flags out",
        ));
    }
    if args.store.is_some() {
        return Err(Ending::usage(
            "--store is not supported yet",
            "Use --data: results lie in the folder objects there",
        ));
    }
    let data = match args.data {
        Some(folder) => folder,
        None => home(global)?.root().join("service"),
    };
    let users = args.users.iter().map(|user| self::user(user)).collect::<Result<Vec<_>, _>>()?;
    let clients = args.clients.iter().map(|client| client.parse::<Client>()).collect::<Result<Vec<_>, _>>();
    let clients = clients.map_err(|error| Ending::usage(sentence(&error.to_string()), MEND_CLIENTS))?;
    let faults = args.faults.as_deref().map_or(Ok(Faults::none()), str::parse::<Faults>);
    let faults = faults
        .map_err(|error| Ending::usage(sentence(&error.to_string()), "`landfall serve --help` explains the faults"))?;
    let invented = users.is_empty();
    let options = Options {
        port: args.port,
        users,
        clients,
        token_ttl: args.token_ttl,
        link_ttl: args.link_ttl,
        pace: args.pace,
        faults,
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

/// Why the service does not start, and which flag mends it.
pub(super) fn not_started(error: &StartError, data: &Path) -> Ending {
    let data = data.display();
    match error {
        StartError::Users(error) => Ending::usage(sentence(&error.to_string()), "Mend the --user flags"),
        StartError::Pace => Ending::usage("The pace is no number from 0 up", "Mend --pace"),
        StartError::LinkTtl => Ending::usage("Links must be good for a while", "Give --link-ttl a time such as 10min"),
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
