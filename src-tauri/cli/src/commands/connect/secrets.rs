//! Secrets on their way from a person's pipe or environment into the vault; never from the command line itself.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _};

use landfall_engine::connector::{AuthKind, Connector};
use landfall_engine::secrets::{Credentials, Secret};
use landfall_engine::words;

use crate::args::ConnectAdd;
use crate::commands::header;
use crate::exit::Ending;

/// No secret is longer; what is, is a file given by mistake.
const LONGEST: u64 = 64 * 1024;

/// Everything that was given, as the connector needs it.
pub(super) fn credentials(args: &ConnectAdd, connector: &Connector) -> Result<Credentials, Ending> {
    let mut credentials =
        Credentials { token: token(args.token_stdin, args.token_env.as_deref())?, ..Credentials::default() };
    for text in &args.headers {
        let (name, value) = header(text)?;
        credentials.headers.push((name.to_string(), Secret::new(value.to_str().unwrap_or_default())));
    }
    for (name, secret) in named(args)? {
        known(&name, connector)?;
        if name == "token" {
            credentials.token = Some(secret);
        } else {
            credentials.named.insert(name, secret);
        }
    }
    if connector.way(&credentials).is_err() {
        return Err(lacking(connector, &credentials));
    }
    Ok(credentials)
}

fn lacking(connector: &Connector, credentials: &Credentials) -> Ending {
    let ways = connector.secrets();
    if *credentials == Credentials::default() && ways.iter().any(|(_, names)| *names == ["token"]) {
        return Ending::usage(
            "This kind of server needs a token",
            "Give it with --token-stdin (echo \"$TOKEN\" | landfall connect add …) or --token-env VAR",
        );
    }
    let way = |(kind, names): &(AuthKind, Vec<String>)| format!("{} ({})", names.join(", "), kind.word());
    let ways: Vec<String> = ways.iter().map(way).collect();
    let example = connector.secrets().into_iter().find_map(|(_, names)| names.into_iter().next()).unwrap_or_default();
    Ending::usage(
        format!("This kind of server needs {}", ways.join(", or ")),
        format!(
            "Give each with --secret-env {example}=VAR, or with --secret {example} and a line {example}=… on standard input"
        ),
    )
}

fn known(name: &str, connector: &Connector) -> Result<(), Ending> {
    let all: Vec<String> = connector.secrets().into_iter().flat_map(|(_, names)| names).collect();
    if all.iter().any(|known| known == name) {
        return Ok(());
    }
    let hint = if all.is_empty() { "It takes none".to_owned() } else { format!("It takes {}", all.join(", ")) };
    Err(Ending::usage(format!("The connector {} takes no secret {name:?}", connector.id()), hint))
}

/// The secrets of `--secret` and `--secret-env`.
fn named(args: &ConnectAdd) -> Result<BTreeMap<String, Secret>, Ending> {
    let mut found = BTreeMap::new();
    for pair in &args.secret_env {
        let (name, variable) = pair.split_once('=').ok_or_else(|| {
            Ending::usage("A secret's name and variable belong together", "Write --secret-env password=VAR")
        })?;
        found.insert(name.to_owned(), of_environment(variable)?);
    }
    if args.secret.is_empty() {
        return Ok(found);
    }
    let text = standard_input("printf 'password=%s\\n' \"$PASSWORD\" | landfall connect add … --secret password")?;
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.reveal().lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once('=').ok_or_else(|| {
            Ending::usage("A line of standard input is no NAME=VALUE", "Pipe in one line for each --secret")
        })?;
        given.insert(name.trim(), value);
    }
    for name in &args.secret {
        let value = given.remove(name.as_str()).ok_or_else(|| {
            Ending::usage(format!("Standard input holds no line {name}=…"), "Pipe in one line for each --secret")
        })?;
        found.insert(name.clone(), sound(value, name)?);
    }
    if let Some(name) = given.keys().next() {
        return Err(Ending::usage(
            format!("Standard input holds {name:?}, which no --secret names"),
            format!("Add --secret {name}, or leave the line out"),
        ));
    }
    Ok(found)
}

fn sound(value: &str, name: &str) -> Result<Secret, Ending> {
    if value.is_empty() || value.chars().any(char::is_control) {
        return Err(Ending::usage(
            format!("The secret {name:?} is empty or holds characters that cannot be sent"),
            "Give it as one line of text",
        ));
    }
    Ok(Secret::new(value))
}

fn token(from_stdin: bool, variable: Option<&str>) -> Result<Option<Secret>, Ending> {
    let text = if from_stdin {
        standard_input("echo \"$TOKEN\" | landfall connect add … --token-stdin")?
    } else if let Some(variable) = variable {
        of_environment(variable)?
    } else {
        return Ok(None);
    };
    let token = text.reveal().trim();
    if token.is_empty() {
        return Err(Ending::usage("The token is empty", "Check what is piped in, or the variable"));
    }
    if token.chars().any(|character| !character.is_ascii_graphic() && character != ' ') {
        return Err(Ending::usage(
            "The token holds characters that cannot be sent",
            "Give it as one line of printable ASCII, as the server's administrator gave it to you",
        ));
    }
    Ok(Some(Secret::new(token)))
}

fn of_environment(variable: &str) -> Result<Secret, Ending> {
    std::env::var(variable).map(Secret::new).map_err(|_| {
        Ending::usage(format!("The environment has no {variable}"), "Set it to the token, or use --token-stdin")
    })
}

fn standard_input(example: &str) -> Result<Secret, Ending> {
    if std::io::stdin().is_terminal() {
        return Err(Ending::usage("The token would be shown while it is typed", format!("Pipe it in: {example}")));
    }
    let mut text = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(|error| {
        Ending::usage(
            format!("The token cannot be read from standard input: {}", words::of_io(&error)),
            "Pipe it in as text",
        )
    })?;
    Ok(Secret::new(text))
}
