//! `landfall connectors add`: a connector file becomes one of the home's own.

use std::path::Path;

use landfall_engine::connector::Connector;
use landfall_engine::library::{Library, Origin};
use serde_json::json;

use super::check::{Written, tell, tried};
use crate::commands::Outcome;
use crate::console::Console;
use crate::exit;

pub(super) fn run(file: &Path, library: &Library, console: &Console) -> Outcome {
    let written = Written::read(file, None)?;
    let checked = match written.check(file) {
        Ok(checked) => checked,
        Err(problems) => {
            let status = tell(&problems, console);
            console.note("It is not added: mend what is wrong, and add it again");
            return Ok(status);
        }
    };
    let connector = &checked.connector;
    let recording = written.recording.as_ref().map(|(_, text)| text.as_str());
    let added = library.add(connector, &written.source, recording)?;
    let ways: Vec<_> = connector.secrets().into_iter().map(|(way, secrets)| (way.word(), secrets)).collect();
    console.document(&json!({
        "ok": true,
        "id": connector.id(),
        "name": connector.name(),
        "path": added.path,
        "replaced": added.replaced.map(Origin::word),
        "hosts": connector.hosts(),
        "auth": ways.iter().map(|(way, secrets)| json!({ "way": way, "secrets": secrets })).collect::<Vec<_>>(),
        "replays": checked.replays.len(),
        "problems": [],
    }));
    let id = connector.id();
    console.line(&match added.replaced {
        None => format!("Connector {id} added; {}", tried(&checked)),
        Some(Origin::Gallery) => format!("Connector {id} added in place of the gallery's; {}", tried(&checked)),
        Some(_) => format!("Connector {id} replaced; {}", tried(&checked)),
    });
    for line in [signing(&ways), hosts(connector)] {
        console.line(&format!("  {line}"));
    }
    if added.replaced.is_some() {
        console.note("Jobs that are being carried now keep the one of before until they are carried anew");
    }
    console.say(&format!("Use it: landfall connect add NAME --connector {id} --url URL"));
    Ok(exit::OK)
}

/// How it signs in, and which secrets that takes.
fn signing(ways: &[(&str, Vec<String>)]) -> String {
    let way = |(way, secrets): &(&str, Vec<String>)| match secrets.as_slice() {
        [] => (*way).to_owned(),
        secrets => format!("{way} ({})", secrets.join(", ")),
    };
    format!("Signs in by {}", ways.iter().map(way).collect::<Vec<_>>().join(", or "))
}

/// Where it sends the sign-in.
fn hosts(connector: &Connector) -> String {
    match connector.hosts() {
        [] => "Sends the sign-in to the connection's own server alone".to_owned(),
        hosts => format!(
            "Also sends the sign-in to {}, once a person says so with --allow-host for a connection",
            hosts.join(", ")
        ),
    }
}
