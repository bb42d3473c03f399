//! `landfall connect`

mod secrets;

use landfall_engine::connection::{Connection, Connections, base_url};
use landfall_engine::library::Library;
use landfall_engine::net::{self, Network};
use landfall_engine::secrets::{Keeping, SafeUrl, Vault};
use serde_json::json;

use super::{Outcome, engine, folder, home};
use crate::args::{Connect, ConnectAdd, Global, SecretsChoice};
use crate::console::Console;
use crate::exit::{self, Ending};

pub(super) async fn run(command: Connect, global: &Global, console: &Console) -> Outcome {
    match command {
        Connect::Add(args) => add(*args, global, console),
        Connect::List => list(global, console),
        Connect::Test { name } => test(&name, global, console).await,
        Connect::Remove { name } => remove(&name, global, console),
    }
}

fn add(args: ConnectAdd, global: &Global, console: &Console) -> Outcome {
    let home = home(global)?;
    let connections = Connections::in_folder(home.connections());
    // Asked first, since the name is also that of the file with the sealed token.
    let before = if connections.has(&args.name)? { connections.get(&args.name).ok() } else { None };
    let connector = Library::of(&home).connector(&args.connector)?;
    let url = base_url(&args.url).map_err(Ending::slip)?;
    let credentials = secrets::credentials(&args, &connector)?;
    let hosts = confirmed(&args.allow_hosts, connector.hosts())?;
    let keeping = match args.secrets {
        Some(SecretsChoice::Keychain) => Keeping::Keychain,
        Some(SecretsChoice::File) => Keeping::File,
        Some(SecretsChoice::Session) => Keeping::Session,
        None if Vault::keychain_answers() => Keeping::Keychain,
        None => {
            return Err(Ending::usage(
                "This machine has no keychain that answers",
                "Choose where the token is kept: --secrets file (encrypted, stays) or --secrets session (until you log out)",
            ));
        }
    };
    let certificate_authority = args.ca.map(std::path::absolute).transpose().map_err(|error| {
        Ending::usage(
            format!("The certificate file cannot be used: {}", landfall_engine::words::of_io(&error)),
            "Name a file in PEM form with --ca",
        )
    })?;
    // A certificate that cannot be used is a slip of the caller; asked before a folder is made.
    net::api_client(&Network {
        certificate_authorities: certificate_authority.iter().cloned().collect(),
        ..Network::default()
    })
    .map_err(Ending::slip)?;
    let connection = Connection {
        name: args.name,
        connector: args.connector,
        url,
        folder: args.to.as_deref().map(folder).transpose()?,
        limit: args.limit,
        certificate_authority,
        hosts,
        secrets: keeping,
    };
    // The secret first: a connection without its token would be worse than a token without its connection.
    let vault = Vault::of(&home);
    vault.put(keeping, &connection.name, &credentials)?;
    connections.put(&connection)?;
    if let Some(before) = before.as_ref().filter(|before| before.secrets != keeping) {
        // The token of before would stay where nobody looks for it.
        vault.remove(before.secrets, &before.name)?;
    }

    let kept = match keeping {
        Keeping::Keychain => "the system's keychain".to_owned(),
        Keeping::Session => "the kernel's memory, until this login session ends".to_owned(),
        Keeping::File => vault.file_key_words(),
    };
    let done = if before.is_some() { "changed" } else { "added" };
    let mut document = described(&connection);
    document["keptIn"] = json!(kept);
    console.document(&document);
    console.line(&format!("Connection {} {done}; its token is kept in {kept}", connection.name));
    console.say(&format!("Try it: landfall connect test {}", connection.name));
    Ok(exit::OK)
}

fn list(global: &Global, console: &Console) -> Outcome {
    let (connections, unreadable) = Connections::in_folder(home(global)?.connections()).read_all()?;
    if unreadable.is_empty() {
        console.document(&connections.iter().map(described).collect::<Vec<_>>());
    }
    if connections.is_empty() && unreadable.is_empty() {
        console.note("No connections yet; add one with `landfall connect add NAME --connector ID --url URL`");
    }
    for connection in &connections {
        let url = SafeUrl::new(connection.url.clone());
        console.line(&format!("{:<16}  {:<16}  {url}", connection.name, connection.connector));
    }
    // A person is shown those that can be read; the command fails for the first that cannot, in JSON by that one document.
    unreadable.into_iter().next().map_or(Ok(exit::OK), |failure| Err(failure.into()))
}

async fn test(name: &str, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let tested = engine.test(name).await;
    engine.stop().await;
    let word = match tested? {
        Some(()) => "the server accepts the sign-in",
        None => "the connector has no test; the next export will show",
    };
    console.document(&json!({ "name": name, "ok": true }));
    console.line(&format!("{name}: {word}"));
    Ok(exit::OK)
}

fn remove(name: &str, global: &Global, console: &Console) -> Outcome {
    let home = home(global)?;
    let connections = Connections::in_folder(home.connections());
    let connection = connections.get(name)?;
    Vault::of(&home).remove(connection.secrets, name)?;
    connections.remove(name)?;
    console.document(&json!({ "name": name, "removed": true }));
    console.line(&format!("Connection {name} and its token removed; files and jobs stay"));
    Ok(exit::OK)
}

fn described(connection: &Connection) -> serde_json::Value {
    json!({
        "name": connection.name,
        "connector": connection.connector,
        "url": SafeUrl::new(connection.url.clone()).to_string(),
        "folder": connection.folder,
        "limit": connection.jobs_at_once(),
        "hosts": connection.hosts,
        "secrets": connection.secrets,
    })
}

/// The hosts that a person confirmed; a connector that wants more than that is not used silently.
fn confirmed(given: &[String], wanted: &[String]) -> Result<Vec<String>, Ending> {
    let given: Vec<String> = given.iter().map(|host| host.to_ascii_lowercase()).collect();
    if let Some(strange) = given.iter().find(|host| !wanted.contains(host)) {
        let hint = match wanted {
            [] => "Leave --allow-host out: this connector sends the sign-in to its own server alone".to_owned(),
            _ => format!("This connector lists {}", wanted.join(", ")),
        };
        return Err(Ending::usage(format!("The connector does not list the host {strange:?}"), hint));
    }
    let missing: Vec<&str> = wanted.iter().filter(|host| !given.contains(host)).map(String::as_str).collect();
    if !missing.is_empty() {
        let flags: Vec<String> = missing.iter().map(|host| format!("--allow-host {host}")).collect();
        return Err(Ending::usage(
            format!("This kind of server also sends the sign-in to {}", missing.join(", ")),
            format!("If that is right, say so: {}", flags.join(" ")),
        ));
    }
    Ok(given)
}
