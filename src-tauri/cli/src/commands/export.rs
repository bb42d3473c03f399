//! `landfall export`

use std::path::PathBuf;

use landfall_engine::clock::{Clock as _, SystemClock};
use landfall_engine::connector::{Connector, ParamProblem, Params};
use landfall_engine::engine::{Engine, Request};
use landfall_wire::{Failure, JobId, JobSnapshot};
use serde_json::Value;

use super::{Outcome, engine, folder, present_folder, until_signal};
use crate::args::{Export, Global};
use crate::console::Console;
use crate::exit::{Ending, sentence};
use crate::foreground;

pub(super) async fn run(args: Export, global: &Global, console: &Console) -> Outcome {
    if let Some((flag, instead)) = args.not_yet.given() {
        return Err(Ending::usage(format!("{flag} is not supported yet"), instead));
    }
    let engine = engine(global, console)?;
    let connection = engine.connections().get(&args.connection)?;
    let connector = engine.library().connector(&connection.connector)?;
    let params = wishes(&connector, &args)?;
    if args.name.is_some() && params.len() > 1 {
        return Err(Ending::usage("--name names one file, and several are asked for", "Leave --name out"));
    }
    let to = target(args.to, connection.folder)?;
    let asked: Vec<Value> = params.iter().map(|params| serde_json::to_value(params).unwrap_or_default()).collect();
    let request = Request {
        name: args.name,
        sha256: args.sha256,
        rate: args.limit_rate,
        clash: Some(args.clash.on_clash.into()),
        extract: args.afterwards.extract,
        priority: args.afterwards.priority,
        ..Request::new(args.connection, params, folder(&to)?)
    };
    let ids = engine.request(request).await?;
    land(engine, &ids, asked, args.patience.patience, console).await
}

/// Carries the jobs in the foreground, and puts the engine down again whatever happens.
pub(super) async fn land(
    engine: Engine,
    ids: &[JobId],
    asked: Vec<Value>,
    patience: std::time::Duration,
    console: &Console,
) -> Outcome {
    let clock = SystemClock::new();
    let landed = until_signal(foreground::carry(&engine, ids, None, patience, console)).await;
    let took = clock.monotonic();
    engine.stop().await;
    match landed {
        Ok(shots) => {
            let shots: Vec<JobSnapshot> = shots?;
            Ok(foreground::conclude(console, &shots, &asked, took))
        }
        Err(status) => {
            console.note("Stopped; what has arrived is kept, and `landfall recover` goes on");
            Ok(status)
        }
    }
}

/// Where files go when nobody says so: the connection's folder, else the present one.
pub(super) fn target(asked: Option<PathBuf>, of_connection: Option<PathBuf>) -> Result<PathBuf, Failure> {
    asked.or(of_connection).map_or_else(present_folder, Ok)
}

/// `KEY=VALUE` as typed.
pub(super) fn pairs(params: &[String], connector: &str) -> Result<Vec<(String, String)>, Ending> {
    let pair = |param: &String| {
        let (key, value) = param.split_once('=').ok_or_else(|| {
            Ending::usage(
                format!("{param:?} is no parameter"),
                format!("Write parameters as KEY=VALUE; `landfall connectors show {connector}` lists them"),
            )
        })?;
        Ok((key.to_owned(), value.to_owned()))
    };
    params.iter().map(pair).collect()
}

fn wishes(connector: &Connector, args: &Export) -> Result<Vec<Params>, Ending> {
    let given = pairs(&args.params, connector.id())?;
    let Some(file) = &args.params_file else {
        return connector.wishes(&given).map_err(slip);
    };
    let unreadable = |why: String| {
        Ending::usage(
            format!("The parameter file {} cannot be used: {why}", file.display()),
            "It must hold one JSON object, such as {\"format\": \"csv\"}",
        )
    };
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(landfall_engine::words::of_io(&error)))?;
    let mut typed: serde_json::Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    // What is typed beside the file wins; its values are read by type as if they stood alone.
    for (key, value) in given {
        typed.insert(key, Value::String(value));
    }
    connector.wishes_of_json(&typed).map_err(slip)
}

/// A parameter that does not fit, named.
pub(super) fn slip(problem: ParamProblem) -> Ending {
    let message = match problem.param {
        Some(param) => format!("The parameter {param} cannot be used: {}", problem.message),
        None => sentence(&problem.message),
    };
    Ending::usage(message, sentence(&problem.hint))
}
