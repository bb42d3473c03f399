//! `landfall connectors`

use landfall_engine::connector::{Connector, check};
use landfall_engine::library;
use serde_json::json;

use super::Outcome;
use crate::args::Connectors;
use crate::console::Console;
use crate::exit::{self, Ending};

pub(super) fn run(command: Connectors, console: &Console) -> Outcome {
    match command {
        Connectors::List => list(console),
        Connectors::Show { id } => {
            let built_in = library::built_in(&id)?;
            console.document(&json!({ "id": id, "source": built_in.source }));
            console.line(built_in.source.trim_end());
            Ok(exit::OK)
        }
        Connectors::Check { file, recorded } => check_file(&file, recorded, console),
    }
}

fn list(console: &Console) -> Outcome {
    let mut documents = Vec::new();
    for built_in in Connector::built_in() {
        let connector = library::connector(built_in.id)?;
        let params: Vec<&str> = connector.params().iter().map(|param| param.name.as_str()).collect();
        console.line(&format!("{:<18} {:<20} {}", connector.id(), connector.name(), params.join(" ")));
        documents.push(json!({ "id": connector.id(), "name": connector.name(), "params": params, "builtIn": true }));
    }
    console.document(&documents);
    Ok(exit::OK)
}

fn check_file(file: &std::path::Path, recorded: Option<std::path::PathBuf>, console: &Console) -> Outcome {
    let source = read(file)?;
    let beside = file.with_extension("recorded.toml");
    let recorded = recorded.or_else(|| beside.exists().then_some(beside));
    let recording = recorded.as_deref().map(|path| Ok::<_, Ending>((path, read(path)?))).transpose()?;
    let names = recording.as_ref().map(|(path, text)| (path.display().to_string(), text.as_str()));
    let checked =
        check(&file.display().to_string(), &source, names.as_ref().map(|(name, text)| (name.as_str(), *text)));
    match checked {
        Ok(checked) => {
            let id = checked.connector.id();
            console.document(&json!({ "ok": true, "id": id, "replays": checked.replays.len(), "problems": [] }));
            let tried = match checked.replays.len() {
                0 => "no recorded answers to try it with".to_owned(),
                1 => "1 recorded scenario replayed".to_owned(),
                many => format!("{many} recorded scenarios replayed"),
            };
            console.line(&format!("{}: {id} is right; {tried}", file.display()));
            Ok(exit::OK)
        }
        Err(problems) => {
            let list: Vec<_> = problems
                .iter()
                .map(|problem| {
                    json!({
                        "file": problem.file, "line": problem.line, "column": problem.column, "key": problem.key,
                        "message": problem.message, "hint": problem.hint,
                    })
                })
                .collect();
            console.document(&json!({ "ok": false, "problems": list }));
            for problem in &problems {
                console.line(&problem.to_string());
            }
            Ok(exit::USAGE)
        }
    }
}

fn read(path: &std::path::Path) -> Result<String, Ending> {
    std::fs::read_to_string(path).map_err(|error| {
        Ending::usage(
            format!("{} cannot be read: {}", path.display(), landfall_engine::words::of_io(&error)),
            "Name a file that is there, in UTF-8",
        )
    })
}
