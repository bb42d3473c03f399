//! `landfall batch`

use std::path::{Path, PathBuf};

use landfall_engine::batch::Batch as Wishes;
use landfall_engine::clock::{Clock as _, SystemClock};
use landfall_engine::engine::{Engine, Request};
use landfall_engine::units;
use landfall_wire::{BatchFailure, ErrorCode, Failure, JobId};
use serde_json::{Value, json};

use super::{Outcome, engine, folder, present_folder, until_signal};
use crate::args::{Batch, Global};
use crate::console::Console;
use crate::exit::{self, Ending, sentence};
use crate::foreground;
use crate::progress::Whole;

/// No file of wishes is larger: ten thousand rows take about one.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A job of the batch, and the row that it came from.
struct Asked {
    id: JobId,
    row: usize,
}

pub(super) async fn run(args: Batch, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let connection = engine.connections().get(&args.connection)?;
    let connector = engine.library().connector(&connection.connector)?;
    let text = text_of(&args.file)?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut wishes = Wishes::read(&connector, &name, &text)
        .map_err(|unreadable| Ending::usage(unreadable.message, unreadable.hint))?;
    if wishes.rows.is_empty() {
        return Err(Ending::usage(
            format!("{} asks for nothing", args.file.display()),
            "Give it a row for each export",
        ));
    }
    if let Some(limit) = args.limit {
        engine.open(&args.connection, limit)?;
    }
    let to = match (&args.to, connection.folder) {
        (Some(folder), _) => folder.clone(),
        (None, Some(folder)) => folder,
        (None, None) => present_folder()?,
    };
    let asking = Request {
        clash: Some(args.clash.on_clash.into()),
        ..Request::new(args.connection.clone(), Vec::new(), folder(&to)?)
    };
    let asked = ask(&engine, asking, &mut wishes).await?;
    let mut failed = refused(&wishes);
    let total = asked.len() + failed.len();

    let clock = SystemClock::new();
    let landed = until_signal(carry(&engine, &asked, &failed, total, &args, console)).await;
    let took = clock.monotonic();
    engine.stop().await;
    let (shots_failed, status) = match landed {
        Ok(carried) => carried?,
        Err(status) => {
            console.note("Stopped; what has arrived is kept, and `landfall recover` goes on");
            return Ok(status);
        }
    };
    for (index, error) in shots_failed {
        failed.push(BatchFailure { index, params: Value::Object(wishes.given(index)), error });
    }
    failed.sort_by_key(|failure| failure.index);
    if !failed.is_empty() {
        keep_failed(&args.file, &wishes, &failed, console);
    }
    foreground::summarize(console, total, &failed, took);
    Ok(if status == exit::OK && !failed.is_empty() { exit::USAGE } else { status })
}

/// Everything is on disk before anything is sent. What was asked for is the engine's from then on.
async fn ask(engine: &Engine, asking: Request, wishes: &mut Wishes) -> Result<Vec<Asked>, Ending> {
    let (mut rows, mut params) = (Vec::new(), Vec::new());
    for (row, wished) in wishes.rows.iter_mut().enumerate() {
        if let Ok(of_row) = &mut wished.wishes {
            rows.extend(std::iter::repeat_n(row, of_row.len()));
            params.extend(std::mem::take(of_row));
        }
    }
    let ids = engine.request(Request { params, ..asking }).await?;
    Ok(ids.into_iter().zip(rows).map(|(id, row)| Asked { id, row }).collect())
}

/// The rows that make no sense; nothing of them is sent.
fn refused(wishes: &Wishes) -> Vec<BatchFailure> {
    let rows = wishes.rows.iter().enumerate();
    rows.filter_map(|(index, row)| {
        let problem = row.wishes.as_ref().err()?;
        let message = match &problem.param {
            Some(param) => format!("Line {}: the parameter {param} cannot be used: {}", row.line, problem.message),
            None => format!("Line {}: {}", row.line, problem.message),
        };
        let error = Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(sentence(&problem.hint));
        Some(BatchFailure { index, params: Value::Object(wishes.given(index)), error })
    })
    .collect()
}

/// Carries the jobs to their ends; what did not land by its row, and the exit code.
async fn carry(
    engine: &Engine,
    asked: &[Asked],
    refused: &[BatchFailure],
    total: usize,
    args: &Batch,
    console: &Console,
) -> Result<(Vec<(usize, Failure)>, u8), Ending> {
    let mut whole = Whole::new(console, total);
    for failure in refused {
        whole.ended(false, |console| console.tell(&Ending::slip(failure.error.clone())));
    }
    let ids: Vec<JobId> = asked.iter().map(|asked| asked.id.clone()).collect();
    let shots = foreground::carry_many(engine, &ids, args.patience.patience, |_, shot| {
        whole.ended(Ending::of_job(shot).is_none(), |console| foreground::tell(console, shot));
    })
    .await?;
    let failed = asked.iter().zip(&shots).filter_map(|(asked, shot)| Some((asked.row, Ending::of_job(shot)?.failure)));
    Ok((failed.collect(), exit::of_jobs(&shots)))
}

/// Writes what failed as a file that can be run again.
fn keep_failed(file: &Path, wishes: &Wishes, failed: &[BatchFailure], console: &Console) {
    let mut reasons: Vec<(usize, String)> =
        failed.iter().map(|failure| (failure.index, failure.error.message.clone())).collect();
    // A row with several values may have failed more than once; it is asked for again as a whole.
    reasons.dedup_by_key(|(index, _)| *index);
    match write_beside(file, wishes.ending(), &wishes.rest(&reasons)) {
        Ok(path) => {
            console.document(&json!({ "failedRows": path }));
            console.say(&format!("The failed rows are in {}; it can be run again", path.display()));
        }
        Err(error) => console.note(&format!(
            "The failed rows cannot be written beside {}: {}; they are listed above",
            file.display(),
            landfall_engine::words::of_io(&error)
        )),
    }
}

/// `wishes.failed.csv`, or the next number that is free: nothing that is there is lost.
fn write_beside(file: &Path, ending: &str, text: &str) -> std::io::Result<PathBuf> {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = stem.split(".failed").next().unwrap_or_default().to_owned();
    let mut number = 1;
    loop {
        let count = if number == 1 { String::new() } else { format!("-{number}") };
        let path = file.with_file_name(format!("{stem}.failed{count}.{ending}"));
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut out) => {
                std::io::Write::write_all(&mut out, text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn text_of(file: &Path) -> Result<String, Ending> {
    let unreadable = |why: &str| {
        Ending::usage(
            format!("The file {} cannot be used: {why}", file.display()),
            "Name a file of wishes, as CSV or JSON Lines",
        )
    };
    let size = std::fs::metadata(file).map_err(|error| unreadable(&landfall_engine::words::of_io(&error)))?.len();
    if size > LARGEST {
        return Err(unreadable(&format!("it is larger than {}", units::size_text(LARGEST))));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(&landfall_engine::words::of_io(&error)))?;
    String::from_utf8(bytes).map_err(|_| unreadable("it is no text in UTF-8; save it as \"CSV UTF-8\""))
}
