//! `landfall compare`: two packages, component by component.

mod across;
mod landed;

use std::path::Path;

use landfall_engine::package::{Comparison, compare};
use landfall_wire::JobSnapshot;
use serde::Serialize;

use super::Outcome;
use crate::args::{Compare, Global};
use crate::console::Console;
use crate::exit::{self, Ending};
use landed::{Landed, known};

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    a: &'a Path,
    b: &'a Path,
    #[serde(flatten)]
    comparison: &'a Comparison,
    /// The jobs that landed them, where they were asked for here.
    #[serde(skip_serializing_if = "<[JobSnapshot]>::is_empty")]
    jobs: &'a [JobSnapshot],
}

pub(super) async fn run(args: Box<Compare>, global: &Global, console: &Console) -> Outcome {
    if let (Some(connection), Some(across)) = (&args.connection, &args.across) {
        return across::run(&args, connection, across, global, console).await;
    }
    let [first, second] = args.what.as_slice() else {
        return Err(Ending::usage(
            format!("Two packages are needed to compare, and {} are named", args.what.len()),
            "Write `landfall compare A B`, each a file or the id of a job that landed one; or ask for both with \
             `landfall compare --connection NAME --across PARAM=A,B key=value …`",
        ));
    };
    let (first, second) = (Landed::named(first, global)?, Landed::named(second, global)?);
    tell(&first, &second, &[], global, console)
}

/// Compares them, and tells what differs.
fn tell(first: &Landed, second: &Landed, jobs: &[JobSnapshot], global: &Global, console: &Console) -> Outcome {
    let known = known(first, second, global)?;
    let mut a = first.open(&known)?;
    let mut b = second.open(&known)?;
    let comparison = compare(&mut a, &mut b)?;
    console.document(&Document { a: &first.path, b: &second.path, comparison: &comparison, jobs });
    console.line(&format!("first   {}", first.path.display()));
    console.line(&format!("second  {}", second.path.display()));
    console.line("");
    console.line(&comparison.to_string());
    Ok(exit::OK)
}
