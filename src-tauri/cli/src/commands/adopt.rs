//! `landfall adopt`: jobs on a server that somebody else started.

use landfall_engine::connector::Listed;
use landfall_engine::engine::{Engine, Request};
use serde_json::{Value, json};

use super::export::{land, pairs, slip, target};
use super::{Outcome, engine, folder};
use crate::args::{Adopt, Global};
use crate::console::Console;
use crate::exit::{self, Ending};

pub(super) async fn run(args: Adopt, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let connection = engine.connections().get(&args.connection)?;
    let Some(remote_id) = &args.remote_id else {
        let listed = engine.orphans(&args.connection).await;
        engine.stop().await;
        list(&listed?, &args.connection, console);
        return Ok(exit::OK);
    };
    let connector = engine.library().connector(&connection.connector)?;
    let params = connector.params_of_adopted(&pairs(&args.params, connector.id())?).map_err(slip)?;
    let asked = vec![serde_json::to_value(&params).unwrap_or_default()];
    let to = target(args.to, connection.folder)?;
    let request = Request {
        name: args.name,
        clash: Some(args.clash.on_clash.into()),
        extract: args.afterwards.extract,
        priority: args.afterwards.priority,
        ..Request::new(args.connection, vec![params], folder(&to)?)
    };
    let id = adopted(&engine, &request, remote_id).await?;
    console.note(&format!("Job {id} follows {remote_id} from now on"));
    land(engine, &[id], asked, args.patience.patience, console).await
}

async fn adopted(engine: &Engine, request: &Request, remote_id: &str) -> Result<landfall_wire::JobId, Ending> {
    Ok(engine.adopt(request, remote_id).await?)
}

fn list(orphans: &[Listed], connection: &str, console: &Console) {
    let document: Vec<Value> = orphans
        .iter()
        .map(|listed| {
            json!({
                "remoteId": listed.remote_id,
                "state": listed.state.word(),
                "createdAt": listed.created_at,
                "correlationId": listed.correlation_id,
            })
        })
        .collect();
    console.document(&document);
    for listed in orphans {
        let made = listed.created_at.map_or_else(|| "-".to_owned(), |made| format!("{made:.0}"));
        console.line(&format!("{:<36}  {:<10}  {made}", listed.remote_id, listed.state.word()));
    }
    console.note(&if orphans.is_empty() {
        format!("Every job of {connection} is followed here")
    } else {
        format!("Nobody follows these here; take one over with `landfall adopt {connection} ID`")
    });
}
