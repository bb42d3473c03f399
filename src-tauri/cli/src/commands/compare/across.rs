//! `landfall compare --across`: the same export asked fresh from two sides, side by side, and compared.

use landfall_engine::clock::{Clock as _, SystemClock};
use landfall_engine::connector::{Connector, Params};
use landfall_engine::engine::{Engine, Request};
use landfall_wire::JobSnapshot;
use serde_json::Value;

use super::landed::Landed;
use super::tell;
use crate::args::{Compare, Global};
use crate::commands::export::{pairs, slip, target};
use crate::commands::{Outcome, engine, folder, until_signal};
use crate::console::Console;
use crate::exit::Ending;
use crate::foreground;

/// Where the two land, below the connection's folder: they are asked for to be compared, and kept apart from the others.
const FOLDER: &str = "compare";

pub(super) async fn run(args: &Compare, connection: &str, across: &str, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let asked = Asked::read(args, connection, across, &engine);
    let landed = match asked {
        Ok(asked) => asked.land(&engine, args, console).await,
        Err(ending) => Err(ending),
    };
    engine.stop().await;
    match landed? {
        Landing::Both { packages: [first, second], shots } => {
            for shot in &shots {
                console.tell_landed(shot);
            }
            tell(&first, &second, &shots, global, console)
        }
        Landing::Ended(status) => Ok(status),
    }
}

/// What came of asking for both.
enum Landing {
    /// Both are here.
    Both { packages: [Landed; 2], shots: Vec<JobSnapshot> },
    /// One is not, which was told; the exit code.
    Ended(u8),
}

/// The two exports that are asked for.
struct Asked {
    connector: std::sync::Arc<Connector>,
    names: [String; 2],
    params: Vec<Params>,
    request: Request,
}

impl Asked {
    fn read(args: &Compare, connection: &str, across: &str, engine: &Engine) -> Result<Self, Ending> {
        let connection = engine.connections().get(connection)?;
        let connector = engine.library().connector(&connection.connector)?;
        if connector.manifest().is_none() {
            return Err(Ending::usage(
                format!("An export of {} is no package, and cannot be compared by component", connector.id()),
                "Compare exports of a connector that says what is in its packages (verify.manifest)",
            ));
        }
        let (param, names) = sides(across)?;
        let given = pairs(&args.what, connector.id())?;
        if given.iter().any(|(name, _)| *name == param) {
            return Err(Ending::usage(
                format!("The parameter {param} is given twice"),
                format!("Leave {param}=… out: --across names its two values"),
            ));
        }
        let mut params = Vec::new();
        for name in &names {
            let side = given.iter().cloned().chain([(param.clone(), name.clone())]).collect::<Vec<_>>();
            let mut wishes = connector.wishes(&side).map_err(slip)?;
            if wishes.len() != 1 {
                return Err(Ending::usage(
                    format!("These parameters make {} exports of each side, and one is compared", wishes.len()),
                    "Give one value for each parameter",
                ));
            }
            params.append(&mut wishes);
        }
        let to = match &args.to {
            Some(to) => to.clone(),
            None => target(None, connection.folder)?.join(FOLDER),
        };
        let request = Request::new(connection.name, params.clone(), folder(&to)?);
        Ok(Self { connector, names, params, request })
    }

    async fn land(self, engine: &Engine, args: &Compare, console: &Console) -> Result<Landing, Ending> {
        let clock = SystemClock::new();
        let ids = engine.request(self.request).await?;
        let names = self.names.each_ref().map(String::as_str);
        let carried = foreground::carry(engine, &ids, Some(&names), args.patience.patience, console);
        let shots = match until_signal(carried).await {
            Ok(shots) => shots?,
            Err(status) => {
                console.note("Stopped; what has arrived is kept, and `landfall recover` goes on");
                return Ok(Landing::Ended(status));
            }
        };
        if shots.iter().any(|shot| Ending::of_job(shot).is_some()) {
            let asked: Vec<Value> =
                self.params.iter().map(|params| serde_json::to_value(params).unwrap_or_default()).collect();
            return Ok(Landing::Ended(foreground::conclude(console, &shots, &asked, clock.monotonic())));
        }
        let package = |shot: Option<&JobSnapshot>| match shot.map(|shot| shot.files.as_slice()) {
            Some([file]) => Ok(Landed { path: file.path.clone(), spec: self.connector.manifest().cloned() }),
            _ => Err(Ending::usage(
                "One side landed without a package, so there is nothing to compare",
                "See what landed: landfall jobs",
            )),
        };
        Ok(Landing::Both { packages: [package(shots.first())?, package(shots.get(1))?], shots })
    }
}

/// `PARAM=A,B` as typed.
fn sides(across: &str) -> Result<(String, [String; 2]), Ending> {
    let read = || {
        let (param, values) = across.split_once('=')?;
        let (first, second) = values.split_once(',')?;
        let whole = [param, first, second].iter().all(|text| !text.trim().is_empty()) && !second.contains(',');
        whole.then(|| (param.trim().to_owned(), [first, second].map(|value| value.trim().to_owned())))
    };
    read().ok_or_else(|| {
        Ending::usage(
            format!("--across {across:?} does not name a parameter and its two values"),
            "Write it like --across environment=uat,prod",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::sides;

    #[test]
    fn across_names_one_parameter_and_two_values() {
        let (param, values) = sides("environment = uat, prod").unwrap();
        assert_eq!((param.as_str(), values), ("environment", ["uat".to_owned(), "prod".to_owned()]));
        for wrong in ["", "environment", "environment=uat", "environment=uat,", "=a,b", "e=a,b,c", "e=,b"] {
            assert_eq!(sides(wrong).unwrap_err().status, 2, "{wrong:?}");
        }
    }
}
