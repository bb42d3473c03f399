//! `landfall connectors`

mod add;
mod check;

use landfall_engine::connector::{Choice, Connector};
use landfall_engine::library::{Library, Origin};
use serde_json::json;

use super::export::{pairs, slip};
use super::{Outcome, engine, home};
use crate::args::{Connectors, Global};
use crate::console::Console;
use crate::exit::{self, Ending};

/// What is to be known of a connector of the gallery.
const NOT_TRIED: &str = "Written from the vendor's documentation, and not tried against the live service";

pub(super) async fn run(command: Connectors, global: &Global, console: &Console) -> Outcome {
    match command {
        Connectors::List => {
            list(&Library::of(&home(global)?), console);
            Ok(exit::OK)
        }
        Connectors::Show { id } => show(&Library::of(&home(global)?), &id, console),
        Connectors::Check { file, recorded } => check::run(&file, recorded, console),
        Connectors::Add { file } => add::run(&file, &Library::of(&home(global)?), console),
        Connectors::Choices { connection, param, params } => {
            choices(&connection, &param, &params, global, console).await
        }
        Connectors::Schema => {
            console.document(&schema()?);
            console.line(Connector::json_schema().trim_end());
            Ok(exit::OK)
        }
    }
}

/// Where a connector comes from, for a person.
fn mark(origin: Origin) -> &'static str {
    match origin {
        Origin::BuiltIn => "built in",
        Origin::Own => "yours",
        Origin::Gallery => "gallery, not tried",
    }
}

fn list(library: &Library, console: &Console) {
    let (connectors, damaged) = library.all();
    let mut documents = Vec::new();
    for (entry, connector) in &connectors {
        let params: Vec<&str> = connector.params().iter().map(|param| param.name.as_str()).collect();
        let mark = mark(entry.origin);
        console.line(&format!("{:<18} {:<20} {:<28} {}", entry.id, mark, connector.name(), params.join(" ")));
        documents.push(json!({
            "id": entry.id,
            "name": connector.name(),
            "params": params,
            "builtIn": entry.origin == Origin::BuiltIn,
            "origin": entry.origin.word(),
            "note": (entry.origin == Origin::Gallery).then_some(NOT_TRIED),
        }));
    }
    console.document(&documents);
    for failure in &damaged {
        console.note(&format!("{}. {}", failure.message, failure.remediation));
    }
}

fn show(library: &Library, id: &str, console: &Console) -> Outcome {
    let entry = library.find(id)?;
    let note = (entry.origin == Origin::Gallery).then_some(NOT_TRIED);
    console.document(&json!({ "id": id, "source": entry.source, "origin": entry.origin.word(), "note": note }));
    console.line(entry.source.trim_end());
    if let Some(note) = note {
        console.note(note);
    }
    Ok(exit::OK)
}

fn schema() -> Result<serde_json::Value, Ending> {
    serde_json::from_str(Connector::json_schema())
        .map_err(|error| Ending::usage(format!("The schema cannot be read: {error}"), "Leave --json out"))
}

async fn choices(connection: &str, param: &str, given: &[String], global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let asked = async {
        let connector = engine.library().connector(&engine.connections().get(connection)?.connector)?;
        let declared = connector.params().iter().find(|declared| declared.name == param).ok_or_else(|| {
            let names: Vec<&str> = connector.params().iter().map(|declared| declared.name.as_str()).collect();
            Ending::usage(format!("There is no parameter {param:?}"), format!("There are {}", names.join(", ")))
        })?;
        let given = connector.given(&pairs(given, connector.id())?).map_err(slip)?;
        match engine.choices(connection, param, &given).await? {
            Some(choices) => Ok(choices),
            None if declared.choices.is_empty() => Err(Ending::usage(
                format!("The parameter {param} takes any value that fits"),
                format!("See how it is declared: landfall connectors show {}", connector.id()),
            )),
            None => Ok(declared.choices.clone()),
        }
    };
    let choices: Result<Vec<Choice>, Ending> = asked.await;
    engine.stop().await;
    let choices = choices?;
    let documents: Vec<_> = choices
        .iter()
        .map(|choice| json!({ "value": choice.value, "label": choice.label.in_language("en") }))
        .collect();
    console.document(&documents);
    for choice in &choices {
        let label = choice.label.in_language("en").unwrap_or_default();
        console.line(format!("{:<24} {label}", choice.value).trim_end());
    }
    if choices.is_empty() {
        console.note("The server offers none");
    }
    Ok(exit::OK)
}
