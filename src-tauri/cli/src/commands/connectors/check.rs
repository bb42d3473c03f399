//! `landfall connectors check`, and what a connector file that is wrong looks like.

use std::path::{Path, PathBuf};

use landfall_engine::connector::{Checked, Problems, check};
use serde_json::json;

use crate::commands::Outcome;
use crate::console::Console;
use crate::exit::{self, Ending};

/// A connector file as it was read, with its recorded answers where there are any.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) source: String,
    pub(super) recording: Option<(PathBuf, String)>,
}

impl Written {
    /// Reads the file and the answers that are named, or else those beside it.
    pub(super) fn read(file: &Path, recorded: Option<PathBuf>) -> Result<Self, Ending> {
        let source = read(file)?;
        let beside = file.with_extension("recorded.toml");
        let recorded = recorded.or_else(|| beside.exists().then_some(beside));
        let recording = recorded.map(|path| read(&path).map(|text| (path, text))).transpose()?;
        Ok(Self { source, recording })
    }

    /// Checks it.
    pub(super) fn check(&self, file: &Path) -> Result<Checked, Problems> {
        let named = self.recording.as_ref().map(|(path, text)| (path.display().to_string(), text.as_str()));
        let recording = named.as_ref().map(|(name, text)| (name.as_str(), *text));
        check(&file.display().to_string(), &self.source, recording)
    }
}

pub(super) fn run(file: &Path, recorded: Option<PathBuf>, console: &Console) -> Outcome {
    match Written::read(file, recorded)?.check(file) {
        Ok(checked) => {
            let id = checked.connector.id();
            console.document(&json!({ "ok": true, "id": id, "replays": checked.replays.len(), "problems": [] }));
            console.line(&format!("{}: {id} is right; {}", file.display(), tried(&checked)));
            Ok(exit::OK)
        }
        Err(problems) => Ok(tell(&problems, console)),
    }
}

/// How much a connector was tried.
pub(super) fn tried(checked: &Checked) -> String {
    match checked.replays.len() {
        0 => "no recorded answers to try it with".to_owned(),
        1 => "1 recorded scenario replayed".to_owned(),
        many => format!("{many} recorded scenarios replayed"),
    }
}

/// Tells what is wrong, and gives the exit code.
pub(super) fn tell(problems: &Problems, console: &Console) -> u8 {
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
    for problem in problems {
        console.line(&problem.to_string());
    }
    exit::USAGE
}

fn read(path: &Path) -> Result<String, Ending> {
    std::fs::read_to_string(path).map_err(|error| {
        Ending::usage(
            format!("{} cannot be read: {}", path.display(), landfall_engine::words::of_io(&error)),
            "Name a file that is there, in UTF-8",
        )
    })
}
